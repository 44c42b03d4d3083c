//! `p0 tool`.
