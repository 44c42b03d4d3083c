//! Plain `ssh` with a service that is hostile.
