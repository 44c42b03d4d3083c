//! `GET /o/{org}/integrations/{name}/config` (protocol, section 7): what of an integration is installed.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// The state of an item that counts.
pub const INSTALLED: &str = "installed";

/// An integration's configuration: `{"config": {"iam-write": {"<item id>": {"state": "installed", …}}}}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// By component.
    #[serde(default, deserialize_with = "crate::null_is_default")]
    pub config: Components,
}

/// The field of an item that says, if it is true, that there is no such account, cluster or database: `p0 dev` has it to be
/// requested, and not to be reached.
pub const EXAMPLE: &str = "example";

/// The parts of an integration's configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Components {
    /// What access can be granted to: accounts, clusters, providers or instances, by identifier.
    #[serde(rename = "iam-write", default, deserialize_with = "crate::null_is_default")]
    pub iam_write: Map<String, Value>,
}

impl Configuration {
    /// The installed items, in the service's order. One that is not understood spoils no other.
    pub fn installed<T: DeserializeOwned>(&self) -> impl Iterator<Item = (&str, Result<T, serde_json::Error>)> {
        let is_installed = |item: &Value| item.get("state").and_then(Value::as_str) == Some(INSTALLED);
        let items = self.config.iam_write.iter().filter(move |(_, item)| is_installed(item));
        items.map(|(id, item)| (id.as_str(), T::deserialize(item)))
    }

    /// Whether the item of this identifier is no more than an example.
    pub fn is_example(&self, id: &str) -> bool {
        self.config.iam_write.get(id).and_then(|item| item.get(EXAMPLE)).and_then(Value::as_bool) == Some(true)
    }

    /// The installed item of this identifier.
    pub fn item<T: DeserializeOwned>(&self, id: &str) -> Option<Result<T, serde_json::Error>> {
        self.installed().find(|(known, _)| *known == id).map(|(_, item)| item)
    }
}

/// An AWS account (`aws`); its identifier has twelve digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AwsAccount {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How people get credentials for it; absent: they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<AwsLogin>,
}

/// How people get credentials for an AWS account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum AwsLogin {
    /// As IAM users.
    Iam {
        /// What identifies them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity: Option<Value>,
    },
    /// Through IAM Identity Center, as permission sets.
    Idc {
        /// The account that the Identity Center is in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<String>,
        /// The Identity Center's ARN.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        idc_arn: Option<String>,
        /// Its region, such as `us-east-1`.
        idc_region: String,
        /// Its directory, such as `d-1234567890`.
        identity_store_id: String,
    },
    /// Through the organisation's identity provider, as roles.
    Federated {
        /// Which provider, and how.
        provider: FederatedProvider,
    },
    /// In a way that this version does not know.
    #[serde(other)]
    Unknown,
}

/// The identity provider behind a federated login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FederatedProvider {
    /// `okta`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The AWS app at the provider.
    pub app_id: String,
    /// The name of the provider in the account: the last part of its ARN.
    pub identity_provider: String,
    /// By which protocol.
    pub method: FederationMethod,
}

/// The protocol of a federated login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FederationMethod {
    /// `saml`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A Kubernetes cluster (`k8s`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct K8sCluster {
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The address of its API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_server: Option<String>,
    /// The certificate authority of its API: PEM, or base64 of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_certificate: Option<String>,
    /// The service reaches it through a proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_proxy: Option<bool>,
    /// A token for its API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Where it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosting: Option<K8sHosting>,
}

/// Where a Kubernetes cluster runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum K8sHosting {
    /// Amazon EKS.
    Aws {
        /// The cluster's ARN: `arn:aws:eks:<region>:<account>:cluster/<name>`.
        arn: String,
    },
    /// Azure Kubernetes Service.
    Azure,
    /// Google Kubernetes Engine.
    Gcp,
    /// Somewhere that this version does not know.
    #[serde(other)]
    Unknown,
}

/// A database server (`mysql`, `postgres`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseInstance {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its host.
    pub hostname: String,
    /// Its port: a number, or digits.
    pub port: Value,
    /// The database to connect to where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_db: Option<String>,
    /// Where it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosting: Option<DatabaseHosting>,
}

impl DatabaseInstance {
    /// The port as a number, if it is one.
    pub fn port(&self) -> Option<u16> {
        match &self.port {
            Value::Number(number) => number.as_u64().and_then(|port| u16::try_from(port).ok()),
            Value::String(digits) => digits.parse().ok(),
            _ => None,
        }
    }
}

/// Where a database server runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum DatabaseHosting {
    /// Amazon RDS.
    AwsRds {
        /// The ARN of the instance or cluster.
        database_arn: String,
        /// The network that it is in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vpc_id: Option<String>,
    },
    /// Somewhere that this version does not know.
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn configuration(items: Value) -> Configuration {
        serde_json::from_value(json!({"config": {"iam-write": items, "iam-read": {}}})).expect("a configuration")
    }

    #[test]
    fn only_what_is_installed_counts_and_nonsense_spoils_nothing() {
        let configuration = configuration(json!({
            "111122223333": {"state": "installed", "label": "development", "login": {"type": "iam", "identity": {}}},
            "444455556666": {"state": "configured", "login": {"type": "iam"}},
            "777788889999": {"state": "installed", "login": 3},
            "000000000000": {"state": "installed", "login": {"type": "carrier-pigeon"}},
            "nothing": null,
        }));
        let accounts: Vec<_> = configuration.installed::<AwsAccount>().collect();
        assert_eq!(accounts.len(), 3);
        assert!(configuration.item::<AwsAccount>("444455556666").is_none());
        assert!(configuration.item::<AwsAccount>("777788889999").is_some_and(|item| item.is_err()));
        let account = configuration.item::<AwsAccount>("000000000000").expect("there").expect("understood");
        assert_eq!(account.login, Some(AwsLogin::Unknown));
    }

    #[test]
    fn the_logins_of_an_account() {
        let login = |login: Value| serde_json::from_value::<AwsLogin>(login).expect("a login");
        let idc = login(json!({"type": "idc", "parent": "1", "idcArn": "arn:aws:sso:::instance/ssoins-1",
                               "idcRegion": "us-east-1", "identityStoreId": "d-1234567890"}));
        assert!(matches!(idc, AwsLogin::Idc { identity_store_id, .. } if identity_store_id == "d-1234567890"));
        let federated = login(json!({"type": "federated", "provider": {"type": "okta", "appId": "0oa1",
                                     "identityProvider": "okta", "method": {"type": "saml"}}}));
        assert!(matches!(federated, AwsLogin::Federated { provider } if provider.app_id == "0oa1"));
    }

    #[test]
    fn an_empty_configuration_is_one() {
        for document in
            [json!({}), json!({"config": null}), json!({"config": {}}), json!({"config": {"iam-write": null}})]
        {
            let configuration: Configuration = serde_json::from_value(document).expect("a configuration");
            assert_eq!(configuration.installed::<Value>().count(), 0);
        }
    }

    #[test]
    fn clusters_and_databases() {
        let cluster: K8sCluster = serde_json::from_value(json!({
            "state": "installed", "clusterServer": "https://k8s.example.com", "clusterCertificate": "LS0t", "isProxy": false,
            "publicJwk": {}, "hosting": {"type": "aws", "arn": "arn:aws:eks:us-east-1:111122223333:cluster/dev"},
        }))
        .expect("a cluster");
        assert!(matches!(cluster.hosting, Some(K8sHosting::Aws { arn }) if arn.ends_with("/dev")));
        let database = |port: Value| -> DatabaseInstance {
            serde_json::from_value(json!({"hostname": "db.example.com", "port": port,
                "hosting": {"type": "aws-rds", "databaseArn": "arn:aws:rds:us-east-1:111122223333:db:orders", "vpcId": "vpc-1"}}))
            .expect("a database")
        };
        assert_eq!(database(json!(5432)).port(), Some(5432));
        assert_eq!(database(json!("3306")).port(), Some(3306));
        assert_eq!(database(json!("x")).port(), None);
    }
}
