//! What the modules share: the environment of a test, with the binary under test in it, and the service's organisation.

use p0_testkit::{Service, TestEnv};

/// The organisation of the tests, as the service's configuration.
pub(crate) const ORGANISATION: &str = include_str!("organisation.toml");
/// The password of everybody in it.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// Gets `gcloud role viewer` at once, as the one on call; must wait for the reviewer with anything else.
pub(crate) const ASKER: &str = "asker@example.com";

/// A fresh environment that knows no service.
pub(crate) fn env() -> TestEnv {
    TestEnv::new(env!("CARGO_BIN_EXE_p0"))
}

/// A fresh environment, and the service that it knows.
pub(crate) fn env_with_service() -> (TestEnv, Service) {
    let mut env = env();
    let service = env.serve(ORGANISATION);
    env.use_service(&service);
    (env, service)
}
