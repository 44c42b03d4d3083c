//! `p0 aws permission-set assume`: a stand-in as IAM Identity Center, the real service, moto as the rest of AWS.

use crate::{
    aws_scene::{PRODUCTION, Signed},
    scene::eventually,
};
use p0_testkit::{
    IdentityCenter, Output,
    identity_center::{ACCESS_KEY, Calls, Person, SECRETS},
};
use serde_json::Value;

/// A scene with an Identity Center, in which the asker's permission set has arrived.
fn scene() -> (Signed, IdentityCenter) {
    let mut signed = Signed::without_moto(|_| ());
    signed.scene.env.set("P0_AWS_ACCOUNT", "production").set("AWS_REGION", "us-east-1");
    let center = IdentityCenter::start(&mut signed.scene.env);
    center.grant(PRODUCTION, "ReadOnly");
    (signed, center)
}

/// At a terminal, as somebody has to be told the code; with stdout in a pipe.
fn assume(signed: &Signed) -> Output {
    signed.line("aws permission-set assume ReadOnly --format credential-process").terminal_piped().finish()
}

fn key(output: &Output) -> Value {
    output.json()["AccessKeyId"].clone()
}

#[test]
fn a_permission_set_is_assumed_after_one_sign_in() {
    let (signed, center) = scene();
    center.person(Person::Allows(1));
    let first = assume(&signed).success();
    assert_eq!(key(&first), ACCESS_KEY);
    assert!(first.stderr().contains("ABCD-EFGH"), "the code is shown: {first}");
    assert_eq!(center.calls(), Calls { registrations: 1, authorizations: 1, polls: 2, credentials: 1 });
    assert_eq!(center.start_urls(), ["https://d-1234567890.awsapps.com/start"]);
    // From now on they are kept,
    assert_eq!(key(&assume(&signed).success().ignore_stderr()), ACCESS_KEY);
    assert_eq!(center.calls().credentials, 1);
    // and so are the client and the sign-in, for another permission set.
    center.grant(PRODUCTION, "PowerUser");
    let line = "aws permission-set assume PowerUser --no-request --format credential-process";
    let other = signed.line(line).run();
    assert_eq!(key(&other.success().ignore_stderr()), ACCESS_KEY);
    assert_eq!(center.calls(), Calls { registrations: 1, authorizations: 1, polls: 2, credentials: 2 });
    assert_eq!(signed.scene.requests().len(), 1);
    for secret in SECRETS {
        assert!(!first.stderr().contains(secret), "{first}");
        assert_eq!(signed.files_with(secret), [""; 0].map(std::path::PathBuf::from), "{secret}");
    }
}

#[test]
fn a_grant_that_has_not_arrived_is_waited_for() {
    let (signed, center) = scene();
    center.revoke(PRODUCTION, "ReadOnly");
    let running = signed.line("aws permission-set assume ReadOnly --format credential-process").terminal_piped();
    eventually("it is asked for once", || center.calls().credentials >= 1);
    center.grant(PRODUCTION, "ReadOnly");
    let output = running.finish().success();
    assert_eq!(key(&output), ACCESS_KEY);
    assert!(output.stderr().contains("the permission set ReadOnly to arrive"), "{output}");
    assert_eq!(center.calls().authorizations, 1);
}

#[test]
fn what_goes_wrong_at_the_page_for_devices_is_said() {
    for (person, code, expected) in [(Person::Refuses, 1, "was refused"), (Person::IsAway, 77, "in time")] {
        let (signed, center) = scene();
        center.person(person);
        let output = assume(&signed).code(code);
        assert!(output.stderr().contains(expected) && output.stdout().is_empty(), "{output}");
    }
}

#[test]
fn polls_that_come_too_soon_are_spread_and_throttled_calls_repeated() {
    let (signed, center) = scene();
    center.slow_down(1);
    center.throttle(1);
    assert_eq!(key(&assume(&signed).success().ignore_stderr()), ACCESS_KEY);
    assert_eq!((center.calls().polls, center.calls().credentials), (2, 2));
}

#[test]
fn a_client_that_is_forgotten_registers_again() {
    let (signed, center) = scene();
    center.person(Person::Refuses);
    assume(&signed).code(1).ignore_stderr().ignore_stdout();
    center.forget_clients();
    center.person(Person::Allows(0));
    assert_eq!(key(&assume(&signed).success().ignore_stderr()), ACCESS_KEY);
    assert_eq!(center.calls().registrations, 2);
}

#[test]
fn without_a_request_a_missing_permission_set_is_missing() {
    let (signed, center) = scene();
    center.revoke(PRODUCTION, "ReadOnly");
    let line = "aws permission-set assume ReadOnly --no-request --shell sh";
    let output = signed.line(line).terminal_piped().finish().code(1);
    assert!(output.stderr().contains("does not give you the permission set ReadOnly"), "{output}");
    assert!(output.stderr().contains("leave out --no-request"), "{output}");
}

#[test]
fn with_nobody_to_sign_in_nothing_is_waited_for() {
    let (signed, center) = scene();
    let output = signed.line("aws permission-set assume ReadOnly --format credential-process").run().code(77);
    assert!(output.stderr().contains("there is nobody to ask") && output.stdout().is_empty(), "{output}");
    assert_eq!(center.calls(), Calls::default());
}

#[test]
fn the_other_kind_of_account_is_named() {
    let (signed, center) = scene();
    let output = signed.line("aws permission-set assume ReadOnly --account development").run().code(64);
    assert!(output.stderr().contains("p0 aws role assume ReadOnly --account 111122223333"), "{output}");
    assert_eq!(center.calls(), Calls::default());
    assert!(signed.scene.requests().is_empty());
}
