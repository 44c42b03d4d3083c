//! A jump host in front of a virtual machine: how `ssh` goes through it, and what it means where it does not.

use super::ssh::PORT;
use crate::{
    integrations::ssh::{
        names::{Host, User},
        program::Argv,
        provider::{Explained, Material, ProviderError},
        quoting, words,
    },
    shell_words,
};
use std::{ffi::OsString, io, path::Path};

/// A jump host may take so long to show who it is, in seconds: less than the machine behind it, so that its own word
/// comes first.
const JUMP_CONNECT: u64 = 20;

/// `ssh -W`, as the same person, with nothing of the user's configuration: that is for the machine that is meant.
pub(super) fn through(
    host: &Host,
    alias: &Host,
    inner: &Host,
    user: &User,
    certificate: &Path,
    material: &Material<'_>,
) -> Result<Argv, ProviderError> {
    let mut words: Vec<OsString> = ["-F", "/dev/null"].map(Into::into).into();
    let known = material.hosts.join(alias.file_name());
    let path = |path: &Path| quoting::path(path).map_err(io::Error::other);
    let files = [("CertificateFile", path(certificate)?), ("UserKnownHostsFile", path(&known)?)];
    for (name, value) in material.key.settings().map_err(io::Error::other)?.into_iter().chain(files) {
        let mut option = OsString::from(format!("{name}="));
        option.push(value);
        words.extend(["-o".into(), option]);
    }
    let options = [
        "IdentitiesOnly=yes".to_owned(),
        "BatchMode=yes".into(),
        "StrictHostKeyChecking=accept-new".into(),
        format!("HostKeyAlias={alias}"),
        format!("ConnectTimeout={JUMP_CONNECT}"),
    ];
    words.extend(options.into_iter().flat_map(|option| ["-o".into(), option.into()]));
    // A colon within the address would otherwise end it.
    let target = if inner.as_str().contains(':') { format!("[{inner}]:{PORT}") } else { format!("{inner}:{PORT}") };
    let port = PORT.to_string();
    words.extend(["-l", user.as_str(), "-p", &port, "-W", &target, "--", host.as_str()].map(Into::into));
    Ok(Argv::new("ssh", words))
}

/// Why the jump host itself lets nobody through, if it does not. That it is not reached it says itself; what follows is that
/// the connection is closed.
pub(super) fn refused(host: &Host, alias: &Host, said: &str) -> Option<Explained> {
    let has = |text: &str| said.contains(text);
    if has("HOST IDENTIFICATION HAS CHANGED") && has(&format!("Host key for {alias} has changed")) {
        let mut hints = vec![
            "Somebody may be between you and it. Nothing was sent to it.".to_owned(),
            "Ask those who run the jump host whether its key was changed.".into(),
        ];
        let forget = |file| format!("If so, forget the old one with: rm {}", shell_words::word(file));
        hints.extend(words::offending_file(said).map(forget));
        let message = format!("The key of the jump host {host} is not the one that it had before.");
        return Some(Explained { message, hints });
    }
    let timed_out = format!("Connection to {host} port {PORT} timed out");
    if ["ssh: connect to host ", "ssh: Could not resolve hostname ", &timed_out].iter().any(|words| has(words)) {
        let message = format!("The jump host {host} cannot be reached.");
        return Some(Explained::new(message, &["Check your network, and that the jump host is running."]));
    }
    has("open failed: administratively prohibited").then(|| {
        Explained::new(
            format!("The jump host {host} carries no connections on."),
            &["Ask those who run it to allow that: AllowTcpForwarding in its sshd_config."],
        )
    })
}
