//! The clusters of an organisation, as the service's configuration has them, and how each is reached.

use super::certificate;
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use p0_wire::integration::{Configuration, K8sCluster, K8sHosting};
use std::str::FromStr;
use url::Url;

/// Where a cluster's API is, and how it is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub server: Url,
    /// The certificates that sign the API's, in PEM.
    pub authority: String,
}

/// A cluster of Amazon EKS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eks {
    /// The account that it is in: twelve digits.
    pub account: String,
    /// Such as `aws`, `aws-us-gov` or `aws-cn`.
    pub partition: String,
    pub region: String,
    /// Its name in that account and region.
    pub name: String,
}

/// Who lets people into a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hosting {
    /// Amazon EKS: whoever has AWS credentials.
    Eks(Eks),
    /// The service, if it hands out tokens; nobody says where the cluster runs.
    Service,
}

/// Why a cluster cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// There is none of this id.
    #[error("There is no cluster '{id}'.")]
    Unknown {
        /// What was asked for.
        id: String,
        /// Those that there are, with their labels.
        known: Vec<String>,
    },
    /// It is there, but not installed.
    #[error("The cluster '{id}' is not installed.")]
    NotInstalled {
        id: String,
        /// Those that are, with their labels.
        known: Vec<String>,
    },
    /// What the service says of it is not understood.
    #[error("What the service says of the cluster '{id}' is not understood: {why}.")]
    NotUnderstood { id: String, why: String },
    /// It runs where p0 has no way in.
    #[error("The cluster '{id}' runs on {host}, to which p0 kubeconfig has no way yet.")]
    Unsupported { id: String, host: &'static str },
}

/// Why a certificate authority is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// It is not a certificate.
    #[error("it is no certificate in PEM")]
    Malformed,
    /// It was good until then.
    #[error("it expired on {0}")]
    Expired(Timestamp),
    /// It is good from then on.
    #[error("it is valid from {0} on only")]
    NotYet(Timestamp),
}

/// The installed cluster of this id.
pub fn find(configuration: &Configuration, id: &str) -> Result<K8sCluster, ClusterError> {
    match configuration.item::<K8sCluster>(id) {
        Some(Ok(cluster)) => Ok(cluster),
        Some(Err(error)) => Err(ClusterError::NotUnderstood { id: id.to_owned(), why: error.to_string() }),
        None => {
            let (id, known) = (id.to_owned(), known(configuration));
            match configuration.config.iam_write.contains_key(&id) {
                true => Err(ClusterError::NotInstalled { id, known }),
                false => Err(ClusterError::Unknown { id, known }),
            }
        }
    }
}

/// The ids of the installed clusters, with the labels that differ.
fn known(configuration: &Configuration) -> Vec<String> {
    let clusters = configuration.installed::<K8sCluster>();
    let named = clusters.map(|(id, cluster)| (id, cluster.ok().and_then(|cluster| cluster.label)));
    named
        .map(|(id, label)| label.filter(|label| label != id).map_or(id.into(), |label| format!("{id} ({label})")))
        .collect()
}

/// Who lets people into a cluster.
pub fn hosting(id: &str, cluster: &K8sCluster) -> Result<Hosting, ClusterError> {
    let unsupported = |host| Err(ClusterError::Unsupported { id: id.to_owned(), host });
    match &cluster.hosting {
        Some(K8sHosting::Aws { arn }) => match arn.parse() {
            Ok(eks) => Ok(Hosting::Eks(eks)),
            Err(NotEks) => {
                let why = format!("'{arn}' is no ARN of a cluster of Amazon EKS");
                Err(ClusterError::NotUnderstood { id: id.to_owned(), why })
            }
        },
        Some(K8sHosting::Azure) => unsupported("Azure Kubernetes Service"),
        Some(K8sHosting::Gcp) => unsupported("Google Kubernetes Engine"),
        Some(K8sHosting::Unknown) => unsupported("a platform that this version does not know"),
        None => Ok(Hosting::Service),
    }
}

/// Where a cluster is, if its configuration says so.
pub fn endpoint(id: &str, cluster: &K8sCluster, now: Timestamp) -> Result<Option<Endpoint>, ClusterError> {
    let (Some(server), Some(authority)) = (&cluster.cluster_server, &cluster.cluster_certificate) else {
        return Ok(None);
    };
    Endpoint::new(server, authority, now)
        .map(Some)
        .map_err(|why| ClusterError::NotUnderstood { id: id.to_owned(), why })
}

impl Endpoint {
    /// An endpoint whose address is https, and whose certificate authority, in PEM or base64 of it, is good at this time.
    pub fn new(server: &str, authority: &str, now: Timestamp) -> Result<Self, String> {
        let server = Url::parse(server)
            .ok()
            .filter(|url| {
                url.scheme() == "https" && url.has_host() && url.username().is_empty() && url.password().is_none()
            })
            .ok_or_else(|| format!("its server '{server}' is not an https address"))?;
        let unusable = |error: AuthorityError| format!("its certificate authority is of no use: {error}");
        let authority = pem(authority).ok_or_else(|| unusable(AuthorityError::Malformed))?;
        certificate::check(&authority, now).map_err(unusable)?;
        Ok(Self { server, authority })
    }
}

fn pem(text: &str) -> Option<String> {
    if text.contains("-----BEGIN ") {
        return Some(text.to_owned());
    }
    let packed: String = text.split_ascii_whitespace().collect();
    String::from_utf8(BASE64_STANDARD.decode(packed).ok()?).ok()
}

/// A text is no ARN of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotEks;

impl FromStr for Eks {
    type Err = NotEks;

    fn from_str(arn: &str) -> Result<Self, NotEks> {
        let parts: Vec<&str> = arn.split(':').collect();
        let ["arn", partition, "eks", region, account, cluster] = parts[..] else { return Err(NotEks) };
        let name = cluster.strip_prefix("cluster/").ok_or(NotEks)?;
        // Each becomes part of an address.
        let plain = |text: &str, more: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let good = plain(partition, "-") && plain(region, "-") && is_account && plain(name, "-_");
        let [partition, region, account, name] = [partition, region, account, name].map(str::to_owned);
        if good { Ok(Self { account, partition, region, name }) } else { Err(NotEks) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A certificate authority that is valid in 2026 and 2027, made with openssl.
    const AUTHORITY: &str = include_str!("authority.pem");

    fn at(time: &str) -> Timestamp {
        time.parse().expect("a time")
    }

    #[test]
    fn an_authority_is_checked_against_the_clock() {
        let make = |text: &str, now: &str| Endpoint::new("https://k8s.example.com", text, at(now));
        let endpoint = make(AUTHORITY, "2027-01-01T00:00:00Z").expect("good");
        assert_eq!(make(&BASE64_STANDARD.encode(AUTHORITY), "2027-01-01T00:00:00Z"), Ok(endpoint));
        let why = |text: &str, now: &str| make(text, now).expect_err("of no use");
        assert!(why(AUTHORITY, "2028-06-01T00:00:00Z").contains("it expired on 2028-01-01T00:00:00Z"));
        assert!(why(AUTHORITY, "2025-06-01T00:00:00Z").contains("it is valid from 2026-01-01T00:00:00Z on only"));
        for nonsense in ["", "LS0t", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "é"] {
            assert!(why(nonsense, "2027-01-01T00:00:00Z").contains("no certificate in PEM"), "{nonsense}");
        }
        for server in [
            "http://k8s.example.com",
            "k8s.example.com",
            "https://user@k8s.example.com",
            "https://:x@k8s.example.com",
            "file:///x",
            "",
        ] {
            let error = Endpoint::new(server, AUTHORITY, at("2027-01-01T00:00:00Z")).expect_err(server);
            assert!(error.contains("not an https address"), "{error}");
        }
    }

    #[test]
    fn an_arn_names_a_cluster() {
        let eks: Eks = "arn:aws-us-gov:eks:us-gov-west-1:111122223333:cluster/dev_1".parse().expect("an ARN");
        assert_eq!((eks.region.as_str(), eks.name.as_str()), ("us-gov-west-1", "dev_1"));
        for arn in [
            "",
            "arn:aws:eks:us-east-1:111122223333:cluster/",
            "arn:aws:eks:us-east-1:1:cluster/dev",
            "arn:aws:eks:us-east-1:111122223333:nodegroup/dev",
            "arn:aws:ecs:us-east-1:111122223333:cluster/dev",
            "arn:aws:eks:us.example.com/:111122223333:cluster/dev",
            "arn:aws:eks:us-east-1:111122223333:cluster/a/b",
        ] {
            assert_eq!(arn.parse::<Eks>(), Err(NotEks), "{arn}");
        }
    }

    #[test]
    fn a_cluster_that_is_not_there_is_answered_with_those_that_are() {
        let configuration: Configuration = serde_json::from_value(json!({"config": {"iam-write": {
            "dev": {"state": "installed", "label": "development"}, "prod": {"state": "installed"},
            "test": {"state": "stage"},
        }}}))
        .expect("a configuration");
        assert!(find(&configuration, "dev").is_ok());
        let known = |id| match find(&configuration, id) {
            Err(ClusterError::Unknown { known, .. } | ClusterError::NotInstalled { known, .. }) => known,
            other => panic!("{other:?}"),
        };
        assert_eq!(known("nowhere"), ["dev (development)", "prod"]);
        assert_eq!(known("test"), ["dev (development)", "prod"]);
    }

    #[test]
    fn who_lets_people_in() {
        let cluster = |hosting| serde_json::from_value(json!({"hosting": hosting})).expect("a cluster");
        let who = |value| hosting("dev", &cluster(value));
        let arn = "arn:aws:eks:us-east-1:111122223333:cluster/dev";
        assert!(matches!(who(json!({"type": "aws", "arn": arn})), Ok(Hosting::Eks(_))));
        assert!(matches!(who(json!(null)), Ok(Hosting::Service)));
        assert!(matches!(who(json!({"type": "aws", "arn": "x"})), Err(ClusterError::NotUnderstood { .. })));
        for kind in ["azure", "gcp", "moon"] {
            assert!(matches!(who(json!({"type": kind})), Err(ClusterError::Unsupported { .. })));
        }
    }
}
