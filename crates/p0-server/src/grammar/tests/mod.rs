//! Commands against the seeded catalogue, and against some that are made for one question.

mod accesses;
mod listing;
mod properties;
mod wrong;

use super::*;
use crate::catalog::{IntegrationsConfig, seeds};

const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// A key that `ssh-keygen` could have made.
const PUBLIC_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

fn seeded() -> Catalog {
    Catalog::from_config(seeds()).expect("the seeds make a catalogue")
}

fn catalog(config: &str) -> Catalog {
    let config: IntegrationsConfig = toml::from_str(config).expect("a configuration");
    Catalog::from_config(config).expect("a catalogue")
}

/// The words of a command line; what stands between bars is one word.
fn argv(line: &str) -> Vec<String> {
    let parts = line.split('|').enumerate();
    parts
        .flat_map(|(i, part)| match i % 2 {
            0 => part.split_whitespace().map(String::from).collect::<Vec<_>>(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

fn run(catalog: &Catalog, line: &str) -> Result<Parsed, String> {
    parse(&argv(line), "p0", catalog, NOW).map_err(|usage| usage.0)
}

fn ask(catalog: &Catalog, line: &str) -> Result<ParsedRequest, String> {
    match run(catalog, line)? {
        Parsed::Request(ask) | Parsed::Grant { ask, .. } | Parsed::Allow { ask, .. } => Ok(ask),
        Parsed::Ls(query) => panic!("not an ask: {query:?}"),
    }
}

#[track_caller]
fn access_of(catalog: &Catalog, words: &str) -> Access {
    ask(catalog, &format!("request {words}")).unwrap_or_else(|e| panic!("{words}: {e}")).access
}

#[track_caller]
fn error_of(catalog: &Catalog, line: &str) -> String {
    run(catalog, line).map(|parsed| panic!("{line}: {parsed:?}")).unwrap_or_else(|error: String| error)
}
