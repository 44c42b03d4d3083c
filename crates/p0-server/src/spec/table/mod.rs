//! The integrations that the service knows by itself, as data.

mod cloud;
mod database;
mod directory;
mod machine;

use crate::spec::Integration;

/// Every integration of the table, by name.
pub(crate) fn all() -> Vec<Integration> {
    let mut all = vec![
        cloud::aws(),
        cloud::azure(),
        cloud::gcloud(),
        cloud::k8s(),
        database::mysql(),
        database::postgres(),
        database::snowflake(),
        directory::azure_ad(),
        directory::github(),
        directory::okta(),
        directory::workspace(),
        machine::file_transfer(),
        machine::rdp(),
        machine::ssh(),
    ];
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}
