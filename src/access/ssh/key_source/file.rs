//! By a file, which goes with the session; if this process is killed, with the next one's begin, by the lock in its
//! directory ([`crate::dirs::Private`]).

use crate::{
    access::ssh::openssh,
    ctx::Ctx,
    dirs,
    error::Failure,
    integrations::ssh::{command::KeyAt, key::UserKey},
};
use secrecy::ExposeSecret;
use std::{path::Path, sync::Arc};

/// A key that is at hand. Dropping it removes the file.
#[derive(Debug)]
pub(in super::super) struct AtHand(KeyAt);

impl AtHand {
    /// Brings the key to hand in this directory, which is the user's alone.
    pub(in super::super) fn new(ctx: &Ctx, directory: &Path, key: Arc<UserKey>) -> Result<Self, Failure> {
        openssh::sweep_keys(ctx);
        let text =
            key.to_file().map_err(|error| Failure::error(format!("The key for SSH cannot be used: {error}.")))?;
        // Removed from here on, whatever becomes of it.
        let at_hand = Self(KeyAt { agent: None, file: directory.join("id") });
        dirs::write_private(&at_hand.0.file, text.expose_secret().as_bytes()).map_err(|error| {
            Failure::error(format!("The key for SSH cannot be put into a file for ssh: {error}")).hint(dirs::ADVICE)
        })?;
        Ok(at_hand)
    }

    /// Where `ssh` has it from.
    pub(in super::super) fn at(&self) -> &KeyAt {
        &self.0
    }
}

impl Drop for AtHand {
    fn drop(&mut self) {
        if let Err(error) = dirs::remove(&self.0.file) {
            // Its directory goes as well, now or when the next session begins.
            tracing::debug!(%error, "the file of the key for SSH stays for now");
        }
    }
}
