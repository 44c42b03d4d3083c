//! Plain `ssh` and all that runs it (git, rsync, editors), by way of the user's configuration.
//!
//! Before `ssh` connects to any host it asks [`resolve()`] whether that is one of the user's machines. If so, there is a
//! file of configuration for it, by which the connection goes through [`carry()`], and the user's key comes from
//! [`serve_key`], one process for all connections, which ends when there are none.

mod caller;
mod effect;
mod forget;
mod known_machine;
mod negative_cache;
mod proxy;
mod resolve;
mod serve;

pub use effect::{Effect, effect};
pub use forget::{Whose, forget};
pub use negative_cache::granted;
pub use proxy::carry;
pub use resolve::{Asker, resolve};
pub use serve::serve_key;
#[cfg(windows)]
pub(super) use serve::sweep as sweep_keys;
