//! What p0 has written into other programs' files names a path of p0, which may have gone since. So it is run.

use super::{
    Finding,
    tools::{Ran, run},
};
use crate::{
    ctx::Ctx,
    dirs,
    integrations::kubernetes::kubeconfig::{Kubeconfig, List},
};
use std::{
    env,
    iter::Peekable,
    path::{Path, PathBuf},
    str::Chars,
};

/// What is wrong with the p0 at this path, if anything. `again`: what writes the file again.
pub(super) async fn runs(check: &'static str, program: &str, again: &str) -> Option<Finding> {
    let why = match run(program, &["--version"], None).await {
        Ran::Ended { success: true, line } if line.starts_with("p0 ") => return None,
        Ran::Ended { line, .. } if line.is_empty() => "it does not tell its version".to_owned(),
        Ran::Ended { line, .. } => format!("it says '{line}'"),
        Ran::Missing => "it is not there any more".to_owned(),
        Ran::Broken(error) => error.to_string(),
        Ran::Late => "it takes more than 3 seconds to start".to_owned(),
    };
    let finding = Finding::wrong(check, format!("Cannot run '{program}', which is installed as p0: {why}."));
    Some(finding.fix(format!("Write it again: {again}")))
}

/// Runs each p0 that the AWS CLI's profiles and the user's kubeconfigs name.
pub(super) async fn check(ctx: &Ctx) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(file) = dirs::aws("config", ctx.env.aws_config_file.as_deref()) {
        let programs = text(&file).map(|text| in_profiles(&text)).unwrap_or_default();
        findings.extend(judge("aws-profiles", &file, programs, "p0 aws configure").await);
    }
    for file in kubeconfigs(ctx) {
        let programs = text(&file).map(|text| in_kubeconfig(&text)).unwrap_or_default();
        findings.extend(judge("kubeconfig", &file, programs, "p0 kubeconfig").await);
    }
    findings
}

async fn judge(check: &'static str, file: &Path, mut programs: Vec<String>, again: &str) -> Vec<Finding> {
    programs.sort();
    programs.dedup();
    let mut findings = Vec::new();
    for program in &programs {
        findings.extend(runs(check, program, again).await);
    }
    if findings.is_empty() && !programs.is_empty() {
        findings.push(Finding::ok(check, format!("{} names a p0 that runs.", file.display())));
    }
    findings.into_iter().map(|finding| Finding { said: with_file(finding.said, file), ..finding }).collect()
}

fn with_file(said: String, file: &Path) -> String {
    let file = file.display().to_string();
    if said.contains(&file) { said } else { format!("{file}: {said}") }
}

/// A file that cannot be read is another check's, or the program's that it belongs to.
fn text(file: &Path) -> Option<String> {
    match dirs::read(file) {
        Ok(text) => text,
        Err(error) => {
            tracing::debug!(%error, file = %file.display(), "not checked");
            None
        }
    }
}

fn kubeconfigs(ctx: &Ctx) -> Vec<PathBuf> {
    match &ctx.env.kubeconfig {
        Some(list) => env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).collect(),
        None => dirs::kubeconfig().into_iter().collect(),
    }
}

/// The programs by which p0 gives credentials to profiles of the AWS CLI.
fn in_profiles(text: &str) -> Vec<String> {
    let values = text.lines().filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == "credential_process").then(|| words(value))
    });
    let ours = values.filter(|words| words.windows(2).any(|pair| pair == ["aws", "credential-process"]));
    // Variables may stand in front.
    ours.filter_map(|words| words.into_iter().find(|word| word != "env" && !word.contains('='))).collect()
}

/// The programs by which p0 gives credentials to `kubectl`.
fn in_kubeconfig(text: &str) -> Vec<String> {
    let Ok(config) = Kubeconfig::parse(text) else { return Vec::new() };
    let program = |(_, user): (String, serde_json::Value)| {
        let exec = user.get("exec")?;
        let args: Vec<&str> = exec.get("args")?.as_array()?.iter().filter_map(|arg| arg.as_str()).collect();
        let is_ours = args.windows(2).any(|pair| pair == ["kubeconfig", "credential"]);
        is_ours.then(|| exec.get("command")?.as_str().map(str::to_owned))?
    };
    config.entries(List::Users).filter_map(program).collect()
}

/// The words of a line, by a POSIX shell's rules as far as p0 writes such lines.
fn words(line: &str) -> Vec<String> {
    let mut chars = line.trim().chars().peekable();
    let mut words = Vec::new();
    while chars.peek().is_some() {
        words.push(word(&mut chars));
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
    }
    words
}

fn word(chars: &mut Peekable<Chars<'_>>) -> String {
    let mut word = String::new();
    while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
        match c {
            '\'' | '"' => word.extend(chars.by_ref().take_while(|next| *next != c)),
            '\\' if cfg!(unix) => word.extend(chars.next()),
            c => word.push(c),
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};

    #[test]
    fn programs_in_profiles_are_found() {
        let text = "[profile a]\ncredential_process = /opt/p0 --org x aws credential-process role A\n\
            [profile b]\ncredential_process=env P0_ENV=e '/opt/a b/p0' --org x aws credential-process role B\n\
            [profile c]\ncredential_process = /opt/other get\nregion = eu-west-1\n";
        assert_eq!(in_profiles(text), ["/opt/p0", "/opt/a b/p0"]);
    }

    #[test]
    fn programs_in_kubeconfigs_are_found() {
        let text = "apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    exec:\n      command: /opt/p0\n      \
            args: [--org, x, kubeconfig, credential]\n- name: b\n  user:\n    exec: {command: aws, args: [eks]}\n";
        assert_eq!(in_kubeconfig(text), ["/opt/p0"]);
        assert_eq!(in_kubeconfig("{"), Vec::<String>::new());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_that_is_not_there_any_more_is_wrong() {
        let missing = runs("x", "/nowhere/p0", "p0 again").await.expect("a finding");
        assert_eq!(missing.state, State::Wrong);
        assert_eq!(missing.said, "Cannot run '/nowhere/p0', which is installed as p0: it is not there any more.");
        assert_eq!(missing.fix, ["Write it again: p0 again"]);
        let other = runs("x", "/bin/echo", "p0 again").await.expect("a finding");
        assert!(other.said.contains("it says '--version'") || other.said.contains("it says 'echo"), "{other:?}");
    }
}
