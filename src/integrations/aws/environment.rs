//! Credentials as the environment of a tool.

use super::{Credentials, output};
use secrecy::SecretString;

/// Variables from which AWS's tools and SDKs would take other credentials, or others first, than those that a tool is
/// given (<https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>).
const OTHERS: [&str; 9] = [
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CREDENTIAL_FILE",
    "AWS_ACCOUNT_ID",
];

/// What to change in the environment of a tool.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Set to these values.
    pub set: Vec<(&'static str, SecretString)>,
    pub removed: Vec<&'static str>,
}

/// The environment that gives a tool these credentials and no others.
pub fn from_credentials(credentials: &Credentials) -> Environment {
    let set = output::variables(credentials);
    let removed = output::OVERRIDING.into_iter().chain(OTHERS).collect();
    Environment { set, removed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inherited_wins_over_what_is_given() {
        let environment = from_credentials(&super::super::credentials::tests::some());
        for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE"] {
            assert!(environment.removed.contains(&name), "{name}");
        }
        for (name, _) in &environment.set {
            assert!(!environment.removed.contains(name), "{name}");
        }
        for name in ["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"] {
            assert!(environment.set.iter().any(|(set, _)| *set == name), "{name}");
        }
        assert!(!format!("{environment:?}").contains("hush"));
    }
}
