//! `p0 decide`.
