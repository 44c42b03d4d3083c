//! `GET /o/{org}/integrations/{name}/config` (protocol, section 7): the installed items of an integration.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// The `state` of items that are in use. Items in other states are ignored.
pub const INSTALLED: &str = "installed";

/// An integration's configuration: `{"config": {"iam-write": {"<item id>": {"state": "installed", …}}}}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// The items of each component.
    #[serde(default, deserialize_with = "crate::null_is_default")]
    pub config: Components,
}

/// The boolean member of an item that marks an example of `p0 dev`: it can be requested, but no such account, cluster or
/// database exists.
pub const EXAMPLE: &str = "example";

/// The components of an integration's configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Components {
    /// The items that access can be granted to (accounts, clusters, providers, instances), by id.
    #[serde(rename = "iam-write", default, deserialize_with = "crate::null_is_default")]
    pub iam_write: Map<String, Value>,
}

impl Configuration {
    /// Returns the installed items in the service's order. An item that cannot be parsed does not affect the others.
    pub fn installed<T: DeserializeOwned>(&self) -> impl Iterator<Item = (&str, Result<T, serde_json::Error>)> {
        let is_installed = |item: &Value| item.get("state").and_then(Value::as_str) == Some(INSTALLED);
        let items = self.config.iam_write.iter().filter(move |(_, item)| is_installed(item));
        items.map(|(id, item)| (id.as_str(), T::deserialize(item)))
    }

    /// Whether the item with this id is an example of `p0 dev`.
    pub fn is_example(&self, id: &str) -> bool {
        self.config.iam_write.get(id).and_then(|item| item.get(EXAMPLE)).and_then(Value::as_bool) == Some(true)
    }

    /// Returns the installed item with this id.
    pub fn item<T: DeserializeOwned>(&self, id: &str) -> Option<Result<T, serde_json::Error>> {
        self.installed().find(|(known, _)| *known == id).map(|(_, item)| item)
    }
}

/// An AWS account (integration `aws`). Its item id is the twelve-digit account id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AwsAccount {
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How users get credentials. Without it, they cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<AwsLogin>,
}

/// How users get credentials for an AWS account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum AwsLogin {
    /// As IAM users.
    Iam {
        /// How users map to IAM users.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        identity: Option<Value>,
    },
    /// Through permission sets of IAM Identity Center.
    Idc {
        /// The account that owns the Identity Center instance.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<String>,
        /// The ARN of the instance.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        idc_arn: Option<String>,
        /// The region of the instance, such as `us-east-1`.
        idc_region: String,
        /// The identity store, such as `d-1234567890`.
        identity_store_id: String,
    },
    /// Through roles that trust the organisation's identity provider.
    Federated {
        /// The identity provider and the protocol.
        provider: FederatedProvider,
    },
    /// A kind that this version does not know.
    #[serde(other)]
    Unknown,
}

/// The identity provider of a federated login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FederatedProvider {
    /// The kind of provider, such as `okta`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id of the AWS app at the provider.
    pub app_id: String,
    /// The provider's name in the AWS account (the last part of its ARN).
    pub identity_provider: String,
    /// The federation protocol.
    pub method: FederationMethod,
}

/// The protocol of a federated login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FederationMethod {
    /// The name of the protocol, such as `saml`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A Kubernetes cluster (integration `k8s`). Its item id is the cluster id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct K8sCluster {
    /// The display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The URL of the API server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_server: Option<String>,
    /// The CA certificate of the API server: PEM, or base64 of PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_certificate: Option<String>,
    /// The service connects to the cluster through a proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_proxy: Option<bool>,
    /// The service's own token for the API server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The cloud that hosts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosting: Option<K8sHosting>,
}

/// The cloud that hosts a Kubernetes cluster.
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
    /// A cloud that this version does not know.
    #[serde(other)]
    Unknown,
}

/// A database server (integrations `mysql` and `postgres`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseInstance {
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The host name.
    pub hostname: String,
    /// The port, as a number or a string of digits.
    pub port: Value,
    /// The database to connect to by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_db: Option<String>,
    /// The cloud that hosts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosting: Option<DatabaseHosting>,
}

impl DatabaseInstance {
    /// Returns the port, or `None` if it is not valid.
    pub fn port(&self) -> Option<u16> {
        match &self.port {
            Value::Number(number) => number.as_u64().and_then(|port| u16::try_from(port).ok()),
            Value::String(digits) => digits.parse().ok(),
            _ => None,
        }
    }
}

/// The cloud that hosts a database server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum DatabaseHosting {
    /// Amazon RDS.
    AwsRds {
        /// The ARN of the instance or cluster.
        database_arn: String,
        /// The VPC of the instance.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        vpc_id: Option<String>,
    },
    /// A cloud that this version does not know.
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
    fn installed_items_parse_even_next_to_malformed_ones() {
        let configuration = configuration(json!({
            "111122223333": {"state": "installed", "label": "development", "login": {"type": "iam", "identity": {}}},
            "444455556666": {"state": "configured", "login": {"type": "iam"}},
            "777788889999": {"state": "installed", "login": 3},
            "000000000000": {"state": "installed", "login": {"type": "unheard-of"}},
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
    fn idc_and_federated_logins_parse() {
        let login = |login: Value| serde_json::from_value::<AwsLogin>(login).expect("a login");
        let idc = login(json!({"type": "idc", "parent": "1", "idcArn": "arn:aws:sso:::instance/ssoins-1",
                               "idcRegion": "us-east-1", "identityStoreId": "d-1234567890"}));
        assert!(matches!(idc, AwsLogin::Idc { identity_store_id, .. } if identity_store_id == "d-1234567890"));
        let federated = login(json!({"type": "federated", "provider": {"type": "okta", "appId": "0oa1",
                                     "identityProvider": "okta", "method": {"type": "saml"}}}));
        assert!(matches!(federated, AwsLogin::Federated { provider } if provider.app_id == "0oa1"));
    }

    #[test]
    fn missing_and_null_members_mean_an_empty_configuration() {
        for document in
            [json!({}), json!({"config": null}), json!({"config": {}}), json!({"config": {"iam-write": null}})]
        {
            let configuration: Configuration = serde_json::from_value(document).expect("a configuration");
            assert_eq!(configuration.installed::<Value>().count(), 0);
        }
    }

    #[test]
    fn cluster_hosting_and_database_ports_parse() {
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
