//! What commands ask for: documents, keys, titles, aspects, delegation.

use super::*;
use crate::domain::Aspect;
use serde_json::{Value, json};

/// The properties of one name, over all aspects of another.
fn aspect(access: &Access, name: &str, property: &str) -> Vec<String> {
    let has = |aspect: &Aspect| match aspect {
        Aspect::Has(properties) => properties.get(property).cloned(),
        Aspect::Is(is) => Some(is.to_string()),
    };
    access.aspects.get(name).into_iter().flatten().filter_map(has).collect()
}

#[test]
fn names_in_any_order_and_with_or_without_prefix_are_the_same() {
    let catalog = seeded();
    let viewer = access_of(&catalog, "gcloud role viewer");
    assert_eq!(viewer, access_of(&catalog, "gcloud role roles/viewer --project example-dev --reason x"));
    assert_eq!(viewer.permission, json!({"type": "role", "projectId": "example-dev", "names": ["roles/viewer"]}));
    assert_eq!(viewer.title, "gcloud role viewer");
    assert_eq!(aspect(&viewer, "role", "id"), ["roles/viewer"]);
    let both = access_of(&catalog, "gcloud role viewer editor");
    assert_eq!(both, access_of(&catalog, "gcloud role roles/editor viewer editor"));
    assert_ne!(both.key, viewer.key);
    assert_eq!(both.title, "gcloud role editor viewer");
}

#[test]
fn several_things_are_also_told_one_by_one() {
    let catalog = seeded();
    let both = ask(&catalog, "request gcloud role viewer owner").expect("two roles");
    let parts: Vec<&str> = both.access.parts.iter().map(|part| part.title.as_str()).collect();
    assert_eq!(parts, ["gcloud role owner", "gcloud role viewer"]);
    assert_eq!(both.access.parts[1], access_of(&catalog, "gcloud role viewer"));
    assert!(ask(&catalog, "request gcloud role viewer").is_ok_and(|one| one.access.parts.is_empty()));
}

#[test]
fn reasons_keys_and_lengths_do_not_make_other_access_but_sudo_does() {
    let catalog = seeded();
    let session = access_of(&catalog, "ssh session web-1");
    for same in [
        "i-0aaaaaaaaaaaaaaa1",
        "WEB-1.example.com",
        "192.0.2.11",
        "web-1 --provider aws",
        "web-1 --parent development",
        "web-1 --approved",
        "web-1 --reason why --duration 1h",
    ] {
        assert_eq!(access_of(&catalog, &format!("ssh session {same}")), session, "{same}");
    }
    let with_key = access_of(&catalog, &format!("ssh session web-1 --public-key |{PUBLIC_KEY} me|"));
    assert_eq!((&with_key.key, &with_key.title), (&session.key, &session.title));
    assert_eq!(with_key.permission["publicKey"], PUBLIC_KEY);
    let sudo = access_of(&catalog, "ssh session web-1 --sudo");
    assert_ne!(sudo.key, session.key);
    assert_eq!(sudo.title, "ssh session web-1 --sudo");
    assert_eq!((aspect(&session, "sudo", ""), aspect(&sudo, "sudo", "")), (vec!["false".into()], vec!["true".into()]));
}

#[test]
fn a_key_cannot_be_forged_by_a_name() {
    let catalog = catalog("[github]\nopen = true\n[gcloud]\nopen = true");
    let one = access_of(&catalog, r#"gcloud role |a"],["roles/b|"#);
    assert_ne!(one.key, access_of(&catalog, "gcloud role a b").key);
    assert_eq!(one.permission["names"], json!([r#"a"],["roles/b"#]));
}

#[test]
fn what_is_not_listed_can_be_asked_for_where_that_is_open() {
    let catalog = catalog("[gcloud]\nopen = true\n[aws]\nopen = true\n[ssh]\nopen = true");
    let role = access_of(&catalog, "gcloud role bigquery.admin projects/p/roles/own --project p1");
    assert_eq!(role.permission["names"], json!(["projects/p/roles/own", "roles/bigquery.admin"]));
    assert_eq!(role.permission["projectId"], "p1");
    let role = access_of(&catalog, "aws role Admin --account 1");
    assert_eq!(role.permission, json!({"type": "role", "account": "1", "accountId": "1", "name": "Admin"}));
    assert_eq!(error_of(&catalog, "request ssh session x"), "Could not find any instances matching x");
    assert!(error_of(&catalog, "request gcloud role |a\u{202e}b|").starts_with("Could not find any roles matching ab"));
}

#[test]
fn a_session_on_aws_delegates_to_aws() {
    let session = access_of(&seeded(), "ssh session web-1");
    let arn = "arn:aws:ec2:us-east-1:111122223333:instance/i-0aaaaaaaaaaaaaaa1";
    assert_eq!(
        session.permission,
        json!({
            "type": "session", "provider": "aws", "region": "us-east-1", "alias": "development",
            "resource": {"instanceId": "i-0aaaaaaaaaaaaaaa1", "instanceName": "web-1", "accountId": "111122223333"},
        })
    );
    assert_eq!(session.generated, json!({"hostKeys": [], "resource": {"name": "SshAccess"}}));
    assert_eq!(
        session.delegation,
        [json!({"key": "aws", "request": {
            "permission": {"account": "development", "accountId": "111122223333", "arn": arn,
                           "name": "web-1"},
            "generated": {"name": "SshAccess"}}})]
    );
    for (name, property, value) in [
        ("provider", "id", "aws"),
        ("destination", "arn", arn),
        ("destination", "name", "web-1"),
        ("group", "name", "web"),
        ("parent", "id", "111122223333"),
        ("region", "id", "us-east-1"),
        ("tag", "env", "dev"),
    ] {
        assert_eq!(aspect(&session, name, property), [value], "{name}.{property}");
    }
}

#[test]
fn sessions_with_other_providers_have_their_documents() {
    let catalog = seeded();
    let gcloud = access_of(&catalog, "ssh session batch-1");
    assert_eq!(
        gcloud.permission,
        json!({"type": "session", "provider": "gcloud", "zone": "us-central1-a",
               "resource": {"instanceName": "batch-1", "projectId": "example-dev"}})
    );
    let name = "//compute.googleapis.com/projects/example-dev/zones/us-central1-a/instances/batch-1";
    assert_eq!(aspect(&gcloud, "destination", "full-resource-name"), [name]);
    let azure = access_of(&catalog, "ssh session mail-1");
    assert_eq!(azure.permission["jumpHost"]["publicIp"], "203.0.113.10");
    assert_eq!(azure.permission["resource"]["subscriptionName"], "Office");
    assert_eq!(azure.permission["resource"]["networkInterface"]["privateIp"], "192.0.2.21");
    assert!(azure.generated["directoryId"].is_string());
    let own = access_of(&catalog, "ssh session localhost");
    assert_eq!(
        own.permission,
        json!({"type": "session", "provider": "self-hosted",
               "resource": {"hostname": "localhost", "publicIp": "127.0.0.1"}})
    );
    assert_eq!((own.title.as_str(), own.delegation.len()), ("ssh session localhost", 0));
}

#[test]
fn many_machines_at_once_have_their_documents() {
    let catalog = seeded();
    let group = access_of(&catalog, "ssh group web --provider gcp");
    assert_eq!(
        group.permission,
        json!({"type": "group", "provider": "gcloud", "group": {"name": "web", "tags": {"service": "web"}}})
    );
    assert_eq!(group.title, "ssh group web --provider gcloud");
    let parent = access_of(&catalog, "ssh parent example-dev");
    assert_eq!(
        parent.permission,
        json!({"type": "parent", "provider": "gcloud", "parent": {"id": "example-dev", "name": "Example development"}})
    );
    assert_eq!(aspect(&parent, "parent", "id"), ["example-dev"]);
    assert_eq!(access_of(&catalog, "ssh all").permission, json!({"type": "all"}));
}

#[test]
fn clusters_and_databases_delegate_to_aws() {
    let catalog = seeded();
    let pod = access_of(&catalog, "k8s resource view --locator |Pod/default / web-0|");
    assert_eq!(
        pod.permission,
        json!({"type": "resource", "resource": {"kind": "Pod", "namespace": "default", "name": "web-0"},
               "role": "ClusterRole / view", "clusterId": "dev-eks"})
    );
    assert_eq!(pod.title, "k8s resource view --locator Pod / default / web-0");
    assert_eq!(pod.generated, json!({"role": "ClusterRole / view"}));
    assert_eq!(pod.delegation[0].pointer("/request/generated/name"), Some(&Value::from("ClusterAccess")));
    assert_eq!(pod.key, access_of(&catalog, "k8s resource view --cluster dev-eks --locator Pod/default/web-0").key);
    for word in ["ClusterRole/view", "clusterrole / view", "|CLUSTERROLE /view|"] {
        let word = if word.starts_with('|') { word.to_owned() } else { format!("|{word}|") };
        assert_eq!(pod.key, access_of(&catalog, &format!("k8s resource {word} --locator Pod/default/web-0")).key);
    }
    let deployer = access_of(&catalog, "k8s resource role/shop/deployer --locator */shop/*");
    assert_eq!(deployer.permission["role"], "Role / shop / deployer");
    assert_eq!(deployer.title, "k8s resource Role / shop / deployer --locator * / shop / *");
    let all = access_of(&catalog, "k8s resource view").permission;
    assert_eq!(all["resource"], json!({"kind": "*", "namespace": "*", "name": "*"}));
    let node = access_of(&catalog, "k8s resource view --locator Node/n1").permission;
    assert_eq!(node["resource"], json!({"kind": "Node", "namespace": "", "name": "n1"}));

    let role = access_of(&catalog, "pg role readonly --database invoices");
    assert_eq!(
        role.permission,
        json!({"type": "role", "instanceId": "orders", "role": "readonly", "database": "invoices"})
    );
    assert_eq!((role.integration.as_str(), role.delegation[0]["key"].as_str()), ("postgres", Some("aws-rds")));
    let aws = role.delegation[0].pointer("/request/delegation/0/request/permission/accountId");
    assert_eq!(aws, Some(&Value::from("111122223333")));
    let sql = access_of(&catalog, "mysql sql |SELECT 1|");
    assert_eq!(sql.permission, json!({"type": "sql", "instanceId": "shop", "script": "SELECT 1"}));
}

#[test]
fn machines_behind_buckets_and_bastions_have_their_documents() {
    let catalog = seeded();
    let transfer = access_of(&catalog, &format!("file-transfer session web-1 --public-key |{PUBLIC_KEY}|"));
    assert_eq!(transfer.permission["type"], "resource");
    assert_eq!(transfer.permission["resource"]["objectPrefix"], "web-1/");
    let keys: Vec<&Value> = transfer.delegation.iter().map(|delegate| &delegate["key"]).collect();
    assert_eq!(keys, ["aws", "ssh"]);
    assert_eq!(transfer.delegation[1]["request"]["permission"]["publicKey"], PUBLIC_KEY);
    let desktop = access_of(&catalog, "rdp session accounts-win --admin");
    assert_eq!(desktop.permission["admin"], true);
    assert_eq!(desktop.permission["bastionHost"]["id"], "office-bastion");
    assert_eq!(desktop.permission["resource"]["networkInterface"]["subnetId"], "office");
    assert_eq!(aspect(&desktop, "parent", "id"), ["00000000-0000-4000-8000-000000000001"]);
}

#[test]
fn clouds_and_directories_have_their_documents() {
    let catalog = seeded();
    let role = access_of(&catalog, "aws role Developer");
    assert_eq!(role.permission["accountId"], "111122223333");
    assert_eq!(role.permission["arn"], "arn:aws:iam::111122223333:role/Developer");
    assert_eq!(role.title, "aws role Developer --account development");
    assert_eq!(aspect(&role, "tag", "env"), ["dev"]);
    let resource = access_of(&catalog, "aws resource orders ReadOnlyAccess BillingExport");
    assert_eq!(resource.permission["service"], "dynamodb");
    assert_eq!(aspect(&resource, "resource", "service"), ["dynamodb"]);
    assert_eq!(aspect(&resource, "policy", "arn").len(), 2);
    let access = access_of(&catalog, "gcloud resource sales:bigquery.dataViewer");
    assert_eq!(access.permission["accesses"][0]["role"], "roles/bigquery.dataViewer");
    assert_eq!(aspect(&access, "role", "id"), ["roles/bigquery.dataViewer"]);
    assert_eq!(aspect(&access, "resource", "type"), ["bigquery.googleapis.com/Dataset"]);
    let azure = access_of(&catalog, "azure role Reader --resource web");
    assert_eq!(azure.permission["role"]["name"], "Reader");
    assert_eq!(azure.title, "azure role Reader --resource web");
    assert_eq!(aspect(&azure, "subscription", "id"), ["00000000-0000-4000-8000-000000000001"]);
    let group = access_of(&catalog, "okta group oncall");
    assert_eq!(group.permission, json!({"type": "group", "group": {"id": "00g1example1oncall", "name": "On call"}}));
    let vpn = access_of(&catalog, "vpn profile office --site london --full-tunnel");
    assert_eq!(
        vpn.permission,
        json!({"type": "profile", "profile": {"id": "office", "name": "Office network"}, "site": "london", "full-tunnel": true})
    );
    assert_eq!(aspect(&vpn, "full-tunnel", ""), ["true"]);
}

#[test]
fn what_is_nested_says_within_what() {
    let catalog = catalog(
        r#"
        [postgres.resources]
        instance = [{ key = "a" }, { key = "b" }]
        database = [{ key = "only-a", parent = "a" }, { key = "both", parent = "a" }, { key = "both", parent = "b" }]
        role = [{ key = "reader" }, { key = "owner", parent = "b" }]"#,
    );
    assert_eq!(access_of(&catalog, "pg role reader --database only-a").permission["instanceId"], "a");
    assert_eq!(access_of(&catalog, "pg role owner").permission["instanceId"], "b");
    assert_eq!(
        access_of(&catalog, "pg role reader --instance b --database both").title,
        "postgres role reader --database both --instance b"
    );
    assert_eq!(
        error_of(&catalog, "request pg role owner --database only-a"),
        "What is named belongs to different instances: a, b"
    );
    assert_eq!(
        error_of(&catalog, "request pg role reader --database both"),
        "Several databases match both:\n  both  --instance a\n  both  --instance b\n\
         Name one by its identifier, or add the flags beside it."
    );
}
