//! What the modules share: the environment of a test, with the binary under test in it.

use p0_testkit::TestEnv;

/// A fresh environment. Nothing in it knows a service: see [`TestEnv::serve`] and [`TestEnv::use_service`].
pub(crate) fn env() -> TestEnv {
    TestEnv::new(env!("CARGO_BIN_EXE_p0"))
}
