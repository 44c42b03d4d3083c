//! The organisations that there are sessions with, and which of them is meant. Offline: the records say it all.

use super::{SessionInfo, Sessions, checked};
use crate::error::Failure;
use anyhow::Result;

impl Sessions<'_> {
    /// What is known of every session, by the organisation's name; and whether it is the one that calls for its organisation use,
    /// of those with several services.
    pub fn all(&self) -> Result<Vec<(SessionInfo, bool)>> {
        let mut all = Vec::new();
        for org in self.store().orgs()? {
            all.extend(self.info(&org)?.map(|info| (info, true)));
            all.extend(self.elsewhere(&org)?.into_iter().map(|info| (info, false)));
        }
        Ok(all)
    }

    /// The organisation that this run is about, if one is chosen: by flag, variable or file, else the current one.
    pub fn chosen(&self) -> Result<Option<String>, Failure> {
        match &self.ctx.settings.org {
            Some(org) => checked(org.clone()).map(Some),
            None => self.store().current(),
        }
    }

    /// Makes an organisation the one that later runs are about; `None` if there is no session with it.
    pub fn make_current(&self, org: &str) -> Result<Option<SessionInfo>> {
        let org = checked(org.to_owned())?;
        let Some(info) = self.info(&org)? else { return Ok(None) };
        self.store().set_current(Some(&org))?;
        Ok(Some(info))
    }
}
