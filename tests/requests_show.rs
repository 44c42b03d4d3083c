//! `p0 requests_show`.
