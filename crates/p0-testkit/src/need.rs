//! What a test needs of the machine beyond Rust and a C compiler. Where it is missing the test is skipped, and says so;
//! with `CI=true` it fails, so that no test is skipped unnoticed for good. But for programs that test.sh has found no
//! package of on this system: it says so itself, and names them here in `P0_TEST_WITHOUT`.

use std::path::{Path, PathBuf};

/// The directories in which tests look for programs, in order: the pinned programs of test.sh, then the system's.
pub fn program_directories() -> Vec<PathBuf> {
    let system = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];
    pinned_programs().into_iter().chain(system.map(PathBuf::from)).collect()
}

/// `tools/bin` in Cargo's target directory. A test binary is in `<target>/<profile>/deps`.
fn pinned_programs() -> Option<PathBuf> {
    let test_binary = std::env::current_exe().ok()?;
    Some(test_binary.ancestors().nth(3)?.join("tools/bin"))
}

/// One thing that a machine has or lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The right to mount file systems.
    Root,
    /// A program in one of [`program_directories`].
    Program(&'static str),
    /// A file or directory, such as a package that test.sh installs.
    File(&'static str),
}

impl Need {
    fn is_there(self) -> bool {
        match self {
            Self::Root => rustix::process::geteuid().is_root(),
            Self::Program(name) => {
                program_directories().iter().any(|directory| directory.join(name).symlink_metadata().is_ok())
            }
            Self::File(path) => Path::new(path).symlink_metadata().is_ok(),
        }
    }
}

/// Whether all of it is there. If not, the test is to return: `if !need::all(&[Need::Root]) { return; }`.
#[track_caller]
pub fn all(needs: &[Need]) -> bool {
    decide(needs, in_ci(), &not_to_be_had())
}

#[track_caller]
#[expect(clippy::print_stderr, reason = "the runner shows it beside the test")]
fn decide(needs: &[Need], in_ci: bool, not_to_be_had: &str) -> bool {
    let missing: Vec<_> = needs.iter().filter(|need| !need.is_there()).collect();
    if missing.is_empty() {
        return true;
    }
    let excused =
        |need: &&Need| matches!(need, Need::Program(name) if not_to_be_had.split(' ').any(|word| word == *name));
    let is_excused = !in_ci || missing.iter().all(excused);
    assert!(is_excused, "this test needs {missing:?}, and CI has to have it: see test.sh");
    eprintln!("skipped: needs {missing:?}");
    false
}

#[expect(clippy::disallowed_methods, reason = "the kit is not part of the program")]
fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// Programs that no package of this system has, with blanks between.
#[expect(clippy::disallowed_methods, reason = "the kit is not part of the program")]
fn not_to_be_had() -> String {
    std::env::var("P0_TEST_WITHOUT").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_found() {
        assert!(decide(&[Need::Program("sh"), Need::File("/etc/passwd")], true, ""));
        assert!(!decide(&[Need::File("/etc/passwd/nowhere")], false, ""));
        assert!(!decide(&[Need::Program("sh"), Need::Program("no-such-program")], false, ""));
        // Nobody can be blamed for what is not to be had.
        assert!(!decide(&[Need::Program("no-such-program")], true, "other no-such-program"));
    }

    #[test]
    #[should_panic(expected = "this test needs [Program(\"no-such-program\")]")]
    fn nothing_is_skipped_in_ci() {
        decide(&[Need::Program("no-such-program")], true, "no-such such-program");
    }
}
