//! The SAML identity provider: it vouches for people at AWS, naming the roles that they hold at this moment.
//!
//! Whoever has a token for a visit (`oidc::sso`) gets a page that posts a signed assertion to AWS; `p0` reads the
//! assertion from the page and takes it there itself. The paths are Okta's, whose clients find them.

mod apps;
mod assertion;
mod key;
mod roles;
mod verify;
mod xml;

pub(crate) use apps::{Apps, Partition};
pub(crate) use verify::Claims;

use crate::{
    clock::Timestamp,
    engine::{Engine, EngineError},
    oidc::{OpenIdProvider, Params, Visitor, store::SignInStore},
    store::StoreError,
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

/// Where a token for a visit is used.
const VISIT: &str = "/login/token/sso";

/// Why there is no assertion. No text tells of a key or of a token.
#[derive(Debug, thiserror::Error)]
enum SamlError {
    /// The key cannot be made, read or used.
    #[error("the key that signs assertions cannot be made or used")]
    Key,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the visitor holds is not known.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// What the identity provider works with.
pub(crate) struct Saml {
    provider: OpenIdProvider,
    engine: Engine,
    apps: Apps,
    store: Arc<dyn SignInStore>,
    signer: OnceCell<Signer>,
}

impl Saml {
    /// For the people that this provider signs in, and what they hold. The key is made when it is first needed.
    pub(crate) fn new(provider: OpenIdProvider, engine: Engine, apps: Apps, store: Arc<dyn SignInStore>) -> Self {
        Self { provider, engine, apps, store, signer: OnceCell::new() }
    }

    /// Its pages.
    pub(crate) fn router(self: Arc<Self>) -> Router {
        Router::new().route(VISIT, get(visit)).route("/app/{app}/sso/saml/metadata", get(metadata)).with_state(self)
    }

    /// An app's identifier as an issuer: the address of its metadata.
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

    /// The response that vouches for a visitor.
    async fn response(&self, visitor: &Visitor, app: &App) -> Result<String, SamlError> {
        let access = self.engine.usable_by(&visitor.email).await?;
        let ends = access.iter().filter(|request| !roles::held(app, [*request]).is_empty()).map(|r| r.expires_at);
        let visit = Visit {
            entity: &self.entity(&visitor.app),
            partition: app.partition,
            email: &visitor.email,
            authenticated_at: Timestamp(visitor.auth_time.saturating_mul(1000)),
            roles: &roles::held(app, &access),
            // The first that has no end, if there is one.
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

/// `GET /app/{app}/sso/saml/metadata`: what AWS is given to know the provider by. Public.
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
