//! Sessions by Secure Shell: what is the same at every provider.

#[cfg(unix)]
pub mod agent;
pub mod certificate;
pub mod command;
pub mod key;
pub mod known_hosts;
pub mod names;
pub mod own_args;
pub mod program;
#[cfg(all(test, unix))]
mod properties;
pub mod provider;
pub mod quoting;
pub mod user_config;
#[cfg(unix)]
mod wire;
pub mod words;
