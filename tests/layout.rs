//! The tests themselves, and the binary as such.

use crate::harness::env;
use std::{fs, path::Path};

/// A file that `main.rs` does not name is never compiled, and its tests never fail.
#[test]
fn no_test_file_is_forgotten() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let main = fs::read_to_string(tests.join("main.rs")).unwrap();
    for entry in fs::read_dir(tests).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let module = path.extension().is_some_and(|extension| extension == "rs") && name != "main";
        assert!(!module || main.contains(&format!("mod {name};")), "tests/{name}.rs is no module of main.rs");
    }
}

#[test]
fn the_version_is_said_on_stdout_and_leaves_nothing_behind() {
    let env = env();
    env.p0(["--version"]).run().success().stdout_is(concat!("p0 ", env!("CARGO_PKG_VERSION"), "\n"));
    assert!(env.files().is_empty(), "{:?}", env.files());
}

#[test]
fn wrong_usage_is_64_and_stays_off_stdout() {
    env().p0(["no-such-command"]).run().code(64).stdout_is("").stderr_has("no-such-command");
}
