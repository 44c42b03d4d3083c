//! TLS: whether the service's certificate is trusted, also behind a company's own certificate authority.

use super::{Finding, host, service::Call};
use crate::{ctx::http_options, env_vars::EnvVars};
use p0_client::Error;

const CHECK: &str = "tls";

/// Judges the connection, and the variables that say whom to trust.
pub(super) fn judge(env: &EnvVars, call: &Call) -> Finding {
    match http_options(env).trust.check() {
        Err(Error::TrustVariable { variable, path, reason }) => {
            let said = format!("{variable} names {}, which cannot be read: {reason}", path.display());
            return Finding::wrong(CHECK, said)
                .fix(format!("Correct {variable}, or unset it to trust what the system trusts."));
        }
        Err(error) => return Finding::error(CHECK, error.into()),
        Ok(()) => {}
    }
    if call.base.scheme() == "http" {
        return Finding::ok(CHECK, "Not needed: the service is on this machine.");
    }
    match &call.answer {
        Ok(_) => Finding::ok(CHECK, format!("The certificate of {} is trusted.", host(&call.base))),
        Err(unreached) if unreached.tls => Finding::failed(CHECK, &unreached.failure),
        Err(_) => Finding::note(CHECK, "Not checked, as the service cannot be reached."),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};
    use p0_client::{Network, TlsFailure};

    #[test]
    fn a_certificate_that_is_not_trusted_has_a_fix() {
        let env = EnvVars::default();
        let unknown = TlsFailure { reason: "it is unknown".into(), next_steps: &["Set SSL_CERT_FILE."] };
        let finding = judge(&env, &Call::failed(Network::Certificate(unknown.clone())));
        assert_eq!(finding.state, State::Wrong);
        assert_eq!(finding.said, "The certificate is not trusted: it is unknown (api.example.com)");
        assert_eq!(finding.fix, ["Set SSL_CERT_FILE."]);
        assert_eq!(judge(&env, &Call::failed(Network::Tls(unknown))).state, State::Wrong);
        assert_eq!(judge(&env, &Call::failed(Network::Refused)).state, State::Note);
    }

    #[test]
    fn a_list_of_certificates_that_cannot_be_read_is_named() {
        for (variable, env) in [
            ("SSL_CERT_FILE", EnvVars { ssl_cert_file: Some("/nowhere/ca.pem".into()), ..EnvVars::default() }),
            ("SSL_CERT_DIR", EnvVars { ssl_cert_dirs: Some(vec!["/nowhere/certs".into()]), ..EnvVars::default() }),
        ] {
            let finding = judge(&env, &Call::failed(Network::Refused));
            assert_eq!(finding.state, State::Wrong);
            assert!(finding.said.starts_with(&format!("{variable} names /nowhere/")), "{finding:?}");
            assert!(finding.fix[0].starts_with(&format!("Correct {variable}")), "{finding:?}");
        }
        // A directory without certificates: nothing would be trusted.
        let here = EnvVars { ssl_cert_dirs: Some(vec!["/".into()]), ..EnvVars::default() };
        assert_eq!(judge(&here, &Call::failed(Network::Refused)).state, State::Wrong);
    }
}
