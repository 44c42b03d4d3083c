//! Directories, and what has members as they do.

use crate::spec::{AccessType, Argument, Integration, Kind};

pub(super) fn okta() -> Integration {
    groups("okta", "Okta", "Okta group")
}

pub(super) fn azure_ad() -> Integration {
    groups("azure-ad", "Microsoft Entra ID", "Entra ID group")
}

pub(super) fn workspace() -> Integration {
    groups("workspace", "Google Workspace", "Google group")
}

fn groups(name: &str, label: &str, group: &str) -> Integration {
    Integration::new(name, label)
        .kind(Kind::new("group", "groups").known_by_value())
        .offers(AccessType::new("group", group).argument(Argument::one("group", "Group name or identifier", "group")))
}

pub(super) fn github() -> Integration {
    Integration::new("github", "GitHub")
        .kind(Kind::new("team", "teams"))
        .offers(AccessType::new("team", "GitHub team").argument(Argument::one("team", "Team slug", "team")))
}
