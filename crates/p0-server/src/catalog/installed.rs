//! What is installed, as clients read it (protocol, section 7): what the configuration says, completed by what its
//! resources say already, and understood before anybody asks.

use super::{Problem, Resource};
use crate::{catalog::partition::Partition, spec::text};
use p0_wire::integration::{
    AwsAccount, AwsLogin, Components, Configuration, DatabaseHosting, DatabaseInstance, INSTALLED, K8sCluster,
    K8sHosting,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The longest part of an ARN that a configuration gives, in bytes.
const LONGEST: usize = 128;

/// The configuration that clients read.
pub(super) fn configuration(
    integration: &str,
    installed: BTreeMap<String, Map<String, Value>>,
    resources: &BTreeMap<String, Vec<Resource>>,
) -> Result<Configuration, Problem> {
    let kind = kind(integration);
    let mut iam_write = Map::new();
    for (id, mut item) in installed {
        let known = kind.and_then(|kind| resources.get(kind)?.iter().find(|resource| resource.key == id));
        if let Some(resource) = known {
            complete(integration, &mut item, resource);
        }
        item.entry("state").or_insert_with(|| INSTALLED.into());
        iam_write.insert(id, Value::Object(item));
    }
    let configuration = Configuration { config: Components { iam_write } };
    match integration {
        "aws" => accounts(&configuration, resources)?,
        "k8s" => each(&configuration, |_, cluster: K8sCluster| match cluster.hosting {
            Some(K8sHosting::Unknown) => Err("hosting.type is aws, azure or gcp".into()),
            _ => Ok(()),
        })?,
        "mysql" | "postgres" => each(&configuration, |_, instance: DatabaseInstance| {
            if instance.port().is_none() {
                return Err("port is a number from 0 to 65535".into());
            }
            match instance.hosting {
                Some(DatabaseHosting::Unknown) => Err("hosting.type is aws-rds".into()),
                _ => Ok(()),
            }
        })?,
        _ => {}
    }
    Ok(configuration)
}

/// The list of resources that an integration's items are of.
fn kind(integration: &str) -> Option<&'static str> {
    match integration {
        "aws" => Some("account"),
        "k8s" => Some("cluster"),
        "mysql" | "postgres" => Some("instance"),
        _ => None,
    }
}

/// Adds what the resource of the same name says and the item does not.
fn complete(integration: &str, item: &mut Map<String, Value>, resource: &Resource) {
    item.entry("label").or_insert_with(|| resource.label().into());
    let hosting = match (integration, resource.arn(), resource.property("vpc-id")) {
        ("k8s", Some(arn), _) if arn.contains(":eks:") => json!({"type": "aws", "arn": arn}),
        ("mysql" | "postgres", Some(arn), Some(vpc)) => json!({"type": "aws-rds", "databaseArn": arn, "vpcId": vpc}),
        _ => return,
    };
    item.entry("hosting").or_insert(hosting);
}

/// Checks the AWS accounts: how people get credentials for each, and that an app leads into one partition only.
fn accounts(configuration: &Configuration, resources: &BTreeMap<String, Vec<Resource>>) -> Result<(), Problem> {
    for account in resources.get("account").into_iter().flatten() {
        if let Some(unknown) = account.property("partition").filter(|name| Partition::named(name).is_none()) {
            let what = format!("is in no partition that there is: {}", text::echo(unknown));
            return Err(Problem::Resource { kind: "account".into(), key: account.key.clone(), what });
        }
    }
    let mut apps = BTreeMap::new();
    each(configuration, |id, account: AwsAccount| {
        if id.len() != 12 || !id.bytes().all(|b| b.is_ascii_digit()) {
            return Err("an AWS account has twelve digits".into());
        }
        match account.login {
            None | Some(AwsLogin::Iam { .. }) => Ok(()),
            Some(AwsLogin::Unknown) => Err("login.type is federated, idc or iam".into()),
            Some(AwsLogin::Idc { idc_region, identity_store_id, .. }) => {
                let fits = is_word(&idc_region) && is_word(&identity_store_id);
                fits.then_some(()).ok_or_else(|| "idcRegion and identityStoreId are letters, digits and hyphens".into())
            }
            Some(AwsLogin::Federated { provider }) => {
                if provider.kind != "okta" || provider.method.kind != "saml" {
                    return Err("login.provider.type is okta, and login.provider.method.type is saml".into());
                }
                if !is_word(&provider.app_id) || !is_word(&provider.identity_provider) {
                    return Err("appId and identityProvider are letters, digits and ._-".into());
                }
                let partition = partition(resources, id);
                match apps.insert(provider.app_id.clone(), partition) {
                    Some(other) if other != partition => {
                        Err(format!("the app {} leads into two partitions", provider.app_id))
                    }
                    _ => Ok(()),
                }
            }
        }
    })
}

/// The partition of an AWS account.
pub(super) fn partition(resources: &BTreeMap<String, Vec<Resource>>, account: &str) -> Partition {
    let account = resources.get("account").into_iter().flatten().find(|listed| listed.key == account);
    account.and_then(|account| account.property("partition")).and_then(Partition::named).unwrap_or_default()
}

fn is_word(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(fits)
}

fn each<T: DeserializeOwned>(
    configuration: &Configuration,
    mut check: impl FnMut(&str, T) -> Result<(), String>,
) -> Result<(), Problem> {
    configuration.installed::<T>().try_for_each(|(id, item)| {
        let read = item.map_err(|error| error.to_string());
        read.and_then(|item| check(id, item)).map_err(|what| Problem::Installed { id: id.into(), what })
    })
}
