//! Which tokens are believed, and what the provider says of itself.

use super::harness::{Fixture, ISSUER, MIA, refused};
use crate::oidc::{Advertise, OidcError, SignIn, TokenError, hash_password};
use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, jwk::JwkSet};
use serde_json::{Value, json};
use std::sync::Arc;
use url::Url;

async fn get(fixture: &Fixture, path: &str) -> Value {
    let request = Request::get(path).header("host", "127.0.0.1:8099").body(Body::empty()).unwrap();
    fixture.send(request).await.json()
}

#[tokio::test]
async fn expired_token_is_rejected() {
    let fixture = Fixture::new().await;
    let token = fixture.provider.access_token("Mia@Example.com").unwrap();
    fixture.advance(3604);
    assert_eq!(fixture.provider.verify(&token).unwrap().email, MIA);
    fixture.advance(1);
    let error = fixture.provider.verify(&token).unwrap_err();
    assert_eq!(error.to_string(), "Your sign-in has expired. Sign in again with `p0 login`.");
}

#[tokio::test]
async fn altered_token_is_rejected() {
    let fixture = Fixture::new().await;
    let token = fixture.provider.access_token(MIA).unwrap();
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("{token}") };
    let mut forged: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    forged["sub"] = json!("tom@example.com");
    let forged = URL_SAFE_NO_PAD.encode(forged.to_string());
    let altered = format!("{header}.{forged}.{signature}");
    let error = fixture.provider.verify(&altered).unwrap_err();
    assert_eq!(error, TokenError::Altered);
    assert_eq!(error.to_string(), "This token has been altered since it was issued. Sign in again with `p0 login`.");
    assert_eq!(fixture.provider.verify(&format!("{header}.{claims}.")), Err(TokenError::Altered));

    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt"}"#);
    for nonsense in [format!("{none}.{claims}."), String::new(), "x".repeat(5000), "a.b.c".to_owned(), "ä".to_owned()]
    {
        assert_eq!(fixture.provider.verify(&nonsense), Err(TokenError::Malformed), "{nonsense}");
    }
}

#[tokio::test]
async fn foreign_token_is_rejected() {
    let (fixture, other) = (Fixture::new().await, Fixture::new().await);
    let not_ours = |token: &str| assert_eq!(fixture.provider.verify(token), Err(TokenError::NotOurs));
    // Of another key.
    not_ours(&other.provider.access_token(MIA).unwrap());
    // Of our key, for another purpose.
    not_ours(fixture.sign_in().await["id_token"].as_str().unwrap());
    // Signed with our public key, as if it were a shared secret.
    let key = get(&fixture, "/oauth2/v1/keys").await["keys"][0].clone();
    let header = Header {
        typ: Some("at+jwt".to_owned()),
        kid: key["kid"].as_str().map(str::to_owned),
        ..Header::new(Algorithm::HS256)
    };
    let secret = EncodingKey::from_secret(key["x"].as_str().unwrap().as_bytes());
    not_ours(&jsonwebtoken::encode(&header, &json!({"sub": MIA}), &secret).unwrap());
    // Of our key, for the same organisation at another address, and for another organisation.
    let token = fixture.provider.access_token(MIA).unwrap();
    let fixture = fixture.restart(|options| options.tenant = "other".to_owned()).await;
    assert_eq!(fixture.provider.verify(&token), Err(TokenError::NotOurs));
    let fixture = fixture.restart(|options| options.issuer = Url::parse("http://127.0.0.1:9").unwrap()).await;
    assert_eq!(fixture.provider.verify(&token), Err(TokenError::NotOurs));
    assert_eq!(
        TokenError::NotOurs.to_string(),
        "This token is not one of this service's access tokens. Sign in with `p0 login`."
    );
}

#[tokio::test]
async fn key_set_verifies_tokens() {
    let fixture = Fixture::new().await;
    let configuration = get(&fixture, "/.well-known/openid-configuration").await;
    assert_eq!(configuration, get(&fixture, "/.well-known/oauth-authorization-server").await);
    assert_eq!(configuration["issuer"], ISSUER);
    assert_eq!(configuration["code_challenge_methods_supported"], json!(["S256"]));
    for endpoint in ["authorization", "token", "userinfo", "revocation", "device_authorization"] {
        let address = configuration[format!("{endpoint}_endpoint")].as_str().unwrap();
        let path = address.strip_prefix(ISSUER).unwrap();
        let request = Request::put(path).header("host", "127.0.0.1:8099").body(Body::empty()).unwrap();
        assert_eq!(fixture.send(request).await.status, StatusCode::METHOD_NOT_ALLOWED, "{path} is there");
    }

    let path = configuration["jwks_uri"].as_str().unwrap().strip_prefix(ISSUER).unwrap();
    let keys: JwkSet = serde_json::from_value(get(&fixture, path).await).unwrap();
    let id_token = fixture.sign_in().await["id_token"].as_str().unwrap().to_owned();
    let kid = jsonwebtoken::decode_header(&id_token).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap();
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&["p0-cli"]);
    rules.set_issuer(&[ISSUER]);
    rules.validate_exp = false;
    jsonwebtoken::decode::<Value>(&id_token, &key, &rules).unwrap();
    // The key is kept.
    let before = get(&fixture, path).await;
    let fixture = fixture.restart(|_| {}).await;
    assert_eq!(get(&fixture, path).await, before);
}

#[tokio::test]
async fn userinfo_returns_claims_of_the_scope() {
    let fixture = Fixture::new().await;
    let ask = |token: Option<String>| {
        let mut request = Request::get("/oauth2/v1/userinfo").header("host", "127.0.0.1:8099");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        fixture.send(request.body(Body::empty()).unwrap())
    };
    let answer = ask(fixture.provider.access_token(MIA).ok()).await.json();
    assert_eq!(answer, json!({"email": MIA, "email_verified": true, "name": "Mia <b>Example</b>", "sub": MIA}));
    let answer = ask(Some("x".to_owned())).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.headers["www-authenticate"], "Bearer error=\"invalid_token\"");
    assert_eq!(ask(None).await.headers["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn exchanged_token_has_fewer_rights() {
    let fixture = Fixture::new().await;
    let token = fixture.provider.access_token(MIA).unwrap();
    let exchange = |subject: &str, more: &[(&'static str, &'static str)]| {
        let fixed = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("subject_token", subject),
        ];
        let fields: Vec<(String, String)> =
            fixed.iter().chain(more).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let fixture = &fixture;
        async move {
            let fields: Vec<_> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            fixture.token(&fields).await
        }
    };
    let short = exchange(&token, &[("expires_in", "60"), ("scope", "email")]).await.json();
    assert_eq!((short["expires_in"].as_u64(), short["scope"].as_str()), (Some(60), Some("email")));
    assert_eq!(short["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");
    let short = short["access_token"].as_str().unwrap();
    assert_eq!(fixture.provider.verify(short).unwrap().email, MIA);
    let long = exchange(&token, &[("expires_in", "999999")]).await.json();
    assert_eq!(long["expires_in"], 3600, "no longer than the token that it is made from");

    // A token for somebody else is not one for us, and does not become one.
    let other = exchange(&token, &[("audience", "https://db.example.com/")]).await.json();
    let other = other["access_token"].as_str().unwrap();
    assert_eq!(fixture.provider.verify(other), Err(TokenError::NotOurs));
    assert_eq!(exchange(other, &[]).await.error(), "invalid_request");

    for (more, error) in [
        (("audience", "p0-cli"), "invalid_target"),
        (("scope", "openid offline_access"), "invalid_scope"),
        (("expires_in", "0"), "invalid_request"),
        (("actor_token", "x"), "invalid_request"),
        (("requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"), "invalid_request"),
    ] {
        assert_eq!(exchange(&token, &[more]).await.error(), error, "{more:?}");
    }
    fixture.advance(66);
    assert_eq!(fixture.provider.verify(short), Err(TokenError::Expired));
    let answer = exchange(short, &[]).await;
    assert_eq!(
        answer.json()["error_description"],
        "subject_token: Your sign-in has expired. Sign in again with `p0 login`."
    );
}

#[tokio::test]
async fn organisation_names_the_advertised_provider() {
    let provider = Fixture::new().await.provider.provider();
    assert_eq!(
        serde_json::to_value(provider).unwrap(),
        json!({"ssoProvider": "oidc-pkce", "providerType": "cloudflare", "providerId": "p0",
               "providerDomain": "127.0.0.1:8099", "clientId": "p0-cli", "clientSecret": "not-a-secret"})
    );
    let okta = Fixture::with(|options| options.advertise = Advertise::Okta).await.provider.provider();
    assert_eq!((okta.provider_type.as_deref(), okta.client_secret), (Some("okta"), None));
}

#[tokio::test]
async fn invalid_options_are_rejected() {
    let error = refused(|options| options.issuer = Url::parse("http://jit.example.com/").unwrap()).await;
    assert!(matches!(error, OidcError::Issuer { .. }), "{error}");
    let error = refused(|options| {
        options.issuer = Url::parse("https://jit.example.com/").unwrap();
        options.sign_in = SignIn::Choose;
    })
    .await;
    assert_eq!(
        error.to_string(),
        "https://jit.example.com can be reached from other machines: signing in there needs passwords"
    );
    let error = refused(|options| {
        let directory = Arc::make_mut(&mut options.directory);
        directory.0.get_mut(MIA).unwrap().password_hash = Some("secret".to_owned());
    })
    .await;
    assert_eq!(
        error.to_string(),
        "the password hash of mia@example.com cannot be read: make one with `p0 serve --hash-password`"
    );
    let fixture = Fixture::new().await;
    assert_eq!(
        fixture.provider.access_token("nobody@example.com").unwrap_err().to_string(),
        "there is no user nobody@example.com"
    );
}

#[tokio::test]
async fn generated_password_hash_signs_in() {
    let hash = hash_password("another").unwrap();
    let fixture = Fixture::with(|options| {
        let directory = Arc::make_mut(&mut options.directory);
        directory.0.get_mut(MIA).unwrap().password_hash = Some(hash);
    })
    .await;
    let mut browser = super::harness::Browser::new(&fixture);
    let page = browser.get("/device").await;
    browser.submit(&page, &[("email", "Mia@Example.com "), ("password", "another")]).await.location();
}
