//! What is sent, and what is made of the answer.

use crate::fixture::{Counted, SUBMITTED, Script, Server, Stage, Step, answer, answer_with, words};
use p0_client::{Client, Error, FixedToken, Limit, RetryPolicy, Subject, Which};
use p0_wire::{
    command::Command,
    policy::{Requestor, Resource, Rule, Workflow, WorkflowDocument},
    request::Status,
    role::Role,
    settings::{DefaultApprovals, Length, Unit},
};
use std::sync::Arc;

#[tokio::test]
async fn a_request_is_the_words_and_the_token() {
    let stage = Stage::new(vec![answer(200, SUBMITTED)]).await;
    let submitted = stage.client.request(&words("gcloud role viewer --reason x --help")).await.expect("submitted");

    assert_eq!((submitted.id.as_str(), &submitted.request.status), ("r1", &Status::New));
    assert_eq!(submitted.document.to_string(), SUBMITTED, "every field, in its order");
    let sent = &stage.server.received()[0];
    assert_eq!(sent.line, "POST /o/acme/command");
    assert_eq!(sent.header("authorization"), Some("Bearer token-1"));
    assert_eq!(sent.header("content-type"), Some("application/json"));
    assert_eq!(sent.header("user-agent"), Some("P0 CLI/0.0.0 (test; linux; x86_64)"));
    assert_eq!(sent.body, r#"{"argv":["request","gcloud","role","viewer","--reason","x","--help"],"scriptName":"p0"}"#);
}

#[tokio::test]
async fn the_other_commands() {
    let listing =
        r#"{"ok":true,"items":[{"key":"viewer","value":"Viewer"}],"isTruncated":true,"term":"","arg":"names"}"#;
    let stage = Stage::new(vec![
        answer(200, SUBMITTED),
        answer(200, r#"{"ok":true,"message":"Allowed"}"#),
        answer(200, listing),
        answer(200, listing),
        answer(200, r#"{"anything":1}"#),
        answer(200, r#"{"email":"a@example.com"}"#),
    ])
    .await;
    let client = &stage.client;
    assert_eq!(client.grant(&words("gcloud role viewer --to b@example.com")).await.expect("granted").id, "r1");
    assert_eq!(client.allow(&words("gcloud role viewer")).await.expect("allowed").message, "Allowed");
    assert!(client.ls(&words("gcloud role names"), false).await.expect("a listing").is_truncated);
    assert_eq!(client.ls(&words("gcloud role names --all"), true).await.expect("a listing").items[0].key, "viewer");
    assert_eq!(client.command(&Command::new(["novel", "thing"])).await.expect("an answer")["anything"], 1);
    assert_eq!(client.account().await.expect("an account")["email"], "a@example.com");
    assert_eq!(
        stage.server.lines(),
        [
            "POST /o/acme/command",
            "POST /o/acme/command",
            "POST /o/acme/command",
            "POST /o/acme/command/ls",
            "POST /o/acme/command",
            "GET /o/acme/account",
        ]
    );
    assert_eq!(stage.server.received()[5].header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn an_error_in_a_good_status_is_an_error() {
    let stage = Stage::new(vec![answer(200, r#"{"error":"p0 request gcloud\n\nUnknown argument: foo"}"#)]).await;
    let error = stage.client.request(&words("gcloud foo")).await.expect_err("an error");
    assert!(matches!(&error, Error::Service { status: 200, .. }));
    assert_eq!(error.to_string(), "p0 request gcloud\n\nUnknown argument: foo");
}

#[tokio::test]
async fn a_page_instead_of_an_answer() {
    let page = "<!DOCTYPE html><title>Sign in</title>";
    let stage = Stage::new(vec![answer(200, page), answer(500, page), answer(200, ""), answer(200, "{\"ok\":t")]).await;
    let mut messages = Vec::new();
    for _ in 0..4 {
        messages.push(stage.client.request(&words("x")).await.expect_err("an error").to_string());
    }
    let invalid = format!("{} sent an invalid response: ", stage.host());
    assert_eq!(
        messages,
        [
            format!("{invalid}it is an HTML page, not JSON"),
            "HTTP Error: 500 Internal Server Error".into(),
            format!("{invalid}it is empty, not JSON"),
            format!("{invalid}it ends in the middle, not JSON"),
        ]
    );
}

#[tokio::test]
async fn a_document_with_a_fault_says_where() {
    let stage = Stage::new(vec![answer(200, r#"{"id":"r1","request":{"status":7}}"#)]).await;
    let error = stage.client.request(&words("x")).await.expect_err("an error");
    assert_eq!(
        error.to_string(),
        format!(
            "{} sent an invalid response: request.status: invalid type: integer `7`, expected a string",
            stage.host()
        )
    );
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let refusal = || answer(401, r#"{"error":"Token expired"}"#);
    let stage = Stage::with(vec![refusal(), answer(200, SUBMITTED)], Counted::new(2), |_| ()).await;
    assert_eq!(stage.client.request(&words("x")).await.expect("submitted").id, "r1");
    let sent = stage.server.received();
    let bearers: Vec<_> = sent.iter().filter_map(|sent| sent.header("authorization")).collect();
    assert_eq!(bearers, ["Bearer token-1", "Bearer token-2"]);

    let stage = Stage::with(vec![refusal(), refusal(), refusal()], Counted::new(9), |_| ()).await;
    let error = stage.client.approve("r1", None).await.expect_err("refused twice");
    assert!(matches!(&error, Error::Unauthorized { text } if text == "Token expired"));
    assert_eq!(stage.server.lines().len(), 2);
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_ends_at_the_first_refusal() {
    let token = Arc::new(FixedToken::new("fixed".into()));
    let stage = Stage::with(vec![answer(401, "")], token, |_| ()).await;
    let error = stage.client.account().await.expect_err("refused");
    assert!(matches!(error, Error::Unauthorized { .. }));
    assert_eq!(error.to_string(), "HTTP Error: 401 Unauthorized");
    assert_eq!(stage.server.lines().len(), 1);
}

#[tokio::test]
async fn refusals_and_absences_are_kinds_of_their_own() {
    let stage = Stage::new(vec![answer(403, r#"{"error":"No"}"#), answer(404, "not here")]).await;
    assert!(matches!(stage.client.account().await, Err(Error::Forbidden { text }) if text == "No"));
    let error = stage.client.requests(Which::default()).await.expect_err("absent");
    assert!(matches!(&error, Error::NotFound { text } if text == "HTTP Error: 404 Not Found"));
}

#[tokio::test]
async fn an_answer_beyond_all_measure_is_not_read() {
    let announced = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{".to_vec();
    let endless: Script =
        std::iter::once(crate::fixture::open()).chain((0..20).map(|_| Step::Send(vec![b' '; 1024 * 1024]))).collect();
    let stage = Stage::new(vec![vec![Step::Send(announced)], endless]).await;
    for _ in 0..2 {
        let error = stage.client.account().await.expect_err("too long");
        assert_eq!(error.to_string(), format!("{} sent an answer of more than 16777216 bytes", stage.host()));
    }
}

#[tokio::test]
async fn a_token_is_never_sent_to_another_host() {
    let thief = Server::start(vec![]).await;
    for status in [301, 302, 303, 307, 308] {
        let to = format!("{}steal?key=k", thief.url);
        let stage = Stage::new(vec![answer_with(status, &[("location", &to)], "")]).await;
        let error = stage.client.request(&words("x")).await.expect_err("redirected");
        let thief = thief.url.as_str().trim_end_matches('/');
        assert_eq!(error.to_string(), format!("{} redirects to {thief}, which is not followed", stage.host()));
    }
    assert!(thief.received().is_empty());
}

#[tokio::test]
async fn a_redirect_within_the_host_is_followed_where_a_post_stays_a_post() {
    let kept = answer_with(307, &[("location", "/elsewhere")], "");
    let lost = answer_with(302, &[("location", "/elsewhere")], "");
    let stage = Stage::new(vec![kept, answer(200, ""), lost]).await;
    stage.client.approve("r1", None).await.expect("approved");
    let sent = &stage.server.received()[1];
    assert_eq!((sent.line.as_str(), sent.body.as_str()), ("POST /elsewhere", "{}"));
    assert_eq!(sent.header("authorization"), Some("Bearer token-1"));

    let error = stage.client.approve("r1", None).await.expect_err("not done");
    assert!(matches!(error, Error::Redirected { .. }), "{error}");
    assert_eq!(stage.server.lines().len(), 3);
}

#[tokio::test]
async fn decisions() {
    let stage = Stage::new((0..6).map(|_| answer(200, "")).collect()).await;
    let client = &stage.client;
    client.approve("r1", Some(Length::new(30, Unit::Minute))).await.expect("approved");
    client.deny("r1", Some("no")).await.expect("denied");
    client.deny("r1", None).await.expect("denied");
    client.revoke("r1").await.expect("revoked");
    client.relinquish("r1").await.expect("given back");
    client.extend("r1", Some(Length::new(2, Unit::Hour))).await.expect("extended");
    let sent: Vec<_> = stage.server.received().into_iter().map(|sent| format!("{} {}", sent.line, sent.body)).collect();
    assert_eq!(
        sent,
        [
            r#"POST /o/acme/permission-requests/r1/approve {"expirationLength":"30m"}"#,
            r#"POST /o/acme/permission-requests/r1/deny {"reason":"no"}"#,
            "POST /o/acme/permission-requests/r1/deny {}",
            "POST /o/acme/permission-requests/r1/revoke {}",
            "POST /o/acme/permission-requests/r1/relinquish {}",
            r#"POST /o/acme/permission-requests/r1/extend {"expirationLength":"2h"}"#,
        ]
    );
}

#[tokio::test]
async fn an_identifier_cannot_lead_elsewhere() {
    let stage = Stage::new(vec![]).await;
    for id in ["", "..", ".", "a\nb"] {
        let error = stage.client.approve(id, None).await.expect_err(id);
        assert!(matches!(error, Error::BadName { .. }), "{error}");
        assert!(stage.client.show(id).await.is_err());
    }
    assert!(stage.server.received().is_empty());

    let stage = Stage::once(vec![]).await;
    assert!(stage.client.revoke("../../o/evil?x#y").await.is_err());
    assert_eq!(stage.server.lines(), ["POST /o/acme/permission-requests/..%2F..%2Fo%2Fevil%3Fx%23y/revoke"]);
}

#[tokio::test]
async fn lists_and_details() {
    let request = r#"{"id":"r1","title":"gcloud role viewer","requestor":"a@example.com","requestedTimestamp":1,"request":{"status":"DONE"}}"#;
    let detail = format!(
        r#"{},"history":[{{"timestamp":1,"status":"NEW","by":"a@example.com"}}],"approvers":["b@example.com"]}}"#,
        request.trim_end_matches('}').to_owned() + "}"
    );
    let list = format!(r#"{{"requests":[{request}]}}"#);
    let stage = Stage::new(vec![answer(200, &list), answer(200, &list), answer(200, &detail)]).await;
    let all = stage.client.requests(Which::default()).await.expect("a list");
    assert_eq!(all.requests[0].request.status, Status::Done);
    stage.client.requests(Which { mine: true, active: true, pending: false }).await.expect("a list");
    let detail = stage.client.show("r1").await.expect("a request");
    assert_eq!((detail.summary.id.as_str(), detail.history.len()), ("r1", 1));
    assert_eq!(detail.approvers, ["b@example.com"]);
    assert_eq!(
        stage.server.lines(),
        [
            "GET /o/acme/permission-requests",
            "GET /o/acme/permission-requests?mine&active",
            "GET /o/acme/permission-requests/r1",
        ]
    );
}

fn rule() -> Rule {
    Rule {
        name: "on call".into(),
        disabled: false,
        requestor: Requestor::Any { extra: Default::default() },
        resource: Resource::Any { extra: Default::default() },
        approval: vec![],
        extra: Default::default(),
    }
}

#[tokio::test]
async fn policies() {
    let rules = serde_json::to_string(&[rule()]).expect("json");
    let one = serde_json::to_string(&rule()).expect("json");
    let routing = format!(r#"{{"id":"v1","createdDate":"2025-01-01T00:00:00Z","rules":{rules}}}"#);
    let stage = Stage::new(vec![
        answer(200, &format!(r#"{{"workflow":{{"rules":{rules},"version":"v1"}}}}"#)),
        answer(409, r#"{"error":"Somebody else changed the policies"}"#),
        answer(200, &routing),
        answer(200, &routing),
        answer(200, &one),
        answer(201, ""),
        answer(200, &one),
        answer(204, ""),
    ])
    .await;
    let client = &stage.client;
    let document = client.policies().await.expect("policies");
    assert_eq!(document.workflow.version.as_deref(), Some("v1"));
    let replacement = WorkflowDocument {
        workflow: Workflow { rules: vec![rule()], version: None },
        current_version: Some("v0".into()),
    };
    let error = client.replace_policies(&replacement).await.expect_err("stale");
    assert_eq!((error.status(), error.to_string().as_str()), (Some(409), "Somebody else changed the policies"));
    assert_eq!(client.routing().await.expect("an edition").id, "v1");
    assert_eq!(client.routing_version("v1").await.expect("an edition").rules.len(), 1);
    assert_eq!(client.rule("on call").await.expect("a rule").name, "on call");
    client.add_rule(&rule()).await.expect("added");
    client.replace_rule("on call", &rule()).await.expect("replaced");
    client.remove_rule("on call").await.expect("removed");
    assert_eq!(
        stage.server.lines(),
        [
            "GET /o/acme/policy/latest",
            "POST /o/acme/routing",
            "GET /o/acme/routing",
            "GET /o/acme/routing/v1",
            "GET /o/acme/policy/name/on%20call",
            "POST /o/acme/policy/name/on%20call",
            "PUT /o/acme/policy/name/on%20call",
            "DELETE /o/acme/policy/name/on%20call",
        ]
    );
    let sent = stage.server.received();
    assert_eq!(sent[1].body, format!(r#"{{"workflow":{{"rules":{rules}}},"currentVersion":"v0"}}"#));
    assert_eq!(sent[5].body, one);
}

#[tokio::test]
async fn settings_and_roles() {
    let settings = serde_json::to_string(&p0_wire::settings::Settings::default()).expect("json");
    let mut script = vec![
        answer(200, &settings),
        answer(200, r#"{"options":[{"time":5,"unit":"m","value":"5 minutes"}]}"#),
        answer(200, r#"{"users":["a@example.com"]}"#),
    ];
    script.extend((0..6).map(|_| answer(204, "")));
    script.push(answer(422, r#"{"error":"The last owner cannot be removed"}"#));
    let stage = Stage::new(script).await;
    let client = &stage.client;
    let hours = Length::new(2, Unit::Hour);
    assert_eq!(client.settings().await.expect("settings").value, Default::default());
    assert_eq!(client.reset_expiry_options().await.expect("options").options.len(), 1);
    assert_eq!(client.role_bindings(Role::Owner).await.expect("bindings").users, ["a@example.com"]);
    client.add_expiry_option(hours).await.expect("added");
    client.remove_expiry_option(hours).await.expect("removed");
    let defaults = DefaultApprovals { allow_one_party: Some(true), require_reason: None };
    client.set_default_approvals(&defaults).await.expect("set");
    client.set_limit(Limit::Approvable, hours).await.expect("set");
    client.set_limit(Limit::MaxAccess, hours).await.expect("set");
    client.bind_role(Role::IamViewer, Subject::User("a@example.com")).await.expect("bound");
    let error = client.unbind_role(Role::Owner, Subject::Group("g/1")).await.expect_err("the last one");
    assert_eq!(error.status(), Some(422));
    let sent: Vec<_> = stage.server.received().into_iter().map(|sent| format!("{} {}", sent.line, sent.body)).collect();
    assert_eq!(
        sent,
        [
            "GET /o/acme/settings ",
            "POST /o/acme/settings/expiry-options/_reset ",
            "GET /o/acme/settings/roles/owner/bindings ",
            r#"POST /o/acme/settings/expiry-options {"time":2,"unit":"h"}"#,
            "DELETE /o/acme/settings/expiry-options/2%20hours ",
            r#"PUT /o/acme/settings/default-approvals {"allowOneParty":true}"#,
            r#"PUT /o/acme/settings/approvable-duration {"time":2,"unit":"h"}"#,
            r#"PUT /o/acme/settings/max-access-duration {"time":2,"unit":"h"}"#,
            "PUT /o/acme/settings/roles/iamViewer/bindings/users/a@example.com ",
            "DELETE /o/acme/settings/roles/owner/bindings/groups/g%2F1 ",
        ]
    );
}

#[tokio::test]
async fn no_message_or_debug_output_has_the_token() {
    let stage = Stage::with(vec![answer(401, ""), cut_short()], Counted::new(1), |options| {
        options.retry = RetryPolicy::never();
    })
    .await;
    for _ in 0..2 {
        let error = stage.client.account().await.expect_err("an error");
        assert!(!format!("{error} {error:?} {:?} {:?}", stage.client, stage.http).contains("token-1"));
    }
}

fn cut_short() -> Script {
    vec![Step::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{".to_vec())]
}

#[tokio::test]
async fn an_address_where_no_token_belongs_has_no_client() {
    let stage = Stage::new(vec![]).await;
    let remote = "http://api.example.com".parse().expect("a URL");
    let error = Client::new(stage.http.clone(), &remote, "acme", Counted::new(1)).expect_err("in clear");
    assert!(matches!(error, Error::Cleartext { .. }));
    let error = Client::new(stage.http.clone(), &stage.server.url, "a/b", Counted::new(1)).expect_err("no slug");
    assert_eq!(error.to_string(), r#""a/b" is not a valid organization: it has a path separator"#);
}

/// It stands in variables, and in commands that users copy.
#[tokio::test]
async fn an_identifier_that_means_something_to_a_shell_is_not_taken() {
    for id in ["", "-w", "a b", "a\nb", "$(id)", "a;b", "../a", "é", &"a".repeat(129)] {
        let document = serde_json::json!({"ok": true, "id": id, "request": {"status": "NEW"}});
        let stage = Stage::new(vec![answer(200, &document.to_string()), answer(200, &document.to_string())]).await;
        for answer in [stage.client.request(&words("a b")).await, stage.client.grant(&words("a b")).await] {
            let error = answer.expect_err(id).to_string();
            assert!(
                error.ends_with("sent an invalid response: its request has no identifier that can be used"),
                "{error}"
            );
        }
    }
}
