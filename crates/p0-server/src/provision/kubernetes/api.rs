//! Calls to a cluster's API, and what their failures mean.
//!
//! Plain calls over the HTTP client that is in the program already: five kinds of documents need neither the `kube` crate
//! nor the 300,000 lines of `k8s-openapi`.

use super::{connection::Connection, rule::Mismatch};
use crate::provision::{ProvisionError, process::plain};
use p0_tls::TlsFailure;
use reqwest::{Method, StatusCode, header, redirect};
use serde_json::Value;
use std::{error::Error, time::Duration};
use url::Url;

// These bound the network, whose time is the system's, whatever the service's clock says.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(30);
/// The largest answer that is read, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;
/// By which name the cluster knows what the service has written (server-side apply).
const MANAGER: &str = "p0";

/// A cluster's API, and the service's credentials for it.
pub(super) struct Api {
    http: reqwest::Client,
    cluster: String,
    server: Url,
    authority: String,
    bearer: Option<header::HeaderValue>,
}

/// Why a call did not do what it should.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// There was no answer, or none that could be trusted.
    #[error("the cluster {cluster} cannot be reached at {server}: {why}")]
    Unreachable { cluster: String, server: String, why: String },
    /// It said no.
    #[error("the cluster {cluster} refuses: {message}")]
    Refused { cluster: String, status: StatusCode, message: String },
    /// It answered with something else.
    #[error("the cluster {cluster} answers with something other than a Kubernetes document")]
    Nonsense { cluster: String },
}

impl ApiError {
    /// There is no such object.
    pub(super) fn is_absence(&self) -> bool {
        matches!(self, Self::Refused { status: StatusCode::NOT_FOUND, .. })
    }

    /// Whether it may work another time. A token may just be being replaced, so 401 counts.
    fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => {
                let passing = [StatusCode::UNAUTHORIZED, StatusCode::CONFLICT, StatusCode::TOO_MANY_REQUESTS];
                status.is_server_error() || passing.contains(status)
            }
            Self::Nonsense { .. } => false,
        }
    }
}

impl From<ApiError> for ProvisionError {
    fn from(error: ApiError) -> Self {
        Self { retry: error.is_passing(), message: error.to_string() }
    }
}

impl From<Mismatch> for ProvisionError {
    fn from(mismatch: Mismatch) -> Self {
        Self { message: mismatch.0, retry: false }
    }
}

impl Api {
    /// Prepares calls; none is made yet.
    ///
    /// # Errors
    ///
    /// The certificates, the key or the token are none; the text says which.
    pub(super) fn new(cluster: &str, connection: Connection) -> Result<Self, String> {
        let Connection { server, authority, token, identity } = connection;
        let trusted = reqwest::Certificate::from_pem_bundle(authority.as_bytes())
            .ok()
            .filter(|certificates| !certificates.is_empty())
            .ok_or("the certificate authority is no PEM certificate")?;
        let mut http = reqwest::Client::builder()
            .tls_certs_only(trusted)
            .https_only(true)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .user_agent(concat!("p0-server/", env!("CARGO_PKG_VERSION")));
        if let Some(identity) = identity {
            let unusable = |_| "the client certificate and its key are not in PEM, or do not fit";
            http = http.identity(reqwest::Identity::from_pem(identity.as_bytes()).map_err(unusable)?);
        }
        let bearer = token.map(|token| header::HeaderValue::from_str(&format!("Bearer {token}")));
        let mut bearer = bearer.transpose().map_err(|_| "the token has characters that no token has")?;
        if let Some(bearer) = &mut bearer {
            bearer.set_sensitive(true);
        }
        let http = http.build().map_err(|error| root_cause(&error))?;
        Ok(Self { http, cluster: cluster.into(), server, authority, bearer })
    }

    /// The cluster's name.
    pub(super) fn cluster(&self) -> &str {
        &self.cluster
    }

    /// The address of its API.
    pub(super) fn server(&self) -> &Url {
        &self.server
    }

    /// The certificates that are trusted there, in PEM.
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// Reads a document.
    pub(super) async fn get(&self, path: &[&str]) -> Result<Value, ApiError> {
        self.call(Method::GET, path, None).await
    }

    /// Makes a document as it is here, whether or not it is there (server-side apply: JSON is YAML).
    pub(super) async fn apply(&self, path: &[&str], document: &Value) -> Result<(), ApiError> {
        self.call(Method::PATCH, path, Some(("application/apply-patch+yaml", document))).await.map(drop)
    }

    /// Adds a document, and reads what became of it.
    pub(super) async fn post(&self, path: &[&str], document: &Value) -> Result<Value, ApiError> {
        self.call(Method::POST, path, Some(("application/json", document))).await
    }

    /// Deletes a document, if it is there.
    pub(super) async fn delete(&self, path: &[&str]) -> Result<(), ApiError> {
        match self.call(Method::DELETE, path, None).await {
            Err(error) if error.is_absence() => Ok(()),
            result => result.map(drop),
        }
    }

    async fn call(&self, method: Method, path: &[&str], body: Option<(&str, &Value)>) -> Result<Value, ApiError> {
        let mut url = self.server.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if method == Method::PATCH {
            url.query_pairs_mut().append_pair("fieldManager", MANAGER).append_pair("force", "true");
        }
        tracing::debug!(cluster = self.cluster, %method, path = url.path(), "a call to the cluster");
        let mut call = self.http.request(method, url).header(header::ACCEPT, "application/json");
        if let Some(bearer) = &self.bearer {
            call = call.header(header::AUTHORIZATION, bearer.clone());
        }
        if let Some((kind, document)) = body {
            call = call.header(header::CONTENT_TYPE, kind).body(document.to_string());
        }
        let mut answer = call.send().await.map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        let mut text = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| self.unreachable(&error))? {
            text.extend_from_slice(&piece);
            if text.len() > LARGEST {
                return Err(self.nonsense());
            }
        }
        let document: Option<Value> = serde_json::from_slice(&text).ok();
        if status.is_success() {
            return document.ok_or_else(|| self.nonsense());
        }
        // Its reason, in the API's own words: a `Status`.
        let message = document.as_ref().and_then(|document| document["message"].as_str()).map(plain);
        let message = match message {
            Some(message) if status != StatusCode::UNAUTHORIZED => message,
            _ if status == StatusCode::UNAUTHORIZED => "it does not know the service's credentials (401)".into(),
            _ => format!("it answers {status}"),
        };
        Err(ApiError::Refused { cluster: self.cluster.clone(), status, message })
    }

    fn unreachable(&self, error: &reqwest::Error) -> ApiError {
        let why = if error.is_timeout() { "it does not answer in time".into() } else { root_cause(error) };
        ApiError::Unreachable { cluster: self.cluster.clone(), server: self.server.to_string(), why }
    }

    /// The answer was no document that it should be.
    pub(super) fn nonsense(&self) -> ApiError {
        ApiError::Nonsense { cluster: self.cluster.clone() }
    }
}

/// The innermost of an error's sources, which is what happened.
fn root_cause(error: &(dyn Error + 'static)) -> String {
    if let Some(tls) = TlsFailure::find(error) {
        let certificate = matches!(tls, rustls::Error::InvalidCertificate(_));
        let what = if certificate { "invalid peer certificate" } else { "TLS failed" };
        return format!("{what}: {}", TlsFailure::explain(tls));
    }
    let mut cause: &dyn Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    plain(&cause.to_string())
}
