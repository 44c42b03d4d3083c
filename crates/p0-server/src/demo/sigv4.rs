//! Signature Version 4, in headers and in a query
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>).

use aws_lc_rs::{constant_time, hmac};
use axum::http::request::Parts;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use url::form_urlencoded;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A signature, and what was said with it. Nothing of this is verified yet.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    pub(super) access_key_id: String,
    pub(super) token: Option<String>,
    /// Such as `20260304T050607Z`.
    pub(super) time: String,
    /// For how many seconds a signature in a query is valid.
    pub(super) expires: Option<u32>,
    /// `20260304/us-east-1/sts/aws4_request`.
    scope: String,
    headers: Vec<String>,
    signature: String,
    query: Vec<(String, String)>,
}

impl Signed {
    /// `None`: the call is not signed.
    pub(super) fn read(parts: &Parts) -> Option<Self> {
        let query: Vec<(String, String)> =
            form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
        let in_query = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let header = |name: &str| parts.headers.get(name)?.to_str().ok().map(str::to_owned);
        let (credential, headers, signature, time, token, expires);
        if let Some(authorization) = header("authorization") {
            let fields =
                authorization.strip_prefix(ALGORITHM)?.split(',').filter_map(|field| field.trim().split_once('='));
            let field = |name: &str| fields.clone().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
            (credential, headers, signature) = (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
            (time, token, expires) = (header("x-amz-date")?, header("x-amz-security-token"), None);
        } else {
            (credential, headers) = (in_query("X-Amz-Credential")?, in_query("X-Amz-SignedHeaders")?);
            (signature, time) = (in_query("X-Amz-Signature")?, in_query("X-Amz-Date")?);
            (token, expires) = (in_query("X-Amz-Security-Token"), Some(in_query("X-Amz-Expires")?.parse().ok()?));
        }
        let (access_key_id, scope) = credential.split_once('/')?;
        let headers = headers.split(';').map(str::to_owned).collect();
        Some(Self {
            access_key_id: access_key_id.into(),
            token,
            time,
            expires,
            scope: scope.into(),
            headers,
            signature,
            query,
        })
    }

    /// Whether the call was signed with this key.
    pub(super) fn is_signed_with(&self, secret: &str, parts: &Parts, body: &[u8]) -> bool {
        let matches = |expected: String| {
            constant_time::verify_slices_are_equal(expected.as_bytes(), self.signature.as_bytes()).is_ok()
        };
        self.expected(secret, parts, body).is_some_and(matches)
    }

    fn expected(&self, secret: &str, parts: &Parts, body: &[u8]) -> Option<String> {
        let mut pairs: Vec<String> = self
            .query
            .iter()
            .filter(|(name, _)| name != "X-Amz-Signature")
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        pairs.sort();
        let mut canonical = format!("{}\n{}\n{}\n", parts.method, parts.uri.path(), pairs.join("&"));
        // A signature that leaves the host out could be used elsewhere.
        self.headers.iter().find(|name| *name == "host")?;
        for name in &self.headers {
            let value = parts.headers.get(name)?.to_str().ok()?;
            let value = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
            let _ = writeln!(canonical, "{name}:{value}");
        }
        let _ = write!(canonical, "\n{}\n{}", self.headers.join(";"), hex(&Sha256::digest(body)));
        let hash = hex(&Sha256::digest(canonical));
        let text = format!("{ALGORITHM}\n{}\n{}\n{hash}", self.time, self.scope);
        let key = self.scope.split('/').fold(format!("AWS4{secret}").into_bytes(), |key, part| mac(&key, part));
        Some(hex(&mac(&key, &text)))
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// RFC 3986: everything but unreserved characters is encoded.
fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => _ = write!(out, "%{byte:02X}"),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    #[test]
    fn empty_signature_is_rejected_if_nothing_can_be_verified() {
        for headers in ["x-amz-date", "host;x-missing", ""] {
            let authorization = format!(
                "{ALGORITHM} Credential=ASIAEXAMPLE/20260304/us-east-1/sts/aws4_request, SignedHeaders={headers}, Signature="
            );
            let request = Request::post("/")
                .header("host", "localhost")
                .header("x-amz-date", "20260304T050607Z")
                .header("authorization", authorization)
                .body(())
                .expect("a request");
            let (parts, ()) = request.into_parts();
            let signed = Signed::read(&parts).expect("a signed call");
            assert!(!signed.is_signed_with("secret", &parts, b""), "{headers:?}");
        }
    }
}
