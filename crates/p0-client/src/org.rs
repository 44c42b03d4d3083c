//! Finding an organisation, which needs no token; and what may stand in an address.

use crate::{
    Answer, Error, Http,
    call::{Call, Repeat},
};
use p0_wire::org::Org;
use reqwest::Method;
use std::time::Instant;
use url::Url;

/// The longest name that goes into an address, in bytes.
const MAX_NAME: usize = 512;

/// Finds an organisation: `GET /orgs/{org}` (protocol, section 2).
///
/// # Errors
/// [`Error::BadName`] for a slug that is none, which is never sent; [`Error::NoSuchOrg`]; and those of every call.
pub async fn discover(http: &Http, base: &Url, org: &str, deadline: Option<Instant>) -> Result<Answer<Org>, Error> {
    check_slug(org)?;
    let url = address(base, &["orgs", org])?;
    let call = Call { deadline, ..Call::new(Method::GET, url, Repeat::Harmless) };
    match http.send(&call).await?.read() {
        Err(Error::Service { text, .. } | Error::NotFound { text }) if is_not_found(&text) => {
            Err(Error::NoSuchOrg { org: org.to_owned() })
        }
        answer => answer,
    }
}

/// The service's words for an organisation that it does not know; not the status, which any web server may send.
fn is_not_found(text: &str) -> bool {
    text.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("not found"))
}

/// Whether this can be an organisation's slug: it becomes part of addresses and of file names.
///
/// # Errors
/// [`Error::BadName`].
pub fn check_slug(org: &str) -> Result<(), Error> {
    check_name("organization", org)?;
    if org.contains(['/', '\\']) {
        return Err(bad_name("organization", org, "it has a path separator"));
    }
    Ok(())
}

/// Whether this can be one segment of an address, with whatever needs it escaped.
fn check_name(what: &'static str, name: &str) -> Result<(), Error> {
    let why = if name.is_empty() {
        "it is empty"
    } else if name.len() > MAX_NAME {
        "it is too long"
    } else if name.bytes().all(|byte| byte == b'.') {
        "it is made of dots"
    } else if name.chars().any(char::is_control) {
        "it has control characters"
    } else {
        return Ok(());
    };
    Err(bad_name(what, name, why))
}

fn bad_name(what: &'static str, name: &str, why: &'static str) -> Error {
    Error::BadName { what, name: name.chars().take(64).collect(), why }
}

/// An address below `base`, without a query. Every segment is escaped, and none can be left out or lead elsewhere.
pub(crate) fn address(base: &Url, segments: &[&str]) -> Result<Url, Error> {
    for segment in segments {
        check_name("name", segment)?;
    }
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    match url.path_segments_mut() {
        Ok(mut path) => path.pop_if_empty().extend(segments),
        Err(()) => return Err(Error::Scheme { scheme: base.scheme().to_owned() }),
    };
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        for slug in ["acme", "acme-dev_2", "a.b", "Ünïcode", "a b", "a%2fb"] {
            assert!(check_slug(slug).is_ok(), "{slug}");
        }
        for (slug, why) in [
            ("", "it is empty"),
            (".", "it is made of dots"),
            ("..", "it is made of dots"),
            ("...", "it is made of dots"),
            ("a/b", "it has a path separator"),
            ("..\\b", "it has a path separator"),
            ("a\nb", "it has control characters"),
            ("\u{1b}[31m", "it has control characters"),
        ] {
            let message = check_slug(slug).expect_err(slug).to_string();
            assert_eq!(message, format!("{slug:?} is not a valid organization: {why}"));
            assert!(!message.contains(char::is_control));
        }
        assert!(check_slug(&"a".repeat(600)).expect_err("too long").to_string().len() < 200);
    }

    #[test]
    fn every_segment_stays_one() {
        let at = |base: &str, segments: &[&str]| {
            address(&Url::parse(base).expect("an address"), segments).expect("an address").to_string()
        };
        assert_eq!(at("https://h", &["orgs", "a b?c#d%2fe"]), "https://h/orgs/a%20b%3Fc%23d%252fe");
        assert_eq!(at("https://h/api/", &["o", "a/b"]), "https://h/api/o/a%2Fb");
        assert_eq!(at("https://h/api?x=1#y", &["o", "a"]), "https://h/api/o/a");
        for name in ["", ".", "..", "a\tb"] {
            let error = address(&Url::parse("https://h").expect("an address"), &["o", name]).expect_err(name);
            assert!(error.to_string().starts_with(&format!("{name:?} is not a valid name: ")), "{error}");
        }
    }
}
