//! What the landing shows a browser. Nothing of a request stands in it.

use super::LIMIT;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};

/// What a browser can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session::login) enum Page {
    SignedIn,
    /// The provider said no.
    Refused,
    /// It came to nothing afterwards.
    Failed,
    /// The call does not belong to this sign-in.
    NotThisOne,
    /// There is no such page.
    NotFound,
    WrongMethod,
    /// The head is too long.
    TooLarge,
    NotUnderstood,
}

impl Page {
    /// Status line, title and text.
    const fn parts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::SignedIn => {
                ("200 OK", "Signed in", "You are signed in. You can close this tab and go back to the terminal.")
            }
            Self::Refused => ("200 OK", "Not signed in", "The sign-in was refused. The terminal says more."),
            Self::Failed => ("200 OK", "Not signed in", "The sign-in could not be completed. The terminal says why."),
            Self::NotThisOne => (
                "400 Bad Request",
                "Another sign-in",
                "This is not the sign-in that p0 is waiting for. Use the page that it opened last, or start again in the terminal.",
            ),
            Self::NotFound => ("404 Not Found", "Not found", "There is nothing here."),
            Self::WrongMethod => ("405 Method Not Allowed", "Not possible", "This page can only be read."),
            Self::TooLarge => ("431 Request Header Fields Too Large", "Too long", "The request is too long."),
            Self::NotUnderstood => ("400 Bad Request", "Not understood", "The request is not understood."),
        }
    }

    fn response(self) -> String {
        let (status, title, text) = self.parts();
        let body = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>p0: {title}</title>\
             <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\"></head>\n\
             <body><main><h1>{title}</h1><p>{text}</p></main></body>\n</html>\n"
        );
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
             content-security-policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
             x-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\ncache-control: no-store\r\n\
             {}connection: close\r\n\r\n{body}",
            body.len(),
            if self == Self::WrongMethod { "allow: GET\r\n" } else { "" },
        )
    }
}

pub(super) async fn send(mut stream: TcpStream, page: Page) {
    let response = page.response();
    let sending = async {
        stream.write_all(response.as_bytes()).await?;
        stream.shutdown().await
    };
    // The browser may have gone, or may not listen: it is only a page.
    match timeout(LIMIT, sending).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the browser did not take its page"),
        Err(_) => tracing::debug!("the browser did not take its page in time"),
    }
}
