//! By an agent.

use crate::{
    ctx::Ctx,
    error::Failure,
    integrations::ssh::{agent::Agent, command::KeyAt, key::UserKey},
};
use std::{path::Path, sync::Arc};

/// A key that is at hand. Dropping it ends the agent.
#[derive(Debug)]
pub(in super::super) struct AtHand {
    _agent: Agent,
    at: KeyAt,
}

impl AtHand {
    /// Brings the key to hand in this directory, which is the user's alone.
    pub(in super::super) fn new(_ctx: &Ctx, directory: &Path, key: Arc<UserKey>) -> Result<Self, Failure> {
        let agent = Agent::start(directory, key)
            .map_err(|error| Failure::error(format!("The agent for SSH cannot be started: {error}")))?;
        let at = KeyAt { agent: Some(agent.socket().to_owned()), file: directory.join("id.pub") };
        Ok(Self { _agent: agent, at })
    }

    /// Where `ssh` has it from.
    pub(in super::super) fn at(&self) -> &KeyAt {
        &self.at
    }
}
