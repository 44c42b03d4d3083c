use super::*;
use crate::{env_vars::EnvVars, global_args::GlobalArgs};
use jiff::Timestamp;

fn account() -> Account {
    Account { id: "111122223333".into(), label: Some("development".into()), login: None, is_example: false }
}

#[test]
fn every_failure_of_aws_says_what_to_do_next() {
    let message = || "so says AWS".to_owned();
    let refused = |code: &str| Error::Refused { code: code.into(), message: message() };
    for error in [
        Error::Expired { message: message() },
        Error::Denied { message: message() },
        Error::Throttled { message: message() },
        refused("InvalidIdentityToken"),
        refused("IDPRejectedClaim"),
        refused("RegionDisabledException"),
        refused("PackedPolicyTooLarge"),
        Error::Trouble { status: 503 },
        Error::Http(p0_client::Error::Setup { reason: "x".into() }),
        Error::Invalid("it has no credentials"),
        Error::Setup("Invalid Configuration: FIPS is enabled but this partition does not support FIPS".into()),
    ] {
        let text = error.to_string();
        let failure = of_aws(error, None);
        assert_eq!(failure.kind, Kind::Error, "{text}");
        assert!(!failure.hints.is_empty(), "{text}");
        assert!(failure.message.starts_with(char::is_uppercase), "{text}");
    }
}

#[test]
fn a_clock_is_named_where_it_is_off() {
    let expired = |minutes: i64| {
        let ahead = SignedDuration::from_mins(minutes);
        of_aws(Error::Expired { message: "late".into() }, Some(ahead)).hints.remove(0)
    };
    assert_eq!(expired(9), "Set this machine's clock: it is 9m ahead of AWS's.");
    assert_eq!(expired(-125), "Set this machine's clock: it is 2h 5m behind AWS's.");
    assert_eq!(expired(2), "Try again.");

    let ui = Ui::new(&GlobalArgs { quiet: true, ..Default::default() }, &EnvVars::default());
    let credentials = |expires_at| Credentials {
        access_key_id: "ASIA1".into(),
        secret_access_key: "s".into(),
        session_token: "t".into(),
        expires_at,
        account_id: "111122223333".into(),
        region: None,
    };
    assert!(check_clock(&ui, &credentials(Timestamp::MAX), None).is_ok());
    let old = check_clock(&ui, &credentials(Timestamp::UNIX_EPOCH), Some(SignedDuration::from_hours(48)));
    let old = old.expect_err("expired");
    assert_eq!(old.hints, ["Set this machine's clock: it is 2d ahead of AWS's."]);
}

#[test]
fn what_is_offered_is_named_but_not_without_end() {
    let role = |number: usize| saml::Role {
        arn: format!("arn:aws:iam::111122223333:role/r{number}"),
        provider: "arn:aws:iam::111122223333:saml-provider/okta".into(),
        partition: crate::integrations::aws::settings::Partition::Commercial,
        account: "111122223333".into(),
        path: format!("r{number}"),
    };
    let offer = |count| Offer { roles: (0..count).map(role).collect(), duration: None };
    assert_eq!(shown(&offer(0)), "none");
    assert_eq!(shown(&offer(2)), "r0 (111122223333), r1 (111122223333)");
    assert!(shown(&offer(12)).ends_with("r9 (111122223333), 2 more"));
    let failure = not_offered("Admin", &account(), &offer(0), true);
    assert!(failure.message.contains("still does not offer you the role Admin in the AWS account development"));
    assert_eq!(failure.hints[0], "It offers: none.");
}

#[test]
fn codes_that_bring_nothing_say_how_to_go_on() {
    assert_eq!(of_code(CodeError::Expired).kind, Kind::NotSignedIn);
    assert_eq!(of_code(CodeError::Refused).message, "The sign-in to IAM Identity Center was refused.");
    let aws = of_code(CodeError::Aws(Error::Trouble { status: 500 }));
    assert!(aws.message.contains("problem of its own"));
    let unassigned = not_assigned("ReadOnly", &account(), &Error::Denied { message: "No access".into() }, false);
    assert!(unassigned.message.contains("does not give you the permission set ReadOnly"), "{unassigned}");
    assert_eq!(unassigned.hints, ["Ask for access first: leave out --no-request."]);
}
