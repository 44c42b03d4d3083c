//! What `p0 dev` has of clouds: an STS of its own, asked by the real AWS CLI, and examples, to which access is not requested.

use crate::{
    aws_scene::{PACKAGES, PYTHON},
    harness::env,
};
use p0_testkit::{Output, TestEnv, need};

const ARN: &str = "arn:aws:sts::111122223333:assumed-role";

/// An environment with the real AWS CLI, and nothing configured for it. `None` where that is missing.
fn with_aws_cli() -> Option<TestEnv> {
    if !need::all(&[PACKAGES]) {
        return None;
    }
    let mut env = env();
    env.tool("aws", &format!("#!/bin/sh\nexec '{PYTHON}/bin/aws' \"$@\"\n"));
    env.set("AWS_EC2_METADATA_DISABLED", "true");
    Some(env)
}

/// Runs a script below `p0 dev --`, in which `p0` is the command under test.
fn script(env: &TestEnv, script: &str) -> Output {
    let script = format!("p0() {{ '{}' \"$@\"; }}\n{script}", env.program().display());
    env.p0(["dev", "--", "bash", "-c", &script]).run()
}

#[test]
fn real_aws_cli_sees_the_role_that_was_assumed() {
    let Some(env) = with_aws_cli() else { return };
    let words = ["dev", "aws", "role", "assume", "Developer", "--", "aws", "sts", "get-caller-identity"];
    let output = env.p0(words).run().success().stderr_has("AWS is a demonstration here: its STS is part of `p0 dev`");
    assert_eq!(output.json()["Arn"], format!("{ARN}/Developer/dev@example.com"));
    let requested = ["dev", "request", "aws", "role", "LogReader", "--wait", "--", "aws", "sts", "get-caller-identity"];
    let output = env.p0(requested).run().success().ignore_stderr();
    assert_eq!(output.json()["Arn"], format!("{ARN}/LogReader/dev@example.com"));
    let evaluated = script(&env, "eval \"$(p0 aws role assume Developer)\"; aws sts get-caller-identity --query Arn");
    evaluated.success().ignore_stderr().stdout_is(&format!("\"{ARN}/Developer/dev@example.com\"\n"));
}

#[test]
fn sts_refuses_what_is_not_signed_with_its_credentials() {
    let Some(env) = with_aws_cli() else { return };
    let assumed = "eval \"$(p0 -q aws role assume Developer)\"\n";
    let call = "aws sts get-caller-identity";
    let saml = "arn:aws:iam::111122223333";
    for (what, expected) in [
        (format!("AWS_SECRET_ACCESS_KEY=other {call}"), "(SignatureDoesNotMatch)"),
        (format!("AWS_SESSION_TOKEN=other AWS_SECURITY_TOKEN=other {call}"), "(InvalidClientTokenId)"),
        (format!("AWS_ACCESS_KEY_ID=ASIAOTHER {call}"), "(InvalidClientTokenId)"),
        ("aws sts get-session-token".to_owned(), "(InvalidAction)"),
        (
            format!(
                "aws sts assume-role-with-saml --role-arn {saml}:role/Developer --principal-arn {saml}:saml-provider/p0 \
                 --saml-assertion \"$(echo '<saml2:Assertion ></saml2:Assertion>' | base64)\""
            ),
            "(InvalidIdentityToken)",
        ),
        (
            format!("curl -sS -d 'Action=GetCallerIdentity' $AWS_ENDPOINT_URL_STS >&2; false {call}"),
            "<Code>MissingAuthenticationToken</Code>",
        ),
    ] {
        let output = script(&env, &format!("{assumed}{what}"));
        assert!(!output.status().success(), "{what}: {output}");
        assert_eq!(output.stdout(), "", "{what}: {output}");
        assert!(output.stderr().contains(expected), "{what}: {output}");
    }
}

/// As a cluster of EKS does with a token.
#[test]
fn presigned_call_says_whose_it_is() {
    let Some(env) = with_aws_cli() else { return };
    let output = script(
        &env,
        "eval \"$(p0 -q aws role assume Developer)\"
         token=$(aws eks get-token --cluster-name dev-eks --query status.token --output text)
         url=$(echo \"${token#k8s-aws-v1.}\" | tr _- /+ | base64 -d 2>/dev/null)
         curl -sS -H 'x-k8s-aws-id: dev-eks' \"$url\"
         curl -sS -H 'x-k8s-aws-id: other' \"$url\"",
    );
    let output = output.success().ignore_stderr().stdout_has(&format!("<Arn>{ARN}/Developer/dev@example.com</Arn>"));
    output.stdout_has("<Code>SignatureDoesNotMatch</Code>");
}

#[test]
fn access_to_an_example_is_not_requested() {
    let env = env();
    for (line, what) in [
        ("aws permission-set assume ReadOnly --account production", "The AWS account production (444455556666)"),
        ("kubeconfig --cluster dev-eks --role ClusterRole/view", "The cluster 'dev-eks'"),
        (
            "aws rds generate-db-auth-token --arch postgres --instance orders --role readonly",
            "The database server 'orders'",
        ),
        // Without the STS of `p0 dev`, the other account is an example too.
        ("aws role assume Developer", "The AWS account development (111122223333)"),
    ] {
        let endpoint = if what.contains("development") { "unset AWS_ENDPOINT_URL_STS;" } else { "" };
        let output = script(&env, &format!("{endpoint} p0 {line}; code=$?; p0 requests; exit $code"));
        let output = output.code(1).stdout_is("");
        assert!(output.stderr().contains(&format!("Error: {what} is an example: ")), "{line}: {output}");
        assert!(output.stderr().ends_with("No requests.\n"), "{line}: {output}");
    }
}

#[test]
fn user_endpoint_of_sts_is_left_alone() {
    let env = env();
    let output = env.p0(["dev", "--", "sh", "-c", "echo $AWS_ENDPOINT_URL_STS $P0_AWS_ACCOUNT"]);
    output.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").run().success().stdout_is("\n");
    let set = env.p0(["dev", "--", "sh", "-c", "echo $AWS_REGION $AWS_DEFAULT_REGION $P0_AWS_ACCOUNT"]);
    set.run().success().stdout_is("us-east-1 us-east-1 development\n");
}

#[test]
fn machine_that_is_an_example_is_said_to_be_one() {
    let env = env();
    let output = env.p0(["dev", "ssh", "web-1", "--", "true"]).env("PATH", "/nonexistent").run();
    assert!(!output.status().success(), "{output}");
    output.ignore_stdout().stderr_has("Only the machine 'localhost' exists. The others are examples");
}
