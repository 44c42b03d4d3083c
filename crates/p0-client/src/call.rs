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
    /// Retries are not reported.
    pub(crate) quiet: bool,
}

/// Whether a call that may have been carried out can be made again.
pub(crate) enum Repeat {
    /// Repeating changes nothing.
    Harmless,
    /// The call is repeated only if the service certainly did not carry it out. `advice` says what to do if that is unknown.
    Unsafe { advice: Cow<'static, str> },
}
