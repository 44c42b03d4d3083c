//! There is no machine `localhost` where it is not known whose a connection is.

use crate::dirs::Dirs;
use p0_server::catalog::Machine as Described;
use std::{convert::Infallible, io};

#[derive(Debug)]
pub(super) struct Machine(Infallible);

#[derive(Debug)]
pub(super) struct Reachable(Infallible);

/// Why there is no machine.
#[derive(Debug, thiserror::Error)]
#[error("p0 dev runs one on Linux only")]
pub(super) struct Missing;

impl Machine {
    pub(super) async fn prepare(_dirs: &Dirs) -> Result<Self, Missing> {
        Err(Missing)
    }

    pub(super) fn described(&self) -> io::Result<Described> {
        match self.0 {}
    }

    pub(super) fn trust(self, _authority: &str) -> io::Result<Reachable> {
        match self.0 {}
    }
}

impl Reachable {
    pub(super) async fn end(self) {
        match self.0 {}
    }
}
