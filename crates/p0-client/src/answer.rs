//! From bytes to documents: what is an answer, what is an error, and what is neither (protocol, section 1).

use crate::Error;
use p0_wire::error::ErrorBody;
use reqwest::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::ops::Deref;

/// The longest answer that is read, in bytes.
pub(crate) const MAX_BODY: usize = 16 * 1024 * 1024;

/// The longest that a description of a fault gets: parts of the document stand in it.
const MAX_FAULT: usize = 200;

/// A document as it came, and as it is understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    /// As it came, with every field, in its order.
    pub document: Value,
    /// As it is understood.
    pub value: T,
    /// It answers a repeated call: an earlier one, whose answer was lost, may have been carried out. What this document
    /// says was there already may be that one's doing.
    pub repeated: bool,
}

impl<T> Deref for Answer<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: DeserializeOwned> Answer<T> {
    /// Understands a document that `host` sent.
    pub(crate) fn from_document(document: Value, host: &str) -> Result<Self, Error> {
        match T::deserialize(&document) {
            Ok(value) => Ok(Self { document, value, repeated: false }),
            Err(_) => Err(Error::Invalid { host: host.to_owned(), what: fault::<T>(&document) }),
        }
    }
}

/// Where and why a document is not a `T`. It costs a second reading, which only a faulty one needs.
fn fault<T: DeserializeOwned>(document: &Value) -> String {
    let Err(error) = serde_path_to_error::deserialize::<_, T>(document) else { return "it is not understood".into() };
    let path = error.path().to_string();
    let reason = error.into_inner();
    let text = if path == "." { reason.to_string() } else { format!("{path}: {reason}") };
    match text.char_indices().nth(MAX_FAULT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// An answer that has been read in full.
pub(crate) struct Raw {
    pub(crate) host: String,
    pub(crate) status: StatusCode,
    /// The scheme and host that it points to, if it does.
    pub(crate) redirects_to: Option<String>,
    pub(crate) body: Vec<u8>,
    /// An earlier call, whose answer was lost, may have been carried out.
    pub(crate) repeated: bool,
}

impl Raw {
    /// The document, if it is no error.
    pub(crate) fn document(self) -> Result<Value, Error> {
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(document) => match ErrorBody::from_document(&document) {
                Some(error) => Err(Error::answered(self.status, Some(error.error))),
                None if self.status.is_success() => Ok(document),
                None => Err(self.into_wordless()),
            },
            Err(_) if !self.status.is_success() => Err(self.into_wordless()),
            Err(error) => {
                Err(Error::Invalid { host: self.host, what: format!("{}, not JSON", looks_like(&self.body, &error)) })
            }
        }
    }

    /// The document, understood.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<Answer<T>, Error> {
        let (host, repeated) = (self.host.clone(), self.repeated);
        Ok(Answer { repeated, ..Answer::from_document(self.document()?, &host)? })
    }

    /// That it was done; a body is not needed, but if there is one it must not be an error.
    pub(crate) fn done(self) -> Result<(), Error> {
        if self.status.is_success() && self.body.trim_ascii().is_empty() {
            return Ok(());
        }
        self.document().map(drop)
    }

    /// The error that it is; for statuses that are one whatever the body.
    pub(crate) fn into_failure(self) -> Error {
        let error = serde_json::from_slice::<Value>(&self.body).ok().as_ref().and_then(ErrorBody::from_document);
        match error {
            Some(error) => Error::answered(self.status, Some(error.error)),
            None => self.into_wordless(),
        }
    }

    /// The error that its status is.
    fn into_wordless(self) -> Error {
        if self.status.is_redirection() && self.status != StatusCode::NOT_MODIFIED {
            return Error::Redirected { host: self.host, to: self.redirects_to };
        }
        Error::answered(self.status, None)
    }
}

/// What a body is that cannot be read as JSON. It is never shown itself.
pub(crate) fn looks_like(body: &[u8], error: &serde_json::Error) -> String {
    let body = body.trim_ascii_start();
    let begins = |with: &str| body.len() >= with.len() && body[..with.len()].eq_ignore_ascii_case(with.as_bytes());
    if body.is_empty() {
        "it is empty".into()
    } else if begins("<!doctype html") || begins("<html") {
        "it is an HTML page".into()
    } else if begins("<") {
        "it is XML or HTML".into()
    } else if begins("{") || begins("[") {
        match error.is_eof() {
            true => "it ends in the middle".into(),
            false => format!("it has a fault at line {}, column {}", error.line(), error.column()),
        }
    } else if std::str::from_utf8(body).is_err() {
        "it is binary data".into()
    } else {
        "it is plain text".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p0_wire::command::Listing;

    fn raw(status: u16, body: &str) -> Raw {
        raw_bytes(status, body.as_bytes())
    }

    fn raw_bytes(status: u16, body: &[u8]) -> Raw {
        Raw {
            host: "api.example.com".into(),
            status: StatusCode::from_u16(status).expect("a status"),
            redirects_to: None,
            body: body.to_vec(),
            repeated: false,
        }
    }

    fn message(raw: Raw) -> String {
        raw.document().expect_err("an error").to_string()
    }

    #[test]
    fn an_error_key_is_an_error_whatever_the_status() {
        assert_eq!(message(raw(200, r#"{"error": "Usage:\n  p0 request"}"#)), "Usage:\n  p0 request");
        assert_eq!(message(raw(500, r#"{"error": {"message": "oops"}}"#)), "oops");
        assert_eq!(message(raw(418, r#"{"ok": true}"#)), "HTTP Error: 418 I'm a teapot");
        assert_eq!(message(raw(502, "<html>bad</html>")), "HTTP Error: 502 Bad Gateway");
        assert_eq!(message(raw(500, "")), "HTTP Error: 500 Internal Server Error");
    }

    #[test]
    fn what_is_no_answer_is_described_and_not_shown() {
        for (body, what) in [
            ("", "it is empty"),
            (" \r\n", "it is empty"),
            ("<!DOCTYPE html><script>secret</script>", "it is an HTML page"),
            ("\n<HTML>", "it is an HTML page"),
            ("<?xml version='1.0'?>", "it is XML or HTML"),
            (r#"{"ok": tr"#, "it ends in the middle"),
            (r#"{"ok": maybe}"#, "it has a fault at line 1, column 8"),
            ("welcome", "it is plain text"),
        ] {
            let expected = format!("api.example.com sent an invalid response: {what}, not JSON");
            assert_eq!(message(raw(200, body)), expected, "{body:?}");
        }
        assert_eq!(
            message(raw_bytes(200, b"\x1f\x8b\x08\xff")),
            "api.example.com sent an invalid response: it is binary data, not JSON"
        );
        let deep = "[".repeat(100_000);
        assert!(message(raw(200, &deep)).contains("it has a fault at line 1"), "no stack is overrun");
    }

    #[test]
    fn a_document_that_is_not_what_was_asked_for_says_where() {
        let error = raw(200, r#"{"items": [{"key": "a"}, {"key": 7}]}"#).read::<Listing>().expect_err("invalid");
        assert_eq!(
            error.to_string(),
            "api.example.com sent an invalid response: items[1].key: invalid type: integer `7`, expected a string"
        );
        let error = raw(200, r#"{"term": "x"}"#).read::<Listing>().expect_err("invalid");
        assert_eq!(error.to_string(), "api.example.com sent an invalid response: missing field `items`");
        let long = format!(r#"{{"items": "{}"}}"#, "é".repeat(100_000));
        let error = raw(200, &long).read::<Listing>().expect_err("invalid");
        assert!(error.to_string().len() < 500);
    }

    #[test]
    fn an_answer_keeps_what_it_does_not_know() {
        let listing = raw(200, r#"{"z": 1, "items": [{"key": "k", "new": [2]}], "a": null}"#).read::<Listing>();
        let listing = listing.expect("a listing");
        assert_eq!(listing.items[0].key, "k");
        assert_eq!(listing.document.to_string(), r#"{"z":1,"items":[{"key":"k","new":[2]}],"a":null}"#);
    }

    #[test]
    fn done_needs_no_body_but_does_not_take_any() {
        for (status, body) in [(200, ""), (201, " \n"), (204, ""), (200, "{}"), (200, "null")] {
            assert!(raw(status, body).done().is_ok(), "{status} {body:?}");
        }
        assert_eq!(raw(200, r#"{"error": "no"}"#).done().expect_err("an error").to_string(), "no");
        assert!(matches!(raw(200, "<html>sign in</html>").done(), Err(Error::Invalid { .. })));
        assert!(matches!(raw(409, "").done(), Err(Error::Status { status: 409 })));
        assert!(matches!(raw(302, "").done(), Err(Error::Redirected { .. })));
    }
}
