//! `POST /o/{org}/permission-requests/{id}/credential` (embedded service only): a credential for active access, issued by the
//! service itself.
//!
//! The service issues a new credential for each call and does not store it, so listings of requests never contain one.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A credential, by the kind of system that accepts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Credential {
    /// A Kubernetes cluster.
    Kubernetes(ClusterCredential),
    /// A kind that this version does not know.
    #[serde(other)]
    Unknown,
}

/// A token for a Kubernetes cluster, with the cluster's address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterCredential {
    /// The URL of the cluster's API server (`https://…`).
    pub server: String,
    /// The CA certificates of the API server, in PEM.
    pub certificate_authority: String,
    /// A bearer token (secret). It expires with the access or earlier.
    pub token: String,
    /// When to request a new token (RFC 3339). Never later than the end of the access.
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
    fn debug_output_omits_the_token_and_unknown_kinds_parse() {
        let document = json!({"type": "kubernetes", "server": "https://k8s.example.com", "certificateAuthority": "PEM",
                              "token": "hush", "expirationTimestamp": "2027-01-15T08:00:00Z"});
        let credential: Credential = serde_json::from_value(document.clone()).expect("a credential");
        assert!(!format!("{credential:?}").contains("hush"));
        assert_eq!(serde_json::to_value(&credential).expect("a document"), document);
        let other: Credential = serde_json::from_value(json!({"type": "x509", "key": "hush"})).expect("a credential");
        assert_eq!(other, Credential::Unknown);
    }
}
