//! What the modules share: the environment of a test, with the binary under test in it, and the service's organisation.

use p0_testkit::{Service, TestEnv};
use std::{fs, path::PathBuf};

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

/// The file with the secrets of the only session with `example`, by its owner's name; one that is not there, where there is none.
#[track_caller]
pub(crate) fn session_secrets(env: &TestEnv) -> PathBuf {
    let directory = env.state_dir().join("p0/secrets");
    // `example.<service>.<owner>.json`; what a session earns says what it is in between.
    let is_session = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("example.") && name.split('.').count() == 4
    };
    let entries = fs::read_dir(&directory).into_iter().flatten().map(|entry| entry.unwrap().path());
    let found: Vec<PathBuf> = entries.filter(is_session).collect();
    assert!(found.len() < 2, "several sessions: {found:?}");
    found.into_iter().next().unwrap_or_else(|| directory.join("none.json"))
}
