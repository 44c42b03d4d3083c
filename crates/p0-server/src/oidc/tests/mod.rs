//! The provider through its router, by a clock that the tests turn.

mod code;
mod device;
pub(crate) mod harness;
mod refresh;
mod sso;
mod tokens;
