//! `POST /o/{org}/permission-requests/{id}/credential` (embedded service): what the principal of active access signs in
//! with, where the service itself hands that out.
//!
//! It is made for each call and kept nowhere, so nobody finds it in a list of requests.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A credential, by what takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Credential {
    /// A Kubernetes cluster.
    Kubernetes(ClusterCredential),
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

/// A token for a Kubernetes cluster, and where the cluster is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterCredential {
    /// The address of the cluster's API: `https://…`.
    pub server: String,
    /// The certificates that the API's is signed by, in PEM.
    pub certificate_authority: String,
    /// A bearer token, which ends with the access at the latest. Secret.
    pub token: String,
    /// When to ask for another one (RFC 3339): never later than the end of the access.
    pub expiration_timestamp: String,
}

impl fmt::Debug for ClusterCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterCredential")
            .field("server", &self.server)
            .field("expiration_timestamp", &self.expiration_timestamp)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_credential_says_what_it_is_for_and_never_shows_itself() {
        let document = json!({"type": "kubernetes", "server": "https://k8s.example.com", "certificateAuthority": "PEM",
                              "token": "hush", "expirationTimestamp": "2027-01-15T08:00:00Z"});
        let credential: Credential = serde_json::from_value(document.clone()).expect("a credential");
        assert!(!format!("{credential:?}").contains("hush"));
        assert_eq!(serde_json::to_value(&credential).expect("a document"), document);
        let other: Credential = serde_json::from_value(json!({"type": "x509", "key": "hush"})).expect("a credential");
        assert_eq!(other, Credential::Unknown);
    }
}
