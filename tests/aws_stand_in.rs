//! AWS and an identity provider that answer as a test has it, wrongly for the most part: one stand-in plays the service,
//! the provider and AWS's security token service.

use crate::idp::{Idp, of, okta, unexchanged};
use base64::{Engine, engine::general_purpose::STANDARD};
use p0_testkit::{Answer, Invocation, Output, Signal, stand_in::Recorded};
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
    mpsc,
};

const ROLE: &str = "https://aws.amazon.com/SAML/Attributes/Role";
const KEY: &str = "AKIDSTANDIN";
/// None of these is to be seen anywhere but where credentials are written.
const SECRETS: [&str; 5] = ["sso-hush", "sts-key-hush", "sts-token-hush", "provider-1", "c2FtbC1odXNo"];

/// What is answered where a test has nothing else in mind.
fn usual(request: &Recorded) -> Option<Answer> {
    let (path, params) = of(request);
    let parameter = |name: &str| params.get(name).map(String::as_str);
    match path.as_str() {
        "/oauth2/v1/token" if parameter("grant_type")?.ends_with("token-exchange") => Some(Answer::json(
            200,
            &json!({"access_token": "sso-hush", "token_type": "N_A", "expires_in": 300,
                    "issued_token_type": "urn:okta:oauth:token-type:web_sso_token"}),
        )),
        "/login/token/sso" => Some(page(&response(&["Developer", "team/Reader"]))),
        "/o/example/integrations/aws/config" => Some(Answer::json(200, &two_accounts())),
        "/o/example/command" => Some(Answer::json(200, &granted())),
        "/" if parameter("Action") == Some("AssumeRoleWithSAML") => Some(credentials("2099-01-01T00:00:00Z")),
        _ => None,
    }
}

/// A grant that is usable at once.
pub(crate) fn granted() -> Value {
    json!({"ok": true, "message": "", "id": "req1", "isPreexisting": false, "isPersistent": false,
           "isPreapproved": false, "request": {"status": "DONE", "principal": "ada@example.com",
           "permission": {"type": "role", "name": "Developer", "account": "development", "accountId": "111122223333",
           "arn": "arn:aws:iam::111122223333:role/Developer"}, "generated": {}}})
}

fn accounts(items: Value) -> Value {
    json!({"config": {"iam-write": items}})
}

fn federated() -> Value {
    json!({"state": "installed", "label": "development", "login": {"type": "federated", "provider": {
        "type": "okta", "appId": "0oa1", "identityProvider": "okta", "method": {"type": "saml"}}}})
}

fn two_accounts() -> Value {
    accounts(json!({
        "111122223333": federated(),
        "444455556666": {"state": "installed", "label": "production", "login": {"type": "idc", "idcRegion": "us-east-1",
                         "identityStoreId": "d-1234567890"}},
        "777788889999": {"state": "installed", "label": "legacy", "login": {"type": "iam", "identity": {}}},
    }))
}

/// A response that offers these roles of the first account.
fn response(roles: &[&str]) -> String {
    let value = |role: &&str| {
        format!(
            "<s:AttributeValue>arn:aws:iam::111122223333:saml-provider/okta,arn:aws:iam::111122223333:role/{role}\
             </s:AttributeValue>"
        )
    };
    let values: String = roles.iter().map(value).collect();
    format!(
        "<p:Response xmlns:p=\"urn:oasis:names:tc:SAML:2.0:protocol\" xmlns:s=\"urn:oasis:names:tc:SAML:2.0:assertion\">\
         <s:Assertion><s:AttributeStatement><s:Attribute Name=\"{ROLE}\">{values}</s:Attribute></s:AttributeStatement>\
         </s:Assertion></p:Response>"
    )
}

fn page(response: &str) -> Answer {
    let encoded = STANDARD.encode(response);
    let form = format!("<form method=post><input type=hidden name=SAMLResponse value=\"{encoded}\"></form>");
    Answer::html(200, &form)
}

pub(crate) fn credentials(until: &str) -> Answer {
    Answer::status(200).header("content-type", "text/xml").body(format!(
        "<AssumeRoleWithSAMLResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithSAMLResult>\
         <Credentials><AccessKeyId>{KEY}</AccessKeyId><SecretAccessKey>sts-key-hush</SecretAccessKey>\
         <SessionToken>sts-token-hush</SessionToken><Expiration>{until}</Expiration></Credentials>\
         </AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>"
    ))
}

/// AWS refuses.
fn refusal(code: &str, message: &str) -> Answer {
    Answer::status(400).header("content-type", "text/xml").body(format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    ))
}

/// A scene in which somebody is signed in, and the test's own answers.
pub(crate) struct Aws(pub(crate) Idp);

impl Aws {
    pub(crate) fn new() -> Self {
        Self::with(|_, _| None)
    }

    /// The test's answers, by the path of a call.
    pub(crate) fn with(answer: impl Fn(&str, &Recorded) -> Option<Answer> + Send + Sync + 'static) -> Self {
        Self::of(unexchanged(okta()), answer)
    }

    /// The same at this organisation.
    fn of(organisation: Value, answer: impl Fn(&str, &Recorded) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let answer = move |request: &Recorded| answer(&of(request).0, request).or_else(|| usual(request));
        let mut idp = Idp::with(organisation, answer);
        let url = idp.server.url().as_str().trim_end_matches('/').to_owned();
        idp.env.set("AWS_ENDPOINT_URL", url);
        idp.env.p0(["login", "example"]).run().success().ignore_stderr();
        Self(idp)
    }

    /// Only this path answers otherwise.
    fn but(path: &'static str, answer: impl Fn() -> Answer + Send + Sync + 'static) -> Self {
        Self::with(move |called, request| {
            let is_exchange = || request.text().contains("token-exchange");
            (called == path && (path != "/oauth2/v1/token" || is_exchange())).then(&answer)
        })
    }

    pub(crate) fn p0(&self, line: &str) -> Invocation {
        self.0.env.p0(line.split_ascii_whitespace())
    }

    fn assume(&self) -> Invocation {
        self.p0("aws role assume Developer --account development --format json")
    }

    /// How the usual command fails: its exit code is 1, and all that it says is on stderr.
    #[track_caller]
    fn fails(&self) -> String {
        let output = self.assume().run();
        shows_no_secret(&output);
        output.code(1).stderr().to_owned()
    }

    pub(crate) fn calls(&self, path: &str) -> usize {
        self.0.calls(path).len()
    }
}

#[track_caller]
fn shows_no_secret(output: &Output) {
    for secret in SECRETS {
        assert!(!output.stderr().contains(secret) && !output.stdout().contains(secret), "{secret}\n{output}");
    }
}

#[test]
fn credentials_are_fetched_once_and_then_found_without_any_call() {
    let aws = Aws::new();
    let first = aws.assume().run().success().ignore_stderr().json();
    assert_eq!(first["accessKeyId"], KEY);
    assert_eq!(first["accountId"], "111122223333");
    let before = aws.0.server.requests().len();
    for line in [
        "aws role assume Developer --account development --format json",
        "aws role assume Developer --account 111122223333 --format json",
        "aws role assume Developer --account development --no-request --format json",
        "aws credential-process role Developer --account development",
    ] {
        aws.p0(line).run().success().ignore_stdout();
    }
    let named = aws.p0("aws role assume Developer --format json").env("P0_AWS_ACCOUNT", "development");
    named.run().success().ignore_stdout();
    assert_eq!(aws.0.server.requests().len(), before, "nobody was asked anything");
    let asked: Value = aws.0.recorded("/o/example/command").json();
    assert_eq!(asked["argv"], json!(["request", "aws", "role", "Developer", "--account", "111122223333"]));
    aws.p0("logout").run().success().ignore_stderr();
    let signed_out = aws.p0("aws role assume Developer --account development").run().code(77);
    assert!(signed_out.stderr().contains("You are not signed in to example."), "{signed_out}");
}

#[test]
fn the_document_of_a_credential_process_is_alone_on_stdout() {
    let aws = Aws::new();
    let output = aws.p0("aws credential-process role Developer --account development --reason=--why").run().success();
    let document = output.ignore_stderr().json();
    assert_eq!(
        document,
        json!({"Version": 1, "AccessKeyId": KEY, "SecretAccessKey": "sts-key-hush", "SessionToken": "sts-token-hush",
               "Expiration": "2099-01-01T00:00:00Z", "AccountId": "111122223333"})
    );
    let asked: Value = aws.0.recorded("/o/example/command").json();
    let argv = ["request", "aws", "role", "Developer", "--account", "111122223333", "--reason=--why"];
    assert_eq!(asked["argv"], json!(argv));
}

#[test]
fn a_tool_gets_the_credentials_and_no_others() {
    let aws = Aws::new();
    let script = "echo $AWS_ACCESS_KEY_ID/$AWS_SESSION_TOKEN/$AWS_SECURITY_TOKEN/$AWS_PROFILE$AWS_ROLE_ARN; exit 7";
    let tool = |line: &str| {
        let words = line.split_ascii_whitespace().chain(["--", "sh", "-c", script]);
        let run = aws.0.env.p0(words).env("AWS_PROFILE", "other").env("AWS_ROLE_ARN", "other");
        run.env("AWS_SECURITY_TOKEN", "other").env("AWS_ACCESS_KEY_ID", "other").run()
    };
    for line in
        ["aws role assume Developer --account development", "request aws role Developer --account development --wait"]
    {
        let output = tool(line).code(7).ignore_stderr();
        assert_eq!(output.stdout(), format!("{KEY}/sts-token-hush/sts-token-hush/\n"), "{line}");
    }
    let nothing = aws.p0("aws role assume Developer --account development --").run().code(64);
    assert!(nothing.stderr().contains("There is no tool behind `--`."), "{nothing}");
    let both = tool("aws role assume Developer --account development --format json").code(64);
    assert!(both.stderr().contains("--shell and --format say how to write"), "{both}");
}

#[test]
fn the_region_is_that_of_whoever_uses_the_credentials_and_not_of_whoever_got_them() {
    let aws = Aws::new();
    let used_in = |region: &str| {
        let line = "aws role assume Developer --account development -- sh -c".split_ascii_whitespace();
        let tool = aws.0.env.p0(line.chain(["echo $AWS_REGION/$AWS_DEFAULT_REGION"])).env("AWS_REGION", region);
        tool.run().success().ignore_stderr().stdout().to_owned()
    };
    assert_eq!(used_in("eu-west-1"), "eu-west-1/eu-west-1\n");
    assert_eq!(used_in("us-east-2"), "us-east-2/us-east-2\n");
    assert_eq!(used_in(""), "/\n");
    let document = aws.assume().env("AWS_REGION", "us-east-2").run().success().json();
    assert_eq!(document["region"], "us-east-2");
    assert_eq!(aws.calls("/o/example/command"), 1);
}

#[test]
fn at_a_terminal_the_line_to_evaluate_gives_what_this_one_gave() {
    let aws = Aws::new();
    let line = "aws role assume team/Reader --account development --no-request --shell fish --org example";
    let terminal = aws.p0(line).terminal();
    terminal.wait_for(
        "To have fish evaluate them: p0 --org example aws role assume team/Reader --account development --shell fish \
         | source",
    );
    terminal.finish().success();
}

#[test]
fn whoever_loses_patience_with_the_service_waits_no_more() {
    let (asked, was_asked) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let aws = Aws::with(move |path, _| {
        if path == "/o/example/integrations/aws/config" {
            asked.send(()).expect("the test waits for it");
            // Until the test lets go.
            released.lock().expect("one call").recv().expect("the test lets go");
        }
        None
    });
    for line in
        ["request aws role Developer --account development --wait -- true", "aws role assume Developer --format json"]
    {
        let running = aws.p0(line).spawn();
        was_asked.recv().expect("the service is asked for its accounts");
        running.signal(Signal::INT);
        let output = running.finish().code(130).ignore_stdout();
        assert!(output.stderr().contains("Interrupted before there were credentials."), "{output}");
        release.send(()).expect("the call is there still");
    }
}

#[test]
fn a_role_that_is_not_there_yet_is_waited_for() {
    let pages = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&pages);
    let aws = Aws::with(move |path, _| {
        let roles: &[&str] = match (path, count.load(Ordering::SeqCst)) {
            ("/login/token/sso", 0) => &[],
            ("/login/token/sso", 1) => &["team/Reader"],
            _ => return None,
        };
        count.fetch_add(1, Ordering::SeqCst);
        Some(page(&response(roles)))
    });
    let output = aws.assume().run().success();
    let talk = output.stderr();
    assert!(talk.contains("Waiting for the role Developer; offered so far: none"), "{talk}");
    assert!(talk.contains("offered so far: team/Reader (111122223333)"), "{talk}");
    output.ignore_stderr().ignore_stdout();
    assert_eq!(aws.calls("/login/token/sso"), 3);
}

#[test]
fn a_role_that_is_not_held_is_not_waited_for_without_a_request() {
    let aws = Aws::new();
    let output = aws.p0("aws role assume Admin --account development --no-request").run().code(1);
    assert!(output.stderr().contains("does not offer you the role Admin in the AWS account development"), "{output}");
    assert!(output.stderr().contains("It offers: Developer (111122223333), team/Reader (111122223333)."), "{output}");
    assert!(output.stderr().contains("leave out --no-request"), "{output}");
    assert_eq!(aws.calls("/o/example/command"), 0);
    // A path is a part of the name, and need not be.
    for name in ["Reader", "team/Reader", "arn:aws:iam::111122223333:role/team/Reader"] {
        aws.p0(&format!("aws role assume {name} --account development --no-request --format json"))
            .run()
            .success()
            .ignore_stdout();
    }
}

#[test]
fn responses_that_cannot_be_used_say_why() {
    let unusable = |response: &'static str, why: &str| {
        let said = Aws::but("/login/token/sso", move || page(response)).fails();
        assert!(
            said.contains(&format!("The identity provider's SAML response for AWS cannot be used: {why}")),
            "{said}"
        );
        assert!(said.contains("Tell whoever runs the organisation's AWS integration."), "{said}");
    };
    unusable("saml-hush", "it is not XML.");
    unusable("<!DOCTYPE x [<!ENTITY a \"hush\">]><x>&a;</x>", "it has a document type or entities of its own");
    unusable("<x>&a;</x>", "it has a document type or entities of its own");

    let large = "x".repeat(10 * 1024 * 1024);
    let said = Aws::but("/login/token/sso", move || page(&large)).fails();
    assert!(said.contains("sent an answer of more than 1048576 bytes"), "{said}");

    let aws = Aws::but("/login/token/sso", || page("<x/>"));
    let output = aws.p0("aws role assume Developer --account development --no-request").run().code(1);
    assert!(output.stderr().contains("it has no roles: no attribute 'https://aws.amazon.com"), "{output}");

    let said = Aws::but("/login/token/sso", || Answer::html(200, "<form><input name=password></form>")).fails();
    assert!(said.contains("The identity provider's page for AWS has no SAML response."), "{said}");
}

#[test]
fn a_page_that_leads_elsewhere_is_not_followed() {
    let elsewhere = || Answer::status(302).header("location", "http://127.0.0.1:9/steal").done();
    let said = Aws::but("/login/token/sso", elsewhere).fails();
    assert!(said.contains("redirects to an unknown place, which is not followed"), "{said}");
}

#[test]
fn a_provider_that_does_not_vouch_says_so() {
    let refuses = || Answer::json(400, &json!({"error": "access_denied", "error_description": "not assigned"}));
    let said = Aws::but("/oauth2/v1/token", refuses).fails();
    assert!(said.contains("The identity provider refused: not assigned (access_denied)"), "{said}");
    assert!(said.contains("let you sign in to the AWS account development (111122223333)"), "{said}");
}

#[test]
fn refusals_of_aws_say_what_to_do() {
    let said = |code: &'static str| Aws::but("/", move || refusal(code, "so says AWS")).fails();
    let expired = said("ExpiredTokenException");
    assert!(expired.contains("What was presented to AWS has expired: so says AWS"), "{expired}");
    assert!(expired.contains("the identity provider's clock is off"), "{expired}");
    let denied = said("AccessDenied");
    assert!(denied.contains("AWS denies access: so says AWS"), "{denied}");
    assert!(denied.contains("sts:AssumeRoleWithSAML"), "{denied}");
    let identity = said("InvalidIdentityToken");
    assert!(identity.contains("AWS refuses: so says AWS (InvalidIdentityToken)"), "{identity}");
    assert!(identity.contains("metadata"), "{identity}");
    let region = said("RegionDisabledException");
    assert!(region.contains("Set AWS_REGION"), "{region}");

    let aws = Aws::but("/", || refusal("Throttling", "Rate exceeded"));
    let throttled = aws.fails();
    assert!(throttled.contains("AWS has been called too often: Rate exceeded"), "{throttled}");
    assert!(throttled.contains("Try again in a minute."), "{throttled}");
    assert_eq!(aws.calls("/"), 3, "it was tried again");

    let trouble = Aws::but("/", || Answer::status(500).body("")).fails();
    assert!(trouble.contains("AWS has a problem of its own (HTTP status 500)"), "{trouble}");
    let page = Aws::but("/", || Answer::html(200, "<h1>Welcome to the hotel</h1>")).fails();
    assert!(page.contains("AWS's answer is not understood"), "{page}");
    assert!(page.contains("Something else than AWS may answer"), "{page}");
}

#[test]
fn a_clock_that_is_off_is_told() {
    let in_2020 = || {
        Answer::status(400).header("date", "Wed, 01 Jan 2020 00:00:00 GMT").header("content-type", "text/xml").body(
            "<ErrorResponse><Error><Code>ExpiredTokenException</Code><Message>Token must be redeemed within 5 minutes\
             </Message></Error></ErrorResponse>",
        )
    };
    let said = Aws::but("/", in_2020).fails();
    assert!(said.contains("Set this machine's clock: it is ") && said.contains(" ahead of AWS's."), "{said}");
    let said = Aws::but("/", || credentials("2020-01-01T00:00:00Z")).fails();
    assert!(said.contains("By this machine's clock the credentials from AWS have expired already."), "{said}");
    assert!(said.contains("Set this machine's clock."), "{said}");
}

#[test]
fn nobody_at_aws_is_a_failure_of_the_network() {
    let mut aws = Aws::new();
    aws.0.env.set("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9");
    let said = aws.fails();
    assert!(said.contains("Connection refused (127.0.0.1:9)"), "{said}");
    assert!(said.contains("AWS_ENDPOINT_URL"), "{said}");
    aws.0.env.set("AWS_ENDPOINT_URL_STS", "http://sts.example.com");
    let said = aws.fails();
    assert!(said.contains("must be reached over https"), "{said}");
    aws.0.env.set("AWS_ENDPOINT_URL_STS", "https://sts.example.com").set("AWS_CA_BUNDLE", "/nowhere.pem");
    let said = aws.fails();
    assert!(said.contains("/nowhere.pem: No such file") && said.contains("AWS_CA_BUNDLE"), "{said}");
}

#[test]
fn an_account_has_to_be_one_that_is_installed_and_named() {
    let aws = Aws::new();
    let run = |line: &str, code: i32| aws.p0(line).run().code(code);
    let several = run("aws role assume Developer", 64);
    assert!(several.stderr().contains("Several AWS accounts are installed; name the one you mean."), "{several}");
    for account in ["development (111122223333)", "production (444455556666)", "legacy (777788889999)"] {
        assert!(several.stderr().contains(account), "{several}");
    }
    let missing = run("aws role assume Developer --account staging", 1);
    assert!(missing.stderr().contains("The AWS account 'staging' is not installed."), "{missing}");
    assert!(missing.stderr().contains("  development (111122223333)"), "{missing}");
    let iam = run("aws role assume Developer --account legacy", 1);
    assert!(iam.stderr().contains("In the AWS account legacy (777788889999) people are IAM users"), "{iam}");

    let wrong = run("aws role assume Developer --account production", 64);
    assert!(wrong.stderr().contains("there are permission sets to assume, not roles"), "{wrong}");
    assert!(wrong.stderr().contains("p0 aws permission-set assume Developer --account 444455556666"), "{wrong}");
    let wrong = run("aws permission-set assume ReadOnly --account development", 64);
    assert!(wrong.stderr().contains("p0 aws role assume ReadOnly --account 111122223333"), "{wrong}");
    assert_eq!(aws.calls("/o/example/command"), 0, "nothing was asked for");

    let none = Aws::but("/o/example/integrations/aws/config", || Answer::json(404, &json!({"error": "Not found"})));
    let none = none.p0("aws role assume Developer").run().code(1);
    assert!(none.stderr().contains("No AWS account is installed."), "{none}");
}

/// The profile is written for what these words say; what its line is from `credential-process` on.
#[track_caller]
fn configured(aws: &Aws, words: &str, said: &str) -> (String, Value) {
    let output = aws.p0(&format!("--json aws configure {words} --profile dev")).run().success();
    let document = output.json();
    assert!(output.stderr().starts_with(said) && output.stderr().contains("Profile dev written to "), "{output}");
    output.ignore_stderr();
    let text = std::fs::read_to_string(aws.0.env.home_dir().join(".aws/config")).unwrap();
    let (_, line) = text.split_once(" credential-process ").unwrap_or_else(|| panic!("{text}"));
    (line.trim_end().to_owned(), document["accountId"].clone())
}

#[test]
fn a_profile_is_for_the_one_account_that_is_meant() {
    let aws = Aws::new();
    for account in ["development", "111122223333"] {
        let (line, id) = configured(&aws, &format!("role Developer --account {account}"), "");
        assert_eq!(line, "role Developer --account=111122223333");
        assert_eq!(id, "111122223333");
    }
    let (line, _) = configured(&aws, "permission-set ReadOnly --account production --no-request", "");
    assert_eq!(line, "permission-set ReadOnly --account=444455556666 --no-request");
    let only = Aws::but("/o/example/integrations/aws/config", || {
        Answer::json(200, &accounts(json!({"111122223333": federated()})))
    });
    assert_eq!(configured(&only, "role Developer", "").0, "role Developer --account=111122223333");
}

#[test]
fn a_profile_that_could_give_nothing_is_not_written() {
    let aws = Aws::new();
    let refused = |line: &str, code: i32| {
        let output = aws.p0(&format!("aws configure {line} --profile dev")).run().code(code);
        assert!(!aws.0.env.home_dir().join(".aws").try_exists().unwrap());
        output.stderr().to_owned()
    };
    let several = refused("role Developer", 64);
    assert!(several.contains("Several AWS accounts are installed; name the one you mean."), "{several}");
    assert!(several.contains("  production (444455556666)"), "{several}");
    assert!(refused("role Developer --account staging", 1).contains("The AWS account 'staging' is not installed."));
    assert!(refused("role Developer --account legacy", 1).contains("people are IAM users"));
    let wrong = refused("role Developer --account production", 64);
    assert!(wrong.contains("there are permission sets to assume, not roles"), "{wrong}");
    assert!(wrong.contains("Use: p0 aws configure permission-set Developer --account 444455556666"), "{wrong}");
    let wrong = refused("permission-set ReadOnly --account development", 64);
    assert!(wrong.contains("Use: p0 aws configure role ReadOnly --account 111122223333"), "{wrong}");
}

#[test]
fn a_profile_is_written_unchecked_where_nobody_answers() {
    let path = "/o/example/integrations/aws/config";
    for (aws, why) in [
        (Aws::but(path, Answer::silence), "No answer in time (127.0.0.1:"),
        (Aws::but(path, || Answer::json(500, &json!({"error": "out of order"}))), "out of order"),
    ] {
        let said = format!("The account was not checked: {why}");
        let (line, id) = configured(&aws, "role Developer --account development", &said);
        assert_eq!(line, "role Developer --account=development");
        assert_eq!(id, Value::Null);
    }
}

#[test]
fn nobody_is_waited_for_longer_than_the_timeout() {
    const PROCESS: &str = "aws credential-process role Developer --account development";
    const ACCOUNTS: &str = "/o/example/integrations/aws/config";
    const SERVICE: &str = "No answer in time (127.0.0.1:";
    const PROVIDER: &str = "Your identity provider did not answer in time.";
    const AWS: &str = "AWS did not answer in time.";
    let silent = |path| Aws::but(path, Answer::silence);
    let busy = |path| Aws::but(path, || Answer::status(503).header("retry-after", "1").body(""));
    let renewal = Aws::with(|path, request| {
        (path == "/oauth2/v1/token" && request.text().contains("grant_type=refresh_token")).then(Answer::silence)
    });
    renewal.0.let_expire();
    let databases = "aws rds generate-db-auth-token --arch postgres --role readonly";
    let set = "aws permission-set assume ReadOnly --account production --no-request --format json";
    // Beside each other, as each takes its time.
    let running = [
        (silent(ACCOUNTS), PROCESS, SERVICE),
        (silent("/o/example/command"), PROCESS, SERVICE),
        (silent("/oauth2/v1/token"), PROCESS, PROVIDER),
        (silent("/login/token/sso"), PROCESS, PROVIDER),
        (silent("/"), PROCESS, AWS),
        (silent("/"), "aws role assume Developer --account development --format json", AWS),
        (silent("/client/register"), set, "IAM Identity Center did not answer in time."),
        (silent("/o/example/integrations/postgres/config"), databases, SERVICE),
        // Nor while a session is renewed, or something is tried again and again.
        (renewal, PROCESS, SERVICE),
        (busy(ACCOUNTS), PROCESS, "503"),
        (busy("/"), PROCESS, "AWS "),
    ]
    .map(|(aws, line, why)| {
        let run = aws.p0(&format!("{line} --timeout 2s"));
        (run.terminal_piped(), aws, why)
    });
    for (running, _aws, why) in running {
        let output = running.finish().code(1);
        assert!(output.stderr().contains(why) && output.stdout().is_empty(), "{why}: {output}");
        shows_no_secret(&output);
    }
}

#[test]
fn a_refused_request_gives_no_credentials() {
    let aws = Aws::but("/o/example/command", || {
        let mut denied = granted();
        denied["request"]["status"] = "DENIED".into();
        Answer::json(200, &denied)
    });
    let output = aws.assume().run().code(2);
    assert!(output.stderr().contains("Your request was denied"), "{output}");
    assert_eq!(aws.calls("/login/token/sso"), 0);
}

#[test]
fn a_token_from_elsewhere_cannot_vouch_for_anybody() {
    let aws = Aws::of(okta(), |_, _| None);
    let output = aws.assume().env("P0_API_TOKEN", "t").run().code(77);
    assert!(output.stderr().contains("your identity provider's tokens, which only a sign-in gives"), "{output}");
    assert_eq!(aws.calls("/o/example/command"), 0, "nothing was asked for in vain");
    // The tool of a request runs all the same.
    let line = "request aws role Developer --account development -- sh -c";
    let words = line.split_ascii_whitespace().chain(["echo ran $AWS_ACCESS_KEY_ID"]);
    let output = aws.0.env.p0(words).env("P0_API_TOKEN", "t").run().success();
    assert_eq!(output.stdout(), "ran\n");
    assert!(output.stderr().contains("The tool gets no AWS credentials from p0"), "{output}");
    output.ignore_stderr();
}

#[test]
fn where_the_api_takes_firebase_s_tokens_the_provider_s_own_are_exchanged() {
    let aws = Aws::of(okta(), |_, _| None);
    assert_eq!(aws.assume().run().success().ignore_stderr().json()["accessKeyId"], KEY);
    let asked = aws.0.recorded("/o/example/command");
    assert_eq!(asked.header("authorization"), Some("Bearer firebase-1"));
    let tokens = aws.0.calls("/oauth2/v1/token");
    let exchange = tokens.iter().find(|call| call["grant_type"].ends_with("token-exchange")).unwrap();
    assert_eq!(exchange["actor_token"], "provider-1");
    assert!(exchange["subject_token"].starts_with("e30."));
    assert_eq!(exchange["audience"], "urn:okta:apps:0oa1");
    assert_eq!(aws.0.call("/login/token/sso")["token"], "sso-hush");
}

#[test]
fn a_home_that_cannot_be_written_to_costs_a_fetch_each_time() {
    let aws = Aws::new();
    // Not even root can make files there.
    std::os::unix::fs::symlink("/proc", aws.0.env.state_dir().join("p0/vault")).unwrap();
    for _ in 0..2 {
        let output = aws.assume().run().success();
        assert!(output.stderr().contains("What AWS gave could not be kept, so it will be fetched again."), "{output}");
        assert_eq!(output.ignore_stderr().json()["accessKeyId"], KEY);
    }
    assert_eq!(aws.calls("/"), 2);
}

#[test]
fn two_hundred_callers_make_one_request_and_one_login() {
    let aws = Aws::new();
    let line = "aws credential-process role Developer --account development";
    let callers: Vec<_> = (0..200).map(|_| aws.p0(line).spawn()).collect();
    for caller in callers {
        let output = caller.finish().success().ignore_stderr();
        assert_eq!(output.json()["AccessKeyId"], KEY);
    }
    let made = ["/o/example/command", "/login/token/sso", "/"].map(|path| aws.calls(path));
    assert_eq!(made, [1, 1, 1]);
}

#[test]
fn no_secret_is_in_the_log_or_in_a_file_that_is_not_for_secrets() {
    let aws = Aws::new();
    let output = aws.p0("--debug aws role assume Developer --account development -- true").run().success();
    shows_no_secret(&output);
    output.ignore_stderr();
    for secret in SECRETS {
        let elsewhere =
            aws.0.env.files_with(secret.as_bytes()).into_iter().find(|path| !path.starts_with("state/p0/secrets"));
        assert_eq!(elsewhere, None, "{secret}");
    }
    assert!(!aws.0.env.files_with(b"sts-key-hush").is_empty(), "where secrets are to be");
}
