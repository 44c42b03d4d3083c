//! Sign-ins and renewals, and all that Firebase can say against them.

use super::*;
use crate::{
    error::{Kind, classify},
    session::test_server::{self, Answer},
};

fn org() -> Org {
    serde_json::from_value(json!({
        "tenantId": "t-1", "auth": {"type": "password"}, "config": {"fs": {"apiKey": "k 1"}},
    }))
    .expect("an organisation")
}

/// A Firebase that answers each call so.
fn firebase(answer: impl Fn(&str, &str) -> Answer + Send + Sync + 'static) -> Firebase {
    let url = test_server::serve(answer);
    Firebase::from_org(&org(), Some(url.authority())).expect("an emulator")
}

fn granted() -> Granted {
    Granted { access_token: "a&b".into(), expires_at: None, refresh_token: None, id_token: Some("i=j".into()) }
}

/// What the user reads when Firebase answers so.
async fn refused_idp(status: u16, body: Value) -> Failure {
    let firebase = firebase(move |_, _| test_server::json(status, &body));
    classify(firebase.sign_in_with_idp(&test_server::http(), &granted(), "google.com").await.expect_err("refused"))
}

async fn refused_password(status: u16, body: Value) -> Failure {
    let firebase = firebase(move |_, _| test_server::json(status, &body));
    let answer = firebase.sign_in_with_password(&test_server::http(), "ada@example.com", &"p".into()).await;
    classify(answer.expect_err("refused"))
}

fn error(message: &str) -> Value {
    json!({"error": {"code": 400, "message": message, "errors": []}})
}

#[tokio::test]
async fn what_is_exchanged_arrives_as_it_is() {
    let firebase = firebase(|call, body| {
        assert_eq!(call, "POST /identitytoolkit.googleapis.com/v1/accounts:signInWithIdp?key=k+1");
        let body: Value = serde_json::from_str(body).expect("a document");
        assert_eq!(body["postBody"], "id_token=i%3Dj&access_token=a%26b&providerId=oidc.x");
        test_server::json(
            200,
            &json!({"idToken": "f", "refreshToken": "r", "expiresIn": "60", "email": "ada@example.com"}),
        )
    });
    let account = firebase.sign_in_with_idp(&test_server::http(), &granted(), "oidc.x").await.expect("exchanged");
    assert_eq!((account.email.as_str(), account.granted.access_token.expose_secret()), ("ada@example.com", "f"));
    assert!(account.granted.expires_at.is_some());
}

#[tokio::test]
async fn a_lifetime_is_text_or_a_number_or_unknown() {
    for (lifetime, known) in
        [(json!("60"), true), (json!(60), true), (Value::Null, false), (json!("soon"), false), (json!(-1), false)]
    {
        let answer = json!({"idToken": "f", "expiresIn": lifetime, "email": "ada@example.com"});
        let firebase = firebase(move |_, _| test_server::json(200, &answer));
        let account = firebase.sign_in_with_password(&test_server::http(), "a", &"p".into()).await.expect("signed in");
        assert_eq!(account.granted.expires_at.is_some(), known);
        assert!(account.granted.refresh_token.is_none());
    }
}

#[tokio::test]
async fn an_address_that_another_provider_vouches_for_is_told() {
    let message = "You have signed in before with another identity provider, to which your e-mail address is bound.";
    for (status, body) in [
        (200, json!({"idToken": "f", "expiresIn": "60"})),
        (200, json!({"needConfirmation": true, "email": "ada@example.com", "verifiedProvider": ["google.com"]})),
        (200, json!({"errorMessage": "FEDERATED_USER_ID_ALREADY_LINKED", "email": "ada@example.com"})),
        (400, error("EMAIL_EXISTS")),
    ] {
        let failure = refused_idp(status, body.clone()).await;
        assert_eq!((failure.message.as_str(), failure.hints.len()), (message, 1), "{body}");
    }
}

#[tokio::test]
async fn each_refusal_says_what_to_do() {
    for (message, words) in [
        ("USER_DISABLED", "This user has been disabled."),
        ("INVALID_TENANT_ID", "The organisation's tenant does not take this identity provider (INVALID_TENANT_ID)."),
        ("INVALID_IDP_RESPONSE : it is late", "The identity provider refused: it is late (INVALID_IDP_RESPONSE)"),
    ] {
        assert_eq!(refused_idp(400, error(message)).await.message, words);
    }
    for (message, words) in [
        ("INVALID_LOGIN_CREDENTIALS", "The e-mail address or the password is wrong."),
        ("EMAIL_NOT_FOUND", "The e-mail address or the password is wrong."),
        ("INVALID_PASSWORD", "The e-mail address or the password is wrong."),
        ("TOO_MANY_ATTEMPTS_TRY_LATER : later", "There were too many attempts to sign in."),
        ("OPERATION_NOT_ALLOWED", "The organisation does not let anybody sign in by a password."),
        ("API_KEY_INVALID", "The identity provider refused: API_KEY_INVALID"),
    ] {
        assert_eq!(refused_password(400, error(message)).await.message, words);
    }
    let second = refused_password(200, json!({"mfaPendingCredential": "m", "email": "ada@example.com"})).await;
    assert_eq!(second.message, "This user signs in with a second factor, which p0 cannot ask for.");
    let strange = refused_password(200, json!([])).await;
    assert!(strange.message.ends_with("sent an invalid response: not what Firebase answers"), "{strange}");
    assert!(refused_password(503, Value::Null).await.message.contains("503"));
}

#[tokio::test]
async fn a_renewal_names_the_token() {
    let firebase = firebase(|call, body| match (call, body) {
        ("POST /securetoken.googleapis.com/v1/token?key=k+1", "grant_type=refresh_token&refresh_token=r%2F1") => {
            test_server::json(
                200,
                &json!({"id_token": "f2", "refresh_token": "r2", "expires_in": "3600", "user_id": "u"}),
            )
        }
        _ => test_server::json(400, &error("TOKEN_EXPIRED")),
    });
    let service = firebase.token_service();
    let granted = service.refresh(&test_server::http(), &"r/1".into()).await.expect("renewed");
    assert_eq!(granted.access_token.expose_secret(), "f2");
    assert!(service.refresh(&test_server::http(), &"other".into()).await.expect_err("over").is("TOKEN_EXPIRED"));
}

#[test]
fn an_emulator_is_on_this_machine_or_none() {
    for emulator in ["127.0.0.1:9099", "localhost:9099", "[::1]:9099"] {
        let firebase = Firebase::from_org(&org(), Some(emulator)).expect(emulator);
        let token = format!("http://{emulator}/securetoken.googleapis.com/v1/token");
        assert_eq!(firebase.tokens.token.as_str(), token);
    }
    for emulator in [
        "192.0.2.1:9099",
        "emulator.example.com:9099",
        "127.0.0.1.example.com",
        "127.0.0.1@example.com",
        "127.0.0.1:9099/x",
        "http://127.0.0.1:9099",
        "0.0.0.0:9099",
        "",
    ] {
        let failure = Firebase::from_org(&org(), Some(emulator)).expect_err(emulator);
        assert_eq!(failure.kind, Kind::Usage);
        assert!(failure.message.starts_with("FIREBASE_AUTH_EMULATOR_HOST must be"), "{failure}");
    }
    let real = Firebase::from_org(&org(), None).expect("Google's");
    assert_eq!(real.identity.as_str(), "https://identitytoolkit.googleapis.com/v1/");
    assert_eq!(real.tokens.token.as_str(), "https://securetoken.googleapis.com/v1/token");
}
