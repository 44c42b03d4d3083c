//! The user's private key where `ssh` can use it, for as long as a session lasts: an agent signs with it, and it is in no
//! file. OpenSSH for Windows takes agents by pipes that every process of the machine may open, so there it is a file in a
//! directory of the user's alone.

#[cfg(unix)]
mod agent;
#[cfg(windows)]
mod file;

#[cfg(unix)]
pub(super) use agent::AtHand;
#[cfg(windows)]
pub(super) use file::AtHand;
