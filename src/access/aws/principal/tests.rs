use super::*;
use p0_wire::request::Status;
use serde_json::json;

fn request(document: Value) -> Request {
    let mut request = Request::with_status(Status::Done);
    request.permission = document["permission"].clone();
    request.generated = document["generated"].clone();
    request.extra = serde_json::from_value(document["extra"].clone()).unwrap_or_default();
    request.delegation = serde_json::from_value(document["delegation"].clone()).unwrap_or_default();
    request
}

fn principal(document: Value) -> Option<(String, Name)> {
    Principal::from_request(&request(document)).map(|principal| (principal.account_id, principal.name))
}

const ACCOUNT: &str = "111122223333";

#[test]
fn what_is_granted_on_aws_itself_is_recognised() {
    let permission =
        |kind: &str| json!({"type": kind, "account": "development", "accountId": ACCOUNT, "name": "Developer"});
    let role = principal(json!({"permission": permission("role"), "generated": {}}));
    assert_eq!(role, Some((ACCOUNT.into(), Name::Role("Developer".into()))));
    let set = principal(json!({"permission": permission("permission-set"), "generated": {"name": "p0-Developer"}}));
    assert_eq!(set, Some((ACCOUNT.into(), Name::PermissionSet("p0-Developer".into()))));
    for kind in ["policy", "group", "resource"] {
        assert_eq!(principal(json!({"permission": permission(kind)})), None, "{kind}");
    }
}

#[test]
fn what_another_grant_rests_on_is_recognised() {
    let aws = |fields: Value, name: &str| {
        let mut permission = json!({"account": "development", "accountId": ACCOUNT, "arn": "arn:aws:eks:x"});
        permission.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        json!([{"key": "aws", "request": {"permission": permission, "generated": {"name": name}}}])
    };
    let cluster = json!({"permission": {"type": "resource"}, "delegation": aws(json!({}), "ClusterAccess")});
    assert_eq!(principal(cluster), Some((ACCOUNT.into(), Name::Role("ClusterAccess".into()))));
    let set = json!({"permission": {"type": "session"}, "delegation": aws(json!({"idcId": "ssoins-1"}), "Ssh")});
    assert_eq!(principal(set), Some((ACCOUNT.into(), Name::PermissionSet("Ssh".into()))));
    let null = json!({"delegation": aws(json!({"idcId": null}), "Ssh")});
    assert_eq!(principal(null), Some((ACCOUNT.into(), Name::Role("Ssh".into()))));
    let database = json!({"delegation": [{"key": "aws-rds", "request": {
        "permission": {"vpcId": "vpc-1"}, "delegation": aws(json!({}), "Rds")}}]});
    assert_eq!(principal(database), Some((ACCOUNT.into(), Name::Role("Rds".into()))));
    assert_eq!(principal(json!({"delegation": aws(json!({}), "")})), None);
}

#[test]
fn what_another_provider_calls_a_role_is_none_of_aws() {
    let role = |fields: Value| {
        let mut permission = json!({"type": "role", "name": "Developer", "accountId": ACCOUNT});
        permission.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        permission
    };
    let is_recognised =
        |permission: Value, extra: Value| principal(json!({"permission": permission, "extra": extra})).is_some();
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/Developer");
    let set = "arn:aws-us-gov:sso:::permissionSet/ssoins-1/ps-1";
    for (fields, extra) in [
        (json!({"arn": arn}), json!({})),
        (json!({"arn": set}), json!({})),
        (json!({"arn": null, "account": "development"}), json!({})),
        (json!({}), json!({"integration": "aws"})),
        (json!({"integration": "aws", "arn": arn}), json!({})),
    ] {
        assert!(is_recognised(role(fields.clone()), extra.clone()), "{fields} {extra}");
    }
    for (fields, extra) in [
        (json!({}), json!({})),
        (json!({"account": {"id": 1}}), json!({})),
        (json!({"account": "development"}), json!({"integration": "snowflake"})),
        (json!({"integration": "azure", "arn": arn}), json!({})),
        (json!({"arn": "arn:aws:iam::444455556666:role/Developer", "account": "development"}), json!({})),
        (json!({"arn": "crn:v1:iam", "account": "development"}), json!({})),
        (json!({"arn": "arn:acme:iam::111122223333:role/x"}), json!({})),
        (json!({"arn": 3}), json!({"integration": "aws"})),
    ] {
        assert!(!is_recognised(role(fields.clone()), extra.clone()), "{fields} {extra}");
    }
}

#[test]
fn what_is_on_no_account_of_aws_is_not() {
    for permission in [
        json!(null),
        json!({"type": "role", "name": "roles/viewer", "projectId": "p"}),
        json!({"type": "role", "account": "development", "name": "Developer"}),
        json!({"type": "role", "account": "development", "name": "Developer", "accountId": "development"}),
        json!({"type": "role", "account": "development", "name": "Developer", "accountId": 111_122_223_333_u64}),
        json!({"type": "role", "account": "development", "name": "", "accountId": ACCOUNT}),
    ] {
        assert_eq!(principal(json!({ "permission": permission })), None, "{permission}");
    }
}
