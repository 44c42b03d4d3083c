//! Sessions by Secure Shell: what is the same at every provider.

pub mod names;
pub mod option;
pub mod program;
pub mod provider;
pub mod words;
