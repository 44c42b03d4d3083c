//! The pages of a sign-in in Chromium: what a person sees in the end, and what a hostile address makes of it.

use crate::{
    harness::env_with_service,
    idp::{Idp, cloudflare},
};
use p0_testkit::{
    Invocation, TestEnv,
    need::{self, Need},
};
use std::{fs, path::PathBuf, time::Duration};
use url::Url;

/// A browser takes its time to start.
const SLOW: Duration = Duration::from_secs(60);

/// Opens a page without a window, lets it do what it does, and prints what has become of it. The sandbox needs rights
/// that containers seldom give.
const SCRIPT: &str = r#"#!/bin/sh
exec chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-breakpad --no-first-run \
  --user-data-dir="$TMPDIR/chromium" --dump-dom "$1" 2> /dev/null
"#;

fn has_chromium() -> bool {
    need::all(&[Need::Program("chromium")])
}

/// Opens a page and gives what has become of it.
#[track_caller]
fn open(env: &TestEnv, url: &Url) -> String {
    let chromium = env.tool("real-browser", SCRIPT);
    env.run(chromium).arg(url.as_str()).limit(SLOW).run().success().ignore_stderr().stdout().to_owned()
}

/// Starts to sign in by an address that is shown.
#[track_caller]
fn shown(login: Invocation) -> (p0_testkit::Running, Url) {
    let login = login.limit(SLOW).spawn();
    let told = login.wait_for_stderr("Waiting for the sign-in");
    let address = told.lines().find_map(|line| line.trim().strip_prefix("http")).unwrap();
    (login, Url::parse(&format!("http{address}")).unwrap())
}

#[test]
fn the_browser_that_p0_opens_ends_at_the_landing_page() {
    if !has_chromium() {
        return;
    }
    let mut idp = Idp::new(cloudflare());
    let chromium = idp.env.tool("real-browser", SCRIPT);
    let page: PathBuf = idp.env.work_dir().join("page.html");
    let script = format!("#!/bin/sh\n'{}' \"$1\" > '{}'\n", chromium.display(), page.display());
    let browser = idp.env.tool("browser", &script);
    idp.env.set("BROWSER", browser);
    let output = idp.env.p0(["login"]).limit(SLOW).run().success().stdout_is("");
    output.stderr_has("Signed in to example as ada@example.com.\n");
    let read = || fs::read_to_string(&page).unwrap_or_default();
    crate::scene::eventually("the page", || read().contains("</html>"));
    let page = read();
    assert!(page.contains("<title>p0: Signed in</title>"), "{page}");
    assert!(page.contains("You can close this tab and go back to the terminal."), "{page}");
}

#[test]
fn a_hostile_address_does_nothing_in_a_browser() {
    if !has_chromium() {
        return;
    }
    let idp = Idp::new(cloudflare());
    let (login, page) = shown(idp.env.p0(["login", "--no-browser"]));
    let back = page.query_pairs().find(|(name, _)| name == "redirect_uri").unwrap().1.into_owned();
    let mut back = Url::parse(&back).unwrap();
    let script = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";
    back.query_pairs_mut().append_pair("error", script).append_pair("state", script);
    back.set_fragment(Some(script));
    let shown = open(&idp.env, &back);
    assert!(shown.contains("<title>p0: Another sign-in</title>") && !shown.contains("owned"), "{shown}");
    // It has not disturbed the sign-in.
    assert!(open(&idp.env, &page).contains("You are signed in."));
    login.finish().success().stderr_has("Signed in to example as ada@example.com.\n");
}

#[test]
fn the_service_s_own_sign_in_page_is_one() {
    if !has_chromium() {
        return;
    }
    let (env, _service) = env_with_service();
    let (login, page) = shown(env.p0(["login", "--no-browser"]));
    let shown = open(&env, &page);
    for part in ["<form", "name=\"email\"", "type=\"password\""] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    login.kill_9().killed_by(9).ignore_stderr();
}
