//! The tools that `p0` runs for you: which are there, and in which version.

use super::{Finding, LIMIT};
use crate::{
    dirs,
    integrations::programs::{self, LocalSystem, Program},
};
use std::{ffi::OsStr, io, process::Stdio};
use tokio::process::Command;

/// What became of running a program.
pub(super) enum Ran {
    /// It ended by itself.
    Ended {
        success: bool,
        /// The first line that it wrote, to stdout or else to stderr.
        line: String,
    },
    /// There is no such program.
    Missing,
    /// It cannot be started.
    Broken(io::Error),
    /// It did not end in time.
    Late,
}

/// Asks each for its version, all at once.
pub(super) async fn check(path: Option<&OsStr>) -> [Finding; 6] {
    let [ssh, aws, plugin, gcloud, az, kubectl] = programs::ALL.map(|tool| ask(tool, path));
    tokio::join!(ssh, aws, plugin, gcloud, az, kubectl).into()
}

async fn ask(tool: Program, path: Option<&OsStr>) -> Finding {
    let ran = run(tool.name, tool.version, path).await;
    judge(&tool, ran, &LocalSystem::new(&dirs::os_release(), dirs::is_root()))
}

fn judge(tool: &Program, ran: Ran, here: &LocalSystem) -> Finding {
    let Program { name, purpose, from, .. } = *tool;
    let again = || format!("Install it again: {from}");
    match ran {
        Ran::Ended { success: true, line } if name == "aws" && line.starts_with("aws-cli/1.") => {
            Finding::note(name, format!("{line}: IAM Identity Center needs version 2.")).fix(format!("See {from}"))
        }
        Ran::Ended { success: true, line } if line.is_empty() => Finding::ok(name, "It is there."),
        Ran::Ended { success: true, line } => Finding::ok(name, line),
        Ran::Ended { success: false, line } => {
            Finding::wrong(name, format!("It is there, but fails to tell its version: {line}")).fix(again())
        }
        Ran::Missing => {
            let missing = Finding::note(name, format!("Not installed; needed for {purpose}."));
            Finding { fix: here.advice(tool), ..missing }
        }
        Ran::Broken(error) => Finding::wrong(name, format!("It is there, but cannot be run: {error}")).fix(again()),
        Ran::Late => Finding::note(
            name,
            format!("It is there, but did not tell its version within {} seconds.", LIMIT.as_secs()),
        ),
    }
}

/// Runs a program to its end, or kills it when its time is over. It is given nothing to read.
pub(super) async fn run(program: &str, arguments: &[&str], path: Option<&OsStr>) -> Ran {
    let mut command: Command = programs::command(programs::startable(program.as_ref(), path)).into();
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    // The version can be printed without a check for updates.
    command.env("CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK", "1").env("AZURE_CORE_COLLECT_TELEMETRY", "0");
    match tokio::time::timeout(LIMIT, command.output()).await {
        Err(_) => Ran::Late,
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => Ran::Missing,
        Ok(Err(error)) => Ran::Broken(error),
        Ok(Ok(output)) => {
            let line = first_line(&output.stdout).or_else(|| first_line(&output.stderr)).unwrap_or_default();
            Ran::Ended { success: output.status.success(), line }
        }
    }
}

/// The first line with something in it, cut to a sensible length.
fn first_line(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(200).collect())
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};
    use crate::integrations::programs::System;

    fn finding_for(name: &str, ran: Ran) -> Finding {
        judge(
            programs::named(name).expect("a tool"),
            ran,
            &LocalSystem { system: System::Other, arm: false, is_root: false },
        )
    }

    fn ended(success: bool, line: &str) -> Ran {
        Ran::Ended { success, line: line.into() }
    }

    #[test]
    fn a_missing_tool_is_noted_and_a_broken_one_wrong() {
        let finding = finding_for("kubectl", Ran::Missing);
        assert_eq!(
            (finding.state, finding.said.as_str()),
            (State::Note, "Not installed; needed for Kubernetes clusters.")
        );
        assert!(finding.fix[0].contains("kubernetes.io"), "{finding:?}");
        let finding = finding_for("az", Ran::Broken(io::ErrorKind::PermissionDenied.into()));
        assert_eq!((finding.state, finding.fix.len()), (State::Wrong, 1));
        let finding = finding_for("gcloud", ended(false, "ImportError: no module"));
        assert_eq!(finding.state, State::Wrong);
        assert_eq!(finding.said, "It is there, but fails to tell its version: ImportError: no module");
        assert_eq!(finding_for("az", Ran::Late).state, State::Note);
    }

    #[test]
    fn versions_are_told() {
        assert_eq!(finding_for("ssh", ended(true, "OpenSSH_10.0p2")).said, "OpenSSH_10.0p2");
        assert_eq!(finding_for("ssh", ended(true, "")).said, "It is there.");
        assert_eq!(finding_for("aws", ended(true, "aws-cli/2.1.0 Python/3.13")).state, State::Ok);
        let old = finding_for("aws", ended(true, "aws-cli/1.40.0 Python/3.13"));
        assert_eq!((old.state, old.said.contains("needs version 2")), (State::Note, true));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_is_run_without_input() {
        assert!(matches!(run("no-such-program-of-p0", &[], None).await, Ran::Missing));
        let script = "read x; echo; echo \" $x 1\"; exit 3";
        let Ran::Ended { success, line } = run("sh", &["-c", script], None).await else { panic!("it ends") };
        assert_eq!((success, line.as_str()), (false, "1"));
    }

    #[test]
    fn the_first_line_is_the_one_with_something_in_it() {
        assert_eq!(first_line(b"\n  \n v1 \nv2").as_deref(), Some("v1"));
        assert_eq!(first_line(b"\n"), None);
        assert_eq!(first_line(&[b'x'; 500]).map(|line| line.len()), Some(200));
    }
}
