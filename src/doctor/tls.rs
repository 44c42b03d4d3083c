//! TLS: whether the service's certificate is trusted, also behind a company's own certificate authority.

use super::{Finding, host, service::Call};
use crate::env_vars::EnvVars;
use std::{fs, io, path::Path};

const CHECK: &str = "tls";

/// Judges the connection, and the variables that say whom to trust.
pub(super) fn judge(env: &EnvVars, call: &Call) -> Finding {
    let files = env.ssl_cert_file.iter().map(|path| ("SSL_CERT_FILE", path));
    let dirs = env.ssl_cert_dirs.iter().flatten().map(|path| ("SSL_CERT_DIR", path));
    for (name, path) in files.chain(dirs) {
        if let Err(error) = readable(path) {
            return Finding::wrong(CHECK, format!("{name} names {}, which cannot be read: {error}", path.display()))
                .fix(format!("Correct {name}, or unset it to trust what the system trusts."));
        }
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

fn readable(path: &Path) -> io::Result<()> {
    if path.metadata()?.is_dir() { fs::read_dir(path).map(drop) } else { fs::File::open(path).map(drop) }
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};
    use p0_client::Network;

    #[test]
    fn a_certificate_that_is_not_trusted_has_a_fix() {
        let env = EnvVars::default();
        let finding = judge(&env, &Call::failed(Network::Certificate("UnknownIssuer".into())));
        assert_eq!(finding.state, State::Wrong);
        assert_eq!(finding.said, "The certificate is not trusted: UnknownIssuer (api.example.com)");
        assert!(finding.fix[0].contains("SSL_CERT_FILE"), "{finding:?}");
        assert_eq!(judge(&env, &Call::failed(Network::Tls("alert".into()))).state, State::Wrong);
        assert_eq!(judge(&env, &Call::failed(Network::Refused)).state, State::Note);
    }

    #[test]
    fn a_list_of_certificates_that_cannot_be_read_is_named() {
        for (variable, env) in [
            ("SSL_CERT_FILE", EnvVars { ssl_cert_file: Some("/nowhere/ca.pem".into()), ..EnvVars::default() }),
            (
                "SSL_CERT_DIR",
                EnvVars { ssl_cert_dirs: Some(vec!["/".into(), "/nowhere/certs".into()]), ..EnvVars::default() },
            ),
        ] {
            let finding = judge(&env, &Call::failed(Network::Refused));
            assert_eq!(finding.state, State::Wrong);
            assert!(finding.said.starts_with(&format!("{variable} names /nowhere/")), "{finding:?}");
            assert!(finding.fix[0].starts_with(&format!("Correct {variable}")), "{finding:?}");
        }
        let here = EnvVars { ssl_cert_dirs: Some(vec!["/".into()]), ..EnvVars::default() };
        assert_eq!(judge(&here, &Call::failed(Network::Refused)).state, State::Note);
    }
}
