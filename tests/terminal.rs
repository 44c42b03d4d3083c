//! `p0 terminal`.
