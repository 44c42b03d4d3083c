//! Identifiers of Azure's resources
//! (<https://learn.microsoft.com/rest/api/resources/resources/get-by-id>): `/subscriptions/…/resourceGroups/…/providers/…`.

use crate::integrations::ssh::names::BadName;

/// A resource in a group, and what of its identifier is its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceId {
    pub subscription: String,
    /// The resource group's name.
    pub group: String,
    /// The resource's own name.
    pub name: String,
}

impl ResourceId {
    /// `/subscriptions/<id>/resourceGroups/<group>/providers/<namespace>/<type>/<name>`, in any case.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let (group, name) = match text.split('/').collect::<Vec<_>>()[..] {
            ["", _, _, _, _, providers, _, _, name] if providers.eq_ignore_ascii_case("providers") => {
                (text.rsplitn(5, '/').last().unwrap_or_default(), name)
            }
            _ => return Err(BadName::new("a resource of Azure", text)),
        };
        let (subscription, group) = group_of(group)?;
        Ok(Self { subscription, group, name: part("a resource of Azure", name)? })
    }
}

/// The subscription and the name of a resource group: `/subscriptions/<id>/resourceGroups/<group>`, in any case.
pub fn group_of(text: &str) -> Result<(String, String), BadName> {
    const WHAT: &str = "a resource group of Azure";
    match text.split('/').collect::<Vec<_>>()[..] {
        ["", subscriptions, subscription, groups, group]
            if subscriptions.eq_ignore_ascii_case("subscriptions") && groups.eq_ignore_ascii_case("resourceGroups") =>
        {
            Ok((part(WHAT, subscription)?, part(WHAT, group)?))
        }
        _ => Err(BadName::new(WHAT, text)),
    }
}

/// A name that `az` takes neither for an option nor for a file (`@file`): letters, digits, `.`, `_`, `-` and
/// parentheses, beginning with a letter, a digit or `_`.
pub fn part(what: &'static str, text: &str) -> Result<String, BadName> {
    let first = |c: char| c.is_alphanumeric() || c == '_';
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '(' | ')');
    match text.starts_with(first) && text.chars().count() <= 90 && text.chars().all(fits) {
        true => Ok(text.to_owned()),
        false => Err(BadName::new(what, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::ssh::provider::tests::hostile;

    #[test]
    fn identifiers_are_taken_apart() {
        let id = "/subscriptions/00000000-0000-4000-8000-000000000001/resourcegroups/mail (old)/providers/\
            Microsoft.Network/bastionHosts/office";
        assert!(ResourceId::parse(id).is_err(), "a blank");
        let id = ResourceId::parse(&id.replace(' ', "_")).expect("an identifier");
        assert_eq!(id.subscription, "00000000-0000-4000-8000-000000000001");
        assert_eq!((id.group.as_str(), id.name.as_str()), ("mail_(old)", "office"));
        assert_eq!(group_of("/subscriptions/s/resourceGroups/g"), Ok(("s".into(), "g".into())));
        for bad in
            ["office", "/subscriptions/s", "/a/s/b/g/providers/n/t/x", "/subscriptions/s/resourceGroups/g/x/n/t/x"]
        {
            assert!(ResourceId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_part_is_neither_an_option_nor_a_file() {
        for bad in hostile() {
            assert!(part("a name", &bad).is_err(), "{bad:?}");
            assert!(ResourceId::parse(&format!("/subscriptions/s/resourceGroups/g/providers/n/t/{bad}")).is_err());
            assert!(group_of(&format!("/subscriptions/{bad}/resourceGroups/g")).is_err(), "{bad:?}");
        }
        assert!(part("a name", "@/etc/passwd").is_err() && part("a name", "").is_err());
    }
}
