//! A hermetic environment for tests of the real binary as a process of its own, and the neighbours that it meets: the
//! service, a browser, servers that misbehave, a terminal, a Secret Service, a full disk. Never published.
//!
//! Everything is blocking, waits for events rather than for time, and is bounded: what does not come within its limit is
//! a panic that shows what came instead. Every process is killed with its group when its handle is dropped.
//!
//! ```no_run
//! # let program = "p0";
//! let env = p0_testkit::TestEnv::new(program); // in the tests of `p0`: env!("CARGO_BIN_EXE_p0")
//! env.p0(["--version"]).run().success().stdout_is("p0 0.1.0\n");
//! ```
#![expect(clippy::expect_used, clippy::panic, reason = "the kit reports to a test, which fails by panicking")]

pub mod browser;
pub mod cloud;
pub mod disk;
pub mod env;
pub mod fake_browser;
pub mod front;
pub mod hostile;
mod html;
mod http;
pub mod identity_center;
pub mod kube_api;
pub mod moto;
pub mod need;
pub mod output;
pub mod postgres;
mod process;
pub mod recorder;
pub mod run;
pub mod secret_service;
pub mod service;
pub mod sign_in;
pub mod snapshot;
pub mod sshd;
pub mod stand_in;
pub mod terminal;
mod tls;
mod watch;

#[doc(hidden)]
pub use insta;

pub use browser::Browser;
pub use cloud::CloudTool;
pub use disk::Disk;
pub use env::TestEnv;
pub use fake_browser::FakeBrowser;
pub use front::Front;
pub use identity_center::IdentityCenter;
pub use kube_api::KubeApi;
pub use moto::Moto;
pub use output::Output;
pub use postgres::Postgres;
pub use process::Signal;
pub use recorder::Recorder;
pub use run::{Invocation, Running};
pub use secret_service::SecretService;
pub use service::Service;
pub use sshd::Sshd;
pub use stand_in::{Answer, Gate, StandIn};
pub use terminal::{Key, Terminal};
pub use tls::Identity;

use std::time::Duration;

/// How long the kit waits for anything unless told otherwise: long enough for a busy machine, short enough to be told.
pub const LIMIT: Duration = Duration::from_secs(30);
