//! The service itself: whether it answers, and knows the organisation.

use super::{Finding, host, service::Call};

const CHECK: &str = "service";

/// Judges what it said.
pub(super) fn judge(call: &Call) -> Finding {
    let host = host(&call.base);
    match (&call.answer, &call.known) {
        (_, Some(Err(failure))) => Finding::failed(CHECK, failure),
        (Err(unreached), _) if unreached.tls => Finding::note(CHECK, format!("{host} was not asked, as TLS failed.")),
        (Err(unreached), _) => Finding::failed(CHECK, &unreached.failure),
        (Ok(_), Some(Ok(()))) => Finding::ok(CHECK, format!("{host} answers, and knows the organisation.")),
        (Ok(_), None) => Finding::ok(CHECK, format!("{host} answers.")),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};
    use crate::error::Failure;
    use p0_client::{Network, TlsFailure};

    #[test]
    fn what_failed_has_a_fix_and_tls_is_told_once() {
        let finding = judge(&Call::failed(Network::Refused));
        assert_eq!((finding.state, finding.said.as_str()), (State::Wrong, "Connection refused (api.example.com)"));
        assert!(finding.fix[0].contains("P0_APP_URL"), "{finding:?}");
        let expired = TlsFailure { reason: "it has expired".into(), next_steps: &["Renew it."] };
        let finding = judge(&Call::failed(Network::Certificate(expired)));
        assert_eq!(
            (finding.state, finding.said.as_str()),
            (State::Note, "api.example.com was not asked, as TLS failed.")
        );
        let unknown = Failure::error("Could not find organization x").hint("Check its name.");
        let finding = judge(&Call { known: Some(Err(unknown)), ..Call::failed(Network::Refused) });
        assert_eq!(
            (finding.said.as_str(), &finding.fix[..]),
            ("Could not find organization x", &["Check its name.".to_owned()][..])
        );
    }
}
