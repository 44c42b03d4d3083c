//! Opening a page in the user's browser.

use crate::{env_vars::EnvVars, integrations::programs, settings::Settings};
use std::{
    ffi::{OsStr, OsString},
    future::pending,
    path::{Path, PathBuf},
    process::Stdio,
    str::SplitAsciiWhitespace,
};
use url::Url;

/// Whether a page that is opened here is seen by whoever runs this: not where they sit elsewhere, or there is no
/// desktop. Whoever sets `BROWSER` has something that opens pages, but over SSH that is on the other machine.
pub fn helps(env: &EnvVars, settings: &Settings) -> bool {
    let desktop = !cfg!(target_os = "linux") || (env.display && !env.wsl);
    !env.over_ssh && (desktop || settings.browser.is_some())
}

/// Opens a page, and ends only if that fails: with why. A browser that stays in the foreground is left alone.
pub async fn failure(browser: Option<&OsStr>, url: &Url) -> String {
    let failed = match browser {
        Some(command) => run(command, url).await,
        None => by_default(url).await,
    };
    match failed {
        Some(why) => why,
        None => pending().await,
    }
}

/// By the platform's means.
async fn by_default(url: &Url) -> Option<String> {
    let mut failed = None;
    for mut opener in open::commands(url.as_str()) {
        for name in programs::SECRETS {
            opener.env_remove(name);
        }
        let mut opener = tokio::process::Command::from(opener);
        opener.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // A Ctrl-C that is meant for p0 must not close the browser.
        #[cfg(unix)]
        opener.process_group(0);
        match opener.spawn() {
            Ok(_detached) => return None,
            Err(error) => failed = Some(format!("{}: {error}", opener.as_std().get_program().display())),
        }
    }
    Some(failed.unwrap_or_else(|| "no program opens pages here".to_owned()))
}

/// By the user's command, without a shell.
async fn run(command: &OsStr, url: &Url) -> Option<String> {
    let program = program(command);
    let shown = program.display().to_string();
    let arguments = arguments(command, url);
    let mut command: tokio::process::Command = programs::command(program).into();
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // A Ctrl-C that is meant for p0 must not close the browser.
    #[cfg(unix)]
    command.process_group(0);
    match command.spawn() {
        Err(error) => Some(format!("{shown}: {error}")),
        Ok(mut child) => match child.wait().await {
            Ok(status) if status.success() => None,
            Ok(status) => Some(format!("{shown}: {status}")),
            Err(error) => Some(format!("{shown}: {error}")),
        },
    }
}

/// The program that `BROWSER` names: its first word, or all of it where that is a file, as in `C:\Program Files`.
pub fn program(command: &OsStr) -> PathBuf {
    words(command).and_then(|mut words| words.next()).map_or_else(|| command.into(), Into::into)
}

/// What the program is given: the other words, among which `%s` stands for the page, which else comes last.
fn arguments(command: &OsStr, url: &Url) -> Vec<OsString> {
    let others = || words(command).into_iter().flatten().skip(1);
    let mut arguments: Vec<OsString> = others().map(|word| word.replace("%s", url.as_str()).into()).collect();
    if !others().any(|word| word.contains("%s")) {
        arguments.push(url.as_str().into());
    }
    arguments
}

/// The words of a command, separated by spaces; `None`: it is a path. One that is not text can be nothing else.
fn words(command: &OsStr) -> Option<SplitAsciiWhitespace<'_>> {
    let is_file = Path::new(command).metadata().is_ok_and(|metadata| metadata.is_file());
    command.to_str().filter(|_| !is_file).map(str::split_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Url {
        Url::parse("https://id.example.com/authorize?a=%20%24(id)&b='c'").expect("an address")
    }

    #[test]
    fn the_page_is_one_argument_wherever_it_stands() {
        let words = |command: &str| {
            let arguments = arguments(command.as_ref(), &page()).into_iter();
            let text = |word: OsString| word.into_string().expect("text");
            (text(program(command.as_ref()).into()), arguments.map(text).collect::<Vec<_>>())
        };
        let url = page().to_string();
        assert_eq!(words("firefox"), ("firefox".into(), vec![url.clone()]));
        assert_eq!(words("firefox --new-window"), ("firefox".into(), vec!["--new-window".into(), url.clone()]));
        assert_eq!(words("open -u %s -x"), ("open".into(), vec!["-u".into(), url.clone(), "-x".into()]));
        assert_eq!(words("open --page=%s"), ("open".into(), vec![format!("--page={url}")]));

        let dir = tempfile::tempdir().expect("a directory");
        let spaced = dir.path().join("a browser").into_os_string().into_string().expect("text");
        assert_ne!(words(&spaced).0, spaced);
        std::fs::write(&spaced, "").expect("written");
        assert_eq!(words(&spaced), (spaced.clone(), vec![url]));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_browser_that_fails_says_so() {
        let why = failure(Some(OsStr::new("/nowhere/browser")), &page()).await;
        assert!(why.starts_with("/nowhere/browser: No such file"), "{why}");
        let why = failure(Some(OsStr::new("false")), &page()).await;
        assert_eq!(why, "false: exit status: 1");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_browser_that_opened_the_page_says_nothing() {
        assert_eq!(run(OsStr::new("true"), &page()).await, None);
    }
}
