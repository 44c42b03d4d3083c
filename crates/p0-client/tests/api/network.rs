//! What the network can do, and what is said of it.

use crate::fixture::{Counted, Hand, Stage, Step, cut, options, words};
use base64::{Engine, prelude::BASE64_STANDARD};
use p0_client::{Client, Error, Http, Network, RetryPolicy, Trust};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{HandshakeKind, ServerConfig, pki_types::PrivateKeyDer},
};

fn failure(error: Error) -> Network {
    match error {
        Error::Network { failure, .. } => failure,
        other => panic!("{other}"),
    }
}

/// A client of this address that tries once, or as often as usual.
fn client(hand: &Arc<Hand>, base: &str, retry: RetryPolicy) -> Client {
    let http = Arc::new(Http::new(p0_client::HttpOptions { retry, ..options(hand) }));
    Client::new(http, &base.parse().expect("a URL"), "acme", Counted::new(1)).expect("a client")
}

#[tokio::test]
async fn nobody_listens() {
    let stage = Stage::nobody().await;
    let error = stage.client.until(stage.hand.after(1)).account().await.expect_err("refused");
    assert!(error.to_string().starts_with("connection refused (127.0.0.1:"), "{error}");
}

#[tokio::test]
async fn a_name_without_an_address() {
    // RFC 6761, section 6.4: it never has one.
    let error = client(&Hand::new(), "https://api.invalid/x?key=secret", RetryPolicy::never())
        .account()
        .await
        .expect_err("no host");
    assert_eq!(error.to_string(), "could not find the host (api.invalid)");
    assert_eq!(failure(error), Network::Dns);
}

#[tokio::test]
async fn a_connection_that_is_cut() {
    let stage = Stage::once(vec![cut(), vec![]]).await;
    for _ in 0..2 {
        assert_eq!(failure(stage.client.account().await.expect_err("cut")), Network::Cut);
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come() {
    let stage = Stage::with(vec![vec![Step::Hold]], Counted::new(1), |options| {
        options.retry = RetryPolicy::never();
        options.request_timeout = Duration::from_millis(20);
    })
    .await;
    let error = stage.client.request(&words("x")).await.expect_err("no answer");
    assert_eq!(error.to_string(), format!("no answer in time ({})", stage.host()));
}

#[tokio::test]
async fn what_is_no_http() {
    let stage = Stage::once(vec![vec![Step::Send(b"SSH-2.0-OpenSSH_9.9\r\n\r\n".to_vec())]]).await;
    let failure = failure(stage.client.account().await.expect_err("no HTTP"));
    assert!(matches!(&failure, Network::Other(why) if why.contains("HTTP")), "{failure}");
}

#[tokio::test]
async fn a_server_without_tls() {
    let stage = Stage::once(vec![]).await;
    let plain = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("https://{}", plain.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = plain.accept().await {
            drop(connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await);
        }
    });
    let error = client(&stage.hand, &base, RetryPolicy::never()).account().await.expect_err("no TLS");
    assert!(matches!(failure(error), Network::Tls(_)));
}

/// A certificate that nobody trusts is not tried nine times.
#[tokio::test]
async fn a_certificate_that_is_not_trusted() {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(issued.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key)
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            drop(acceptor.accept(connection).await);
        }
    });

    let hand = Hand::new();
    let error = client(&hand, &base, RetryPolicy::default()).approve("r1", None).await.expect_err("not trusted");
    let text = error.to_string();
    assert!(text.starts_with("the certificate is not trusted: ") && text.contains("(localhost:"), "{text}");
    assert!(matches!(failure(error), Network::Certificate(_)));
    assert!(hand.pauses().is_empty());
}

/// A service behind a proxy that closes every connection: the second handshake costs no certificate.
#[tokio::test]
async fn second_connection_to_a_host_resumes_the_session_of_the_first() {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let dir = tempfile::tempdir().expect("a directory");
    let bundle = dir.path().join("ca.pem");
    let text = BASE64_STANDARD.encode(issued.cert.der());
    std::fs::write(&bundle, format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"))
        .expect("written");
    let key = PrivateKeyDer::try_from(issued.signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key)
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
    let handshakes = tokio::spawn(async move {
        let mut handshakes = Vec::new();
        for _ in 0..2 {
            let (connection, _) = listener.accept().await.expect("a connection");
            let mut stream = acceptor.accept(connection).await.expect("a handshake");
            handshakes.push(stream.get_ref().1.handshake_kind());
            assert_ne!(stream.read(&mut [0; 4096]).await.expect("a request"), 0);
            let answer = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer).await.expect("written");
            stream.shutdown().await.expect("closed");
        }
        handshakes
    });

    let hand = Hand::new();
    let http = Http::new(p0_client::HttpOptions { trust: Trust::Only(bundle), ..options(&hand) });
    let client = Client::new(Arc::new(http), &base.parse().expect("a URL"), "acme", Counted::new(1)).expect("a client");
    for _ in 0..2 {
        assert_eq!(client.account().await.expect_err("refused").status(), Some(403));
    }
    let handshakes = handshakes.await.expect("two handshakes");
    assert!(matches!(handshakes[..], [Some(HandshakeKind::Full), Some(HandshakeKind::Resumed)]), "{handshakes:?}");
}
