//! Parameters of a query or a form.

use axum::http::{HeaderMap, header::CONTENT_TYPE};
use std::collections::BTreeMap;

const LONGEST_VALUE: usize = 4096;

/// The parameters of a call. Each occurs at most once (RFC 6749, section 3.1). No `Debug`: they contain secrets.
#[derive(Clone, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

/// Why parameters cannot be parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParamsError {
    /// A parameter occurs twice, and implementations differ in which one they use.
    #[error("a parameter is given more than once")]
    Repeated,
    /// A parameter is too long.
    #[error("a parameter is too long")]
    TooLong,
    /// The body is not a form.
    #[error("the body must be application/x-www-form-urlencoded")]
    NotAForm,
}

impl Params {
    /// Parses a query.
    pub(crate) fn of_query(query: Option<&str>) -> Result<Self, ParamsError> {
        Self::read(query.unwrap_or_default().as_bytes())
    }

    /// Parses a form.
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

    /// Returns the value of a parameter. An empty value counts as absent (RFC 6749, section 3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Replaces or removes a parameter.
    pub(crate) fn with(&self, name: &str, value: Option<&str>) -> Self {
        let mut params = self.0.clone();
        match value {
            Some(value) => params.insert(name.to_owned(), value.to_owned()),
            None => params.remove(name),
        };
        Self(params)
    }

    /// Formats the parameters as a query.
    pub(crate) fn to_query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_parameter_is_an_error() {
        let params = Params::of_query(Some("a=1&b=&c=x%20y")).unwrap();
        assert_eq!((params.get("a"), params.get("b"), params.get("c")), (Some("1"), None, Some("x y")));
        assert_eq!(params.with("a", None).to_query(), "b=&c=x+y");
        let refused = |query: &str| Params::of_query(Some(query)).err().map(|e| e.to_string());
        assert_eq!(refused("a=1&a=2").as_deref(), Some("a parameter is given more than once"));
        assert_eq!(refused(&"a".repeat(5000)).as_deref(), Some("a parameter is too long"));
    }

    #[test]
    fn form_requires_its_content_type() {
        let mut headers = HeaderMap::new();
        assert_eq!(Params::of_form(&headers, b"a=1").err(), Some(ParamsError::NotAForm));
        headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8".parse().unwrap());
        assert!(Params::of_form(&headers, b"a=1").is_ok_and(|p| p.get("a") == Some("1")));
    }
}
