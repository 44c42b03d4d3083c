use super::*;
use crate::integrations::aws::settings::Partition;
use p0_client::{Http, HttpOptions, Network};
use p0_testkit::{Answer, StandIn, stand_in::Recorded};
use std::sync::Arc;

fn calls() -> Calls {
    Calls::new(Arc::new(Http::new(HttpOptions::new("P0 CLI/0 (test; test; test)"))))
}

fn role() -> Role {
    Role {
        arn: "arn:aws:iam::111122223333:role/team/Developer".into(),
        provider: "arn:aws:iam::111122223333:saml-provider/okta".into(),
        partition: Partition::Commercial,
        account: "111122223333".into(),
        path: "team/Developer".into(),
    }
}

fn settings(url: &str) -> Settings {
    Settings { sts: Some(url.trim_end_matches('/').to_owned()), ..Settings::default() }
}

fn granted() -> Answer {
    Answer::status(200).header("content-type", "text/xml").header("date", "Thu, 01 Jan 1970 00:00:00 GMT").body(
        r#"<AssumeRoleWithSAMLResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithSAMLResult>
<Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>hush-key</SecretAccessKey>
<SessionToken>hush-token</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>"#,
    )
}

fn refused(status: u16, code: &str, message: &str) -> Answer {
    Answer::status(status).header("content-type", "text/xml").body(format!(
        r#"<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"#
    ))
}

async fn assumed(
    answers: impl IntoIterator<Item = Answer>,
    duration: Option<i32>,
) -> (Result<Credentials, Error>, Vec<Recorded>) {
    let server = StandIn::start(answers);
    let settings = settings(server.url().as_str());
    let got = assume(&calls(), &settings, &role(), &"c2FtbA==".into(), duration).await;
    (got, server.requests())
}

#[tokio::test]
async fn a_role_is_assumed_for_a_response() {
    let (got, requests) = assumed([granted()], Some(28_800)).await;
    let got = got.expect("credentials");
    assert_eq!((got.access_key_id.as_str(), got.account_id.as_str()), ("ASIA1", "111122223333"));
    assert_eq!(got.session_token.expose_secret(), "hush-token");
    assert_eq!(got.expires_at.to_string(), "2030-01-01T00:00:00Z");
    let body = requests[0].text();
    for part in [
        "Action=AssumeRoleWithSAML",
        "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fteam%2FDeveloper",
        "PrincipalArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Asaml-provider%2Fokta",
        "SAMLAssertion=c2FtbA%3D%3D",
        "DurationSeconds=28800",
    ] {
        assert!(body.split('&').any(|given| given == part), "{part} in {body}");
    }
    assert_eq!(requests[0].header("authorization"), None, "nobody signs this call");
}

#[tokio::test]
async fn a_length_that_the_role_does_not_allow_is_left_out() {
    let too_long = refused(400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration");
    let (got, requests) = assumed([too_long, granted()], Some(43_200)).await;
    got.expect("credentials");
    assert!(!requests[1].text().contains("DurationSeconds"));
    let (got, requests) = assumed([granted()], Some(99_999)).await;
    got.expect("credentials");
    assert!(!requests[0].text().contains("DurationSeconds"), "no such length is ever allowed");
}

#[tokio::test]
async fn refusals_have_their_kinds() {
    let refusal = async |code: &str| assumed([refused(400, code, "so says AWS").repeated()], None).await;
    assert!(
        matches!(refusal("ExpiredTokenException").await.0, Err(Error::Expired { message }) if message == "so says AWS")
    );
    assert!(matches!(refusal("ExpiredToken").await.0, Err(Error::Expired { .. })));
    assert!(matches!(refusal("AccessDenied").await.0, Err(Error::Denied { .. })));
    let (throttled, requests) = refusal("Throttling").await;
    assert!(matches!(throttled, Err(Error::Throttled { .. })), "{throttled:?}");
    assert_eq!(requests.len(), 3, "it is tried again, with pauses");
    assert!(
        matches!(refusal("InvalidIdentityToken").await.0, Err(Error::Refused { code, .. }) if code == "InvalidIdentityToken")
    );
}

#[tokio::test]
async fn answers_that_are_none_and_no_answers_are_told_apart() {
    let error = async |answer: Answer| assumed([answer.repeated()], None).await.0.expect_err("nothing");
    assert!(matches!(error(Answer::status(503).body("busy")).await, Error::Trouble { status: 503 }));
    let page = error(Answer::html(200, "<h1>Sign in to the network</h1>")).await;
    assert!(matches!(page, Error::Invalid(_)), "{page:?}");
    let long = error(Answer::status(200).body(vec![b'x'; 2 * 1024 * 1024])).await;
    assert!(matches!(long, Error::Http(p0_client::Error::TooLong { .. })), "{long:?}");

    let nobody = assume(&calls(), &settings("http://127.0.0.1:9"), &role(), &"x".into(), None).await;
    let refused = Network::Refused;
    assert!(matches!(nobody, Err(Error::Http(p0_client::Error::Network { failure, .. })) if failure == refused));
    let clear = assume(&calls(), &settings("http://sts.example.com"), &role(), &"x".into(), None).await;
    assert!(matches!(clear, Err(Error::Http(p0_client::Error::Cleartext { .. }))), "{clear:?}");
    let nonsense = assume(&calls(), &settings("not an address"), &role(), &"x".into(), None).await;
    assert!(nonsense.is_err());
}

#[tokio::test]
async fn the_other_side_s_clock_is_seen() {
    let server = StandIn::start([granted()]);
    let calls = calls();
    assert_eq!(calls.ahead(), None);
    assume(&calls, &settings(server.url().as_str()), &role(), &"x".into(), None).await.expect("credentials");
    assert!(calls.ahead().expect("a date").as_hours() > 24 * 365 * 50);
}
