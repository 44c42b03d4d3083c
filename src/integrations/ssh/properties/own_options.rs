//! The user's own options: read as `ssh` reads them.

use crate::integrations::ssh::own_args::{self, Tool};
use p0_testkit::{
    hostile,
    need::{self, Need},
};
use proptest::{collection::vec, prelude::*, sample::select};
use std::{
    cell::Cell,
    ffi::OsString,
    path::Path,
    process::{Command, Stdio},
};

/// The port that `ssh` itself would connect to with these options. `None`: it does not understand them.
fn port_of_ssh(own: &[OsString], directory: &Path) -> Option<u16> {
    let mut ssh = Command::new("ssh");
    // There are options that make a file.
    ssh.current_dir(directory).args(["-G", "-F", "/dev/null", "web-1"]).args(own).stdin(Stdio::null());
    let output = ssh.output().expect("ssh");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let port = said.lines().find_map(|line| line.strip_prefix("port "))?;
    output.status.success().then(|| port.parse().expect("a port"))
}

#[test]
fn a_port_is_the_one_that_ssh_reads() {
    if !need::all(&[Need::Program("ssh")]) {
        return;
    }
    let option = select(vec![
        "-p",
        "2222",
        "-p2222",
        "-p=2222",
        "-vp",
        "-4p22",
        "-o",
        "-oPort=7",
        "-oPort 7",
        "Port=8",
        "port 8",
        " PORT = 8 ",
        "Port==8",
        "Port=\"8\"",
        "-oport=\"9\"",
        "Port=8 ",
        "-oPort=0",
        "-p0",
        "-p65536",
        "-px",
        "-L",
        "1:localhost:2",
        "-v",
        "-vvv",
        "-oUser=p",
        "User=Port=7",
        "-E",
        "-lp",
        "-A",
        "-W",
        "h:1",
        "-oPort\t7",
        "-oPort=+7",
        "-oPort=7#",
        "-Jh:4",
        "-oProxyJump=h:5",
        "-Fnone",
    ]);
    let (directory, same) = (tempfile::tempdir().expect("a directory"), Cell::new(0));
    proptest!(hostile::config(128), |(own in vec(option, 1..5))| {
        let own: Vec<OsString> = own.into_iter().map(OsString::from).collect();
        let Ok((own, _command)) = own_args::part(own, Tool::Ssh) else { return Ok(()) };
        let Some(theirs) = port_of_ssh(&own, directory.path()) else { return Ok(()) };
        same.set(same.get() + 1);
        // What `ssh` would take and we do not is refused, and nothing worse.
        let Ok(ours) = own_args::port(&own, Tool::Ssh) else { return Ok(()) };
        prop_assert_eq!(ours.unwrap_or(22), theirs, "{:?}", own);
    });
    assert!(same.get() > 50, "ssh understood {same:?} of them");
}

/// Whether an error shows more of a word than fits on a line, or what a terminal would act on.
fn is_said_at_length(error: &impl ToString) -> bool {
    let shown = error.to_string();
    shown.len() > 1000 || shown.chars().any(char::is_control)
}

#[test]
fn no_word_is_lost_between_options_and_command() {
    let option = select(vec!["-v", "-p", "-L1:a:2", "-vp", "--", "-", "", "-o", "ls"]).prop_map(OsString::from);
    let word = prop_oneof![option, hostile::word()];
    proptest!(hostile::config(256), |(words in vec(word, 0..8))| {
        let (own, command) = match own_args::part(words.clone(), Tool::Ssh) {
            Ok(parts) => parts,
            // It is the last word that is not enough.
            Err(error) => {
                prop_assert!(!is_said_at_length(&error) && own_args::part([&words[..], &["x".into()]].concat(), Tool::Ssh).is_ok());
                return Ok(());
            }
        };
        let together = [&own[..], &command].concat();
        let separated = [&own[..], &[OsString::from("--")], &command].concat();
        prop_assert!(words == together || words == separated, "{:?} {:?}", own, command);
        // They say no port, or one, and never more than is shown.
        if let Err(error) = own_args::port(&own, Tool::Scp) {
            prop_assert!(!is_said_at_length(&error), "{}", error);
        }
    });
}
