//! Access policies: who may ask for what, and who decides (protocol, section 9).

use crate::Extra;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The organisation's active document of rules.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    /// The rules; their order means nothing.
    pub rules: Vec<Rule>,
    /// Which edition this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// `GET /policy/latest`, and the body of `POST /routing`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowDocument {
    /// The rules.
    pub workflow: Workflow,
    /// On writing: the edition that this one replaces; a stale one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_version: Option<String>,
}

/// `GET /routing` and `GET /routing/{id}`: an edition of the document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Routing {
    /// The edition.
    pub id: String,
    /// When it was made: RFC 3339.
    pub created_date: String,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Unique in its document.
    pub name: String,
    /// Left out of every decision.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// Who asks.
    pub requestor: Requestor,
    /// What for.
    pub resource: Resource,
    /// Who decides: meeting one is enough, except that `deny` wins. Empty: not allowed.
    pub approval: Vec<Approval>,
    /// What this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Requestor {
    /// Anybody.
    Any,
    /// One person.
    User {
        /// Their e-mail address.
        uid: String,
    },
    /// The members of groups, or everybody but them.
    Group {
        /// Whether the members are meant, or everybody else.
        #[serde(default)]
        effect: Effect,
        /// The groups.
        groups: Vec<Group>,
    },
    /// A program that acts for somebody.
    Agentic {
        /// Which program.
        agent: serde_json::Value,
        /// For whom.
        user: serde_json::Value,
    },
}

/// What for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Resource {
    /// Anything.
    Any,
    /// Part of an integration.
    #[serde(rename_all = "camelCase")]
    Integration {
        /// Such as `aws`.
        service: String,
        /// Such as `role`, or `any`.
        #[serde(default = "any")]
        access_type: String,
        /// Narrower still; all must let the resource through.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        filters: BTreeMap<String, Filter>,
    },
}

fn any() -> String {
    "any".into()
}

/// A condition on one aspect of a resource.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    /// Whether what matches is meant, or what does not.
    #[serde(default)]
    pub effect: Effect,
    /// Which property of the aspect: `name`, `arn`, … or a tag's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// An unanchored regular expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// For aspects that are true or false, such as `sudo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<bool>,
}

/// Whether a condition keeps what matches it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// What matches is kept.
    #[default]
    Keep,
    /// What matches is removed.
    Remove,
    /// What has the aspect at all is removed.
    RemoveAll,
}

/// A group of a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Such as `okta`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// The group's identifier there.
    pub id: String,
    /// What a person calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// One way in which a request can be approved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// Which way.
    #[serde(rename = "type")]
    pub kind: ApprovalKind,
    /// `group`: whose members decide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// `group`: whether the members decide, or everybody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// `requestor-profile`: the directory that holds the profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// `requestor-profile`: the field that holds the approver's e-mail address, such as `manager`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_property: Option<String>,
    /// `auto`, `escalation`: who knows who is on call, such as `pagerduty`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
    /// `auto`, `escalation`: whose on-call members. Each is a name or an object with one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<serde_json::Value>,
    /// Conditions on the request.
    #[serde(default)]
    pub options: ApprovalOptions,
}

/// The ways of approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalKind {
    /// Any security reviewer (role `manager` or `owner`).
    P0,
    /// A member of a directory group.
    Group,
    /// The person named in the requestor's directory profile.
    RequestorProfile,
    /// At once, if the requestor is on call.
    Auto,
    /// By whoever is on call, after the requestor escalates.
    Escalation,
    /// Always, as standing access.
    Persistent,
    /// Never.
    Deny,
}

/// Conditions of an approval.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApprovalOptions {
    /// The requestor may approve it themselves.
    pub allow_one_party: bool,
    /// `--reason` must be given.
    pub require_reason: bool,
    /// `--requested-duration` must be given.
    pub require_duration: bool,
    /// Only what was approved in advance.
    pub require_preapproval: bool,
    /// These approvers may open everything (`ssh all`).
    pub break_glass_approver: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_rule_survives_a_round_trip() {
        let document = json!({
            "name": "oncall",
            "requestor": {"type": "group", "effect": "remove", "groups": [{"directory": "okta", "id": "g1", "label": "Interns"}]},
            "resource": {"type": "integration", "service": "aws", "accessType": "role",
                         "filters": {"tag": {"effect": "removeAll", "key": "env"}}},
            "approval": [{"type": "requestor-profile", "directory": "okta", "profileProperty": "manager",
                          "options": {"allowOneParty": false, "requireReason": true, "requireDuration": false,
                                      "requirePreapproval": false, "breakGlassApprover": false}}],
            "note": "kept",
        });
        let rule: Rule = serde_json::from_value(document.clone()).expect("a rule");
        assert_eq!(rule.approval[0].kind, ApprovalKind::RequestorProfile);
        assert_eq!(serde_json::to_value(&rule).expect("json"), document);
    }
}
