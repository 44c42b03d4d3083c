//! AWS's own tools, which get credentials through a profile by themselves: the AWS CLI, and boto3 for the SDKs.

use crate::aws_scene::{PYTHON, Signed};
use p0_testkit::Running;
use serde_json::Value;

const DEVELOPER: &str = "arn:aws:sts::111122223333:assumed-role/Developer/asker@example.com";
/// Calls AWS as an SDK does.
const BOTO3: &str = "import boto3; print(boto3.Session(profile_name='dev').client('sts').get_caller_identity()['Arn'])";
const PROCESS: &str = "aws credential-process role Developer";

fn configured() -> Option<Signed> {
    let signed = Signed::new()?;
    signed
        .line("aws configure role Developer --account development --profile dev")
        .run()
        .success()
        .ignore_stdout()
        .ignore_stderr();
    Some(signed)
}

#[test]
fn a_profile_serves_the_aws_cli_and_sdks() {
    let Some(signed) = configured() else { return };
    let env = &signed.scene.env;
    let arn = ["--profile", "dev", "sts", "get-caller-identity", "--query", "Arn", "--output", "text"];
    env.run("aws").args(arn).run().success().ignore_stderr().stdout_is(&format!("{DEVELOPER}\n"));
    let python = format!("{PYTHON}/bin/python");
    env.run(python).args(["-c", BOTO3]).run().success().ignore_stderr().stdout_is(&format!("{DEVELOPER}\n"));
    assert_eq!(signed.scene.requests().len(), 1, "both have the same credentials");
    env.run("aws").args(["--profile", "dev", "s3", "mb", "s3://example-bucket"]).run().success().ignore_stdout();
    let list = env.run("aws").args(["--profile", "dev", "s3", "ls"]).run().success();
    assert!(list.stdout().contains("example-bucket"), "{list}");
    assert!(!env.home_dir().join(".aws/credentials").try_exists().unwrap());
}

#[test]
fn the_document_is_as_aws_wants_it() {
    let Some(signed) = Signed::new() else { return };
    let output = signed.line(PROCESS).run().success().ignore_stderr();
    let document: Value = output.json();
    assert_eq!(document["Version"], 1);
    for field in ["AccessKeyId", "SecretAccessKey", "SessionToken"] {
        assert!(document[field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
    }
    let end: jiff::Timestamp = document["Expiration"].as_str().unwrap().parse().unwrap();
    assert!(end.as_second() > crate::idp::from_now(600), "{end}");
}

#[test]
fn two_hundred_at_once_make_one_login_and_one_request() {
    let Some(signed) = Signed::new() else { return };
    let running: Vec<Running> = (0..200).map(|_| signed.line(PROCESS).limit(4 * p0_testkit::LIMIT).spawn()).collect();
    let documents: Vec<Value> = running.into_iter().map(|one| one.finish().success().ignore_stderr().json()).collect();
    assert!(documents.iter().all(|document| *document == documents[0]));
    assert_eq!(signed.scene.requests().len(), 1);
    assert_eq!(signed.calls(), 1, "{:?}", signed.moto.as_ref().unwrap().calls());
}

#[test]
fn what_is_kept_needs_no_network() {
    let Some(mut signed) = configured() else { return };
    let first = signed.line(PROCESS).run().success().ignore_stderr().json();
    signed.moto.take().unwrap().stop();
    signed.scene.service.kill_9();
    assert_eq!(signed.line(PROCESS).run().success().json(), first);
    let shown = signed.line("aws role assume Developer --format credential-process").run().success().ignore_stderr();
    assert_eq!(shown.json(), first);
}

#[test]
fn whoever_is_not_signed_in_is_told_by_the_aws_cli() {
    let Some(signed) = configured() else { return };
    signed.line("logout").run().success().ignore_stdout().ignore_stderr();
    let output = signed
        .scene
        .env
        .run("aws")
        .args(["--profile", "dev", "sts", "get-caller-identity"])
        .env("BROWSER", "false")
        .run();
    assert!(!output.status().success() && output.stdout().is_empty(), "{output}");
    assert!(output.stderr().contains("p0 login"), "{output}");
}
