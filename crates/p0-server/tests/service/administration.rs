//! Policies, settings and roles.

use crate::support::Server;
use serde_json::{Value, json};

fn rule(name: &str) -> Value {
    json!({"name": name, "requestor": {"type": "any"}, "resource": {"type": "any"}, "approval": [{"type": "p0"}]})
}

#[tokio::test]
async fn the_document_of_policies_is_read_and_replaced() {
    let server = Server::start().await;
    let owner = server.user("owner");
    let latest = owner.get("/policy/latest").await.body;
    let version = latest["workflow"]["version"].clone();
    assert_eq!(latest["workflow"]["rules"].as_array().map(Vec::len), Some(7));
    let routing = owner.get("/routing").await.body;
    assert_eq!(routing["id"], version);
    assert_eq!(routing["createdDate"], "2027-01-15T08:00:00Z");

    let replace = json!({"workflow": {"rules": [rule("only")]}, "currentVersion": version});
    let replaced = owner.post("/routing", replace.clone()).await;
    assert_eq!(replaced.status, 201);
    assert_eq!(
        owner.post("/routing", replace).await.brief(),
        (409, "The access policies were changed concurrently. Read them again and reapply your change")
    );
    let unconditional = json!({"workflow": {"rules": [rule("a"), rule("b")]}});
    assert_eq!(owner.post("/routing", unconditional).await.status, 201);
    let past = owner.get(&format!("/routing/{}", version.as_str().expect("a version"))).await.body;
    assert_eq!(past["rules"].as_array().map(Vec::len), Some(7));
    assert_eq!(
        owner.get("/routing/nothing").await.brief(),
        (404, "Not found: no version nothing of the access policies")
    );
    // What is in force is the newest.
    let submitted = server.user("dev").command("request gcloud role unheard").await;
    assert_eq!(submitted["request"]["status"], "PENDING_APPROVAL");
    server.stop().await;
}

#[tokio::test]
async fn a_wrong_document_is_refused_with_what_is_wrong() {
    let server = Server::start().await;
    let owner = server.user("owner");
    let post = async |rules: Value| owner.post("/routing", json!({"workflow": {"rules": rules}})).await;
    assert_eq!(post(json!([rule("a"), rule("a")])).await.brief(), (400, "There are several rules with the name a"));
    let mut bad = rule("r");
    bad["resource"] = json!({"type": "integration", "service": "aws", "filters": {"tag": {"pattern": "("}}});
    assert_eq!(
        post(json!([bad])).await.brief(),
        (400, "Rule r: the filter tag has a pattern that is not a regular expression: unclosed group")
    );
    let answer = post(json!([{"name": "r"}])).await;
    assert_eq!(answer.status, 400);
    assert!(answer.brief().1.starts_with("The body cannot be read: missing field `requestor`"), "{answer:?}");
    assert_eq!(owner.get("/policy/latest").await.body["workflow"]["rules"].as_array().map(Vec::len), Some(7));
    server.stop().await;
}

#[tokio::test]
async fn single_policies_are_administered_by_name() {
    let server = Server::start().await;
    let owner = server.user("owner");
    let path = "/policy/name/night%20shift";
    assert_eq!(owner.get(path).await.brief(), (404, "Not found: no access policy is called night shift"));
    assert_eq!(owner.post(path, rule("night shift")).await.status, 201);
    assert_eq!(
        owner.post(path, rule("night shift")).await.brief(),
        (409, "There is an access policy called night shift already")
    );
    assert_eq!(owner.get("/routing/name/night%20shift").await.body["name"], "night shift");
    let mut nameless = rule("");
    nameless.as_object_mut().expect("an object").remove("name");
    nameless["disabled"] = json!(true);
    assert_eq!(owner.put(path, nameless).await.brief(), (204, ""));
    assert_eq!(owner.get(path).await.body["disabled"], true);
    assert_eq!(
        owner.put(path, rule("day shift")).await.brief(),
        (400, "The access policy is called day shift, and its address says night shift")
    );
    assert_eq!(owner.delete(path).await.brief(), (204, ""));
    assert_eq!(owner.delete(path).await.brief(), (404, "Not found: no access policy is called night shift"));
    assert_eq!(
        owner.put(path, rule("night shift")).await.brief(),
        (404, "Not found: no access policy is called night shift")
    );
    server.stop().await;
}

#[tokio::test]
async fn settings_are_changed_one_by_one() {
    let server = Server::start().await;
    let owner = server.user("owner");
    let length = |time: u32, unit: &str| json!({"time": time, "unit": unit});
    assert_eq!(owner.post("/settings/expiry-options", length(2, "h")).await.brief(), (204, ""));
    assert_eq!(owner.post("/settings/expiry-options", length(2, "h")).await.brief(), (204, ""));
    let options = owner.get("/settings").await.body["expiryOptions"].clone();
    assert_eq!(options.as_array().map(Vec::len), Some(6));
    assert_eq!(options[2], length(2, "h"));
    assert_eq!(owner.delete("/settings/expiry-options/2%20hours").await.brief(), (204, ""));
    assert_eq!(
        owner.delete("/settings/expiry-options/2%20hours").await.brief(),
        (404, "Not found: no option is labelled 2 hours")
    );
    assert_eq!(owner.delete("/settings/expiry-options/1%20hour").await.brief(), (204, ""));
    let reset = owner.post("/settings/expiry-options/_reset", json!({})).await.body;
    let labels: Vec<_> = reset["options"].as_array().expect("options").iter().map(|o| &o["value"]).collect();
    assert_eq!(labels, ["5 minutes", "1 hour", "24 hours", "1 week", "30 days"]);
    assert_eq!(reset["options"][0], json!({"time": 5, "unit": "m", "value": "5 minutes"}));

    assert_eq!(
        owner.post("/settings/expiry-options", length(0, "h")).await.brief(),
        (400, "A duration is longer than nothing")
    );
    for (path, field) in [
        ("approvable-duration", "approvableDuration"),
        ("max-access-duration", "maxAccessDuration"),
        ("standing-access-duration", "standingAccessDuration"),
    ] {
        assert_eq!(owner.put(&format!("/settings/{path}"), length(3, "d")).await.brief(), (204, ""), "{path}");
        assert_eq!(owner.get("/settings").await.body[field], length(3, "d"), "{path}");
        let wrong = owner.put(&format!("/settings/{path}"), length(0, "d")).await;
        assert_eq!(wrong.brief(), (400, "A duration is longer than nothing"), "{path}");
    }
    assert_eq!(owner.put("/settings/default-approvals", json!({"requireReason": true})).await.brief(), (204, ""));
    assert_eq!(owner.put("/settings/default-approvals", json!({"allowOneParty": true})).await.brief(), (204, ""));
    assert_eq!(
        owner.get("/settings").await.body["defaultApprovals"],
        json!({"allowOneParty": true, "requireReason": true})
    );
    let dev = server.user("dev");
    assert_eq!(
        dev.command("request gcloud role viewer").await["error"],
        "Reason is required for gcloud role viewer: add --reason"
    );
    let id = owner.request("gcloud role editor --reason r").await;
    assert_eq!(owner.decide(&id, "approve", json!({})).await.brief(), (200, ""));
    server.stop().await;
}

#[tokio::test]
async fn roles_are_given_and_taken() {
    let server = Server::start().await;
    let (owner, dev) = (server.user("owner"), server.user("dev"));
    let users = |role: &str, who: &str| format!("/settings/roles/{role}/bindings/users/{who}@example.com");
    assert_eq!(dev.get("/policy/latest").await.status, 403);
    assert_eq!(owner.put(&users("viewer", "Dev"), json!({})).await.brief(), (204, ""));
    assert_eq!(dev.get("/policy/latest").await.status, 200);
    assert_eq!(dev.get("/account").await.body["roles"], json!(["viewer"]));
    assert_eq!(owner.delete(&users("viewer", "dev")).await.brief(), (204, ""));
    assert_eq!(dev.get("/policy/latest").await.status, 403);

    assert_eq!(owner.put("/settings/roles/owner/bindings/groups/g", json!({})).await.brief(), (204, ""));
    assert_eq!(
        dev.get("/settings/roles/owner/bindings").await.body,
        json!({"users": ["owner@example.com"], "groups": ["g"]})
    );
    assert_eq!(dev.delete(&users("owner", "owner")).await.brief(), (204, ""));
    assert_eq!(
        dev.delete("/settings/roles/owner/bindings/groups/g").await.brief(),
        (422, "The last owner cannot be removed. Appoint another owner first")
    );
    assert_eq!(dev.get("/account").await.body["roles"], json!(["owner"]));
    assert_eq!(
        dev.put(&users("viewer", "ghost"), json!({})).await.brief(),
        (404, "Not found: ghost@example.com is not in the directory")
    );
    assert_eq!(
        dev.get("/settings/roles/emperor/bindings").await.brief(),
        (404, "Not found: no role is called emperor")
    );
    server.stop().await;
}

#[tokio::test]
async fn only_owners_administer() {
    let server = Server::start().await;
    for name in ["dev", "manager", "viewer"] {
        let user = server.user(name);
        let length = json!({"time": 1, "unit": "h"});
        let answers = [
            user.post("/routing", json!({"workflow": {"rules": []}})).await,
            user.post("/policy/name/x", rule("x")).await,
            user.put("/policy/name/viewer", rule("viewer")).await,
            user.delete("/policy/name/viewer").await,
            user.post("/settings/expiry-options", length.clone()).await,
            user.delete("/settings/expiry-options/1%20hour").await,
            user.post("/settings/expiry-options/_reset", json!({})).await,
            user.put("/settings/default-approvals", json!({})).await,
            user.put("/settings/approvable-duration", length.clone()).await,
            user.put("/settings/max-access-duration", length.clone()).await,
            user.put("/settings/standing-access-duration", length).await,
            user.put("/settings/roles/owner/bindings/users/dev@example.com", json!({})).await,
            user.delete("/settings/roles/owner/bindings/users/owner@example.com").await,
            user.put("/settings/roles/owner/bindings/groups/g", json!({})).await,
        ];
        for answer in answers {
            assert_eq!(answer.brief(), (403, "Only an owner of the organisation may do this"), "{name}");
        }
    }
    let dev = server.user("dev");
    for path in ["/policy/latest", "/routing", "/routing/x", "/policy/name/viewer", "/settings/roles/owner/bindings"] {
        assert_eq!(dev.get(path).await.brief(), (403, "You need a role in the organisation to see this"), "{path}");
    }
    assert_eq!(dev.get("/settings").await.status, 200);
    server.stop().await;
}
