use super::*;
use p0_client::{Http, HttpOptions};
use p0_testkit::{Answer, StandIn};
use serde_json::{Value, json};
use std::sync::Arc;

fn center(server: &StandIn) -> (IdentityCenter, Settings) {
    let calls = Calls::new(Arc::new(Http::new(HttpOptions::new("P0 CLI/0 (test; test; test)"))));
    let url = Some(server.url().as_str().trim_end_matches('/').to_owned());
    let settings = Settings { sso: url.clone(), sso_oidc: url, ..Settings::default() };
    (IdentityCenter::new(&calls, &settings, "us-east-1", "d-1234567890"), settings)
}

fn refused(status: u16, kind: &str) -> Answer {
    Answer::status(status).header("x-amzn-errortype", kind).body(json!({"message": "so says AWS"}).to_string())
}

fn client() -> Registration {
    Registration { id: "c".into(), secret: "s".into(), expires_at: Timestamp::MAX }
}

fn device() -> Device {
    Device {
        code: "device-1".into(),
        user_code: "ABCD-EFGH".into(),
        page: "https://device.sso.example.com".into(),
        complete_page: None,
        lifetime: Duration::from_secs(600),
        pause: Duration::from_millis(1),
    }
}

#[test]
fn each_partition_has_its_portal() {
    let page = |region: &str| start_page(Partition::of_region(region), "d-1234567890");
    assert_eq!(page("eu-central-1"), "https://d-1234567890.awsapps.com/start");
    assert_eq!(page("us-gov-west-1"), "https://start.us-gov-home.awsapps.com/directory/d-1234567890");
    assert_eq!(page("cn-north-1"), "https://start.home.awsapps.cn/directory/d-1234567890");
}

#[tokio::test]
async fn a_code_is_for_this_program_at_this_portal() {
    let server = StandIn::start([
        Answer::json(200, &json!({"clientId": "c-1", "clientSecret": "hush", "clientSecretExpiresAt": 7_776_000})),
        Answer::json(
            200,
            &json!({"deviceCode": "hush", "userCode": "ABCD-EFGH", "verificationUri": "https://device.example.com",
                    "expiresIn": 600}),
        ),
    ]);
    let (center, _) = center(&server);
    let client = center.register().await.expect("a client");
    assert_eq!(client.expires_at.as_second(), 7_776_000);
    let device = center.device(&client).await.expect("a code");
    assert_eq!((device.user_code.as_str(), device.pause), ("ABCD-EFGH", PAUSE));
    assert!(!format!("{client:?} {device:?}").contains("hush"));
    let asked: Vec<Value> = server.requests().iter().map(p0_testkit::stand_in::Recorded::json).collect();
    assert_eq!(asked[0], json!({"clientName": "p0", "clientType": "public", "scopes": ["sso:account:access"]}));
    assert_eq!(asked[1]["startUrl"], "https://d-1234567890.awsapps.com/start");
}

#[tokio::test]
async fn a_token_is_waited_for() {
    let server = StandIn::start([
        refused(400, "AuthorizationPendingException"),
        refused(400, "AuthorizationPendingException"),
        Answer::json(200, &json!({"accessToken": "hush", "tokenType": "Bearer", "expiresIn": 3600})),
    ]);
    let (center, _) = center(&server);
    let token = center.token(&client(), &device()).await.expect("a token");
    assert!(!format!("{token:?}").contains("hush"));
    let left = token.expires_at.duration_since(clock::now());
    assert!(left > SignedDuration::from_mins(59) && left <= SignedDuration::from_hours(1), "{left}");
}

#[tokio::test]
async fn whoever_says_no_or_nothing_gets_no_token() {
    let error = async |answer: Answer| {
        let server = StandIn::start([answer]);
        let (center, _) = center(&server);
        center.token(&client(), &device()).await.expect_err("no token").to_string()
    };
    assert_eq!(error(refused(400, "ExpiredTokenException")).await, "nobody entered the code in time");
    assert_eq!(error(refused(400, "AccessDeniedException")).await, "the sign-in was refused");
    let text = error(refused(400, "InvalidGrantException")).await;
    assert_eq!(text, "AWS refuses: so says AWS (InvalidGrantException)");
}

#[tokio::test]
async fn credentials_come_once_the_grant_is_there() {
    let credentials = async |answer: Answer| {
        let server = StandIn::start([answer.repeated()]);
        let (center, settings) = center(&server);
        let token = AccessToken { token: "t".into(), expires_at: Timestamp::MAX };
        center.credentials(&settings, &token, "111122223333", "ReadOnly").await
    };
    let given = json!({"roleCredentials": {"accessKeyId": "ASIA1", "secretAccessKey": "hush", "sessionToken": "hush",
                                           "expiration": 3_600_000}});
    let got = credentials(Answer::json(200, &given)).await.expect("credentials");
    assert_eq!((got.access_key_id.as_str(), got.expires_at.as_second()), ("ASIA1", 3600));
    let refused = async |status, kind| credentials(refused(status, kind)).await.expect_err("refused");
    assert!(matches!(refused(403, "ForbiddenException").await, SetError::NotThere(_)));
    assert!(matches!(refused(404, "ResourceNotFoundException").await, SetError::NotThere(_)));
    assert!(matches!(refused(401, "UnauthorizedException").await, SetError::TokenRefused(_)));
    assert!(matches!(refused(400, "InvalidRequestException").await, SetError::Aws(Error::Refused { .. })));
    let nothing = credentials(Answer::json(200, &json!({}))).await.expect_err("nothing");
    assert_eq!(nothing.to_string(), "AWS's answer is not understood: it has no credentials");
}
