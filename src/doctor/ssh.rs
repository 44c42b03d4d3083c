//! ssh's configuration: that its directory can be read, and `ssh` understands it.

use super::{
    Finding, LIMIT, late,
    tools::{Ran, run},
};
use crate::{
    access::ssh::openssh::{self, Effect},
    ctx::Ctx,
    dirs::{self, Dirs},
    error::Failure,
    integrations::ssh::user_config,
    shell_words,
};
use std::{ffi::OsStr, fs, io, path::Path};

const CHECK: &str = "ssh-config";
const PLAIN: &str = "plain-ssh";
/// A host that cannot exist (RFC 6761, section 6.4). ssh only resolves its configuration and makes no connection.
const NOBODY: &str = "p0-doctor.invalid";

/// Looks at the directory, lets `ssh` read its configuration, and sees what it makes of the lines of p0.
pub(super) async fn check(ctx: &Ctx) -> Vec<Finding> {
    let search: Option<&OsStr> = ctx.env.path.as_deref();
    let installed = async {
        match Dirs::ssh_config().and_then(|config| dirs::real(&config).ok()) {
            Some(config) => installed(ctx, &config).await,
            None => None,
        }
    };
    let installed = async { tokio::time::timeout(LIMIT, installed).await.unwrap_or_else(|_| Some(late(PLAIN))) };
    let (read, installed) = tokio::join!(run("ssh", &["-G", NOBODY], search), installed);
    [directory(dirs::ssh().as_deref()), judge(read)].into_iter().chain(installed).collect()
}

/// The lines of p0 in this file, if they are there.
async fn installed(ctx: &Ctx, config: &Path) -> Option<Finding> {
    let text = match dirs::read(config) {
        Ok(text) => text?,
        Err(error) => return Some(Finding::wrong(PLAIN, format!("Cannot read {}: {error}", config.display()))),
    };
    let program = user_config::program(&text)?;
    if let Some(finding) = super::installed::runs(PLAIN, &program, "p0 ssh-config install").await {
        return Some(finding);
    }
    Some(match openssh::effect(ctx, config).await {
        Ok(effect) => match problem(&effect, config, &text) {
            None => Finding::ok(PLAIN, format!("Plain ssh goes through p0, by {}.", config.display())),
            Some(failure) => match effect {
                Effect::Unknown(_) => Finding { fix: failure.hints, ..Finding::note(PLAIN, failure.message) },
                _ => Finding::failed(PLAIN, &failure),
            },
        },
        Err(error) => Finding::error(PLAIN, error),
    })
}

/// Why the lines of p0 in this file have no effect, as the user is told.
pub fn problem(effect: &Effect, config: &Path, text: &str) -> Option<Failure> {
    let shown = config.display();
    Some(match effect {
        Effect::Works => return None,
        Effect::Unknown(why) => Failure::error(format!("Cannot check whether plain ssh goes through p0: {why}."))
            .hint("See what ssh makes of its configuration with: ssh -v -G localhost"),
        Effect::NotRead(home) => {
            let failure = Failure::error(format!(
                "Plain ssh does not go through p0: ssh does not read {shown}, as HOME is not the home directory of your \
                 account."
            ));
            let failure = match home {
                Some(home) => failure.hint(format!(
                    "Have ssh read it by a first line in {}: Include {}",
                    home.join(".ssh/config").display(),
                    shell_words::path(config)
                )),
                None => failure,
            };
            failure.hint(format!("Or name the file: ssh -F {}", shell_words::path(config)))
        }
        Effect::NoAnswer => {
            let program = user_config::program(text).unwrap_or_default();
            Failure::error(format!(
                "Plain ssh does not go through p0: '{program}', which {shown} names, does not answer, or keeps its files \
                 elsewhere."
            ))
            .hint("Write the lines again: p0 ssh-config install")
        }
        Effect::Overruled(host, options) => Failure::error(format!(
            "Plain ssh does not go through p0 as it should: other lines set {} first (tried with the name {host}).",
            options.join(", ")
        ))
        .hint(format!("Move the lines of p0 to the top of {shown}: p0 ssh-config install")),
    })
}

fn directory(path: Option<&Path>) -> Finding {
    const CHECK: &str = "ssh-directory";
    let Some(path) = path else {
        return Finding::wrong(CHECK, "There is no home directory.").fix("Set HOME to a directory of yours.");
    };
    let shown = path.display();
    match fs::read_dir(path) {
        Ok(_) => match exposed(path) {
            Ok(false) => Finding::ok(CHECK, format!("{shown} can be read by you, and written by nobody else.")),
            Ok(true) => Finding::wrong(CHECK, format!("Others can write to {shown}, so ssh does not trust it."))
                .fix(format!("chmod 700 {shown}")),
            Err(error) => Finding::wrong(CHECK, format!("{shown} cannot be looked at: {error}")),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Finding::ok(CHECK, format!("{shown} is not there yet; ssh makes it."))
        }
        Err(error) => Finding::wrong(CHECK, format!("{shown} cannot be read: {error}")).fix(format!(
            "It must be a directory of yours, which `sudo ssh` may have taken: sudo chown -R \"$USER\" {shown}"
        )),
    }
}

/// Whether anybody but its owner can write to it.
#[cfg(unix)]
fn exposed(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(path.metadata()?.permissions().mode() & 0o022 != 0)
}

/// Elsewhere that is not a matter of modes.
#[cfg(not(unix))]
fn exposed(_path: &Path) -> io::Result<bool> {
    Ok(false)
}

fn judge(read: Ran) -> Finding {
    match read {
        Ran::Ended { success: true, .. } => Finding::ok(CHECK, "ssh understands its configuration."),
        Ran::Ended { success: false, line } => {
            Finding::wrong(CHECK, format!("ssh does not accept its configuration: {line}"))
                .fix("Correct the line that it names; try again with: ssh -G localhost")
        }
        Ran::Missing => Finding::note(CHECK, "Not checked, as there is no ssh."),
        Ran::Broken(error) => Finding::note(CHECK, format!("Not checked, as ssh cannot be run: {error}")),
        Ran::Late => Finding::wrong(CHECK, "ssh takes more than 3 seconds to read its configuration.")
            .fix("Look for a slow command behind `Match exec` in it."),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};

    #[test]
    fn what_ssh_says_of_its_configuration_is_told() {
        let line = "/home/ada/.ssh/config: line 3: Bad configuration option: foo".to_owned();
        let finding = judge(Ran::Ended { success: false, line });
        assert_eq!(finding.state, State::Wrong);
        assert!(finding.said.ends_with("line 3: Bad configuration option: foo"), "{finding:?}");
        assert_eq!(judge(Ran::Ended { success: true, line: String::new() }).state, State::Ok);
        assert_eq!(judge(Ran::Missing).state, State::Note);
        assert_eq!(judge(Ran::Late).state, State::Wrong);
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_others_can_write_to_is_wrong() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join(".ssh");
        assert_eq!(directory(Some(&path)).state, State::Ok);
        fs::create_dir(&path).expect("made");
        for (mode, state) in [(0o700, State::Ok), (0o755, State::Ok), (0o770, State::Wrong), (0o702, State::Wrong)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("changed");
            assert_eq!(directory(Some(&path)).state, state, "{mode:o}");
        }
        let file = dir.path().join("file");
        fs::write(&file, "").expect("written");
        let finding = directory(Some(&file));
        assert!(finding.said.contains("cannot be read") && finding.fix[0].contains("chown"), "{finding:?}");
        assert_eq!(directory(None).state, State::Wrong);
    }
}
