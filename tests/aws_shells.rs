//! Which shell reads the assignments that `p0 aws … assume` writes: the shell that runs p0, not the login shell.

use crate::aws_stand_in::Aws;
use p0_testkit::{
    Output,
    need::{self, Need},
};

const KEY: &str = "AKIDSTANDIN";

/// Runs a script in which `P0` is the command that gets credentials. The login shell is another one.
fn run(aws: &Aws, argv: &[&str], script: &str) -> Output {
    let p0 = format!("'{}' aws role assume Developer --account development", aws.0.env.program().display());
    let script = script.replace("P0", &p0);
    let other = if argv[0] == "fish" { "/bin/bash" } else { "/usr/bin/fish" };
    aws.0.env.run(argv[0]).args(&argv[1..]).args([&script]).env("SHELL", other).run()
}

#[test]
fn shell_that_runs_p0_reads_its_own_syntax() {
    if !need::all(&["bash", "dash", "zsh", "fish", "tcsh"].map(Need::Program)) {
        return;
    }
    let aws = Aws::new();
    let shell = "echo $AWS_ACCESS_KEY_ID $AWS_SECURITY_TOKEN ${AWS_PROFILE-none}";
    for (argv, script) in [
        (&["bash", "-c"][..], format!("eval \"$(P0)\"; {shell}")),
        (&["bash", "-lc"], format!("eval \"$(P0)\"; {shell}")),
        (&["bash", "-c"], format!("source <(P0); {shell}")),
        (&["bash", "-c"], format!("eval \"$(env X=y timeout 60 nice P0)\"; {shell}")),
        (&["bash", "-c"], format!("eval \"$(sh -c \"P0; exit\")\"; {shell}")),
        (&["bash", "-c"], format!("P0 > file; . ./file; {shell}")),
        (&["bash", "-c"], format!("eval \"$(P0 | cat)\"; {shell}")),
        (&["dash", "-c"], format!("eval \"$(P0)\"; {shell}")),
        (&["sh", "-c"], format!("eval \"$(exec P0)\"; {shell}")),
        (&["zsh", "-fc"], format!("eval \"$(P0)\"; {shell}")),
        (&["zsh", "-fc"], format!("P0 | source /dev/stdin; {shell}")),
        (&["fish", "--no-config", "-c"], "P0 | source; and bash -c 'SHELL'".replace("SHELL", shell)),
        (&["fish", "--no-config", "-c"], "eval (P0); and bash -c 'SHELL'".replace("SHELL", shell)),
        // The shell that runs p0 is not the one that reads its output.
        (&["fish", "--no-config", "-c"], "sh -c \"P0; exit\" | source; and bash -c 'SHELL'".replace("SHELL", shell)),
        (&["tcsh", "-fc"], "eval `P0` && bash -c 'SHELL'".replace("SHELL", shell)),
    ] {
        for profile in [None, Some("other")] {
            let output = match profile {
                None => run(&aws, argv, &script),
                Some(profile) => run(&aws, &[&["env", &format!("AWS_PROFILE={profile}")], argv].concat(), &script),
            };
            let output = output.success().ignore_stderr();
            assert_eq!(
                output.stdout(),
                format!("{KEY} sts-token-hush none\n"),
                "{argv:?} {script} {profile:?}: {output}"
            );
        }
    }
}

#[test]
fn fish_source_ends_with_status_0() {
    if !need::all(&[Need::Program("fish")]) {
        return;
    }
    let aws = Aws::new();
    let output = run(&aws, &["fish", "--no-config", "-c"], "P0 | source; echo $status $pipestatus");
    output.success().ignore_stderr().stdout_is("0 0 0\n");
}

#[test]
fn parent_that_is_no_shell_gets_posix_syntax() {
    let aws = Aws::new();
    for shell in ["/usr/bin/fish", "/usr/sbin/nologin", "/bin/false", ""] {
        let output = aws.p0("aws role assume Developer --account development").env("SHELL", shell).run();
        let output = output.success().ignore_stderr();
        assert!(output.stdout().starts_with(&format!("export AWS_ACCESS_KEY_ID={KEY}\n")), "{shell}: {output}");
        assert!(!output.stdout().contains([';', '\'', '"']), "{shell}: {output}");
    }
}

#[test]
fn shell_without_a_known_syntax_is_refused_before_anything_is_requested() {
    let aws = Aws::new();
    // Any program that starts another one and waits for it.
    let xonsh = aws.0.env.bin_dir().join("xonsh");
    std::fs::copy("/usr/bin/timeout", &xonsh).unwrap();
    let run = aws.0.env.run(xonsh).arg("60").arg(aws.0.env.program());
    let words = "aws role assume Developer --account development".split(' ');
    let output = run.args(words).run().code(1).stdout_is("");
    output.stderr_is(
        "Error: Cannot write assignments for xonsh: p0 does not know its syntax.\n  \
         Run the tool directly: p0 aws … -- <tool>\n  Or write JSON: --format json\n  \
         Or name a shell whose syntax it reads: --shell sh\n",
    );
    assert!(aws.0.calls("/o/example/command").is_empty());
}
