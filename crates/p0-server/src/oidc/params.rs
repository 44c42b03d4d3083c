//! The parameters of a query or of a form.

use axum::http::{HeaderMap, header::CONTENT_TYPE};
use std::collections::BTreeMap;

const LONGEST_VALUE: usize = 4096;

/// The parameters of one call, each at most once (RFC 6749, section 3.1). No `Debug`: they hold secrets.
#[derive(Clone, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

/// Why parameters cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParamsError {
    /// One of them stands twice, so two readers could take different ones.
    #[error("a parameter is given more than once")]
    Repeated,
    /// One of them is longer than any that has a meaning here.
    #[error("a parameter is too long")]
    TooLong,
    /// The body is something else.
    #[error("the body must be application/x-www-form-urlencoded")]
    NotAForm,
}

impl Params {
    /// Of a query.
    pub(crate) fn of_query(query: Option<&str>) -> Result<Self, ParamsError> {
        Self::read(query.unwrap_or_default().as_bytes())
    }

    /// Of a form.
    pub(crate) fn of_form(headers: &HeaderMap, body: &[u8]) -> Result<Self, ParamsError> {
        let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(ParamsError::NotAForm);
        }
        Self::read(body)
    }

    fn read(encoded: &[u8]) -> Result<Self, ParamsError> {
        let mut params = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            if name.len() > LONGEST_VALUE || value.len() > LONGEST_VALUE {
                return Err(ParamsError::TooLong);
            }
            if params.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(ParamsError::Repeated);
            }
        }
        Ok(Self(params))
    }

    /// The value of a parameter. An empty one counts as left out (RFC 6749, section 3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The same with one parameter replaced, or taken away.
    pub(crate) fn with(&self, name: &str, value: Option<&str>) -> Self {
        let mut params = self.0.clone();
        match value {
            Some(value) => params.insert(name.to_owned(), value.to_owned()),
            None => params.remove(name),
        };
        Self(params)
    }

    /// As a query.
    pub(crate) fn to_query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_stands_once() {
        let params = Params::of_query(Some("a=1&b=&c=x%20y")).unwrap();
        assert_eq!((params.get("a"), params.get("b"), params.get("c")), (Some("1"), None, Some("x y")));
        assert_eq!(params.with("a", None).to_query(), "b=&c=x+y");
        let refused = |query: &str| Params::of_query(Some(query)).err().map(|e| e.to_string());
        assert_eq!(refused("a=1&a=2").as_deref(), Some("a parameter is given more than once"));
        assert_eq!(refused(&"a".repeat(5000)).as_deref(), Some("a parameter is too long"));
    }

    #[test]
    fn a_form_says_that_it_is_one() {
        let mut headers = HeaderMap::new();
        assert_eq!(Params::of_form(&headers, b"a=1").err(), Some(ParamsError::NotAForm));
        headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8".parse().unwrap());
        assert!(Params::of_form(&headers, b"a=1").is_ok_and(|p| p.get("a") == Some("1")));
    }
}
