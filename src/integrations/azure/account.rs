//! As whom `az` speaks to Azure: `az account list`
//! (<https://learn.microsoft.com/cli/azure/account#az-account-list>).
//!
//! `az` signs certificates and opens tunnels as whoever its default subscription belongs to, whatever `--subscription`
//! says. Other subscriptions of the same person in the same directory serve as well; another default does not.

use serde::Deserialize;

/// A subscription that `az` knows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    pub id: String,
    #[serde(default)]
    pub name: String,
    pub tenant_id: String,
    /// `az` uses it where nothing else is said.
    #[serde(default)]
    pub is_default: bool,
    /// Who is signed in to it.
    pub user: Person,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Person {
    /// Their name: an e-mail address, as a rule.
    pub name: String,
}

/// How `az` stands to a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// What it does is done as whoever may use the subscription.
    Ready,
    /// It is set to somebody or something else: `az account set` changes that. What it is set to.
    Elsewhere(String),
    /// It is signed in to the directory, but does not know the subscription.
    Unknown,
    /// It is not signed in, or to other directories only.
    SignedOut,
}

/// How `az` stands to a subscription in a directory, if that is known, by what it lists.
pub fn standing(listed: &[Subscription], id: &str, directory: Option<&str>) -> Standing {
    let default = listed.iter().find(|subscription| subscription.is_default);
    let Some(wanted) = listed.iter().find(|subscription| subscription.id.eq_ignore_ascii_case(id)) else {
        let is_directory = |listed: &Subscription| directory.is_none_or(|id| listed.tenant_id.eq_ignore_ascii_case(id));
        return if listed.iter().any(is_directory) { Standing::Unknown } else { Standing::SignedOut };
    };
    match default {
        Some(default) if default.tenant_id == wanted.tenant_id && default.user == wanted.user => Standing::Ready,
        Some(default) => Standing::Elsewhere(format!("{} of {}", default.name, default.user.name)),
        None => Standing::Elsewhere("no subscription".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn listed(rows: &[(&str, &str, &str, bool)]) -> Vec<Subscription> {
        let row = |(id, tenant, user, default): &(&str, &str, &str, bool)| {
            json!({"id": id, "name": format!("{id}-name"), "tenantId": tenant, "isDefault": default, "state": "Enabled",
                "user": {"name": user, "type": "user"}, "cloudName": "AzureCloud"})
        };
        serde_json::from_value(rows.iter().map(row).collect()).expect("subscriptions")
    }

    #[test]
    fn the_default_counts_by_its_person_and_directory() {
        let same = listed(&[("a", "t", "ada", true), ("b", "t", "ada", false)]);
        assert_eq!(standing(&same, "b", Some("t")), Standing::Ready);
        assert_eq!(standing(&same, "A", None), Standing::Ready);
        let other_directory = listed(&[("a", "t", "ada", true), ("b", "u", "ada", false)]);
        assert_eq!(standing(&other_directory, "b", Some("u")), Standing::Elsewhere("a-name of ada".into()));
        let other_person = listed(&[("a", "t", "admin", true), ("b", "t", "ada", false)]);
        assert_eq!(standing(&other_person, "b", None), Standing::Elsewhere("a-name of admin".into()));
        let no_default = listed(&[("b", "t", "ada", false)]);
        assert_eq!(standing(&no_default, "b", None), Standing::Elsewhere("no subscription".into()));
    }

    #[test]
    fn what_is_not_listed_is_new_or_of_somebody_else() {
        let some = listed(&[("a", "t", "ada", true)]);
        assert_eq!(standing(&some, "b", Some("T")), Standing::Unknown);
        assert_eq!(standing(&some, "b", None), Standing::Unknown);
        assert_eq!(standing(&some, "b", Some("u")), Standing::SignedOut);
        assert_eq!(standing(&[], "b", None), Standing::SignedOut);
    }
}
