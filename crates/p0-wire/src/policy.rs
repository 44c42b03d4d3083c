//! Access policies: who may request what, and who approves (protocol, section 9).

use crate::Extra;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The organisation's access policies. The wire calls the document a workflow.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    /// The rules, in no particular order.
    pub rules: Vec<Rule>,
    /// The id of this version of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// The response to `GET /policy/latest`, and the body of `POST /routing`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowDocument {
    /// The rules.
    pub workflow: Workflow,
    /// In a `POST`: the version that this document replaces. The service rejects the call if another version is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_version: Option<String>,
}

/// The response to `GET /routing` and `GET /routing/{id}`: one version of the policies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Routing {
    /// The version id.
    pub id: String,
    /// When this version was created (RFC 3339).
    pub created_date: String,
    /// The rules of this version.
    pub rules: Vec<Rule>,
}

/// A rule: who may request what, and who approves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// The name, unique within the document.
    pub name: String,
    /// A disabled rule is never applied.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
    /// The principals to whom the rule applies.
    pub requestor: Requestor,
    /// The access to which the rule applies.
    pub resource: Resource,
    /// The ways to get approval. Any one of them is enough, except that `deny` takes precedence. If the list is empty, the
    /// access is not allowed.
    pub approval: Vec<Approval>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Rule {
    /// Returns the path of the first unknown key in the rule, such as `approval[0].options.requireReson`.
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

/// Unknown fields, each with the path of the object that contains them.
type Extras<'a> = Vec<(String, &'a Extra)>;

fn group_extras<'a>(place: &str, groups: &'a [Group], extras: &mut Extras<'a>) {
    extras.extend(groups.iter().enumerate().map(|(n, group)| (format!("{place}groups[{n}]."), &group.extra)));
}

/// The principals to whom a rule applies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Requestor {
    /// Everyone.
    Any {
        /// Fields that this version does not know.
        #[serde(flatten)]
        extra: Extra,
    },
    /// One person.
    User {
        /// The email address.
        uid: String,
        /// Fields that this version does not know.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Members of directory groups, or everyone else.
    Group {
        /// Whether the rule applies to the members or to everyone else.
        #[serde(default)]
        effect: Effect,
        /// The groups.
        groups: Vec<Group>,
        /// Fields that this version does not know.
        #[serde(flatten)]
        extra: Extra,
    },
    /// A program that acts on behalf of a user.
    Agentic {
        /// The program.
        agent: serde_json::Value,
        /// The user.
        user: serde_json::Value,
        /// Fields that this version does not know.
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

/// The access to which a rule applies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Resource {
    /// All access.
    Any {
        /// Fields that this version does not know.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Access of one integration.
    #[serde(rename_all = "camelCase")]
    Integration {
        /// The integration, such as `aws`.
        service: String,
        /// The access type, such as `role`, or `any`.
        #[serde(default = "any")]
        access_type: String,
        /// Conditions on the resource, all of which must be met.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        filters: BTreeMap<String, Filter>,
        /// Fields that this version does not know.
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

/// A condition on one property of a resource.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    /// Whether the rule applies to resources that match or to those that do not.
    #[serde(default)]
    pub effect: Effect,
    /// The property to compare (`name`, `arn`, …), or the name of a tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// An unanchored regular expression for the property's value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The value of a boolean property, such as `sudo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<bool>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// How a condition treats what matches it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Effect {
    /// Apply the rule only to what matches.
    #[default]
    Keep,
    /// Do not apply the rule to what matches.
    Remove,
    /// Do not apply the rule to resources that have the property, whatever its value.
    RemoveAll,
}

/// A directory group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The directory, such as `okta`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// The group's id in the directory.
    pub id: String,
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A way to approve a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// Who or what approves.
    #[serde(rename = "type")]
    pub kind: ApprovalKind,
    /// For `group`: the groups whose members approve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// For `group`: whether the members approve or everyone else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// For `requestor-profile`: the directory that holds the profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// For `requestor-profile`: the profile field with the approver's email address, such as `manager`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_property: Option<String>,
    /// For `auto` and `escalation`: the on-call system, such as `pagerduty`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
    /// For `auto` and `escalation`: the services of that system. Each is a name or an object with one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<serde_json::Value>,
    /// Conditions on the request.
    #[serde(default)]
    pub options: ApprovalOptions,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Who or what approves a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ApprovalKind {
    /// A security reviewer (role `manager` or `owner`).
    P0,
    /// A member of a directory group.
    Group,
    /// The person named in a field of the requestor's directory profile.
    RequestorProfile,
    /// Granted at once if the requestor is on call.
    Auto,
    /// A person on call, after the requestor escalates.
    Escalation,
    /// Always granted, as standing access.
    Persistent,
    /// Always denied.
    Deny,
}

/// Conditions of an [`Approval`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApprovalOptions {
    /// Requestors may approve their own requests.
    pub allow_one_party: bool,
    /// The request must have a `--reason`.
    pub require_reason: bool,
    /// The request must have a `--requested-duration`.
    pub require_duration: bool,
    /// The request must match a pre-approval.
    pub require_preapproval: bool,
    /// The approvers may approve break-glass access (`ssh all`).
    pub break_glass_approver: bool,
    /// Fields that this version does not know.
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

    /// Puts an unknown key into every object of a rule.
    #[test]
    fn unknown_key_is_reported_with_its_path_and_kept() {
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
