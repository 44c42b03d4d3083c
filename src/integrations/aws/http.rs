//! The AWS SDK's calls over the one HTTP stack.

use crate::clock;
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use jiff::{SignedDuration, fmt::rfc2822::DateTimeParser};
use p0_client::{Error as HttpError, Fetched, Http, Network};
use std::{
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use url::Url;

/// One call may take so long.
const LIMIT: Duration = Duration::from_secs(30);
/// No answer is longer, in bytes.
const LARGEST: usize = 1024 * 1024;

/// Makes the SDK's calls, and sees what AWS's clock says.
#[derive(Debug, Clone)]
pub struct Calls {
    http: Arc<Http>,
    ahead: Arc<Mutex<Option<SignedDuration>>>,
}

impl Calls {
    pub fn new(http: Arc<Http>) -> Self {
        Self { http, ahead: Arc::default() }
    }

    /// As the SDK wants it.
    pub fn shared(&self) -> SharedHttpClient {
        SharedHttpClient::new(self.clone())
    }

    /// How far this machine's clock is ahead of AWS's, by the last answer; negative where it is behind.
    pub fn ahead(&self) -> Option<SignedDuration> {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, date: &str) {
        // RFC 9110, section 5.6.7: the date of a mail, in GMT.
        if let Ok(theirs) = DateTimeParser::new().parse_timestamp(date) {
            let ahead = clock::now().duration_since(theirs);
            *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
        }
    }

    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let url = Url::parse(request.uri()).map_err(|_| HttpError::Scheme { scheme: "malformed".into() })?;
        let method = reqwest::Method::from_str(request.method()).unwrap_or_default();
        let mut call = self.http.reqwest(&url)?.request(method, url.clone());
        for (name, value) in request.headers() {
            // The stack names itself and knows where it calls.
            if !["host", "user-agent", "content-length"].contains(&name) {
                call = call.header(name, value);
            }
        }
        // The calls that are made here send documents, never streams.
        let body = request.body().bytes().map(<[u8]>::to_vec).unwrap_or_default();
        let Fetched { status, headers, body } = self.http.fetch(&url, call.body(body), LIMIT, LARGEST).await?;
        let status = StatusCode::try_from(status.as_u16())
            .map_err(|_| HttpError::Invalid { host: host_of(&url), what: "not an HTTP status".into() })?;
        let mut answer = HttpResponse::new(status, SdkBody::from(body));
        for (name, value) in &headers {
            let Ok(value) = value.to_str() else { continue };
            if name == "date" {
                self.note(value);
            }
            // A header that the SDK does not take is none that it needs.
            let _ = answer.headers_mut().try_append(name.as_str().to_owned(), value.to_owned());
        }
        Ok(answer)
    }
}

fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

impl HttpConnector for Calls {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let calls = self.clone();
        HttpConnectorFuture::new(async move {
            calls.call(request).await.map_err(|error| {
                let retried = matches!(&error, HttpError::Network { failure, .. } if !is_final(failure));
                let carried = Box::new(Carried::new(error));
                if retried { ConnectorError::io(carried) } else { ConnectorError::user(carried) }
            })
        })
    }
}

/// Whether trying again would not help, or would take as long again as the limit of a call.
fn is_final(failure: &Network) -> bool {
    *failure == Network::TimedOut || failure.is_permanent()
}

impl HttpClient for Calls {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// An error of the stack on its way through the SDK.
pub struct Carried(Mutex<Option<HttpError>>, String);

impl Carried {
    fn new(error: HttpError) -> Self {
        let text = error.to_string();
        Self(Mutex::new(Some(error)), text)
    }

    pub fn take(&self) -> Option<HttpError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.1)
    }
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.1)
    }
}

impl std::error::Error for Carried {}
