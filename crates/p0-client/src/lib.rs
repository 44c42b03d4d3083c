//! The JIT API over HTTP: typed calls, designed errors, retries and the status stream.
//!
//! [`Http`] is the one HTTP stack; [`discover`] finds an organisation on it; [`Client`] makes the authenticated calls,
//! with tokens from whoever implements [`Tokens`]. [`Client::follow`] waits for a request through lost connections and
//! restarted services without ever asking twice.
//!
//! Nothing here prints, prompts or reads the environment. Time passes by the [`Timer`] given.

mod answer;
mod call;
mod client;
mod error;
mod follow;
mod http;
mod org;
mod proxy;
mod retry;
mod send;
mod stream;
mod tls;
mod tokens;

pub use answer::Answer;
pub use client::{
    Client,
    admin::{Limit, Subject},
    requests::Which,
};
pub use error::{Error, Network, ProxyFailure, ProxyFault};
pub use follow::{Followed, Progress, Until, Wait};
pub use http::{Fetched, Http, HttpOptions, is_loopback, may_carry_secrets};
pub use org::{check_slug, discover};
pub use p0_tls::TlsFailure;
pub use proxy::{Proxy, ProxyVariables};
pub use retry::{OnRetry, RetryPolicy, Retrying, SystemTimer, Timer};
pub use tls::Trust;
pub use tokens::{FixedToken, Tokens, TokensError};
