//! Who gets in at the landing, and who does not.

use super::*;
use tokio::io::AsyncWriteExt;

async fn landing() -> (Landing, u16) {
    let landing = Landing::open(Redirect::ANY, CsrfToken::new("the-state".into())).await.expect("a port");
    let port = landing.ports.v4.local_addr().expect("an address").port();
    assert_eq!(landing.redirect_uri().as_str(), format!("http://127.0.0.1:{port}/callback"));
    (landing, port)
}

async fn connect(port: u16) -> TcpStream {
    TcpStream::connect(("127.0.0.1", port)).await.expect("connected")
}

/// Sends these bytes and reads the whole answer.
async fn call(port: u16, request: &[u8]) -> String {
    let mut stream = connect(port).await;
    stream.write_all(request).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered");
    answer
}

async fn get(port: u16, target: &str) -> String {
    call(port, format!("GET {target} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").as_bytes()).await
}

/// Lets the landing wait while somebody calls, who must not end the wait.
async fn meanwhile<T>(landing: &mut Landing, calls: impl Future<Output = T>) -> T {
    tokio::select! {
        _ = landing.arrival() => panic!("nobody was to arrive"),
        answer = calls => answer,
    }
}

#[tokio::test]
async fn the_browser_is_let_in_and_shown_how_it_ended() {
    let (mut landing, port) = landing().await;
    let browser = get(port, "/callback?code=c%2F1&state=the-state&iss=https%3A%2F%2Fid.example.com");
    let host = async {
        let arrival = landing.arrival().await.expect("somebody");
        let Answer::Code { code, issuer } = &arrival.answer else { panic!("a code") };
        assert_eq!(code.secret(), "c/1");
        assert_eq!(issuer.as_deref(), Some("https://id.example.com"));
        arrival.show(Page::SignedIn).await;
    };
    let (page, ()) = tokio::join!(browser, host);
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("You are signed in. You can close this tab and go back to the terminal."), "{page}");
    for header in
        ["content-security-policy: default-src 'none'", "cache-control: no-store", "referrer-policy: no-referrer"]
    {
        assert!(page.contains(header), "{page}");
    }
    assert!(!page.contains("c/1") && !page.contains("the-state"), "{page}");
}

#[tokio::test]
async fn a_refusal_ends_it_with_its_reason() {
    let (mut landing, port) = landing().await;
    let browser = get(port, "/callback?error=access_denied&error_description=no+thanks&state=the-state");
    let host = async {
        let arrival = landing.arrival().await.expect("somebody");
        let Answer::Refused { error, description } = &arrival.answer else { panic!("a refusal") };
        assert_eq!((error.as_str(), description.as_deref()), ("access_denied", Some("no thanks")));
        arrival.show(Page::Refused).await;
    };
    let (page, ()) = tokio::join!(browser, host);
    assert!(page.contains("The sign-in was refused."), "{page}");
}

#[tokio::test]
async fn nobody_else_can_end_the_sign_in_or_see_themselves_in_a_page() {
    let (mut landing, port) = landing().await;
    for target in [
        "/callback",
        "/callback?code=c",
        "/callback?code=c&state=",
        "/callback?code=c&state=wrong",
        "/callback?code=c&state=THE-STATE",
        "/callback?code=c&state=the-state&state=the-state",
        "/callback?code=c&code=d&state=the-state",
        "/callback?code=c&error=e&state=the-state",
        "/callback?state=the-state",
        "/callback?error=access_denied&state=<script>alert(1)</script>",
    ] {
        let page = meanwhile(&mut landing, get(port, target)).await;
        assert!(page.starts_with("HTTP/1.1 400 "), "{target}: {page}");
        assert!(page.contains("This is not the sign-in that p0 is waiting for."), "{target}: {page}");
        assert!(!page.contains("script"), "{page}");
    }
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n", "404"),
        ("GET /favicon.ico HTTP/1.1\r\n\r\n", "404"),
        ("GET /callback/../callback?code=c&state=the-state HTTP/1.1\r\n\r\n", "404"),
        ("POST /callback?code=c&state=the-state HTTP/1.1\r\n\r\n", "405"),
        ("HEAD /callback?code=c&state=the-state HTTP/1.1\r\n\r\n", "405"),
        ("GET /callback?code=c&state=the-state\r\n\r\n", "400"),
        ("GET /callback?code=c&state=the-state HTTP/2.0\r\n\r\n", "400"),
        ("\r\n\r\n", "400"),
    ] {
        let page = meanwhile(&mut landing, call(port, request.as_bytes())).await;
        assert!(page.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?}: {page}");
    }
    let long = format!("GET /callback?{} HTTP/1.1", "x".repeat(LARGEST_HEAD));
    let page = meanwhile(&mut landing, call(port, &long.as_bytes()[..LARGEST_HEAD])).await;
    assert!(page.starts_with("HTTP/1.1 431 "), "{page}");
}

#[tokio::test]
async fn silent_callers_hold_nobody_up() {
    let (mut landing, port) = landing().await;
    let mut silent = Vec::new();
    for _ in 0..2 * MOST_CALLERS {
        silent.push(meanwhile(&mut landing, connect(port)).await);
    }
    let browser = get(port, "/callback?code=c&state=the-state");
    let host = async { landing.arrival().await.expect("somebody").show(Page::SignedIn).await };
    let (page, ()) = tokio::join!(browser, host);
    assert!(page.starts_with("HTTP/1.1 200 OK"), "{page}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_and_either_loopback_will_do() {
    let (_taken, port) = landing().await;
    let redirect = Redirect { host: "127.0.0.1", port: Some(port), path: "" };
    let error = Landing::open(redirect, CsrfToken::new("s".into())).await.err().expect("taken");
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);

    let Ok(v6) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await else { return };
    let port = v6.local_addr().expect("an address").port();
    let redirect = Redirect { host: "localhost", port: Some(port), path: "" };
    let error = Landing::open(redirect, CsrfToken::new("s".into())).await.err().expect("taken");
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse, "a neighbour on the other loopback would get the browser");
    drop(v6);
    let mut landing = Landing::open(redirect, CsrfToken::new("the-state".into())).await.expect("free");
    assert_eq!(landing.redirect_uri().as_str(), format!("http://localhost:{port}"));
    let browser = async {
        let mut stream = TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await.expect("connected");
        stream.write_all(b"GET /?code=c&state=the-state HTTP/1.1\r\n\r\n").await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("answered");
        answer
    };
    let host = async { landing.arrival().await.expect("somebody").show(Page::SignedIn).await };
    let (page, ()) = tokio::join!(browser, host);
    assert!(page.starts_with("HTTP/1.1 200 OK"), "{page}");
}

#[tokio::test]
async fn a_pasted_address_counts_if_it_is_the_redirect_of_this_sign_in() {
    let (landing, port) = landing().await;
    let paste = |text: &str| landing.pasted(text).map(|arrival| arrival.answer);
    let good = format!(" http://127.0.0.1:{port}/callback?code=c%2F1&state=the-state#x\n");
    assert!(matches!(paste(&good), Ok(Answer::Code { code, .. }) if code.secret() == "c/1"));
    let refused = format!("http://127.0.0.1:{port}/callback?error=access_denied&state=the-state");
    assert!(matches!(paste(&refused), Ok(Answer::Refused { .. })));
    for text in [
        String::new(),
        "c".into(),
        format!("http://127.0.0.1:{port}/callback"),
        format!("http://127.0.0.1:{port}/callback?code=c&state=other"),
        format!("http://127.0.0.1:{port}/callbacks?code=c&state=the-state"),
        format!("http://127.0.0.1:{port}0/callback?code=c&state=the-state"),
        format!("https://127.0.0.1:{port}/callback?code=c&state=the-state"),
        "https://id.example.com/?code=c&state=the-state".into(),
    ] {
        assert!(matches!(paste(&text), Err(Page::NotThisOne)), "{text}");
    }
}
