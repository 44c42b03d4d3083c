//! The SAML identity provider for AWS. Its assertions contain the roles that the user holds at this moment.
//!
//! A one-time token (`oidc::sso`) opens a page that posts a signed assertion to AWS. `p0` extracts the
//! assertion from the page. The paths are Okta's, so that its clients work.

mod apps;
mod assertion;
mod key;
mod roles;
mod verify;
mod xml;

pub(crate) use apps::Apps;
pub(crate) use verify::Claims;

use crate::{
    clock::Timestamp,
    engine::{Engine, EngineError},
    oidc::{OpenIdProvider, Params, Visitor, store::SignInStore},
    store_error::StoreError,
    web,
};
use apps::App;
use assertion::Visit;
use axum::{
    Router,
    extract::{Path, RawQuery, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use key::Signer;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The path that redeems a one-time token.
const VISIT: &str = "/login/token/sso";

/// Why there is no assertion. Messages contain no keys or tokens.
#[derive(Debug, thiserror::Error)]
enum SamlError {
    /// The key cannot be generated, read or used.
    #[error("the key that signs assertions cannot be made or used")]
    Key,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The user's access cannot be determined.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The state of the identity provider.
pub(crate) struct Saml {
    provider: OpenIdProvider,
    engine: Engine,
    apps: Apps,
    store: Arc<dyn SignInStore>,
    signer: OnceCell<Signer>,
}

impl Saml {
    /// Makes the identity provider. The key is generated at first use.
    pub(crate) fn new(provider: OpenIdProvider, engine: Engine, apps: Apps, store: Arc<dyn SignInStore>) -> Self {
        Self { provider, engine, apps, store, signer: OnceCell::new() }
    }

    /// Returns a router with the pages.
    pub(crate) fn router(self: Arc<Self>) -> Router {
        Router::new().route(VISIT, get(visit)).route("/app/{app}/sso/saml/metadata", get(metadata)).with_state(self)
    }

    /// Returns an app's entity id: the URL of its metadata.
    fn entity(&self, app: &str) -> String {
        self.provider.issuer().at(&format!("/app/{app}/sso/saml/metadata"))
    }

    /// What a response says, if it is one of ours and still valid.
    pub(crate) async fn claims(&self, response: &str) -> Option<Claims> {
        let signer = self.signer().await.ok()?;
        verify::claims(response, signer, self.engine.clock().now())
    }

    async fn signer(&self) -> Result<&Signer, SamlError> {
        let ready = || async {
            if let Some(key) = self.store.saml_key().await? {
                return Signer::new(&key);
            }
            let (issuer, now) = (self.provider.issuer().as_str().to_owned(), self.engine.clock().now());
            let made = tokio::task::spawn_blocking(move || key::generate(&issuer, now)).await;
            Signer::new(&self.store.keep_saml_key(made.map_err(|_| SamlError::Key)??).await?)
        };
        self.signer.get_or_try_init(ready).await
    }

    /// Makes the response for a user.
    async fn response(&self, visitor: &Visitor, app: &App) -> Result<String, SamlError> {
        let access = self.engine.usable_by(&visitor.email).await?;
        let ends = access.iter().filter(|request| !roles::held(app, [*request]).is_empty()).map(|r| r.expires_at);
        let visit = Visit {
            entity: &self.entity(&visitor.app),
            partition: app.partition,
            email: &visitor.email,
            authenticated_at: Timestamp(visitor.auth_time.saturating_mul(1000)),
            roles: &roles::held(app, &access),
            // `None` if any of them is standing access.
            access_ends_at: ends.max_by_key(|end| end.map_or(i64::MAX, |end| end.0)).flatten(),
            now: self.engine.clock().now(),
        };
        visit.response(self.signer().await?)
    }
}

/// `GET /login/token/sso?token=…`
async fn visit(State(saml): State<Arc<Saml>>, RawQuery(query): RawQuery) -> Response {
    let visitor = Params::of_query(query.as_deref())
        .ok()
        .and_then(|params| params.get("token").and_then(|token| saml.provider.visitor(token)));
    let Some((visitor, app)) = visitor.and_then(|visitor| saml.apps.0.get(&visitor.app).map(|app| (visitor, app)))
    else {
        return web::refuse_visit();
    };
    match saml.response(&visitor, app).await {
        Ok(response) => web::post_assertion(app.partition.assertion_consumer(), &STANDARD.encode(response)),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "no assertion could be made");
            web::fail_visit()
        }
    }
}

/// `GET /app/{app}/sso/saml/metadata`: the metadata document for AWS. Public.
async fn metadata(State(saml): State<Arc<Saml>>, Path(app): Path<String>) -> Response {
    if !saml.apps.0.contains_key(&app) {
        return (StatusCode::NOT_FOUND, "There is no such app.\n").into_response();
    }
    match saml.signer().await {
        Ok(signer) => {
            let sign_in = saml.provider.issuer().at(VISIT);
            let document = assertion::metadata(&saml.entity(&app), &sign_in, signer);
            ([(header::CONTENT_TYPE, "application/samlmetadata+xml")], document).into_response()
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "there is no metadata");
            (StatusCode::INTERNAL_SERVER_ERROR, "The service could not do this; try again.\n").into_response()
        }
    }
}
