//! `~^Z` in a session: `ssh` stops, and p0 with it, so that the shell gets its terminal back.

use crate::ssh::Host;
use p0_testkit::{Invocation, Key};

/// A shell with job control, in a terminal.
fn shell(run: Invocation) -> p0_testkit::Terminal {
    run.args(["--norc", "--noprofile", "-i"]).env("PS1", "here$ ").terminal()
}

#[test]
fn a_session_that_is_suspended_gives_the_terminal_back_and_goes_on() {
    let Some(host) = Host::new() else { return };
    let token = host.scene.token(crate::harness::ASKER);
    let terminal = shell(host.scene.env.run("bash").env("P0_API_TOKEN", token));
    let enter = |text: &str| {
        terminal.type_text(text);
        terminal.press(Key::Enter);
    };
    enter(&format!("{} -q ssh box -- -t 'PS1=there# exec sh -i'", host.scene.env.program().display()));
    terminal.wait_for("there#");
    enter("echo sum$((40 + 2))");
    terminal.wait_for("sum42");
    terminal.press(Key::Enter);
    terminal.type_text("~\u{1a}");
    terminal.wait_for("Stopped");
    enter("echo back$((50 + 3))");
    terminal.wait_for("back53");
    enter("fg");
    enter("echo again$((60 + 4))");
    terminal.wait_for("again64");
    enter("exit 3");
    terminal.wait_for("closed.");
    enter("echo code$?");
    terminal.wait_for("code3");
    enter("exit 0");
    terminal.finish().success();
    host.nothing_runs();
}

#[test]
fn a_tool_that_stops_itself_stops_p0_as_well() {
    let scene = crate::scene::Scene::new();
    let token = scene.token(crate::harness::ASKER);
    let terminal = shell(scene.env.run("bash").env("P0_API_TOKEN", token));
    let enter = |text: &str| {
        terminal.type_text(text);
        terminal.press(Key::Enter);
    };
    let p0 = scene.env.program().display();
    enter(&format!(
        "{p0} -q request gcloud role viewer --relinquish -- sh -c 'kill -TSTP $$; echo on$((70 + 5)); exit 4'"
    ));
    terminal.wait_for("Stopped");
    enter("fg");
    terminal.wait_for("on75");
    enter("echo code$?");
    terminal.wait_for("code4");
    enter("exit 0");
    terminal.finish().success();
}
