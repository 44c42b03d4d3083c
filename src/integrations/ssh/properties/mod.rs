//! Whatever is written, the real programs read it as what it was: property tests of all that goes to `ssh` and comes back.

mod configuration;
mod documents;
mod own_options;
mod said;
