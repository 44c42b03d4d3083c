//! Tables of rules, requests and expected verdicts.

use super::{Application, Policy, Refusal, Verdict, approver};
use crate::{
    clock::Timestamp,
    domain::{Access, Grounds, Request, RequestId, User},
};
use p0_wire::{policy::Rule, request::Status, role::Role, settings::DefaultApprovals};
use serde_json::{Value, json};

fn rules(documents: Value) -> Vec<Rule> {
    serde_json::from_value(documents).expect("rules")
}

/// A rule for anyone and anything, with these approvals.
fn rule(approval: Value) -> Value {
    json!({"name": approval.to_string(), "requestor": {"type": "any"}, "resource": {"type": "any"}, "approval": approval})
}

fn access(integration: &str, access_type: &str, aspects: Value) -> Access {
    Access {
        integration: integration.into(),
        access_type: access_type.into(),
        permission: Value::Null,
        key: "k".into(),
        title: format!("{integration} {access_type} x"),
        parts: Vec::new(),
        aspects: serde_json::from_value(aspects).expect("aspects"),
        generated: Value::Null,
        delegation: Vec::new(),
    }
}

fn user(email: &str, groups: &[&str], on_call: &[&str], roles: &[Role]) -> User {
    User {
        email: email.into(),
        groups: groups.iter().map(ToString::to_string).collect(),
        on_call: on_call.iter().map(ToString::to_string).collect(),
        roles: roles.iter().copied().collect(),
        profile: [("manager".to_owned(), "Boss@example.com".to_owned())].into(),
        ..User::default()
    }
}

fn dev() -> User {
    user("dev@example.com", &["g1"], &["web"], &[])
}

struct Given {
    reason: bool,
    duration: bool,
    preapproved: bool,
}

const NOTHING: Given = Given { reason: false, duration: false, preapproved: false };

fn judge(documents: Value, principal: &User, access: &Access, given: &Given) -> Verdict {
    let policy = Policy::new(&rules(documents)).expect("valid rules");
    policy.judge(Application {
        principal,
        access,
        has_reason: given.reason,
        has_duration: given.duration,
        preapproved: given.preapproved,
        defaults: &DefaultApprovals::default(),
    })
}

/// The verdict as a word.
fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Granted { grounds, .. } => format!("granted {grounds:?}"),
        Verdict::Waits { approvals } => format!("waits {}", approvals.len()),
        Verdict::Denied { .. } => "denied".into(),
        Verdict::Refused(refusal) => refusal.to_string(),
    }
}

#[test]
fn approvals_are_weighed() {
    let role = access("gcloud", "role", json!({}));
    let table = [
        (json!([]), &NOTHING, "No access policy lets dev@example.com request gcloud role x"),
        (json!([rule(json!([]))]), &NOTHING, "No access policy lets dev@example.com request gcloud role x"),
        (json!([rule(json!([{"type": "p0"}]))]), &NOTHING, "waits 1"),
        (json!([rule(json!([{"type": "p0"}])), rule(json!([{"type": "deny"}]))]), &NOTHING, "denied"),
        (json!([rule(json!([{"type": "persistent"}, {"type": "p0"}]))]), &NOTHING, "granted Persistent"),
        (json!([rule(json!([{"type": "persistent"}, {"type": "deny"}]))]), &NOTHING, "denied"),
        (json!([rule(json!([{"type": "auto"}]))]), &NOTHING, "granted OnCall"),
        (json!([rule(json!([{"type": "auto", "services": ["web"]}]))]), &NOTHING, "granted OnCall"),
        (json!([rule(json!([{"type": "auto", "services": [{"name": "web"}]}]))]), &NOTHING, "granted OnCall"),
        (
            json!([rule(json!([{"type": "auto", "services": ["db"]}]))]),
            &NOTHING,
            "gcloud role x is granted to dev@example.com only while on call",
        ),
        (json!([rule(json!([{"type": "auto", "services": ["db"]}, {"type": "p0"}]))]), &NOTHING, "waits 1"),
        (json!([rule(json!([{"type": "p0"}]))]), &Given { preapproved: true, ..NOTHING }, "granted Preapproved"),
        (json!([rule(json!([{"type": "deny"}]))]), &Given { preapproved: true, ..NOTHING }, "denied"),
        (
            json!([rule(json!([{"type": "p0", "options": {"requirePreapproval": true}}]))]),
            &NOTHING,
            "gcloud role x has to be approved in advance for dev@example.com: ask an approver to run `allow`",
        ),
        (
            json!([rule(json!([{"type": "p0", "options": {"requireReason": true}}]))]),
            &NOTHING,
            "Reason is required for gcloud role x: add --reason",
        ),
        (
            json!([rule(json!([{"type": "p0", "options": {"requireReason": true}}]))]),
            &Given { reason: true, ..NOTHING },
            "waits 1",
        ),
        (
            json!([rule(json!([{"type": "auto", "options": {"requireDuration": true}}]))]),
            &NOTHING,
            "Duration is required for gcloud role x: add --requested-duration",
        ),
        (
            json!([rule(json!([{"type": "auto", "options": {"requireDuration": true}}]))]),
            &Given { duration: true, ..NOTHING },
            "granted OnCall",
        ),
        // One approval without the condition is enough.
        (
            json!([rule(json!([{"type": "p0"}, {"type": "escalation", "options": {"requireReason": true}}]))]),
            &NOTHING,
            "waits 1",
        ),
    ];
    for (documents, given, expected) in table {
        assert_eq!(word(&judge(documents.clone(), &dev(), &role, given)), expected, "{documents}");
    }
}

#[test]
fn the_settings_add_to_every_approval() {
    let policy = Policy::new(&Policy::default_rules()).expect("valid rules");
    let defaults = DefaultApprovals { allow_one_party: Some(true), require_reason: Some(true) };
    let (principal, access) = (dev(), access("aws", "role", json!({})));
    let application = |has_reason| Application {
        principal: &principal,
        access: &access,
        has_reason,
        has_duration: false,
        preapproved: false,
        defaults: &defaults,
    };
    assert!(matches!(policy.judge(application(false)), Verdict::Refused(Refusal::ReasonRequired { .. })));
    let Verdict::Waits { approvals } = policy.judge(application(true)) else { panic!("does not wait") };
    assert!(approvals[0].options.allow_one_party);
}

#[test]
fn a_disabled_rule_says_nothing() {
    let mut denying = rule(json!([{"type": "deny"}]));
    denying["disabled"] = json!(true);
    let verdict =
        judge(json!([denying, rule(json!([{"type": "p0"}]))]), &dev(), &access("aws", "role", json!({})), &NOTHING);
    assert_eq!(word(&verdict), "waits 1");
}

#[test]
fn requestors_are_matched() {
    let table = [
        (json!({"type": "any"}), true),
        (json!({"type": "user", "uid": "Dev@Example.com"}), true),
        (json!({"type": "user", "uid": "other@example.com"}), false),
        (json!({"type": "group", "effect": "keep", "groups": [{"id": "g0"}, {"id": "g1"}]}), true),
        (json!({"type": "group", "effect": "keep", "groups": [{"id": "g2"}]}), false),
        (json!({"type": "group", "effect": "remove", "groups": [{"id": "g1"}]}), false),
        (json!({"type": "group", "effect": "remove", "groups": [{"id": "g2"}]}), true),
        (json!({"type": "agentic", "agent": {"type": "any"}, "user": {"type": "any"}}), false),
    ];
    for (requestor, expected) in table {
        let rule =
            json!([{"name": "r", "requestor": requestor, "resource": {"type": "any"}, "approval": [{"type": "p0"}]}]);
        let verdict = judge(rule, &dev(), &access("aws", "role", json!({})), &NOTHING);
        assert_eq!(matches!(verdict, Verdict::Waits { .. }), expected, "{requestor}");
    }
}

#[test]
fn resources_are_matched() {
    let ssh = access(
        "ssh",
        "session",
        json!({"destination": [{"name": "web-1", "arn": "arn:aws:ec2:::i-1"}], "tag": [{"env": "prod", "team": "a"}], "sudo": [true]}),
    );
    let plain = access("ssh", "session", json!({"destination": [{"name": "web-1"}], "sudo": [false]}));
    let table = [
        (&ssh, json!({"type": "any"}), true),
        (&ssh, json!({"type": "integration", "service": "ssh"}), true),
        (&ssh, json!({"type": "integration", "service": "ssh", "accessType": "any"}), true),
        (&ssh, json!({"type": "integration", "service": "ssh", "accessType": "session"}), true),
        (&ssh, json!({"type": "integration", "service": "ssh", "accessType": "group"}), false),
        (&ssh, json!({"type": "integration", "service": "aws"}), false),
    ];
    let filter =
        |name: &str, filter: Value| json!({"type": "integration", "service": "ssh", "filters": {name: filter}});
    let filtered = [
        (&ssh, filter("destination", json!({"effect": "keep", "key": "name", "pattern": "eb-"})), true),
        (&ssh, filter("destination", json!({"effect": "keep", "key": "name", "pattern": "^eb-"})), false),
        (&ssh, filter("destination", json!({"effect": "keep", "pattern": "i-1$"})), true),
        (&ssh, filter("destination", json!({"effect": "keep", "key": "arn", "pattern": "web"})), false),
        (&ssh, filter("destination", json!({"effect": "remove", "key": "name", "pattern": "web"})), false),
        (&ssh, filter("destination", json!({"effect": "remove", "key": "name", "pattern": "db"})), true),
        (&ssh, filter("tag", json!({"effect": "keep", "key": "env", "pattern": "^prod$"})), true),
        (&ssh, filter("tag", json!({"effect": "keep", "key": "team", "pattern": "^prod$"})), false),
        (&ssh, filter("tag", json!({"effect": "removeAll", "key": "env"})), false),
        (&ssh, filter("tag", json!({"effect": "removeAll", "key": "cost"})), true),
        (&ssh, filter("parent", json!({"effect": "keep", "key": "id", "pattern": "."})), false),
        (&ssh, filter("parent", json!({"effect": "remove", "key": "id", "pattern": "."})), true),
        (&ssh, filter("sudo", json!({"effect": "keep", "value": true})), true),
        (&ssh, filter("sudo", json!({"effect": "keep", "value": false})), false),
        (&ssh, filter("sudo", json!({"effect": "remove", "value": true})), false),
        (&ssh, filter("sudo", json!({"effect": "removeAll"})), false),
        (&plain, filter("sudo", json!({"effect": "keep", "value": true})), false),
        (&plain, filter("sudo", json!({"effect": "keep", "value": false})), true),
        (&plain, filter("sudo", json!({"effect": "removeAll"})), true),
    ];
    for (access, resource, expected) in table.into_iter().chain(filtered) {
        let rule =
            json!([{"name": "r", "requestor": {"type": "any"}, "resource": resource, "approval": [{"type": "p0"}]}]);
        let verdict = judge(rule, &dev(), access, &NOTHING);
        assert_eq!(matches!(verdict, Verdict::Waits { .. }), expected, "{resource}");
    }
}

#[test]
fn everything_at_once_needs_approvers_for_emergencies() {
    let all = access("ssh", "all", json!({}));
    assert_eq!(
        word(&judge(json!([rule(json!([{"type": "p0"}, {"type": "persistent"}]))]), &dev(), &all, &NOTHING)),
        "No access policy lets dev@example.com request ssh all x: it needs an approval with breakGlassApprover"
    );
    let glass = json!([rule(json!([{"type": "p0", "options": {"breakGlassApprover": true}}, {"type": "auto"}]))]);
    assert_eq!(word(&judge(glass, &dev(), &all, &NOTHING)), "waits 1");
}

#[test]
fn approvers_are_named() {
    let boss = user("boss@example.com", &[], &[], &[]);
    let manager = user("manager@example.com", &[], &[], &[Role::Manager]);
    let owner = user("owner@example.com", &["g2"], &["db"], &[Role::Owner]);
    let viewer = user("viewer@example.com", &["g1"], &["web"], &[Role::Viewer, Role::IamOwner]);
    let all = [&boss, &manager, &owner, &viewer];
    let table = [
        (json!({"type": "p0"}), vec!["manager", "owner"]),
        (json!({"type": "group", "groups": [{"id": "g1"}]}), vec!["viewer"]),
        (json!({"type": "group", "effect": "remove", "groups": [{"id": "g1"}]}), vec!["boss", "manager", "owner"]),
        (json!({"type": "requestor-profile", "directory": "okta", "profileProperty": "manager"}), vec!["boss"]),
        (json!({"type": "requestor-profile", "profileProperty": "buddy"}), vec![]),
        (json!({"type": "escalation", "services": ["web"]}), vec!["viewer"]),
        (json!({"type": "escalation"}), vec!["owner", "viewer"]),
        (json!({"type": "auto"}), vec![]),
        (json!({"type": "persistent"}), vec![]),
    ];
    for (approval, expected) in table {
        let approval = serde_json::from_value(approval).expect("an approval");
        let named: Vec<_> = all
            .iter()
            .filter(|u| approver::names(&approval, &dev(), u))
            .filter_map(|u| u.email.split('@').next())
            .collect();
        assert_eq!(named, expected, "{approval:?}");
    }
}

#[test]
fn nobody_approves_their_own_request() {
    let request = |principal: &str, requestor: &str, one_party: bool| Request {
        id: RequestId("r".into()),
        principal: principal.into(),
        requestor: requestor.into(),
        access: access("aws", "role", json!({})),
        status: Status::PendingApproval,
        reason: None,
        length: 1,
        grounds: None,
        approvals: serde_json::from_value(json!([{"type": "p0", "options": {"allowOneParty": one_party}}]))
            .expect("approvals"),
        requested_at: Timestamp(0),
        updated_at: Timestamp(0),
        expires_at: None,
        generated: Value::Null,
        delegation: Vec::new(),
        error: None,
        to_undo: false,
        withdrawn: false,
        revision: 0,
    };
    let owner = user("owner@example.com", &[], &[], &[Role::Owner]);
    let (own, other) = ("owner@example.com", "dev@example.com");
    assert!(approver::may_approve(&request(other, other, false), &dev(), &owner));
    assert!(!approver::may_approve(&request(own, own, false), &owner, &owner));
    assert!(!approver::may_approve(&request(own, other, false), &owner, &owner));
    assert!(!approver::may_approve(&request(other, own, false), &dev(), &owner));
    assert!(approver::may_approve(&request(own, own, true), &owner, &owner));
}

#[test]
fn wrong_documents_are_refused_with_what_is_wrong() {
    let with = |field: &str, value: Value| {
        let mut rule = rule(json!([{"type": "p0"}]));
        rule["name"] = json!("r");
        rule[field] = value;
        json!([rule])
    };
    let filter =
        |filter: Value| with("resource", json!({"type": "integration", "service": "ssh", "filters": {"tag": filter}}));
    let table = [
        (with("name", json!(" ")), "A rule has no name"),
        (json!([rule(json!([])), rule(json!([]))]), "There are several rules with the name []"),
        (
            filter(json!({"pattern": "("})),
            "Rule r: the filter tag has a pattern that is not a regular expression: unclosed group",
        ),
        (
            filter(json!({"pattern": r"\w{5}"})),
            r"Rule r: the filter tag has a pattern that is too large ([0-9] takes less than \d, [A-Za-z0-9_] less than \w)",
        ),
        (filter(json!({"key": "env"})), "Rule r: the filter tag has neither a pattern nor a value"),
        (filter(json!({"pattern": ".", "value": true})), "Rule r: the filter tag has both a pattern and a value"),
        (with("requestor", json!({"type": "user", "uid": ""})), "Rule r: the requestor has no uid"),
        (with("requestor", json!({"type": "group", "groups": []})), "Rule r: the requestor has no groups"),
        (
            with("requestor", json!({"type": "group", "effect": "removeAll", "groups": [{"id": "g"}]})),
            "Rule r: the effect of a requestor is keep or remove",
        ),
        (with("approval", json!([{"type": "group"}])), "Rule r: an approval by group has no groups"),
        (
            with("approval", json!([{"type": "requestor-profile"}])),
            "Rule r: an approval by requestor-profile has no profileProperty",
        ),
        (with("resource", json!({"type": "integration", "service": ""})), "Rule r: the resource has no service"),
    ];
    for (documents, expected) in table {
        let error = Policy::new(&rules(documents.clone())).expect_err("is refused");
        assert_eq!(error.to_string(), expected, "{documents}");
    }
    let many: Vec<Rule> =
        (0..1001).map(|n| Rule { name: n.to_string(), ..Policy::default_rules().remove(0) }).collect();
    assert_eq!(Policy::new(&many).expect_err("is refused").to_string(), "There are more than 1000 rules");
}

#[test]
fn filters_are_bounded_over_all_rules_and_patterns_of_ordinary_size_are_not() {
    let filters = |name: &str, count: usize| {
        let filters: serde_json::Map<_, _> =
            (0..count).map(|n| (format!("f{n}"), json!({"effect": "removeAll"}))).collect();
        json!({"name": name, "requestor": {"type": "any"}, "approval": [{"type": "p0"}],
               "resource": {"type": "integration", "service": "aws", "filters": filters}})
    };
    let new = |documents: Value| Policy::new(&rules(documents)).map(drop).map_err(|error| error.to_string());
    assert_eq!(new(json!([filters("a", 500), filters("b", 500)])), Ok(()));
    assert_eq!(
        new(json!([filters("a", 500), filters("b", 501)])),
        Err("The rules have more than 1000 filters".to_owned())
    );
    let pattern = r"^arn:aws:iam::\d{12}:role/[\w+=,.@-]+$";
    let ordinary = json!({"type": "integration", "service": "aws", "filters": {"role": {"pattern": pattern}}});
    let mut one = rule(json!([{"type": "p0"}]));
    one["resource"] = ordinary;
    assert_eq!(new(json!([one])), Ok(()));
}

#[test]
fn without_a_document_reviewers_decide_on_everything() {
    let policy = Policy::new(&Policy::default_rules()).expect("valid rules");
    assert_eq!(policy.rules(), Policy::default_rules());
    assert!(policy.may_request(&dev(), &access("x", "y", json!({})), &DefaultApprovals::default()));
    let verdict = judge(json!([rule(json!([{"type": "auto"}]))]), &dev(), &access("x", "y", json!({})), &NOTHING);
    assert!(matches!(verdict, Verdict::Granted { grounds: Grounds::OnCall, .. }));
}

#[test]
fn of_several_things_each_has_to_be_allowed() {
    let rules = rules(json!([
        {"name": "viewers", "requestor": {"type": "any"}, "approval": [{"type": "auto"}],
         "resource": {"type": "integration", "service": "gcloud", "filters": {"role": {"pattern": "viewer"}}}},
        {"name": "editors", "requestor": {"type": "any"}, "approval": [{"type": "p0"}, {"type": "group", "groups": [{"id": "g"}]}],
         "resource": {"type": "integration", "service": "gcloud", "filters": {"role": {"pattern": "editor|admin"}}}},
        {"name": "admins", "requestor": {"type": "any"}, "approval": [{"type": "p0"}],
         "resource": {"type": "integration", "service": "gcloud", "filters": {"role": {"pattern": "admin"}}}},
        {"name": "billing", "requestor": {"type": "any"}, "approval": [{"type": "group", "groups": [{"id": "money"}]}],
         "resource": {"type": "integration", "service": "gcloud", "filters": {"role": {"pattern": "billing"}}}},
        {"name": "nobody", "requestor": {"type": "any"}, "approval": [{"type": "deny"}],
         "resource": {"type": "integration", "service": "gcloud", "filters": {"role": {"pattern": "root"}}}},
    ]));
    let policy = Policy::new(&rules).expect("valid rules");
    let role = |name: &str| access("gcloud", "role", json!({"role": [{"id": name}]}));
    let verdict = |names: &[&str]| {
        let mut whole =
            access("gcloud", "role", json!({"role": names.iter().map(|n| json!({"id": n})).collect::<Vec<_>>()}));
        whole.parts = names.iter().map(|name| role(name)).collect();
        word(&policy.judge(Application {
            principal: &dev(),
            access: &whole,
            has_reason: true,
            has_duration: true,
            preapproved: false,
            defaults: &DefaultApprovals::default(),
        }))
    };
    assert_eq!(verdict(&["viewer", "viewer2"]), "granted OnCall");
    assert_eq!(verdict(&["viewer", "editor"]), "waits 2");
    assert_eq!(verdict(&["editor", "admin", "viewer"]), "waits 2");
    assert_eq!(verdict(&["editor", "billing"]), "These need different approvals: request them one at a time");
    assert_eq!(verdict(&["viewer", "other"]), "No access policy lets dev@example.com request gcloud role x");
    assert_eq!(verdict(&["other", "viewer", "root"]), "denied");
}
