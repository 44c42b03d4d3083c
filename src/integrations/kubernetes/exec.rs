//! Credential plugins: what `kubectl` asks, and how it is answered
//! (<https://kubernetes.io/docs/reference/config-api/client-authentication.v1/>).

use jiff::{Timestamp, tz::TimeZone};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

/// The version that contexts of ours ask for.
pub const V1: &str = "client.authentication.k8s.io/v1";
/// The one before, which older contexts and clients ask for.
const V1BETA1: &str = "client.authentication.k8s.io/v1beta1";

/// What `kubectl` asks, in `KUBERNETES_EXEC_INFO`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecInfo {
    version: &'static str,
    /// Whether somebody is there to answer questions.
    pub interactive: bool,
}

/// What is asked cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum ExecInfoError {
    /// It is not such a question.
    #[error("KUBERNETES_EXEC_INFO is not what kubectl says: {0}")]
    Malformed(serde_json::Error),
    /// It is one of a version that is not known.
    #[error("kubectl asks for credentials as of '{0}', and p0 answers {V1} and {V1BETA1}")]
    Version(String),
}

impl ExecInfo {
    /// What the variable asks. Without it, somebody tries the plugin by hand: they get the newest version.
    pub fn read(info: Option<&str>) -> Result<Self, ExecInfoError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Info {
            api_version: String,
            #[serde(default)]
            spec: Spec,
        }
        #[derive(Default, Deserialize)]
        struct Spec {
            #[serde(default)]
            interactive: bool,
        }
        let Some(info) = info else { return Ok(Self { version: V1, interactive: true }) };
        let info: Info = serde_json::from_str(info).map_err(ExecInfoError::Malformed)?;
        let version = [V1, V1BETA1].into_iter().find(|version| *version == info.api_version);
        let version = version.ok_or(ExecInfoError::Version(info.api_version))?;
        Ok(Self { version, interactive: info.spec.interactive })
    }

    /// The answer: a bearer token, and from when on it is to be asked again.
    pub fn answer(&self, token: &SecretString, expires_at: Timestamp) -> Value {
        // RFC 3339, in UTC and to the second, as Go's own clients write it.
        let expires_at = expires_at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        json!({
            "apiVersion": self.version,
            "kind": "ExecCredential",
            "spec": { "interactive": self.interactive },
            "status": { "expirationTimestamp": expires_at, "token": token.expose_secret() },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_has_the_version_of_the_question() {
        let ask = |version: &str, spec: Value| {
            ExecInfo::read(Some(&json!({"apiVersion": version, "kind": "ExecCredential", "spec": spec}).to_string()))
        };
        let now = Timestamp::UNIX_EPOCH;
        for version in [V1, V1BETA1] {
            let asked = ask(version, json!({"interactive": false})).expect("understood");
            assert!(!asked.interactive);
            let answer = asked.answer(&"hush".into(), now);
            assert_eq!(answer["apiVersion"], version);
            assert_eq!(answer["status"]["token"], "hush");
            assert_eq!(answer["status"]["expirationTimestamp"], "1970-01-01T00:00:00Z");
        }
        assert!(ask(V1, json!({"interactive": true})).expect("understood").interactive);
        assert!(ExecInfo::read(None).expect("by hand").interactive);
        assert!(matches!(ask("client.authentication.k8s.io/v1alpha1", json!({})), Err(ExecInfoError::Version(_))));
        assert!(matches!(ExecInfo::read(Some("{")), Err(ExecInfoError::Malformed(_))));
    }
}
