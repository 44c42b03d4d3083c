//! Amazon Web Services, by itself and as what other integrations rest on.

use super::{Shaped, document, put};
use crate::{
    catalog::{Catalog, Resource},
    grammar::resolve::ResolvedCommand,
};
use serde_json::{Map, Value, json};

/// The permission document of each of its access types.
pub(super) fn shape(command: &ResolvedCommand<'_>) -> Shaped {
    let mut permission = account(command.scope.get("account").map(AsRef::as_ref));
    match command.access_type.name.as_str() {
        "policy" => {
            permission.insert("arns".into(), command.all("arns").map(|policy| policy.key.as_str()).collect());
        }
        "resource" => {
            if let Some(resource) = command.first("arn") {
                put(&mut permission, names(resource));
                put(&mut permission, [("service", service(resource))]);
            }
            permission.insert("policies".into(), command.all("policies").map(|policy| policy.key.as_str()).collect());
        }
        argument => {
            if let Some(named) = command.first(argument) {
                put(&mut permission, names(named));
            }
        }
    }
    let mut shaped = Shaped::new(permission);
    if let Some(resource) = command.first("arn") {
        shaped.properties = Some(("resource", super::aspects::has([("service", service(resource))])));
    }
    shaped
}

fn names(resource: &Resource) -> [(&'static str, Option<&str>); 2] {
    [("name", Some(resource.label())), ("arn", resource.arn())]
}

/// The third part of an ARN, such as `s3`.
fn service(resource: &Resource) -> Option<&str> {
    resource.arn()?.split(':').nth(2)
}

/// The fields that say in which account something is.
fn account(account: Option<&Resource>) -> Map<String, Value> {
    document([
        ("account", account.map(Resource::label)),
        ("accountId", account.map(|account| account.key.as_str())),
        ("idcId", account.and_then(|account| account.property("idc-id"))),
        ("idcRegion", account.and_then(|account| account.property("idc-region"))),
    ])
}

/// The account of this identifier, listed or not.
pub(super) fn account_of(catalog: &Catalog, id: &str) -> Resource {
    let listed = catalog.resources("aws", "account").iter().find(|account| account.key == id);
    listed.cloned().unwrap_or_else(|| Resource::named(id))
}

/// What is granted on AWS for another integration's access: `{"key": "aws", "request": …}`. The role is the one
/// through which the resource is reached, where the configuration names it.
pub(super) fn delegate(
    catalog: &Catalog,
    account_id: &str,
    arn: Option<&str>,
    name: &str,
    role: Option<&str>,
) -> Value {
    let mut permission = account(Some(&account_of(catalog, account_id)));
    put(&mut permission, [("arn", arn), ("name", Some(name))]);
    json!({"key": "aws", "request": {"permission": permission, "generated": document([("name", role)])}})
}
