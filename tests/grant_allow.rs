//! `p0 grant_allow`.
