//! Where the service listens, and for how long it bears with a client.

use crate::support::{ORGANISATION, Server};
use base64::{Engine, engine::general_purpose::STANDARD};
use p0_server::{Service, clock::Clock, settings::Settings};
use std::{path::Path, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

async fn refusal(configuration: &str, address: &str) -> String {
    let settings = Settings::parse(configuration, "test.toml").expect("a configuration");
    let listener = TcpListener::bind(address).await.expect("a port");
    let shown = listener.local_addr().expect("an address").to_string();
    let started = Service::start(settings, listener, Clock::system(), std::future::pending()).await;
    started.map(drop).expect_err("does not start").to_string().replace(&shown, "ADDRESS")
}

fn pem(kind: &str, der: &[u8]) -> String {
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der))
}

/// A certificate for the loopback in these files, in DER.
fn certificate(cert: &Path, key: &Path) -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    std::fs::write(cert, pem("CERTIFICATE", made.cert.der())).expect("writes");
    std::fs::write(key, pem("PRIVATE KEY", &made.signing_key.serialize_der())).expect("writes");
    made.cert.der().to_vec()
}

fn with_tls(cert: &Path, key: &Path) -> String {
    format!("{ORGANISATION}\n[tls]\ncert = {cert:?}\nkey = {key:?}\n")
}

#[tokio::test]
async fn without_a_certificate_it_listens_on_the_loopback_only() {
    assert_eq!(
        refusal(ORGANISATION, "0.0.0.0:0").await,
        "ADDRESS can be reached from other machines, so the service needs a certificate: add [tls] with cert and key, \
         or listen on 127.0.0.1"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    certificate(&cert, &key);
    assert_eq!(
        refusal(&with_tls(&cert, &key), "0.0.0.0:0").await,
        "ADDRESS is not an address that clients can use: add public_url, such as https://p0.example.com"
    );
}

#[tokio::test]
async fn nobody_picks_themselves_where_others_can_reach_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    certificate(&cert, &key);
    let known_as = |url: &str| format!("public_url = \"{url}\"\n{}", with_tls(&cert, &key));
    assert_eq!(
        refusal(&known_as("https://p0.example.com"), "127.0.0.1:0").await,
        "https://p0.example.com can be reached from other machines: signing in there needs passwords"
    );
    assert_eq!(
        refusal(&known_as("https://localhost:8484"), "0.0.0.0:0").await,
        "ADDRESS can be reached from other machines: signing in there needs passwords"
    );
}

#[tokio::test]
async fn a_bad_certificate_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let shown = cert.display();
    assert_eq!(
        refusal(&with_tls(&cert, &key), "127.0.0.1:0").await,
        format!("tls: cannot read a certificate in {shown}: I/O error: No such file or directory (os error 2)")
    );
    std::fs::write(&cert, "nothing").expect("writes");
    assert_eq!(
        refusal(&with_tls(&cert, &key), "127.0.0.1:0").await,
        format!("tls: cannot read a certificate in {shown}: there is none")
    );
    certificate(&folder.path().join("other.pem"), &key);
    certificate(&cert, &folder.path().join("other.key"));
    let mismatch = refusal(&with_tls(&cert, &key), "127.0.0.1:0").await;
    assert!(mismatch.starts_with("tls: the certificate and the key cannot be used: "), "{mismatch}");
}

#[tokio::test]
async fn with_a_certificate_it_speaks_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let der = certificate(&cert, &key);
    let server = Server::with(&with_tls(&cert, &key), Clock::system()).await;
    assert_eq!(server.service.url().scheme(), "https");
    let root = reqwest::Certificate::from_der(&der).expect("a certificate");
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([root]).build().expect("a client");
    // A handshake that never comes keeps nobody else waiting.
    let silent = TcpStream::connect(server.service.url().socket_addrs(|| None).expect("an address")[0]).await;
    let answer = http.get(server.url("/cli/version")).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    drop(silent);
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let server = Server::start().await;
    let address = server.service.url().socket_addrs(|| None).expect("an address")[0];
    let token = &server.user("dev").token;
    for (path, said) in [
        ("/oauth2/v1/token", "The body took too long.\n"),
        ("/device", "The body took too long.\n"),
        ("/o/test/command/", "{\"error\":\"The body took too long\"}"),
    ] {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\ncontent-length: 9\r\n\r\na=1"
        );
        stream.write_all(head.as_bytes()).await.expect("writes");
        let mut answer = String::new();
        let time_goes_by = async {
            loop {
                tokio::task::yield_now().await;
                server.clock.advance(Duration::from_secs(1));
            }
        };
        let read = async {
            tokio::select! {
                read = stream.read_to_string(&mut answer) => read.expect("reads"),
                () = time_goes_by => unreachable!("time does not end"),
            }
        };
        tokio::time::timeout(Duration::from_secs(20), read).await.expect("is answered");
        assert!(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n") && answer.ends_with(said), "{answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_request_that_is_no_http_is_refused() {
    let server = Server::start().await;
    let address = server.service.url().socket_addrs(|| None).expect("an address")[0];
    let mut stream = TcpStream::connect(address).await.expect("connects");
    stream.write_all(b"\x16\x03\x01 this is not HTTP\r\n\r\n").await.expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("reads");
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    // A head without an end is not kept.
    let mut stream = TcpStream::connect(address).await.expect("connects");
    stream.write_all(b"GET / HTTP/1.1\r\nx: ").await.expect("writes");
    stream.write_all(&vec![b'a'; 64 * 1024]).await.expect("writes");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("reads");
    assert!(answer.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"), "{answer}");
    server.stop().await;
}
