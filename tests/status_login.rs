//! `p0 status_login`.
