//! `p0 ssh-config`, and the configurations that users have of their own.
