//! `p0 generated`.
