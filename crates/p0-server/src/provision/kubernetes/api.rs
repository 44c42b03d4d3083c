//! Calls to a cluster's API.
//!
//! Plain HTTP calls: five kinds of objects need neither the `kube` crate
//! nor the 300,000 lines of `k8s-openapi`.

use super::{connection::Connection, rule::Mismatch};
use crate::{process::plain, provision::ProvisionError};
use p0_tls::TlsFailure;
use reqwest::{Method, StatusCode, header, redirect};
use serde_json::Value;
use std::{error::Error, time::Duration};
use url::Url;

// Network timeouts use the system's time, not the service's clock.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(30);
/// The maximum size of a response, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;
/// The field manager of server-side apply.
const MANAGER: &str = "p0";

/// A cluster's API, and the service's credentials for it.
pub(super) struct Api {
    http: reqwest::Client,
    cluster: String,
    server: Url,
    authority: String,
    bearer: Option<header::HeaderValue>,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApiError {
    /// The API could not be reached, or its certificate was not trusted.
    #[error("the cluster {cluster} cannot be reached at {server}: {why}")]
    Unreachable { cluster: String, server: String, why: String },
    /// The API returned an error.
    #[error("the cluster {cluster} refuses: {message}")]
    Refused { cluster: String, status: StatusCode, message: String },
    /// The response is malformed.
    #[error("the cluster {cluster} answers with something other than a Kubernetes document")]
    Nonsense { cluster: String },
}

impl ApiError {
    /// Whether the object does not exist.
    pub(super) fn is_absence(&self) -> bool {
        matches!(self, Self::Refused { status: StatusCode::NOT_FOUND, .. })
    }

    /// Whether a retry may succeed. This includes 401, because a token may be in the process of replacement.
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
    /// Makes a client, without any call.
    ///
    /// # Errors
    ///
    /// A certificate, key or token is invalid. The message says which.
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

    /// Returns the cluster's name.
    pub(super) fn cluster(&self) -> &str {
        &self.cluster
    }

    /// Returns the URL of the API server.
    pub(super) fn server(&self) -> &Url {
        &self.server
    }

    /// Returns the CA certificates (PEM).
    pub(super) fn authority(&self) -> &str {
        &self.authority
    }

    /// Reads an object.
    pub(super) async fn get(&self, path: &[&str]) -> Result<Value, ApiError> {
        self.call(Method::GET, path, None).await
    }

    /// Creates or replaces an object (server-side apply, whose YAML includes JSON).
    pub(super) async fn apply(&self, path: &[&str], document: &Value) -> Result<(), ApiError> {
        self.call(Method::PATCH, path, Some(("application/apply-patch+yaml", document))).await.map(drop)
    }

    /// Creates an object and returns the result.
    pub(super) async fn post(&self, path: &[&str], document: &Value) -> Result<Value, ApiError> {
        self.call(Method::POST, path, Some(("application/json", document))).await
    }

    /// Deletes an object, if it exists.
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
        // The body is a `Status` with the API's message.
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

    /// Makes an error for a malformed response.
    pub(super) fn nonsense(&self) -> ApiError {
        ApiError::Nonsense { cluster: self.cluster.clone() }
    }
}

/// Returns the innermost source of an error, which is the most specific.
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
