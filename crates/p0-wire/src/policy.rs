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

impl Rule {
    /// The first key anywhere in the rule that this version does not know, with its place, such as
    /// `approval[0].options.requireReson`.
    pub fn unknown_key(&self) -> Option<String> {
        let mut extras = vec![(String::new(), &self.extra)];
        self.requestor.extras(&mut extras);
        self.resource.extras(&mut extras);
        for (n, approval) in self.approval.iter().enumerate() {
            let place = format!("approval[{n}].");
            group_extras(&place, &approval.groups, &mut extras);
            extras.push((format!("{place}options."), &approval.options.extra));
            extras.push((place, &approval.extra));
        }
        extras.iter().find_map(|(place, extra)| extra.keys().next().map(|key| format!("{place}{key}")))
    }
}

/// What is not known, and the place where it stands.
type Extras<'a> = Vec<(String, &'a Extra)>;

fn group_extras<'a>(place: &str, groups: &'a [Group], extras: &mut Extras<'a>) {
    extras.extend(groups.iter().enumerate().map(|(n, group)| (format!("{place}groups[{n}]."), &group.extra)));
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Requestor {
    /// Anybody.
    Any {
        /// What this version does not know.
        #[serde(flatten)]
        extra: Extra,
    },
    /// One person.
    User {
        /// Their e-mail address.
        uid: String,
        /// What this version does not know.
        #[serde(flatten)]
        extra: Extra,
    },
    /// The members of groups, or everybody but them.
    Group {
        /// Whether the members are meant, or everybody else.
        #[serde(default)]
        effect: Effect,
        /// The groups.
        groups: Vec<Group>,
        /// What this version does not know.
        #[serde(flatten)]
        extra: Extra,
    },
    /// A program that acts for somebody.
    Agentic {
        /// Which program.
        agent: serde_json::Value,
        /// For whom.
        user: serde_json::Value,
        /// What this version does not know.
        #[serde(flatten)]
        extra: Extra,
    },
}

impl Requestor {
    fn extras<'a>(&'a self, extras: &mut Extras<'a>) {
        let (Self::Any { extra } | Self::User { extra, .. } | Self::Group { extra, .. } | Self::Agentic { extra, .. }) =
            self;
        extras.push(("requestor.".into(), extra));
        if let Self::Group { groups, .. } = self {
            group_extras("requestor.", groups, extras);
        }
    }
}

/// What for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Resource {
    /// Anything.
    Any {
        /// What this version does not know.
        #[serde(flatten)]
        extra: Extra,
    },
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
        /// What this version does not know.
        #[serde(flatten)]
        extra: Extra,
    },
}

impl Resource {
    fn extras<'a>(&'a self, extras: &mut Extras<'a>) {
        let (Self::Any { extra } | Self::Integration { extra, .. }) = self;
        extras.push(("resource.".into(), extra));
        if let Self::Integration { filters, .. } = self {
            extras.extend(filters.iter().map(|(name, filter)| (format!("resource.filters.{name}."), &filter.extra)));
        }
    }
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
    /// What this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
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
    /// What this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
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
    /// What this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
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
    /// What this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
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
        });
        let rule: Rule = serde_json::from_value(document.clone()).expect("a rule");
        assert_eq!(rule.approval[0].kind, ApprovalKind::RequestorProfile);
        assert_eq!(rule.unknown_key(), None);
        assert_eq!(serde_json::to_value(&rule).expect("json"), document);
    }

    /// Something unknown everywhere; each place with its path.
    #[test]
    fn what_is_not_known_survives_wherever_it_stands() {
        let options = json!({"allowOneParty": false, "requireReason": false, "requireDuration": false,
                             "requirePreapproval": false, "breakGlassApprover": false});
        let plain = json!({
            "name": "r", "requestor": {"type": "any"}, "resource": {"type": "any"},
            "approval": [{"type": "group", "groups": [{"id": "g"}], "options": options}],
        });
        let group = json!({"type": "group", "effect": "keep", "groups": [{"id": "g"}]});
        let agentic = json!({"type": "agentic", "agent": {"type": "any"}, "user": {"type": "any"}});
        let integration = json!({"type": "integration", "service": "aws", "accessType": "any",
                                 "filters": {"tag": {"effect": "keep", "key": "env", "pattern": "x"}}});
        let table = [
            ("", None, "new"),
            ("/requestor", None, "requestor.new"),
            ("/requestor", Some(json!({"type": "user", "uid": "a@example.com"})), "requestor.new"),
            ("/requestor", Some(agentic), "requestor.new"),
            ("/requestor", Some(group.clone()), "requestor.new"),
            ("/requestor/groups/0", Some(group), "requestor.groups[0].new"),
            ("/resource", None, "resource.new"),
            ("/resource", Some(integration.clone()), "resource.new"),
            ("/resource/filters/tag", Some(integration), "resource.filters.tag.new"),
            ("/approval/0", None, "approval[0].new"),
            ("/approval/0/groups/0", None, "approval[0].groups[0].new"),
            ("/approval/0/options", None, "approval[0].options.new"),
        ];
        for (place, part, path) in table {
            let mut document = plain.clone();
            if let Some(part) = part {
                let field = place.split('/').nth(1).expect("a field");
                document[field] = part;
            }
            document.pointer_mut(place).expect("a place")["new"] = json!({"kept": [1]});
            let rule: Rule = serde_json::from_value(document.clone()).expect("a rule");
            assert_eq!(rule.unknown_key().as_deref(), Some(path));
            assert_eq!(serde_json::to_value(&rule).expect("json"), document);
        }
    }
}
