//! `p0 dev`.
