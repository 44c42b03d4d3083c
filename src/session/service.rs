//! Which service an organisation is meant to be at: several can have one of the same name.
//!
//! What the user sets counts (`P0_APP_URL`, `app_url` in `config.toml`), else the service that they last signed in to, else the
//! built-in one. All of it is known on this machine.

use super::{
    describe, owner,
    store::{Record, SessionStore},
};
use crate::{dirs::Dirs, error::Failure, session::login::Memory, settings::Settings};
use url::Url;

/// The service of an organisation, and the session with it.
#[derive(Debug, Clone)]
pub struct Service {
    /// Where the organisation is looked up.
    pub lookup: Url,
    /// The session with it.
    pub record: Option<Record>,
    /// The sessions with other services that have an organisation of this name.
    pub others: Vec<Record>,
}

impl Service {
    /// Finds it, without asking anybody.
    pub fn find(dirs: &Dirs, settings: &Settings, store: &SessionStore, org: &str) -> Result<Self, Failure> {
        let mut others = store.records(org)?;
        let remembered = Memory::recall(dirs, org).service;
        let at = |records: &[Record], lookup: &Url| -> Result<Option<usize>, Failure> {
            let is_looked_up_there = |record: &Record| {
                record.lookup.as_ref().is_some_and(|looked_up| owner::is_same_service(looked_up, lookup))
            };
            // The newest is the last one.
            let found = records.iter().rposition(is_looked_up_there);
            if found.is_some() || records.is_empty() {
                return Ok(found);
            }
            let base = describe::known(dirs, lookup, org)?.map_or_else(|| lookup.clone(), |known| known.base);
            Ok(records.iter().rposition(|record| owner::is_same_service(&record.base, &base)))
        };
        if let Some(lookup) = &settings.app_url {
            let record = at(&others, lookup)?.map(|index| others.remove(index));
            // First the one that would be used without this setting.
            others.sort_by_key(|other| other.lookup != remembered);
            return Ok(Self { lookup: lookup.clone(), record, others });
        }
        let built_in = Settings::built_in_service();
        let found = match &remembered {
            Some(lookup) => at(&others, lookup)?,
            None => at(&others, &built_in)?,
        };
        // Of the one that was signed in to last there may be no session any more.
        let found = found.or((!others.is_empty()).then_some(0));
        let Some(record) = found.map(|index| others.remove(index)) else {
            return Ok(Self { lookup: remembered.unwrap_or(built_in), record: None, others });
        };
        let lookup = match &record.lookup {
            Some(lookup) => lookup.clone(),
            None if Self::leads_to(dirs, &built_in, org, &record)? => built_in,
            None => record.base.clone(),
        };
        Ok(Self { lookup, record: Some(record), others })
    }

    fn leads_to(dirs: &Dirs, lookup: &Url, org: &str, record: &Record) -> Result<bool, Failure> {
        let known = describe::known(dirs, lookup, org)?;
        Ok(known.is_some_and(|known| owner::is_same_service(&known.base, &record.base)))
    }
}
