//! A call, as data.

use crate::Tokens;
use bytes::Bytes;
use reqwest::Method;
use std::{borrow::Cow, time::Instant};
use url::Url;

/// A call to make.
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// A JSON document.
    pub(crate) body: Option<Bytes>,
    /// Absent: the call is public.
    pub(crate) tokens: Option<&'a dyn Tokens>,
    pub(crate) repeat: Repeat,
    /// When it is too late, retries included.
    pub(crate) deadline: Option<Instant>,
    /// Nobody is told that it is tried again.
    pub(crate) quiet: bool,
}

/// Whether a call that may have been carried out can be made again.
pub(crate) enum Repeat {
    /// Repeating changes nothing.
    Harmless,
    /// It is repeated only when it certainly was not carried out. This is what to do when nobody knows.
    Unsafe { advice: Cow<'static, str> },
}
