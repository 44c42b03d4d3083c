//! Connections: accepts them, encrypts them, and bounds what they may cost.

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use p0_tls::TlsFailure;
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde::Deserialize;
use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
};
use tokio_rustls::TlsAcceptor;
use tower::Service;

/// The service's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// A file with the certificate and those that lead to its authority, in PEM.
    pub cert: PathBuf,
    /// A file with its private key, in PEM.
    pub key: PathBuf,
}

// These bound the network, whose time is the system's, whatever the service's clock says.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
const GRACE: Duration = Duration::from_secs(10);
/// What was sent is given up if the other end takes none of it for so long.
#[cfg(target_os = "linux")]
const SEND_TIMEOUT: Duration = Duration::from_secs(60);
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// A connection's buffer, and with it the largest head of a request, in bytes.
const BUFFER: usize = 32 * 1024;

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or has nothing of the kind in it.
    #[error("tls: cannot read {what} in {file}: {reason}")]
    Pem {
        /// A certificate or a private key.
        what: &'static str,
        /// The file.
        file: String,
        /// Why not.
        reason: String,
    },
    /// They do not belong together, or are of a kind that is not supported.
    #[error("tls: the certificate and the key cannot be used: {}", TlsFailure::explain(.0))]
    Config(#[from] rustls::Error),
}

/// Reads a certificate and its key.
pub(crate) fn acceptor(tls: &Tls) -> Result<TlsAcceptor, TlsError> {
    let unreadable = |what, file: &Path, error: &dyn std::fmt::Display| TlsError::Pem {
        what,
        file: file.display().to_string(),
        reason: error.to_string(),
    };
    let bad_cert = |error| unreadable("a certificate", &tls.cert, &error);
    let chain: Vec<_> =
        CertificateDer::pem_file_iter(&tls.cert).map_err(bad_cert)?.collect::<Result<_, _>>().map_err(bad_cert)?;
    if chain.is_empty() {
        return Err(unreadable("a certificate", &tls.cert, &"there is none"));
    }
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(|e| unreadable("a private key", &tls.key, &e))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Lets the process open as many files as the system allows it, for as many clients.
#[cfg(unix)]
pub(crate) fn raise_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// There is no such limit.
#[cfg(not(unix))]
pub(crate) fn raise_open_files() {}

/// Serves connections, at most so many at once, until `closing` becomes true; then lets those that are busy finish for
/// a while.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    most: usize,
    mut closing: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(most));
    loop {
        // The value that it gives must not be held over an await. A sender that is gone means the same.
        let close = async { drop(closing.wait_for(|closing| *closing).await) };
        let accepted = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (listener.accept().await, permit)
        };
        let ((stream, peer), permit) = tokio::select! {
            () = close => break,
            (accepted, permit) = accepted => match accepted {
                Ok(accepted) => (accepted, permit),
                Err(error) => {
                    // No descriptors left, or a client that was gone too soon: others may fare better.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        let (router, tls, watcher) = (router.clone(), tls.clone(), graceful.watcher());
        tokio::spawn(async move {
            if let Err(error) = connection(stream, peer, tls, router, watcher).await {
                tracing::debug!(%error, %peer, "a connection ended early");
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections did not end in time");
    }
}

/// Ends a connection whose other end has gone without a word, or reads nothing: it would hold its place for ever.
/// Elsewhere than on Linux there is no such option.
#[cfg(target_os = "linux")]
fn give_up_on_the_deaf(stream: &TcpStream) -> io::Result<()> {
    let timeout = u32::try_from(SEND_TIMEOUT.as_millis()).unwrap_or(u32::MAX);
    Ok(rustix::net::sockopt::set_tcp_user_timeout(stream, timeout)?)
}

#[cfg(not(target_os = "linux"))]
fn give_up_on_the_deaf(_: &TcpStream) -> io::Result<()> {
    Ok(())
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<TlsAcceptor>,
    router: Router,
    watcher: Watcher,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    give_up_on_the_deaf(&stream)?;
    match tls {
        None => exchange(stream, peer, router, watcher).await,
        Some(tls) => {
            let stream = tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await??;
            exchange(stream, peer, router, watcher).await
        }
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    watcher: Watcher,
) -> io::Result<()> {
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    watcher.watch(connection).await.map_err(io::Error::other)
}
