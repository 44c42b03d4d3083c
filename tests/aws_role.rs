//! `p0 aws role assume`, from the prompt to AWS: the real service as identity provider, moto as AWS, the AWS CLI as tool.

use crate::{
    aws_scene::{APP, DEVELOPMENT, Signed},
    idp::{Idp, okta, unexchanged},
};
use p0_testkit::{Answer, Output, StandIn};
use serde_json::{Value, json};

const IDENTITY: [&str; 5] = ["--", "aws", "sts", "get-caller-identity", "--output=json"];
const DEVELOPER: &str = "arn:aws:sts::111122223333:assumed-role/Developer/asker@example.com";

fn assume_and_ask(signed: &Signed) -> Output {
    signed.p0(["aws", "role", "assume", "Developer"].into_iter().chain(IDENTITY)).run()
}

/// What a shell reads.
#[track_caller]
fn variable(assignments: &str, name: &str) -> String {
    let start = format!("export {name}=");
    let line =
        assignments.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_else(|| panic!("{assignments}"));
    line.trim_end_matches(';').trim_matches('\'').to_owned()
}

#[test]
fn a_tool_runs_with_the_role() {
    let Some(signed) = Signed::new() else { return };
    let identity = assume_and_ask(&signed).success().ignore_stderr().json();
    assert_eq!((&identity["Arn"], &identity["Account"]), (&DEVELOPER.into(), &DEVELOPMENT.into()));
    // What is in the environment already would win over it.
    let env = [
        ("AWS_PROFILE", "other"),
        ("AWS_ACCESS_KEY_ID", "AKIAOTHER"),
        ("AWS_SECRET_ACCESS_KEY", "other"),
        ("AWS_SESSION_TOKEN", "other"),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/x"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere"),
    ];
    let run = signed.p0(["aws", "role", "assume", "Developer"].into_iter().chain(IDENTITY));
    let run = env.into_iter().fold(run, |run, (name, value)| run.env(name, value)).run();
    assert_eq!(run.success().ignore_stderr().json()["Arn"], DEVELOPER);
    assert_eq!(signed.scene.requests().len(), 1, "the second time nothing is asked");
    // The tool's end is ours.
    signed.line("aws role assume Developer -- aws sts no-such-call").run().code(2).ignore_stdout().ignore_stderr();
}

#[test]
fn a_shell_evaluates_the_credentials() {
    let Some(signed) = Signed::new() else { return };
    let script =
        "unset AWS_PROFILE; eval \"$('$P0' aws role assume Developer --shell sh)\" && aws sts get-caller-identity";
    let script = script.replace("'$P0'", &format!("'{}'", signed.scene.env.program().display()));
    let identity = signed.scene.env.run("sh").args(["-c", &script]).run().success().ignore_stderr().json();
    assert_eq!(identity["Arn"], DEVELOPER);
}

#[test]
fn no_secret_is_in_arguments_logs_or_files() {
    let Some(signed) = Signed::new() else { return };
    let seen = signed
        .p0(["--debug", "aws", "role", "assume", "Developer", "--"])
        .args(["sh", "-c", "cat /proc/$$/cmdline /proc/$PPID/cmdline | tr '\\0' ' '; echo; env"])
        .run()
        .success();
    let environment = seen.stdout().to_owned();
    let value = |name: &str| {
        let start = format!("{name}=");
        environment.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_else(|| panic!("{seen}")).to_owned()
    };
    let commands = environment.lines().next().unwrap();
    for secret in [value("AWS_SECRET_ACCESS_KEY"), value("AWS_SESSION_TOKEN")] {
        assert!(secret.len() > 10);
        assert!(!commands.contains(&secret), "{commands}");
        assert!(!seen.stderr().contains(&secret), "{seen}");
        assert_eq!(signed.files_with(&secret), [""; 0].map(std::path::PathBuf::from));
    }
    // Neither is the provider's word, nor what it was had for.
    let session = signed.line("print-bearer-token").run().success().stdout().trim().to_owned();
    for text in [&session, "SAMLResponse", "PD94bWwg", "token=", "saml2:"] {
        assert!(!seen.stderr().contains(text), "{text}: {seen}");
    }
    assert!(!signed.scene.service.log().contains("token="), "{}", signed.scene.service.log());
}

#[test]
fn the_account_is_the_one_that_is_named() {
    let Some(signed) = Signed::new() else { return };
    let line = |line: &str| signed.line(line).env_remove("P0_AWS_ACCOUNT");
    let several = line("aws role assume Developer").run().code(64);
    for expected in ["development (111122223333)", "production (444455556666)", "--account"] {
        assert!(several.stderr().contains(expected), "{several}");
    }
    let unknown = line("aws role assume Developer --account nowhere").run().code(1);
    assert!(unknown.stderr().contains("'nowhere' is not installed"), "{unknown}");
    let other = line("aws role assume Deployer --account production").run().code(64);
    assert!(other.stderr().contains("p0 aws permission-set assume Deployer --account 444455556666"), "{other}");
    assert!(signed.scene.requests().is_empty(), "a mistake costs no request");
    line("aws role assume Developer --account 111122223333 --format json").run().success().ignore_stderr().json();
}

#[test]
fn without_a_request_only_what_is_held_is_assumed() {
    let Some(signed) = Signed::new() else { return };
    let refused = signed.line("aws role assume Developer --no-request").run().code(1);
    assert!(refused.stderr().contains("does not offer you the role Developer"), "{refused}");
    assert!(refused.stderr().contains("leave out --no-request"), "{refused}");
    assert!(signed.scene.requests().is_empty());
    signed.line("request aws role Developer --wait").run().success().ignore_stdout().ignore_stderr();
    let held = signed.line("aws role assume Developer --no-request --shell sh").run().success().ignore_stderr();
    assert!(variable(held.stdout(), "AWS_ACCESS_KEY_ID").starts_with("ASIA"), "{held}");
    assert_eq!(signed.scene.requests().len(), 1);
}

#[test]
fn a_denied_request_says_so() {
    let Some(signed) = Signed::with(|config| {
        let deny: toml::Table = r#"
name = "no"
requestor = { type = "any" }
resource = { type = "integration", service = "aws" }
approval = [{ type = "deny" }]
"#
        .parse()
        .unwrap();
        config["policies"].as_array_mut().unwrap().push(deny.into());
    }) else {
        return;
    };
    let denied = signed.line("aws role assume Developer").run();
    assert!(!denied.status().success() && denied.stdout().is_empty(), "{denied}");
    assert!(!denied.stderr().is_empty());
    assert_eq!(signed.calls(), 0);
}

/// STS that refuses, as it is in XML.
fn refusal(status: u16, code: &str, message: &str, date: Option<&str>) -> Answer {
    let document = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ErrorResponse>"
    );
    let head = Answer::status(status).header("content-type", "text/xml");
    let head = date.into_iter().fold(head, |head, date| head.header("date", date));
    head.body(document)
}

/// Assumes a role at an STS that always answers this.
fn refused(answer: Answer) -> Output {
    let mut signed = Signed::without_moto(|_| ());
    let sts = StandIn::start([answer.repeated()]);
    signed.scene.env.set("AWS_ENDPOINT_URL_STS", sts.url().as_str().trim_end_matches('/'));
    let output = signed.line("aws role assume Developer --shell sh").run().code(1);
    assert!(output.stdout().is_empty(), "{output}");
    for asked in sts.requests() {
        assert!(asked.text().starts_with("Action=AssumeRoleWithSAML"), "{asked:?}");
    }
    output
}

#[test]
fn what_sts_refuses_is_explained() {
    let expired =
        refused(refusal(400, "ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance", None));
    assert!(expired.stderr().contains("Token must be redeemed within 5 minutes"), "{expired}");
    assert!(expired.stderr().contains("Try again."), "{expired}");
    let denied = refused(refusal(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML", None));
    assert!(denied.stderr().contains("has to trust the identity provider"), "{denied}");
    let throttled = refused(refusal(400, "Throttling", "Rate exceeded", None));
    assert!(throttled.stderr().contains("Rate exceeded") && throttled.stderr().contains("in a minute"), "{throttled}");
    let unknown = refused(refusal(400, "InvalidIdentityToken", "No OpenIDConnect provider found", None));
    assert!(unknown.stderr().contains("metadata"), "{unknown}");
    let nonsense = refused(Answer::html(200, "<h1>Sign in to the hotel's network</h1>"));
    assert!(nonsense.stderr().contains("AWS_ENDPOINT_URL"), "{nonsense}");
}

#[test]
fn a_clock_that_is_off_is_named() {
    let date = "Thu, 01 Jan 2026 00:00:00 GMT";
    let expired = refused(refusal(400, "ExpiredTokenException", "Token must be redeemed", Some(date)));
    assert!(expired.stderr().contains("Set this machine's clock"), "{expired}");
    let past = "<AssumeRoleWithSAMLResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithSAMLResult>\
        <Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>hush</SecretAccessKey>\
        <SessionToken>hush</SessionToken><Expiration>2020-01-01T00:00:00Z</Expiration></Credentials>\
        </AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>";
    let past = refused(Answer::status(200).header("content-type", "text/xml").body(past));
    assert!(past.stderr().contains("have expired already") && !past.stderr().contains("hush"), "{past}");
}

#[test]
fn credentials_are_for_tools_of_other_access_too() {
    let Some(signed) = Signed::new() else { return };
    let line = "request aws role Developer --wait -- aws sts get-caller-identity --output json";
    let identity = signed.line(line).run().success().ignore_stderr().json();
    assert_eq!(identity["Arn"], DEVELOPER);
}

#[test]
fn the_service_of_dev_is_an_identity_provider_as_well() {
    let Some(signed) = Signed::new() else { return };
    let words = ["dev", "aws", "role", "assume", "Developer", "--account", "development"];
    let identity = signed.p0(words.into_iter().chain(IDENTITY)).run().success().ignore_stderr().json();
    assert_eq!(identity["Arn"], "arn:aws:sts::111122223333:assumed-role/Developer/dev@example.com");
    let script = format!(
        "'{}' aws role assume LogReader --account development --format json",
        signed.scene.env.program().display()
    );
    let credentials: Value = signed.p0(["dev", "--", "sh", "-c", &script]).run().success().ignore_stderr().json();
    assert!(credentials.to_string().contains("ASIA"), "{credentials}");
}

/// Assumes a role with nothing but a token, at an organisation with an Okta that says no to it.
fn assume_by_token(organisation: Value) -> Output {
    let idp = Idp::with(organisation, |request| match request.target.as_str() {
        "/o/example/integrations/aws/config" => {
            let provider =
                json!({"type": "okta", "appId": APP, "identityProvider": "okta", "method": {"type": "saml"}});
            let account = json!({"state": "installed", "login": {"type": "federated", "provider": provider}});
            Some(Answer::json(200, &json!({"config": {"iam-write": {DEVELOPMENT: account}}})))
        }
        "/oauth2/v1/token" => {
            let refusal =
                json!({"error": "invalid_request", "error_description": "subject_token must be an id_token."});
            Some(Answer::json(400, &refusal))
        }
        _ => None,
    });
    let words = ["aws", "role", "assume", "Developer", "--no-request", "--shell", "sh"];
    let output = idp.env.p0(words).env("P0_API_TOKEN", "hush-token").run();
    assert!(output.stdout().is_empty() && !output.stderr().contains("hush"), "{output}");
    output
}

#[test]
fn a_token_alone_vouches_only_where_the_provider_takes_it() {
    let of_firebase = assume_by_token(okta()).code(77);
    assert!(of_firebase.stderr().contains("which only a sign-in gives"), "{of_firebase}");
    assert!(of_firebase.stderr().contains("p0 login example"), "{of_firebase}");
    let of_okta = assume_by_token(unexchanged(okta())).code(1);
    assert!(of_okta.stderr().contains("subject_token must be an id_token"), "{of_okta}");
}
