//! What Firebase answers.

use crate::{
    clock,
    error::Failure,
    session::oauth::{self, Granted},
};
use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;

/// Somebody who is signed in.
#[derive(Debug)]
pub struct Account {
    pub email: String,
    pub granted: Granted,
}

/// The answer to a sign-in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignedIn {
    id_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<Seconds>,
    email: Option<String>,
    #[serde(default)]
    need_confirmation: bool,
    mfa_pending_credential: Option<String>,
    error_message: Option<String>,
}

/// The answer to a renewal.
#[derive(Deserialize)]
pub(super) struct Renewed {
    id_token: String,
    refresh_token: Option<String>,
    expires_in: Option<Seconds>,
}

/// A lifetime, which is text in some answers and a number in others.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(i64),
    Text(String),
}

impl SignedIn {
    /// The answer, unless it is a refusal after all: with `returnIdpCredential` some come as successes.
    pub(super) fn granted(self) -> Result<Self, oauth::Error> {
        match &self.error_message {
            Some(message) => Err(refused(message)),
            None => Ok(self),
        }
    }

    /// Whose account it is, with its tokens.
    pub(super) fn account(self) -> Result<Account> {
        if self.mfa_pending_credential.is_some() {
            return Err(Failure::error("This user signs in with a second factor, which p0 cannot ask for.")
                .hint("Set P0_API_TOKEN to a token that you have from elsewhere.")
                .into());
        }
        let (Some(email), false) = (self.email.filter(|email| !email.is_empty()), self.need_confirmation) else {
            return Err(bound_to_another().into());
        };
        let access_token = self.id_token.ok_or_else(|| Failure::error("Firebase signed you in without a token."))?;
        let expires_at = end(self.expires_in.as_ref());
        Ok(Account { email, granted: granted(access_token, self.refresh_token, expires_at) })
    }
}

impl From<Renewed> for Granted {
    fn from(renewed: Renewed) -> Self {
        granted(renewed.id_token, renewed.refresh_token, end(renewed.expires_in.as_ref()))
    }
}

/// Firebase's `id_token` is the API's bearer.
fn granted(id_token: String, refresh_token: Option<String>, expires_at: Option<Timestamp>) -> Granted {
    let refresh_token = refresh_token.map(SecretString::from);
    Granted { access_token: id_token.into(), expires_at, refresh_token, id_token: None }
}

/// A refusal: `CODE`, or `CODE : what there is to say`.
pub(super) fn refused(message: &str) -> oauth::Error {
    let (code, description) = match message.split_once(" : ") {
        Some((code, description)) => (code, Some(description.to_owned())),
        None => (message, None),
    };
    oauth::Error::Refused { code: code.to_owned(), description }
}

/// The user's e-mail address belongs to an account that another provider vouches for.
pub(super) fn bound_to_another() -> Failure {
    Failure::error("You have signed in before with another identity provider, to which your e-mail address is bound.")
        .hint("Sign in as you did before, or ask whoever runs the organisation to remove the former sign-in.")
}

/// When a token expires, as far as that is said.
fn end(lifetime: Option<&Seconds>) -> Option<Timestamp> {
    let seconds = match lifetime? {
        Seconds::Number(seconds) => *seconds,
        Seconds::Text(text) => text.parse().ok()?,
    };
    let lifetime = Some(seconds).filter(|seconds| *seconds >= 0).map(SignedDuration::from_secs)?;
    clock::now().checked_add(lifetime).ok()
}
