//! What is made from the command tree and committed: it is current, and its readers accept it.

use crate::harness::env;
use p0_testkit::{
    Output,
    need::{self, Need},
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The files of a directory, by name.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = fs::read_dir(directory) else { return BTreeMap::new() };
    entries
        .map(|entry| {
            let entry = entry.unwrap();
            (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn committed(directory: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(directory)
}

/// Compares what `p0 <command> --write` makes with what is committed, in both directions.
#[track_caller]
fn check(command: &str, directory: &str) {
    let env = env();
    let path = env.work_dir().join("made/here");
    env.p0([command, "--write"]).arg(&path).run().success();
    let (made, committed) = (files(&path), files(&committed(directory)));
    let names = |a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>| {
        a.iter().filter(|(name, text)| b.get(*name) != Some(*text)).map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let (stale, surplus) = (names(&made, &committed), names(&committed, &made));
    assert!(
        stale.is_empty() && surplus.is_empty(),
        "{directory}/ is not what the command tree gives (missing or stale: {stale:?}; stale or too many: {surplus:?}).\n\
         Refresh it with: rm -r {directory}; cargo run -- {command} --write {directory}"
    );
}

#[test]
fn the_committed_completions_are_current() {
    check("completions", "completions");
}

#[test]
fn the_committed_manual_is_current() {
    check("man", "man");
}

#[test]
fn each_shell_accepts_its_script() {
    let env = env();
    for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        let output = env.p0(["completions", shell]).run().success();
        let script = env.write(format!("script.{shell}"), output.stdout());
        if need::all(&[Need::Program(shell)]) {
            env.run(shell).arg(check).arg(&script).run().success();
        }
    }
    for shell in ["powershell", "elvish", "nushell"] {
        let output = env.p0(["completions", shell]).run().success();
        assert!(output.stdout().contains("p0"), "{shell}");
    }
    env.p0(["completions", "csh"]).run().code(64).stdout_is("").stderr_has("csh");
    env.p0(["completions"]).run().code(64).stdout_is("").ignore_stderr();
}

#[test]
fn bash_completes_with_it() {
    if !need::all(&[Need::Program("bash")]) {
        return;
    }
    let env = env();
    let output = env.p0(["completions", "bash"]).run().success();
    let script = env.write("p0.bash", output.stdout());
    let complete =
        "source \"$1\"; COMP_WORDS=(p0 req); COMP_CWORD=1; _p0 p0 req p0; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let output = env.run("bash").args(["--norc", "-c", complete, "bash"]).arg(script).run().success();
    let offered: Vec<&str> = output.stdout().lines().collect();
    assert_eq!(offered, ["request", "requests"]);
}

/// The commands that `p0 --help` lists.
fn listed_commands() -> Vec<String> {
    let help = env().p0(["--help"]).run().success();
    let lines =
        help.stdout().lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let mut commands: Vec<String> =
        lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    assert!(commands.len() > 15, "{commands:?}");
    // It has an alias that is listed as well.
    commands.push("whoami".into());
    commands.sort();
    commands
}

/// What a shell offered, one a line, without options.
#[track_caller]
fn offered(output: &Output) -> Vec<String> {
    let mut commands: Vec<String> = output
        .stdout()
        .lines()
        .filter_map(|line| line.split(['\t', ' ']).next())
        .filter(|word| !word.is_empty() && !word.starts_with('-'))
        .map(str::to_owned)
        .collect();
    commands.sort();
    commands
}

#[test]
fn bash_offers_the_commands_that_help_lists() {
    if !need::all(&[Need::Program("bash")]) {
        return;
    }
    let env = env();
    let complete = "source \"$1\"; COMP_WORDS=(p0 ''); COMP_CWORD=1; _p0 p0 '' p0; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let output = env.run("bash").args(["--norc", "-c", complete, "bash"]).arg(committed("completions/p0.bash")).run();
    assert_eq!(offered(&output.success()), listed_commands());
}

#[test]
fn fish_offers_the_commands_that_help_lists() {
    if !need::all(&[Need::Program("fish")]) {
        return;
    }
    let env = env();
    let output = env.run("fish").args(["--no-config", "-c", "source $argv[1]; complete -C 'p0 '"]);
    let output = output.arg(committed("completions/p0.fish")).run();
    assert_eq!(offered(&output.success()), listed_commands());
}

#[test]
fn zsh_offers_the_commands_that_help_lists() {
    if !need::all(&[Need::Program("zsh")]) {
        return;
    }
    // Each list of commands is an array of `name:description`, which this stands in for `_describe` to print.
    let env = env();
    let list = "compdef() { :; }; _describe() { local list=$argv[-1]; print -rl -- ${${(P)list}%%:*}; }; source $1; _p0_commands";
    let output = env.run("zsh").args(["-f", "-c", list, "zsh"]).arg(committed("completions/_p0")).run();
    assert_eq!(offered(&output.success()), listed_commands());
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let env = env();
    let help = env.p0(["--help"]).run().success();
    let commands: Vec<&str> = help
        .stdout()
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 15, "{commands:?}");
    for command in commands {
        let page = env.p0(["man", command]).run().success();
        assert!(page.stdout().starts_with(".ie") || page.stdout().contains(".TH"), "{command}");
    }
    env.p0(["man"]).run().success().stdout_has(".TH p0");
    env.p0(["man", "nonsense"]).run().code(64).stdout_is("").stderr_has("There is no command 'nonsense'.");
}

#[test]
fn the_manual_is_well_formed() {
    if !need::all(&[Need::Program("mandoc")]) {
        return;
    }
    let env = env();
    env.p0(["man", "--write", "pages"]).run().success();
    for name in files(&env.work_dir().join("pages")).into_keys() {
        // What is left is style, on which the generator and the linter differ.
        env.run("mandoc").args(["-T", "lint", "-W", "error", &format!("pages/{name}")]).run().success();
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_told() {
    let env = env();
    env.write("in-the-way", "");
    for command in ["completions", "man"] {
        let output = env.p0([command, "--write", "in-the-way/x"]).run().code(1).stdout_is("");
        output.stderr_has("Error: Cannot write in-the-way/x: ");
    }
}
