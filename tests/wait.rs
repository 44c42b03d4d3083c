//! `p0 wait`.
