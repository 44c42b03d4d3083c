//! Where the bearer tokens (RFC 6750) of authenticated calls come from.

use async_trait::async_trait;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::Error;

/// Why there is no token: the implementor's own error, for the caller to look into. An [`Error`] of this crate is passed
/// on as it is, and an [`Error::Network`] is ridden out like any other: a wait does not end because a token could not be
/// renewed just then.
pub type TokensError = Box<dyn std::error::Error + Send + Sync>;

/// Gives tokens, and renews them. Implementors bound their own waits: a renewal is never abandoned half-way, because
/// that could lose a refresh token that can be used only once.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// The token for the next call.
    ///
    /// # Errors
    /// Nobody is signed in, or the token cannot be read.
    async fn bearer(&self) -> Result<SecretString, TokensError>;

    /// The service refused this token: a fresher one, or `None` if there is none.
    ///
    /// # Errors
    /// The renewal failed in a way that the user should hear of.
    async fn renewed(&self, rejected: &SecretString) -> Result<Option<SecretString>, TokensError>;
}

/// One token that cannot be renewed, such as a CI job's.
#[derive(Debug)]
pub struct FixedToken(SecretString);

impl FixedToken {
    /// This token, as it stands.
    pub fn new(token: SecretString) -> Self {
        Self(token)
    }
}

#[async_trait]
impl Tokens for FixedToken {
    async fn bearer(&self) -> Result<SecretString, TokensError> {
        Ok(self.0.clone())
    }

    async fn renewed(&self, _rejected: &SecretString) -> Result<Option<SecretString>, TokensError> {
        Ok(None)
    }
}

/// The `authorization` header for this token, marked so that no log shows it.
pub(crate) fn authorization(token: &SecretString) -> Result<HeaderValue, Error> {
    let token = token.expose_secret();
    let visible = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    let mut value =
        visible.then(|| HeaderValue::try_from(format!("Bearer {token}")).ok()).flatten().ok_or(Error::BadToken)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_would_break_out_of_its_header_is_refused() {
        for token in ["", "a b", "a\r\nx-evil: 1", "a\0", "é"] {
            let error = authorization(&SecretString::from(token)).expect_err(token);
            assert_eq!(error.to_string(), "the token is not one: it is empty or has characters that no token has");
        }
        let value = authorization(&SecretString::from("e30.e30.x_-~+/=")).expect("a header");
        assert!(value.is_sensitive());
        assert_eq!(format!("{value:?}"), "Sensitive");
    }
}
