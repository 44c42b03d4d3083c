//! The browser: whether a sign-in page could be opened. None is.

use super::Finding;
use crate::{env_vars::EnvVars, integrations::programs::find, session::opener};
use std::{ffi::OsStr, path::Path};

const CHECK: &str = "browser";
/// What opens a page on a Linux or BSD desktop, by any of these names.
const OPENERS: [&str; 6] = ["xdg-open", "gio", "gnome-open", "kde-open", "wslview", "x-www-browser"];

/// Looks for what would open a page.
pub(super) fn check(env: &EnvVars, browser: Option<&OsStr>) -> Finding {
    const ELSEWHERE: &str = "sign-in shows a code for another machine's browser";
    if env.over_ssh {
        return Finding::note(CHECK, format!("You are here over SSH, so {ELSEWHERE}."));
    }
    let path = env.path.as_deref();
    if let Some(browser) = browser {
        let program = opener::program(browser);
        return match find(&program, path) {
            Some(found) => Finding::ok(CHECK, format!("Sign-in pages are opened by {}.", found.display())),
            None => Finding::wrong(
                CHECK,
                format!("BROWSER, or browser in config.toml, names {}, which is not there.", program.display()),
            )
            .fix("Correct it, or unset it for the desktop's own browser."),
        };
    }
    if !cfg!(all(unix, not(target_os = "macos"))) {
        return Finding::ok(CHECK, "Sign-in pages are opened by the system's own browser.");
    }
    if !env.display && !env.wsl {
        return Finding::note(CHECK, format!("There is no desktop, so {ELSEWHERE}."));
    }
    match OPENERS.iter().find_map(|opener| find(Path::new(opener), path)) {
        Some(found) => Finding::ok(CHECK, format!("Sign-in pages are opened by {}.", found.display())),
        None => Finding::wrong(CHECK, "There is a desktop, but nothing that opens a page on it.")
            .fix("Install xdg-utils, or set BROWSER to a browser."),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};

    fn desktop() -> (tempfile::TempDir, EnvVars) {
        let bin = tempfile::tempdir().expect("a directory");
        let env = EnvVars { display: true, path: Some(bin.path().into()), ..EnvVars::default() };
        (bin, env)
    }

    #[test]
    fn a_browser_that_is_named_must_be_there() {
        let (bin, env) = desktop();
        let finding = check(&env, Some(OsStr::new("firefox --new-window %s")));
        assert_eq!(finding.state, State::Wrong);
        assert!(finding.said.contains("names firefox, which is not there"), "{finding:?}");
        std::fs::write(bin.path().join("firefox"), "").expect("written");
        let finding = check(&env, Some(OsStr::new("firefox --new-window %s")));
        assert_eq!(finding.said, format!("Sign-in pages are opened by {}.", bin.path().join("firefox").display()));
        assert_eq!(check(&env, Some(OsStr::new("/nowhere/browser"))).state, State::Wrong);
        assert_eq!(check(&env, Some(bin.path().join("firefox").as_os_str())).state, State::Ok);
    }

    #[test]
    fn without_a_desktop_another_machine_has_the_browser() {
        let (_bin, env) = desktop();
        let over_ssh = EnvVars { over_ssh: true, ..env.clone() };
        assert!(check(&over_ssh, None).said.starts_with("You are here over SSH"));
        if cfg!(target_os = "linux") {
            let bare = EnvVars { display: false, ..env };
            assert_eq!(check(&bare, None).state, State::Note);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_desktop_needs_something_that_opens_pages() {
        let (bin, env) = desktop();
        let finding = check(&env, None);
        assert_eq!((finding.state, finding.fix[0].contains("xdg-utils")), (State::Wrong, true));
        std::fs::write(bin.path().join("xdg-open"), "").expect("written");
        assert_eq!(check(&env, None).state, State::Ok);
        let nowhere = EnvVars { path: None, ..env };
        assert_eq!(check(&nowhere, None).state, State::Wrong);
    }
}
