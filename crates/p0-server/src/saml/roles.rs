//! The roles that a user may assume through an app: those of the access that the user holds at this moment.

use super::apps::App;
use crate::domain::Request;
use serde_json::Value;
use std::collections::BTreeSet;

/// An AWS role of a grant.
#[derive(Debug, PartialEq, Eq)]
struct Role<'a> {
    account: &'a str,
    /// The ARN, or the name in the account.
    role: &'a str,
}

/// Returns the values of the `Role` attribute, each `<provider ARN>,<role ARN>`
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html>).
pub(super) fn held<'a>(app: &App, access: impl IntoIterator<Item = &'a Request>) -> BTreeSet<String> {
    let partition = app.partition.name();
    let roles = access.into_iter().flat_map(roles);
    roles
        .filter_map(|Role { account, role }| {
            let provider = app.accounts.get(account)?;
            let own = format!("arn:{partition}:iam::{account}:role/");
            let arn = if role.starts_with("arn:") { role.to_owned() } else { format!("{own}{role}") };
            let is_in_account = arn.starts_with(&own) && arn.len() > own.len();
            // A comma separates the two ARNs, so names must not contain one.
            let is_plain = !arn.contains(|c: char| c == ',' || c.is_whitespace());
            (is_in_account && is_plain)
                .then(|| format!("arn:{partition}:iam::{account}:saml-provider/{provider},{arn}"))
        })
        .collect()
}

/// Returns the roles of a request: its own if it is for AWS, and those of its delegated grants.
fn roles(request: &Request) -> Vec<Role<'_>> {
    let mut found = Vec::new();
    if request.access.integration == "aws" {
        found.extend(role(&request.access.permission, &request.generated));
    }
    delegated(&request.delegation, &mut found);
    found
}

fn delegated<'a>(delegation: impl IntoIterator<Item = &'a Value>, found: &mut Vec<Role<'a>>) {
    for delegate in delegation {
        let request = &delegate["request"];
        if delegate["key"] == "aws" {
            found.extend(role(&request["permission"], &request["generated"]));
        }
        delegated(request["delegation"].as_array().into_iter().flatten(), found);
    }
}

/// The role that provisioning made or, without one, the requested role. Permission sets are not roles.
fn role<'a>(permission: &'a Value, generated: &'a Value) -> Option<Role<'a>> {
    let text = |value: &'a Value| value.as_str().filter(|text| !text.is_empty());
    let kind = permission["type"].as_str();
    if kind == Some("permission-set") {
        return None;
    }
    let asked = || text(&permission["arn"]).or_else(|| text(&permission["name"])).filter(|_| kind == Some("role"));
    let role = text(&generated["name"]).or_else(asked)?;
    let of_arn = || role.strip_prefix("arn:")?.split(':').nth(3);
    Some(Role { account: text(&permission["accountId"]).or_else(of_arn)?, role })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalog::Partition, store::tests::request};
    use serde_json::json;

    const DEVELOPMENT: &str = "111122223333";

    fn app() -> App {
        App { partition: Partition::Aws, accounts: [(DEVELOPMENT.to_owned(), "p0".to_owned())].into() }
    }

    #[track_caller]
    fn shows(integration: &str, permission: Value, generated: Value, delegation: Value, expected: &[&str]) {
        let mut request = request("x");
        request.access.integration = integration.into();
        request.access.permission = permission;
        request.generated = generated;
        request.delegation = delegation.as_array().cloned().unwrap_or_default();
        let provider = "arn:aws:iam::111122223333:saml-provider/p0";
        let expected: BTreeSet<String> =
            expected.iter().map(|role| format!("{provider},arn:aws:iam::111122223333:role/{role}")).collect();
        assert_eq!(held(&app(), [&request]), expected);
    }

    #[test]
    fn requested_role_is_asserted() {
        let role = |arn: &str, name: &str| json!({"type": "role", "accountId": DEVELOPMENT, "arn": arn, "name": name});
        shows(
            "aws",
            role("arn:aws:iam::111122223333:role/a/b/Reader", "Reader"),
            json!({}),
            json!([]),
            &["a/b/Reader"],
        );
        shows(
            "aws",
            json!({"type": "role", "accountId": DEVELOPMENT, "name": "Reader"}),
            json!({}),
            json!([]),
            &["Reader"],
        );
        let arn = json!({"type": "role", "arn": "arn:aws:iam::111122223333:role/Reader"});
        shows("aws", arn, json!({}), json!([]), &["Reader"]);
        // The result of provisioning takes precedence.
        shows("aws", role("", "Reader"), json!({"name": "p0-reader-1"}), json!([]), &["p0-reader-1"]);
        // Another account, partition or kind.
        for arn in [
            "arn:aws:iam::444455556666:role/Reader",
            "arn:aws-cn:iam::111122223333:role/Reader",
            "arn:aws:iam::111122223333:user/Reader",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role/x,arn:aws:iam::111122223333:role/y",
            "arn:aws:iam::111122223333:role/x\ny",
        ] {
            shows("aws", role(arn, "Reader"), json!({}), json!([]), &[]);
        }
        shows("aws", json!({"type": "role", "accountId": "444455556666", "name": "Reader"}), json!({}), json!([]), &[]);
        shows("gcloud", role("arn:aws:iam::111122223333:role/Reader", ""), json!({}), json!([]), &[]);
    }

    #[test]
    fn provisioned_role_is_asserted() {
        let policy = json!({"type": "policy", "accountId": DEVELOPMENT, "name": "x", "arns": []});
        shows("aws", policy.clone(), json!({}), json!([]), &[]);
        shows("aws", policy, json!({"name": "p0-policy-1"}), json!([]), &["p0-policy-1"]);
        let set = json!({"type": "permission-set", "accountId": DEVELOPMENT, "name": "ReadOnly"});
        shows("aws", set, json!({"name": "ReadOnly"}), json!([]), &[]);
    }

    #[test]
    fn roles_of_delegated_grants_are_asserted() {
        let aws = |role: Value| {
            json!({"key": "aws", "request": {
                "permission": {"accountId": DEVELOPMENT, "arn": "arn:aws:eks:us-east-1:111122223333:cluster/dev", "name": "dev"},
                "generated": role,
            }})
        };
        let cluster = json!({"clusterId": "dev", "role": "view"});
        shows(
            "k8s",
            cluster.clone(),
            json!({"role": "view"}),
            json!([aws(json!({"name": "ClusterAccess"}))]),
            &["ClusterAccess"],
        );
        shows("k8s", cluster, json!({}), json!([aws(json!({}))]), &[]);
        let nested = json!([{"key": "aws-rds", "request": {"permission": {"vpcId": "v"}, "delegation": [aws(json!({"name": "Db"}))]}}]);
        shows("postgres", json!({"instanceId": "orders"}), json!({}), nested, &["Db"]);
        shows("ssh", json!({}), json!({}), json!([{"key": "gcloud"}, null, 3]), &[]);
    }
}
