//! What the network can do, and what is said of it.

use crate::fixture::{Counted, Hand, Server, Stage, Step, answer, cut, options, words};
use base64::{Engine, prelude::BASE64_STANDARD};
use p0_client::{Client, Error, Http, Network, ProxyVariables, RetryPolicy, Trust};
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
    let hand = Hand::new();
    let client = client(&hand, "https://api.invalid/x?key=secret", RetryPolicy::default());
    let error = client.account().await.expect_err("no host");
    assert!(hand.pauses().is_empty(), "it will not be there in a minute either");
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
    assert_eq!(failure(stage.client.account().await.expect_err("no HTTP")), Network::NotHttp);
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

/// A server with this certificate, whose address it gives.
async fn serve(certificate: &rcgen::Certificate, key: &rcgen::KeyPair) -> String {
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("https://localhost:{}", listener.local_addr().expect("an address").port());
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            drop(acceptor.accept(connection).await);
        }
    });
    base
}

/// An untrusted certificate is not retried.
#[tokio::test]
async fn a_certificate_that_is_not_trusted() {
    let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let base = serve(&issued.cert, &issued.signing_key).await;
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
    std::fs::write(&bundle, pem(issued.cert.der())).expect("written");
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
    let http = Http::new(p0_client::HttpOptions {
        trust: Trust::Only { file: bundle, variable: "AWS_CA_BUNDLE" },
        ..options(&hand)
    });
    let client = Client::new(Arc::new(http), &base.parse().expect("a URL"), "acme", Counted::new(1)).expect("a client");
    for _ in 0..2 {
        assert_eq!(client.account().await.expect_err("refused").status(), Some(403));
    }
    let handshakes = handshakes.await.expect("two handshakes");
    assert!(matches!(handshakes[..], [Some(HandshakeKind::Full), Some(HandshakeKind::Resumed)]), "{handshakes:?}");
}

/// What `openssl req -x509` makes: the certificate of an authority, which is trusted, used by a server.
#[tokio::test]
async fn an_authority_as_a_server_is_explained() {
    let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("a name");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("a certificate");
    let base = serve(&certificate, &key).await;

    let dir = tempfile::tempdir().expect("a directory");
    let bundle = dir.path().join("ca.pem");
    std::fs::write(&bundle, pem(certificate.der())).expect("written");
    let hand = Hand::new();
    let http = Http::new(p0_client::HttpOptions {
        trust: Trust::Only { file: bundle, variable: "AWS_CA_BUNDLE" },
        ..options(&hand)
    });
    let client = Client::new(Arc::new(http), &base.parse().expect("a URL"), "acme", Counted::new(1)).expect("a client");
    let text = client.account().await.expect_err("not a server's").to_string();
    assert!(text.starts_with("the certificate is not trusted: it is a certificate authority's (CA:TRUE)"), "{text}");
    assert!(hand.pauses().is_empty());
}

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", BASE64_STANDARD.encode(der))
}

/// A client of an address elsewhere, by way of this proxy.
fn through(hand: &Arc<Hand>, proxy: &str, exceptions: &str) -> Client {
    let proxy = ProxyVariables {
        https: Some(("HTTPS_PROXY", proxy.into())),
        exceptions: Some(("NO_PROXY", exceptions.to_owned())),
        http: None,
    };
    let http = Arc::new(Http::new(p0_client::HttpOptions { proxy, ..options(hand) }));
    let base = "https://api.example.com:8443".parse().expect("a URL");
    Client::new(http, &base, "acme", Counted::new(1)).expect("a client")
}

#[tokio::test]
async fn a_proxy_that_refuses_is_blamed_and_asked_once() {
    for (user, status, words) in [
        ("", 403, "refuses the connection"),
        ("", 502, "refuses the connection"),
        ("", 407, "requires a user name and password"),
        ("user:hidden@", 407, "rejects the user name or password"),
    ] {
        let proxy = Server::start(vec![answer(status, "")]).await;
        let shown = format!("127.0.0.1:{}", proxy.url.port().expect("a port"));
        let hand = Hand::new();
        let error = through(&hand, &format!("http://{user}{shown}"), "").account().await.expect_err("no way");
        assert_eq!(
            error.to_string(),
            format!("cannot connect to api.example.com:8443: the proxy {shown} (HTTPS_PROXY) {words}")
        );
        assert_eq!(proxy.lines(), ["CONNECT api.example.com:8443"]);
        assert_eq!(proxy.received()[0].header("proxy-authorization").is_some(), !user.is_empty());
        assert!(hand.pauses().is_empty());
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_blamed() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let hand = Hand::new();
    let error = through(&hand, &free.to_string(), "").account().await.expect_err("connection refused").to_string();
    assert_eq!(error, format!("cannot connect to the proxy {free} (HTTPS_PROXY): connection refused"));
    assert_eq!(hand.pauses(), [1_000, 2_000, 4_000, 3_000]);

    let hand = Hand::new();
    let error = through(&hand, "http://proxy.invalid:3128", "").account().await.expect_err("no host").to_string();
    assert_eq!(error, "cannot connect to the proxy proxy.invalid:3128 (HTTPS_PROXY): could not find the host");
    assert!(hand.pauses().is_empty());
}

#[tokio::test]
async fn a_malformed_proxy_variable_stops_before_any_connection() {
    let hand = Hand::new();
    let proxy = ProxyVariables { https: Some(("https_proxy", "http://user:hidden@".into())), ..Default::default() };
    let http = Http::new(p0_client::HttpOptions { proxy, ..options(&hand) });
    for address in ["https://api.example.com", "http://127.0.0.1:1", "https://localhost:1"] {
        let error = http.reqwest(&address.parse().expect("a URL")).expect_err("malformed").to_string();
        assert_eq!(error, "Cannot use https_proxy: it has no host.");
    }
}
