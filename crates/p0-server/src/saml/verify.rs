//! Reading back a response of ours. It is canonical as it was written, so its parts can be verified and read as text: what
//! remains of the assertion without its signature is byte for byte what was signed.

use super::key::Signer;
use crate::clock::Timestamp;
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// What an assertion of ours says, which is verified and still valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claims {
    /// `RoleSessionName`.
    pub(crate) session_name: String,
    /// The values of `Role`: the provider's ARN, a comma, the role's ARN.
    pub(crate) roles: Vec<String>,
    /// When a session has to end.
    pub(crate) session_ends_at: Timestamp,
}

/// `None`: it is not ours, was changed, or is too old.
pub(super) fn claims(response: &str, signer: &Signer, now: Timestamp) -> Option<Claims> {
    let assertion = signed(response, signer)?;
    let time = |start: &str| {
        let text = between(&assertion, start, "\"")?;
        Some(Timestamp(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()))
    };
    let conditions = between(&assertion, "<saml2:Conditions ", ">")?;
    let valid_until = between(conditions, "NotOnOrAfter=\"", "\"")?.parse::<jiff::Timestamp>().ok()?;
    if valid_until.as_millisecond() <= now.0 {
        return None;
    }
    Some(Claims {
        session_name: attribute(&assertion, "RoleSessionName")?.into_iter().next()?,
        roles: attribute(&assertion, "Role")?,
        session_ends_at: time("SessionNotOnOrAfter=\"")?,
    })
}

/// The assertion without its signature, if that is ours. RSASSA-PKCS1-v1_5 gives the same signature each time.
fn signed(response: &str, signer: &Signer) -> Option<String> {
    const DECLARED: &str = "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">";
    let start = response.find("<saml2:Assertion ")?;
    let assertion = &response[start..];
    let assertion = &assertion[..assertion.find("</saml2:Assertion>")? + "</saml2:Assertion>".len()];
    let (before, rest) = assertion.split_once("<ds:Signature ")?;
    let (signature, after) = rest.split_once("</ds:Signature>")?;
    let unsigned = format!("{before}{after}");
    let info = between(signature, "<ds:SignedInfo>", "</ds:SignedInfo>")?;
    let expected = signer.sign(&format!("{DECLARED}{info}</ds:SignedInfo>")).ok()?;
    let is_signed = between(signature, "<ds:SignatureValue>", "</ds:SignatureValue>")? == expected;
    let digest = between(info, "<ds:DigestValue>", "</ds:DigestValue>")?;
    let is_whole = digest == STANDARD.encode(Sha256::digest(&unsigned));
    (is_signed && is_whole).then_some(unsigned)
}

fn attribute(assertion: &str, name: &str) -> Option<Vec<String>> {
    let start = format!("Name=\"{}{name}\"", super::assertion::ATTRIBUTES);
    let values = between(assertion, &start, "</saml2:Attribute>")?.split("<saml2:AttributeValue>").skip(1);
    values.map(|value| value.strip_suffix("</saml2:AttributeValue>").map(unescape)).collect()
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&#xD;", "\r").replace("&amp;", "&")
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(text.split_once(start)?.1.split_once(end)?.0)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{assertion::Visit, key},
        *,
    };
    use std::{collections::BTreeSet, time::Duration};

    const NOW: Timestamp = Timestamp(1_750_000_000_000);
    const ROLE: &str = "arn:aws:iam::111122223333:saml-provider/p0,arn:aws:iam::111122223333:role/a&b/<Reader>";

    fn signer() -> Signer {
        Signer::new(&key::generate("http://127.0.0.1", NOW).expect("a key")).expect("a signer")
    }

    fn response(signer: &Signer, email: &str) -> String {
        let visit = Visit {
            entity: "https://p0.example.com/x",
            partition: crate::catalog::Partition::Aws,
            email,
            authenticated_at: NOW,
            roles: &BTreeSet::from([ROLE.to_owned()]),
            access_ends_at: Some(NOW.plus(Duration::from_secs(3_600))),
            now: NOW,
        };
        visit.response(signer).expect("a response")
    }

    #[test]
    fn own_response_is_read_back() {
        let signer = signer();
        let claims = claims(&response(&signer, "ada@example.com"), &signer, NOW).expect("it is ours");
        assert_eq!(claims.session_name, "ada@example.com");
        assert_eq!(claims.roles, [ROLE]);
        assert_eq!(claims.session_ends_at, NOW.plus(Duration::from_secs(3_600)));
    }

    #[test]
    fn changed_foreign_and_old_responses_are_refused() {
        let signer = signer();
        let good = response(&signer, "ada@example.com");
        let end = "</saml2:Assertion>";
        let other = response(&signer, "eve@example.com");
        let assertion = |text: &str| text[text.find("<saml2:Assertion ").expect("one")..].to_owned();
        for (what, changed) in [
            ("role", good.replace("Reader", "Writer")),
            ("name", good.replace("ada@", "eve@")),
            ("time", good.replace("2025", "2035")),
            (
                "signature of another",
                good.replace(
                    between(&good, "<ds:DigestValue>", "<").expect("one"),
                    between(&other, "<ds:DigestValue>", "<").expect("one"),
                ),
            ),
            (
                "unsigned",
                format!(
                    "{}{}",
                    good.split_once("<ds:Signature ").expect("one").0,
                    good.split_once("</ds:Signature>").expect("one").1
                ),
            ),
            (
                "unsigned assertion in front",
                good.replace("<saml2:Assertion ", "<saml2:Assertion ID=\"x\"></saml2:Assertion><saml2:Assertion "),
            ),
            ("attribute added", good.replace(end, &format!("<saml2:Attribute Name=\"x\"></saml2:Attribute>{end}"))),
            ("signature within", good.replace("<ds:Signature ", "<x>").replace("</ds:Signature>", "</x>")),
            ("empty", String::new()),
            ("no end", assertion(&good).replace(end, "")),
        ] {
            assert_ne!(changed, good, "{what}");
            assert_eq!(claims(&changed, &signer, NOW), None, "{what}");
        }
        let foreign = super::tests::signer();
        assert_eq!(claims(&good, &foreign, NOW), None);
        assert_eq!(claims(&good, &signer, NOW.plus(Duration::from_secs(300))), None);
    }
}
