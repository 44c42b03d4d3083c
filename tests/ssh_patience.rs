//! A `p0 ssh` that is killed, and several at once.
