//! Credentials as text: assignments for a shell, and the formats that other programs read. Rendering only; nothing is
//! printed here.

use super::Credentials;
use crate::shell::{Shell, Unwritable};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// Variables that some of AWS's tools and SDKs prefer to credentials in the environment.
pub const OVERRIDING: [&str; 2] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// How credentials are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Assignments that this shell evaluates.
    Env(Shell),
    /// A JSON document: `accessKeyId`, `secretAccessKey`, `sessionToken`, `expiration`, `accountId`, `region`.
    Json,
    /// Lines of a `.env` file.
    Dotenv,
    /// What the AWS CLI and the SDKs read from a `credential_process`
    /// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>).
    CredentialProcess,
}

/// The variables that credentials are to AWS's tools and SDKs
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html#EVarSettings>).
pub fn variables(credentials: &Credentials) -> Vec<(&'static str, SecretString)> {
    let mut variables = vec![
        ("AWS_ACCESS_KEY_ID", credentials.access_key_id.as_str().into()),
        ("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key.clone()),
        ("AWS_SESSION_TOKEN", credentials.session_token.clone()),
        // Its older name, which boto 2 and tools of its time read.
        ("AWS_SECURITY_TOKEN", credentials.session_token.clone()),
        ("AWS_CREDENTIAL_EXPIRATION", rfc3339(credentials.expires_at).into()),
    ];
    if let Some(region) = credentials.region.as_deref() {
        variables.push(("AWS_REGION", region.into()));
        variables.push(("AWS_DEFAULT_REGION", region.into()));
    }
    variables
}

/// The text, with a line feed after every line. Assignments also unset these variables.
pub fn render(credentials: &Credentials, format: Format, unset: &[&'static str]) -> Result<SecretString, Unwritable> {
    let document = |document: serde_json::Value| format!("{document}\n");
    let text = match format {
        Format::Env(shell) => shell.assignments(&variables(credentials), unset)?,
        Format::Dotenv => dotenv(&variables(credentials))?,
        Format::Json => {
            let mut fields = json!({
                "accessKeyId": credentials.access_key_id,
                "secretAccessKey": credentials.secret_access_key.expose_secret(),
                "sessionToken": credentials.session_token.expose_secret(),
                "expiration": rfc3339(credentials.expires_at),
                "accountId": credentials.account_id,
            });
            if let Some(region) = &credentials.region {
                fields["region"] = region.as_str().into();
            }
            document(fields)
        }
        Format::CredentialProcess => document(json!({
            "Version": 1,
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key.expose_secret(),
            "SessionToken": credentials.session_token.expose_secret(),
            "Expiration": rfc3339(credentials.expires_at),
            "AccountId": credentials.account_id,
        })),
    };
    Ok(text.into())
}

/// To the second, which is what every reader of it understands.
fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Real credentials need no quotes, and stand without any: some readers, such as `docker run --env-file`, know none.
fn dotenv(variables: &[(&'static str, SecretString)]) -> Result<String, Unwritable> {
    let mut text = String::new();
    for (name, value) in variables {
        let value = value.expose_secret();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "+/=_-.:,@".contains(c);
        let written = if value.chars().all(is_plain) {
            value.to_owned()
        } else if value.contains('\0') {
            return Err(Unwritable { name, format: "a .env file" });
        } else if !value.contains(['\'', '\n', '\r']) {
            format!("'{value}'")
        } else {
            let mut quoted = String::from("\"");
            for c in value.chars() {
                match c {
                    '\n' => quoted.push_str("\\n"),
                    '\r' => quoted.push_str("\\r"),
                    '"' | '\\' | '$' | '`' => quoted.extend(['\\', c]),
                    _ => quoted.push(c),
                }
            }
            quoted + "\""
        };
        text += &format!("{name}={written}\n");
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
