//! Keeping secrets in this process's memory.

/// From now on, no core dump of this process is written, and no other process of the user's may look into it
/// (prctl(2), `PR_SET_DUMPABLE`). A tool that it becomes or runs is as it always is.
#[cfg(target_os = "linux")]
pub(super) fn process() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::debug!(%error, "core dumps stay possible");
    }
}

/// Elsewhere core dumps are off unless the user turns them on.
#[cfg(not(target_os = "linux"))]
pub(super) fn process() {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, dumpable_behavior};

    #[test]
    fn the_process_cannot_be_dumped() {
        super::process();
        assert_eq!(dumpable_behavior().expect("asked"), DumpableBehavior::NotDumpable);
    }
}
