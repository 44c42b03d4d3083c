//! A demonstration of AWS for `p0 dev`, on the loopback: a security token service that takes this service's assertions, and
//! gives credentials that are of use nowhere else. `p0 serve` has nothing of this.

mod sigv4;
mod sts;

use crate::Service;
use std::{net::Ipv4Addr, sync::Arc};
use sts::Sts;
use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

/// A demonstration that runs until this is dropped.
#[derive(Debug)]
pub struct Aws {
    url: Url,
    task: JoinHandle<()>,
}

impl Aws {
    /// Starts one, on a port of the system's choosing, for what this service grants.
    ///
    /// # Errors
    /// Nothing can listen on the loopback.
    pub async fn start(service: &Service) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = Url::parse(&format!("http://{}", listener.local_addr()?)).map_err(std::io::Error::other)?;
        let router = sts::router(Arc::new(Sts::new(service.saml(), service.clock())));
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(error = &error as &dyn std::error::Error, "the demonstration of AWS has ended");
            }
        });
        Ok(Self { url, task })
    }

    /// What `AWS_ENDPOINT_URL_STS` is to be: without a path.
    pub fn sts_endpoint(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }
}

impl Drop for Aws {
    fn drop(&mut self) {
        self.task.abort();
    }
}
