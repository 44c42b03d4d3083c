//! The database servers that are installed, and which of them is meant.

use super::generate_db_auth_token::Arch;
use crate::error::{Failure, Result};
use p0_client::{Client, Error};
use p0_wire::integration::{Configuration, DatabaseInstance};

pub(super) const TELL: &str = "Tell whoever runs the organisation's databases.";

/// The servers of a kind, as the service says now.
pub(super) async fn fetch(client: &Client, arch: Arch) -> Result<Configuration> {
    match client.integration(arch.word()).await {
        Ok(answer) => Ok(answer.value),
        Err(Error::NotFound { text }) => {
            tracing::debug!(text, "the organisation has no such databases");
            Ok(Configuration::default())
        }
        Err(error) => Err(error.into()),
    }
}

/// The identifier of the server that is named by identifier or label, else of the only one; `None` leaves it to the
/// service, which knows what each of them has.
pub(super) fn choose(
    all: &Configuration,
    arch: Arch,
    wanted: Option<&str>,
) -> std::result::Result<Option<String>, Failure> {
    let servers: Vec<(&str, Option<String>)> = all
        .installed::<DatabaseInstance>()
        .map(|(id, described)| (id, described.ok().and_then(|instance| instance.label)))
        .collect();
    let listed = |failure: Failure, servers: &[(&str, Option<String>)]| {
        let line = |(id, label): &(&str, Option<String>)| match label {
            Some(label) => format!("  {label} ({id})"),
            None => format!("  {id}"),
        };
        servers.iter().map(line).fold(failure.hint("Name one with --instance:"), Failure::hint)
    };
    let Some(wanted) = wanted else {
        return match &servers[..] {
            [] => Err(none_installed(arch)),
            [(only, _)] => Ok(Some((*only).to_owned())),
            _ => Ok(None),
        };
    };
    // An identifier is nobody else's, whatever servers are called.
    if servers.iter().any(|(id, _)| *id == wanted) {
        return Ok(Some(wanted.to_owned()));
    }
    let meant: Vec<_> = servers.iter().filter(|(_, label)| label.as_deref() == Some(wanted)).cloned().collect();
    match &meant[..] {
        [(id, _)] => Ok(Some((*id).to_owned())),
        [] if servers.is_empty() => Err(none_installed(arch)),
        [] => Err(listed(Failure::error(format!("There is no {} instance '{wanted}'.", arch.name())), &servers)),
        _ => Err(listed(Failure::usage(format!("Several {} instances are called '{wanted}'.", arch.name())), &meant)),
    }
}

fn none_installed(arch: Arch) -> Failure {
    Failure::error(format!("No {} instance is installed.", arch.name())).hint(TELL)
}

/// What is known of a server.
pub(super) fn described(all: &Configuration, arch: Arch, id: &str) -> std::result::Result<DatabaseInstance, Failure> {
    match all.item(id) {
        Some(Ok(instance)) => Ok(instance),
        Some(Err(error)) => Err(Failure::error(format!(
            "How the {} instance '{id}' is reached is not understood: {error}.",
            arch.name()
        ))
        .hint(TELL)),
        None => {
            Err(Failure::error(format!("How the {} instance '{id}' is reached is unknown.", arch.name())).hint(TELL))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn installed(items: Value) -> Configuration {
        serde_json::from_value(json!({"config": {"iam-write": items}})).expect("a configuration")
    }

    fn server(label: &str) -> Value {
        json!({"state": "installed", "label": label, "hostname": "h", "port": 5432})
    }

    fn chosen(all: &Configuration, wanted: Option<&str>) -> std::result::Result<Option<String>, Failure> {
        choose(all, Arch::Postgres, wanted)
    }

    #[test]
    fn a_server_is_chosen_by_identifier_by_label_or_as_the_only_one() {
        let two = installed(json!({"orders": server("Orders"), "shop": server("orders"), "x": {"state": "new"}}));
        assert_eq!(chosen(&two, Some("orders")).expect("by identifier").as_deref(), Some("orders"));
        assert_eq!(chosen(&two, Some("Orders")).expect("by label").as_deref(), Some("orders"));
        assert_eq!(chosen(&two, None).expect("the service decides"), None);
        let one = installed(json!({"orders": server("Orders")}));
        assert_eq!(chosen(&one, None).expect("the only one").as_deref(), Some("orders"));
    }

    #[test]
    fn what_is_not_there_is_told_with_what_is() {
        let two = installed(json!({"orders": server("Orders"), "shop": {"state": "installed"}}));
        let failure = chosen(&two, Some("x")).expect_err("unknown");
        assert_eq!(failure.message, "There is no PostgreSQL instance 'x'.");
        assert_eq!(failure.hints, ["Name one with --instance:", "  Orders (orders)", "  shop"]);
        let twins = installed(json!({"a": server("same"), "b": server("same")}));
        assert!(chosen(&twins, Some("same")).expect_err("twins").message.contains("Several PostgreSQL instances"));
        for wanted in [None, Some("x")] {
            let failure = chosen(&installed(json!({})), wanted).expect_err("none");
            assert_eq!(failure.message, "No PostgreSQL instance is installed.");
        }
        let failure = described(&two, Arch::Postgres, "shop").expect_err("not understood");
        assert!(failure.message.starts_with("How the PostgreSQL instance 'shop' is reached is not understood"));
        described(&two, Arch::Postgres, "gone").expect_err("unknown");
    }
}
