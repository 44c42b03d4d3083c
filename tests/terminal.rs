//! At a real terminal: progress that is redrawn, Ctrl-C, prompts, colour and tables.

use crate::{
    harness::{ASKER, PASSWORD, env, env_with_service},
    scene::{HELD, REVIEWER, Scene},
};
use p0_testkit::{
    FakeBrowser, Key, Terminal,
    need::{self, Need},
};

/// Whether a text has control sequences that colour it.
fn is_coloured(bytes: &[u8]) -> bool {
    // `ESC [ … m`, but for the one that only resets.
    let text = String::from_utf8_lossy(bytes);
    text.split("\x1b[").skip(1).any(|rest| {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ';')).unwrap_or(0);
        rest[end..].starts_with('m') && !matches!(&rest[..end], "" | "0")
    })
}

#[test]
fn a_wait_shows_for_what_and_how_long() {
    let scene = Scene::new();
    let terminal = scene.line("request gcloud role editor --wait --timeout 5m").terminal_of(24, 100);
    let screen = terminal.wait_for("Waiting for approval by owner@example.com or reviewer@example.com");
    let line = screen.lines().last().unwrap();
    assert!(line.contains("s · 4m 5") && line.trim_end().ends_with(" left"), "{screen}");
    let id = scene.requests()[0]["id"].as_str().unwrap().to_owned();
    scene.p0_as(REVIEWER, ["approve", &id]).run().success().ignore_stderr();
    terminal.wait_for("Usable until ");
    let screen = terminal.screen();
    // What was redrawn is gone, what was said stays, and the id is the last.
    terminal.wait_for(&id);
    terminal.finish().success();
    assert!(!screen.contains("Waiting for approval"), "{screen}");
    assert!(screen.contains("Your request was approved\n"), "{screen}");
}

/// Presses Ctrl-C and expects how to go on.
#[track_caller]
fn interrupt(terminal: Terminal, scene: &Scene) {
    terminal.press(Key::CtrlC);
    let id = scene.requests()[0]["id"].as_str().unwrap().to_owned();
    let screen = terminal.wait_for(&format!("p0 relinquish {id}"));
    assert!(screen.contains("Error: Interrupted; the request goes on.\n"), "{screen}");
    assert!(screen.contains(&format!("  Wait for it again with: p0 wait {id}\n")), "{screen}");
    assert!(!screen.contains("Waiting for"), "{screen}");
    terminal.finish().code(130);
    // It does go on.
    assert_eq!(scene.requests().len(), 1);
}

#[test]
fn ctrl_c_while_it_waits_for_approval() {
    let scene = Scene::new();
    let terminal = scene.line("request gcloud role editor --wait").terminal();
    terminal.wait_for("Waiting for approval");
    interrupt(terminal, &scene);
    let id = scene.requests()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(scene.status(&id), "PENDING_APPROVAL");
    let terminal = scene.p0(["wait", &id]).terminal();
    terminal.wait_for("Waiting for approval");
    interrupt(terminal, &scene);
}

#[test]
fn ctrl_c_while_it_provisions() {
    let scene = Scene::new();
    scene.provision(HELD);
    let terminal = scene.line("request okta group on-call --wait").terminal();
    terminal.wait_for("Waiting for access to be provisioned");
    interrupt(terminal, &scene);
    scene.let_go();
}

#[test]
fn ctrl_c_while_the_service_is_away() {
    let mut scene = Scene::lasting();
    let terminal = scene.line("request gcloud role editor --wait").terminal();
    terminal.wait_for("Waiting for approval");
    scene.service.kill_9();
    terminal.wait_for("Connection lost");
    terminal.press(Key::CtrlC);
    terminal.wait_for("Interrupted; the request goes on.");
    terminal.finish().code(130);
    scene.service.restart();
}

#[test]
fn ctrl_c_before_the_service_has_answered() {
    let (mut env, mut service) = env_with_service();
    let token = service.access_token(ASKER, PASSWORD);
    // What is known of the organisation is remembered, so that the request itself is what waits.
    env.p0(["requests"]).env("P0_API_TOKEN", &token).run().success().ignore_stderr();
    service.stop().success();
    env.set("P0_API_TOKEN", token);
    let terminal = env.p0(["request", "gcloud", "role", "viewer"]).terminal();
    terminal.wait_for("trying again");
    terminal.press(Key::CtrlC);
    let screen = terminal.wait_for("p0 requests --mine");
    assert!(screen.contains("Error: Interrupted before the service answered."), "{screen}");
    terminal.finish().code(130);
}

#[test]
fn ctrl_c_while_somebody_signs_in() {
    let (mut env, _service) = env_with_service();
    let _browser = FakeBrowser::idle(&mut env);
    for words in [&["login"][..], &["login", "--device"]] {
        let terminal = env.p0(words).terminal();
        terminal.wait_for("Waiting for ");
        terminal.press(Key::CtrlC);
        // There is nothing to resume: it ends as any program does.
        let output = terminal.finish();
        let status = std::os::unix::process::ExitStatusExt::signal(&output.status());
        assert!(status == Some(2) || output.status().code() == Some(130), "{output}");
    }
    env.p0(["status"]).run().code(77).ignore_stdout().ignore_stderr();
}

#[test]
fn ctrl_c_is_the_tools_where_p0_stays() {
    let scene = Scene::new();
    // It starts no program: a signal between a shell and the one that it is starting has a fate of its own.
    let script = "trap 'echo caught; exit 9' INT; echo ready; read forever; exit 1";
    for (options, code) in [(&["--relinquish"][..], 9), (&[], 9)] {
        let words = scene.line("request gcloud role viewer").args(options).args(["--", "sh", "-c", script]);
        let terminal = words.terminal();
        terminal.wait_for("ready");
        terminal.press(Key::CtrlC);
        let screen = terminal.wait_for("caught");
        assert!(!screen.contains("Interrupted"), "{screen}");
        if !options.is_empty() {
            terminal.wait_for("Access given back.");
        }
        terminal.finish().code(code);
    }
}

#[test]
fn a_tool_has_the_terminal() {
    let scene = Scene::new();
    for options in [&[][..], &["--relinquish"]] {
        let script = "tty; stty size; read x; echo got $x";
        let terminal = scene
            .line("request gcloud role viewer")
            .args(options)
            .args(["--", "sh", "-c", script])
            .terminal_of(30, 100);
        terminal.wait_for("30 100");
        terminal.type_text("it");
        terminal.press(Key::Enter);
        terminal.wait_for("got it");
        assert!(terminal.screen().contains("/dev/pts/"), "{}", terminal.screen());
        terminal.finish().success();
    }
}

#[test]
fn whoever_is_not_signed_in_signs_in_on_the_way() {
    let (mut env, _service) = env_with_service();
    let browser = env.browse_as(ASKER, PASSWORD);
    let terminal = env.p0(["request", "gcloud", "role", "viewer", "--wait"]).terminal();
    terminal.wait_for("Signed in to example as asker@example.com.");
    terminal.wait_for("Usable until ");
    terminal.finish().success();
    browser.wait_for_page();
    // Not where that was not wanted.
    env.p0(["logout"]).run().success().ignore_stderr();
    for option in ["--no-input", "--json"] {
        let terminal = env.p0(["request", "gcloud", "role", "viewer", option]).terminal();
        terminal.wait_for("You are not signed in to example.");
        terminal.finish().code(77);
    }
    assert_eq!(browser.addresses().len(), 1);
}

#[test]
fn a_password_is_asked_for_and_not_shown() {
    let env = env();
    let terminal = env.p0(["serve", "--hash-password"]).terminal_of(24, 200);
    terminal.wait_for("Password");
    terminal.wait_for_hidden_input();
    terminal.type_text("a secret");
    terminal.press(Key::Enter);
    let screen = terminal.wait_for("$argon2id$");
    let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(!raw.contains("a secret"), "{screen}");
    terminal.finish().success();
    let terminal = env.p0(["serve", "--hash-password"]).terminal();
    terminal.wait_for("Password");
    terminal.press(Key::CtrlC);
    let output = terminal.finish();
    assert!(!output.status().success(), "{output}");
}

#[test]
fn colour_is_for_terminals_that_want_it() {
    let scene = Scene::new();
    let denied = || scene.line("request gcloud role owner");
    for (name, invocation, coloured) in [
        ("at a terminal", denied(), true),
        ("NO_COLOR", denied().env("NO_COLOR", "1"), false),
        ("an empty NO_COLOR", denied().env("NO_COLOR", ""), true),
        ("--color never", denied().args(["--color", "never"]), false),
        ("--color always", denied().args(["--color=always"]).env("NO_COLOR", "1"), true),
        ("a dumb terminal", denied().env("TERM", "dumb"), false),
    ] {
        let terminal = invocation.terminal();
        terminal.wait_for("Your request was denied");
        let raw = terminal.raw();
        terminal.finish().code(2);
        assert_eq!(is_coloured(&raw), coloured, "{name}: {:?}", String::from_utf8_lossy(&raw));
    }
    let piped = denied().run().code(2);
    assert!(!piped.stderr().contains('\x1b'), "{piped}");
    let piped = denied().args(["--color", "always"]).run().code(2);
    assert!(is_coloured(piped.stderr().as_bytes()), "{piped}");
    scene.line("--color sometimes status").run().code(64).stdout_is("").ignore_stderr();
}

#[test]
fn a_pipe_gets_no_control_sequence_at_all() {
    let scene = Scene::new();
    let output = scene.line("request gcloud role viewer --wait").run().success();
    assert!(!output.stderr().contains('\x1b') && !output.stderr().contains('\r'), "{output}");
    output.ignore_stdout();
    // Talk at the terminal, data in the pipe.
    let terminal = scene.line("ls gcloud role names").terminal_piped();
    terminal.wait_for("Showing all 3 roles:");
    terminal
        .finish()
        .success()
        .stdout_is("roles/viewer\tViewer\tBasic\t*\nroles/browser\tBrowser\tBasic\t\nroles/editor\tEditor\tBasic\t\n");
}

#[test]
fn tables_are_aligned_at_a_terminal() {
    let scene = Scene::new();
    let id = scene.usable();
    let terminal = scene.line("ls gcloud role names").terminal();
    let screen = terminal.wait_for("  roles/editor   Editor   Basic");
    terminal.finish().success();
    assert!(screen.contains("* roles/viewer   Viewer   Basic\n  roles/browser  Browser  Basic\n"), "{screen}");

    let terminal = scene.line("requests").terminal_of(24, 140);
    let screen = terminal.wait_for(&id);
    terminal.finish().success();
    let [heading, row] = screen.trim().lines().collect::<Vec<_>>().try_into().unwrap();
    let at = |name: &str| heading.find(name).unwrap();
    assert_eq!((at("ID"), row.find(&id)), (0, Some(0)), "{screen}");
    assert!(row[at("STATUS")..].starts_with("active "), "{screen}");
    assert!(row[at("WHAT")..].starts_with("gcloud role viewer "), "{screen}");
    assert!(row[at("FOR")..].starts_with("asker@example.com "), "{screen}");
    assert!(row[at("ENDS")..].starts_with("in "), "{screen}");
}

#[test]
fn json_is_laid_out_for_a_person() {
    let scene = Scene::new();
    let terminal = scene.line("requests --json").terminal();
    terminal.wait_for("{\n  \"requests\": []\n}");
    terminal.finish().success();
}

#[test]
fn quiet_draws_nothing() {
    let scene = Scene::new();
    let terminal = scene.line("-q request gcloud role viewer --wait").terminal();
    let output = terminal.finish().success();
    let raw = String::from_utf8_lossy(output.stdout_bytes()).into_owned() + output.stderr();
    assert!(
        !raw.contains("Waiting") && !raw.contains("approved") && raw.trim().chars().all(|c| c.is_ascii_alphanumeric()),
        "{raw:?}"
    );
}

#[test]
fn a_narrow_terminal_keeps_to_one_line() {
    let scene = Scene::new();
    let terminal = scene.line("request gcloud role editor --wait").terminal_of(10, 40);
    let screen = terminal.wait_for(" left");
    assert_eq!(screen.trim().lines().count(), 1, "{screen}");
    terminal.press(Key::CtrlC);
    let screen = terminal.wait_for("p0 relinquish ");
    assert!(!screen.contains(" left"), "{screen}");
    terminal.finish().code(130);
}

#[test]
fn a_dumb_terminal_gets_lines() {
    let scene = Scene::new();
    let terminal = scene.line("request gcloud role viewer --wait").env("TERM", "dumb").terminal();
    terminal.wait_for("Your request was approved\nWaiting for access to be provisioned\nUsable until ");
    let output = terminal.finish().success();
    assert!(!output.stderr().contains('\x1b'), "{output}");
}

/// Waits for a request that stays pending, in a terminal of this width.
fn waiting(scene: &Scene, id: &str, columns: u16) -> Terminal {
    scene.p0(["wait", id]).terminal_of(10, columns)
}

#[test]
fn at_every_width_the_progress_line_shows_what_is_waited_for() {
    let scene = Scene::new();
    let id = scene.pending();
    for (columns, shown) in [
        (4, " W"),
        (8, " Wait…"),
        (20, " Waiting for appr…"),
        (34, " Waiting for approval by owner@…"),
        (44, " left"),
        (200, "@example.com  "),
    ] {
        let terminal = waiting(&scene, &id, columns);
        let screen = terminal.wait_for(shown);
        assert_eq!(screen.trim().lines().count(), 1, "{columns}: {screen}");
        terminal.press(Key::CtrlC);
        terminal.finish().code(130);
    }
    // Too narrow for any text: nothing fails, and the outcome is still told.
    for columns in [1, 2, 3] {
        let terminal = waiting(&scene, &id, columns);
        terminal.wait_for_raw("\x1b[J");
        terminal.press(Key::CtrlC);
        terminal.finish().code(130);
    }
}

#[test]
fn a_terminal_that_does_not_tell_its_width_counts_as_80_columns() {
    let scene = Scene::new();
    let id = scene.pending();
    let script = "stty rows 0 cols 0; exec \"$0\" wait \"$1\"";
    let wait = scene.env.run("sh").args(["-c", script]).arg(scene.env.program()).arg(&id);
    let terminal = wait.env("P0_API_TOKEN", scene.token(ASKER)).terminal_of(10, 200);
    // In 200 columns, nothing would have to be cut.
    let screen = terminal.wait_for("…  ");
    let line = screen.trim_end().lines().last().unwrap();
    assert!((60..80).contains(&line.chars().count()), "{screen}");
    terminal.press(Key::CtrlC);
    terminal.finish().code(130);
}

#[test]
fn after_a_resize_the_progress_line_has_the_new_width() {
    let scene = Scene::new();
    let id = scene.pending();
    let terminal = waiting(&scene, &id, 100);
    terminal.wait_for(" left");
    terminal.resize(10, 20);
    let screen = terminal.wait_for(" Waiting for appr…");
    assert_eq!(screen.trim().lines().count(), 1, "{screen}");
    terminal.resize(10, 100);
    terminal.wait_for(" left");
    terminal.press(Key::CtrlC);
    terminal.finish().code(130);
}

#[test]
fn without_a_unicode_locale_p0_writes_only_ascii() {
    let scene = Scene::new();
    let id = scene.pending();
    for variables in [
        &[("LC_ALL", "C")][..],
        &[("LC_ALL", ""), ("LC_CTYPE", "POSIX")],
        &[("LC_ALL", ""), ("LC_CTYPE", ""), ("LANG", "en_US.ISO-8859-1")],
        &[("TERM", "linux")],
        &[("TERM", "dumb")],
    ] {
        let wait = scene.p0(["wait", &id]);
        let terminal = variables.iter().fold(wait, |wait, (name, value)| wait.env(name, value)).terminal_of(10, 60);
        terminal.wait_for("Waiting for approval");
        terminal.press(Key::CtrlC);
        // Ctrl-C flushes the terminal's output, so the message about it may be missing.
        let output = terminal.finish().code(130);
        assert!(output.stderr().is_ascii(), "{variables:?}: {output}");
    }
    let doctor = scene.p0(["doctor"]).env("LC_ALL", "C").terminal_of(60, 60);
    let screen = doctor.wait_for("wrong.");
    assert!(screen.is_ascii() && screen.contains("-> "), "{screen}");
    doctor.finish().ignore_stdout();
    let refused =
        scene.line("request gcloud role viewer --a --b --c --d").env("LC_ALL", "C").run().code(1).stdout_is("");
    refused.stderr_has("Unknown arguments: a, b, c, ...\n");
}

/// A shell with job control, and the asker's token in its environment.
fn shell(scene: &Scene) -> Terminal {
    let shell = scene.env.run("bash").args(["--norc", "--noprofile", "-i"]).env("PS1", "ready> ");
    let terminal = shell.env("P0_API_TOKEN", scene.token(ASKER)).terminal_of(24, 120);
    terminal.wait_for("ready> ");
    terminal
}

fn type_line(terminal: &Terminal, line: &str) {
    terminal.type_text(line);
    terminal.press(Key::Enter);
}

/// What has been written since there were so many bytes.
fn raw_since(terminal: &Terminal, start: usize) -> String {
    String::from_utf8_lossy(&terminal.raw()[start..]).into_owned()
}

#[test]
fn a_job_in_the_background_leaves_the_prompt_alone() {
    if !need::all(&[Need::Program("bash")]) {
        return;
    }
    let scene = Scene::new();
    let id = scene.pending();
    let p0 = scene.env.program().display().to_string();
    let terminal = shell(&scene);
    type_line(&terminal, &format!("{p0} wait {id} &"));
    terminal.wait_for("[1] ");
    type_line(&terminal, "jobs");
    terminal.wait_for("Running");
    scene.p0_as(REVIEWER, ["approve", &id]).run().success().ignore_stderr();
    // What stays is still told.
    terminal.wait_for("Your request was approved");
    terminal.wait_for("Usable until ");
    let raw = raw_since(&terminal, 0);
    assert!(!raw.contains("Waiting for") && !raw.contains("\x1b[?7l"), "{raw:?}");
    type_line(&terminal, "exit");
    terminal.finish().success();
}

#[test]
fn a_job_that_is_stopped_and_continued_draws_only_in_the_foreground() {
    if !need::all(&[Need::Program("bash")]) {
        return;
    }
    let scene = Scene::new();
    let id = scene.pending();
    let p0 = scene.env.program().display().to_string();
    let terminal = shell(&scene);
    type_line(&terminal, &format!("{p0} wait {id}"));
    terminal.wait_for("Waiting for approval");
    // Not by Ctrl-Z, which flushes the terminal's output, perhaps what the shell says next.
    let children = format!("/proc/{0}/task/{0}/children", terminal.id());
    let job = std::fs::read_to_string(children).unwrap().trim().to_owned();
    scene.env.run("kill").args(["-TSTP", &job]).run().success();
    terminal.wait_for("Stopped");
    type_line(&terminal, "bg; clear; echo in the $((1 + 1))nd state");
    terminal.wait_for("in the 2nd state");
    let start = terminal.raw().len();
    type_line(&terminal, "jobs");
    terminal.wait_for("Running");
    let raw = raw_since(&terminal, start);
    assert!(!raw.contains("Waiting for"), "{raw:?}");
    type_line(&terminal, "fg");
    terminal.wait_for("Waiting for approval");
    scene.p0_as(REVIEWER, ["approve", &id]).run().success().ignore_stderr();
    let screen = terminal.wait_for("Usable until ");
    assert!(!screen.contains("Waiting for"), "{screen}");
    type_line(&terminal, "exit");
    terminal.finish().success();
}

#[test]
fn a_table_that_is_too_wide_continues_on_indented_lines() {
    let scene = Scene::new();
    let id = scene.usable();
    let terminal = scene.line("requests").terminal_of(24, 40);
    let screen = terminal.wait_for("  in ");
    terminal.finish().success();
    let lines: Vec<&str> = screen.trim_end().lines().map(str::trim_end).collect();
    assert!(lines.iter().any(|line| line.starts_with(&id) && line.contains(" active")), "{screen}");
    assert!(
        lines.iter().any(|line| *line == "  gcloud role viewer" || line.starts_with("  gcloud role viewer  ")),
        "{screen}"
    );
    assert!(screen.contains(ASKER), "{screen}");
}

#[test]
fn help_can_be_read_at_every_width() {
    let env = env();
    for columns in [1, 2, 3, 5, 10, 20, 40, 200] {
        let terminal = env.p0(["requests", "--help"]).env("NO_COLOR", "1").terminal_of(24, columns);
        let output = terminal.finish().success();
        let text = String::from_utf8_lossy(output.stderr().as_bytes()).split_whitespace().collect::<String>();
        assert!(text.contains("Usage:p0requests[OPTIONS]") && text.contains("Onlyyourown"), "{columns}: {output}");
    }
}
