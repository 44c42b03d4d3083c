use super::*;
use p0_wire::request::Status;
use serde_json::json;

fn request(document: Value) -> Request {
    let mut request = Request::with_status(Status::Done);
    request.permission = document["permission"].clone();
    request.generated = document["generated"].clone();
    request.delegation = serde_json::from_value(document["delegation"].clone()).unwrap_or_default();
    request
}

fn principal(document: Value) -> Option<(String, Name)> {
    Principal::of(&request(document)).map(|principal| (principal.account_id, principal.name))
}

const ACCOUNT: &str = "111122223333";

#[test]
fn what_is_granted_on_aws_itself_is_recognised() {
    let permission = |kind: &str| json!({"type": kind, "accountId": ACCOUNT, "name": "Developer"});
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
fn what_is_on_no_account_of_aws_is_not() {
    for permission in [
        json!(null),
        json!({"type": "role", "name": "roles/viewer", "projectId": "p"}),
        json!({"type": "role", "name": "Developer"}),
        json!({"type": "role", "name": "Developer", "accountId": "development"}),
        json!({"type": "role", "name": "Developer", "accountId": 111_122_223_333_u64}),
        json!({"type": "role", "name": "", "accountId": ACCOUNT}),
    ] {
        assert_eq!(principal(json!({ "permission": permission })), None, "{permission}");
    }
}

#[test]
fn the_request_is_the_service_s_words() {
    let principal = Principal { account_id: ACCOUNT.into(), name: Name::PermissionSet("ReadOnly".into()) };
    let line = |reason| words(&principal, reason).join("|");
    assert_eq!(line(None), "aws|permission-set|ReadOnly|--account|111122223333");
    assert_eq!(line(Some("why not")), "aws|permission-set|ReadOnly|--account|111122223333|--reason|why not");
}

#[test]
fn pauses_grow_to_a_quarter_of_a_minute() {
    let seconds: Vec<u64> = pauses().take(6).map(|pause| pause.as_secs()).collect();
    assert_eq!(seconds, [1, 2, 4, 8, 15, 15]);
}
