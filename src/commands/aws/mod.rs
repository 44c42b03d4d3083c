//! `p0 aws`: credentials for AWS, and what they open.

pub mod output;
