use super::*;

fn ancestor(names: &[&str], reads_output: bool) -> Ancestor {
    Ancestor { names: names.iter().map(|&name| name.to_owned()).collect(), reads_output }
}

/// The shell below which p0 runs, by the names of the processes above it.
fn below(ancestors: &[&[&str]]) -> Result<Shell, UnsupportedShell> {
    let ancestors: Vec<Ancestor> = ancestors.iter().map(|names| ancestor(names, false)).collect();
    Shell::reader(&ancestors)
}

#[test]
fn parent_is_recognised_by_its_executable_or_its_name() {
    for (names, expected) in [
        (["/usr/bin/bash", "bash"], Shell::Posix),
        (["/usr/bin/zsh", "-zsh"], Shell::Posix),
        (["/bin/busybox", "ash"], Shell::Posix),
        (["/opt/homebrew/bin/fish", "fish"], Shell::Fish),
        (["/usr/bin/fish (deleted)", "fish"], Shell::Fish),
        (["/nix/store/x-fish/bin/.fish-wrapped", ".fish-wrapped"], Shell::Fish),
        (["/bin/bsd-csh", "csh"], Shell::Tcsh),
        (["/usr/bin/tcsh", "-csh"], Shell::Tcsh),
        (["/opt/microsoft/powershell/7/pwsh", "pwsh"], Shell::Powershell),
        (["C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe", "powershell.exe"], Shell::Powershell),
        (["C:\\Windows\\system32\\CMD.EXE", "cmd.exe"], Shell::Cmd),
        (["/usr/bin/nu", "nu"], Shell::Nushell),
        // A script is run by a shell, whatever the script is called.
        (["/usr/bin/dash", "fish"], Shell::Posix),
    ] {
        assert_eq!(below(&[&names]), Ok(expected), "{names:?}");
    }
}

#[test]
fn unknown_parents_get_posix_syntax() {
    assert_eq!(below(&[]), Ok(Shell::Posix));
    assert_eq!(below(&[&[]]), Ok(Shell::Posix));
    for parent in ["/usr/bin/python3.11", "/usr/sbin/nologin", "/usr/bin/make", "/usr/bin/vim", ""] {
        assert_eq!(below(&[&[parent], &["/usr/bin/fish"]]), Ok(Shell::Posix), "{parent}");
    }
}

#[test]
fn shells_without_a_known_syntax_are_refused_by_name() {
    assert_eq!(below(&[&["/usr/bin/python3.11", "xonsh"]]), Err(UnsupportedShell("xonsh".into())));
    assert_eq!(below(&[&["/usr/bin/elvish", "elvish"]]), Err(UnsupportedShell("elvish".into())));
}

#[test]
fn programs_that_pass_output_on_are_skipped() {
    assert_eq!(below(&[&["sudo"], &["/usr/bin/fish"]]), Ok(Shell::Fish));
    assert_eq!(
        below(&[&["/usr/bin/timeout"], &["/usr/bin/time"], &["/usr/bin/tcsh"], &["/usr/bin/fish"]]),
        Ok(Shell::Tcsh)
    );
    assert_eq!(below(&[&["sudo"], &["sudo"]]), Ok(Shell::Posix));
}

#[test]
fn holder_of_the_pipe_is_the_reader() {
    let script_below_fish = [ancestor(&["/usr/bin/dash"], false), ancestor(&["/usr/bin/fish"], true)];
    assert_eq!(Shell::reader(&script_below_fish), Ok(Shell::Fish));
    let capturing_script = [ancestor(&["/usr/bin/dash"], true), ancestor(&["/usr/bin/fish"], true)];
    assert_eq!(Shell::reader(&capturing_script), Ok(Shell::Posix));
    let program_below_fish = [ancestor(&["/usr/bin/python3.11"], true), ancestor(&["/usr/bin/fish"], false)];
    assert_eq!(Shell::reader(&program_below_fish), Ok(Shell::Posix));
    let fish_below_program = [ancestor(&["/usr/bin/fish"], false), ancestor(&["/usr/bin/python3.11"], true)];
    assert_eq!(Shell::reader(&fish_below_program), Ok(Shell::Fish));
    let program_that_passes_output_on = [ancestor(&["/usr/bin/python3.11"], false), ancestor(&["/usr/bin/fish"], true)];
    assert_eq!(Shell::reader(&program_that_passes_output_on), Ok(Shell::Fish));
    // `sudo` copies the output of what it runs in a terminal of its own.
    let sudo = [ancestor(&["sudo"], true), ancestor(&["/usr/bin/fish"], false)];
    assert_eq!(Shell::reader(&sudo), Ok(Shell::Fish));
}

#[test]
fn hint_is_a_line_that_the_shell_reads() {
    let line = |shell: Shell, account: &str| shell.evaluate(&["p0", "--account", account]);
    assert_eq!(line(Shell::Posix, "dev"), "eval \"$(p0 --account dev)\"");
    assert_eq!(line(Shell::Posix, "it's $x"), r#"eval "$(p0 --account 'it'\''s $x')""#);
    assert_eq!(line(Shell::Fish, "it's"), r"p0 --account 'it\'s' | source");
    assert_eq!(line(Shell::Tcsh, "it's"), r"eval `p0 --account $'it\047s'`");
    assert_eq!(line(Shell::Powershell, "it's,a"), "p0 --account 'it''s,a' | Out-String | Invoke-Expression");
    assert_eq!(line(Shell::Cmd, "my dev"), "for /f \"delims=\" %i in ('p0 --account \"my dev\"') do @%i");
    assert_eq!(line(Shell::Nushell, "a \"b'"), r#"p0 --account "a \"b'" | from json | load-env"#);
    assert_eq!(line(Shell::Posix, ""), "eval \"$(p0 --account '')\"");
}

#[cfg(feature = "serve")]
#[test]
fn variables_are_set_in_one_line() {
    let variables = [("A", "http://127.0.0.1:1".to_owned()), ("B", "b c".to_owned())];
    for (shell, line) in [
        (Shell::Posix, "export A=http://127.0.0.1:1 B='b c'"),
        (Shell::Fish, "set -gx A http://127.0.0.1:1; set -gx B 'b c'"),
        (Shell::Tcsh, "setenv A http://127.0.0.1:1; setenv B $'b\\040c'"),
        (Shell::Powershell, "$env:A = 'http://127.0.0.1:1'; $env:B = 'b c'"),
        (Shell::Cmd, "set \"A=http://127.0.0.1:1\" & set \"B=b c\""),
        (Shell::Nushell, "$env.A = \"http://127.0.0.1:1\"; $env.B = \"b c\""),
    ] {
        assert_eq!(shell.set(&variables), line);
    }
}
