//! Plain `ssh` to machines of the clouds.
