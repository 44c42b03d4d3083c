//! Completions: whether the shell finds a script, and of this version.

use super::Finding;
use crate::{completion_scripts::Shell, dirs, shell_words};
use clap::ValueEnum;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const CHECK: &str = "completions";

/// Looks where the user's shell does.
pub(super) fn check(shell: Option<&Path>) -> Finding {
    let name = shell.and_then(|shell| shell.file_stem()?.to_str()).unwrap_or_default();
    let Ok(shell) = Shell::from_str(name, false) else {
        return Finding::note(CHECK, "SHELL names none of the shells that p0 has completions for.");
    };
    match dirs::completions(name) {
        Some(places) => judge(name, &shell.script(), &places),
        None => Finding::note(CHECK, format!("Not checked: {name} has no usual place for them."))
            .fix(format!("To print them: p0 completions {name}")),
    }
}

fn judge(shell: &str, current: &[u8], places: &[PathBuf]) -> Finding {
    let command = |place: &Path| format!("p0 completions {shell} > {}", shell_words::path(place));
    for place in places {
        match fs::read(place) {
            Ok(script) if script == current => return Finding::ok(CHECK, format!("{} is there.", place.display())),
            Ok(_) => {
                return Finding::note(CHECK, format!("{} is of another version of p0.", place.display()))
                    .fix(command(place));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Finding::wrong(CHECK, format!("{} cannot be read: {error}", place.display())),
        }
    }
    let finding = Finding::note(CHECK, format!("{shell} does not complete p0's commands yet."));
    places.iter().take(1).fold(finding, |finding, place| {
        let directory = place.parent().map(|directory| format!("mkdir -p {}; ", directory.display()));
        finding.fix(directory.unwrap_or_default() + &command(place))
    })
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};

    #[test]
    fn a_script_is_found_in_any_place_and_compared() {
        let dir = tempfile::tempdir().expect("a directory");
        let places = [dir.path().join("own/p0"), dir.path().join("p0")];
        let judge = || judge("bash", b"script", &places);
        let finding = judge();
        assert_eq!((finding.state, finding.said.as_str()), (State::Note, "bash does not complete p0's commands yet."));
        assert!(finding.fix[0].ends_with(&format!("p0 completions bash > {}", places[0].display())), "{finding:?}");
        fs::write(&places[1], "script").expect("written");
        assert_eq!(judge().state, State::Ok);
        fs::write(&places[1], "older").expect("written");
        let finding = judge();
        assert_eq!((finding.state, finding.said.ends_with("is of another version of p0.")), (State::Note, true));
        fs::create_dir_all(&places[0]).expect("in the way");
        assert_eq!(judge().state, State::Wrong);
    }

    #[test]
    fn a_shell_without_completions_is_noted() {
        for shell in [None, Some("/bin/csh"), Some("/usr/bin/nushell"), Some("/")] {
            let finding = check(shell.map(Path::new));
            assert_eq!(finding.state, State::Note, "{shell:?}");
        }
    }
}
