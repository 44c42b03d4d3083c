//! `p0 scp`.

mod local_path;

use super::ssh::{MachineArgs, part, port, reach};
use crate::{
    access::ssh::RemoteCommand,
    ctx::Ctx,
    error::{Failure, Result},
    integrations::ssh::{
        command::Copy,
        own_args::{self, Tool},
    },
};
use std::{ffi::OsString, path::Path};

/// Copy files to or from a machine, asking for access if needed.
///
/// One side is a machine's, written `<destination>:<path>`; the other is here. A name here that contains a colon is written
/// with a directory in front: `./a:b`. What stands behind `--` goes to scp.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "p0 scp [OPTIONS] <SOURCE> <TARGET> [-- <SCP OPTIONS>...]",
    after_help = "Examples:
  p0 scp report.csv web-1:/tmp/
  p0 scp web-1:/var/log/syslog .
  p0 scp -r -p site web-1:site                     A directory, times and modes kept
  p0 scp backup.tar web-1: -- -l 8000              scp's own options"
)]
pub struct Args {
    /// Which machine, and why.
    #[command(flatten)]
    pub machine: MachineArgs,
    /// Copy directories with all that is in them
    #[arg(short, long)]
    pub recursive: bool,
    /// Keep times and modes
    #[arg(short, long)]
    pub preserve: bool,
    /// What to copy: a file here, or <DESTINATION>:<PATH>
    pub source: String,
    /// Where to: <DESTINATION>:<PATH>, or a place here
    pub target: String,
    /// What stood behind `--`; taken off the line before clap reads it.
    #[arg(skip)]
    pub own: Vec<OsString>,
}

/// Copies.
pub async fn run(ctx: &Ctx, args: Args) -> Result {
    let (destination, copy) = sides(&args.source, &args.target)?;
    let flags = [(args.recursive, "-r"), (args.preserve, "-p")];
    let flags = flags.into_iter().filter(|(given, _)| *given).map(|(_, flag)| OsString::from(flag));
    let (own, rest) = part(args.own, Tool::Scp)?;
    if let Some(word) = rest.first() {
        return Err(Failure::usage(format!("'{}' behind '--' is no option of scp's.", word.to_string_lossy()))
            .hint("What is copied stands before it: p0 scp <source> <target> -- <options>")
            .into());
    }
    let own: Vec<_> = flags.chain(own).collect();
    let port = port(&own, Tool::Scp)?;
    match &copy {
        Copy::Up { from, .. } => local_path::check_source(Path::new(from), own_args::has(&own, b'r', Tool::Scp))?,
        Copy::Down { to, .. } => local_path::check_target(Path::new(to))?,
    }
    reach(ctx, &args.machine, &destination, RemoteCommand::Copy { own, copy }, port).await
}

/// The machine, and what is copied which way.
fn sides(source: &str, target: &str) -> std::result::Result<(String, Copy), Failure> {
    match (there(source), there(target)) {
        (Some((host, path)), None) => Ok((host.to_owned(), Copy::Down { from: path.to_owned(), to: target.into() })),
        (None, Some((host, path))) => Ok((host.to_owned(), Copy::Up { from: source.into(), to: path.to_owned() })),
        (None, None) => Err(Failure::usage("Neither side of the copy is a machine's.")
            .hint("Write one as <destination>:<path>, for example: p0 scp report.csv web-1:/tmp/")),
        (Some(_), Some(_)) => Err(Failure::usage("Both sides of the copy are machines'.")
            .hint("Copy to this machine first, and from here to the other.")
            .hint("A name here that contains a colon is written with a directory in front: ./a:b")),
    }
}

/// The machine and the path of a side that is not here, by `scp`'s rule: a colon, no slash before it, and not at the
/// beginning. An address with colons of its own stands in brackets.
fn there(side: &str) -> Option<(&str, &str)> {
    let bracketed = side.strip_prefix('[').map(|side| side.split_once("]:"));
    let (host, path) = bracketed.unwrap_or_else(|| side.split_once(':'))?;
    (!host.is_empty() && !host.contains('/')).then_some((host, path))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::{
        error::Kind,
        integrations::ssh::{command, names::Host},
    };
    use p0_testkit::{
        Recorder, hostile,
        need::{self, Need},
    };
    use proptest::prelude::*;
    use std::process::{Command, Stdio};

    #[test]
    fn one_side_is_a_machines() {
        let (host, copy) = sides("web-1:/tmp/x y", "./a:b").expect("a copy");
        assert_eq!((host.as_str(), copy), ("web-1", Copy::Down { from: "/tmp/x y".into(), to: "./a:b".into() }));
        let (host, copy) = sides("[2001:db8::1]:x", ":y").expect("a copy");
        assert_eq!((host.as_str(), copy), ("2001:db8::1", Copy::Down { from: "x".into(), to: ":y".into() }));
        let (host, copy) = sides("-x", "web-1:").expect("a copy");
        assert_eq!((host.as_str(), copy), ("web-1", Copy::Up { from: "-x".into(), to: String::new() }));
        for (source, target) in [("a", "b"), ("a:b", "c:d"), ("/a:b", "./c:d"), ("a:", "b:")] {
            assert_eq!(sides(source, target).expect_err("no copy").kind, Kind::Usage);
        }
    }

    /// What the real `scp` takes for a machine, and with which options it would go there: it is given a program in place of
    /// `ssh`. `None`: both sides are here.
    fn scp_goes_to(recorder: &Recorder, args: &[OsString]) -> Option<Vec<OsString>> {
        let mut command = Command::new("scp");
        command.arg("-S").arg(recorder.program()).args(args).current_dir(recorder.directory());
        command.stdin(Stdio::null()).output().expect("scp");
        recorder.said()
    }

    #[test]
    fn what_scp_takes_for_a_machine_is_never_taken_for_a_file() {
        if !need::all(&[Need::Program("scp")]) {
            return;
        }
        let recorder = Recorder::new();
        let side = (prop_oneof![Just(String::new()), Just("[".into()), hostile::text()], hostile::text())
            .prop_map(|(begin, end)| begin + &end)
            .prop_filter("no empty word", |side| !side.is_empty());
        proptest!(hostile::config(96), |(side in side)| {
            let args = ["--", &side, "./here"].map(OsString::from);
            let Some(words) = scp_goes_to(&recorder, &args) else { return Ok(()) };
            let (host, _) = there(&side).ok_or_else(|| TestCaseError::fail(format!("{side:?} is at {words:?}")))?;
            // What may be a destination is the same one.
            if Host::parse(host).is_ok() && !side.starts_with("scp://") {
                prop_assert_eq!(&words[words.len() - 2], host);
            }
        });
    }

    #[test]
    fn a_path_names_no_other_machine() {
        if !need::all(&[Need::Program("scp")]) {
            return;
        }
        let recorder = Recorder::new();
        let host = prop_oneof![Just("scp"), Just("web-1"), Just("2001:db8::1"), Just("::1"), Just("192.0.2.1")];
        let local = hostile::text().prop_filter("a file", |side| !side.is_empty() && there(side).is_none());
        let begin = prop_oneof![Just(""), Just("//"), Just("//root@other:7/")];
        let files = command::Files {
            key: command::KeyAt { agent: None, file: "/run/x/id".into() },
            known_hosts: "/run/x/hosts".into(),
            first_seen: false,
            host_key_types: Vec::new(),
            log: "/run/x/log".into(),
        };
        proptest!(hostile::config(64), |(host in host, begin in begin, path in hostile::text(), here in local, up: bool)| {
            let path = begin.to_owned() + &path;
            let there = if host.contains(':') { format!("[{host}]:{path}") } else { format!("{host}:{path}") };
            let words = if up { [&here, &there] } else { [&there, &here] };
            let (destination, copy) = sides(words[0], words[1]).expect("a copy");
            prop_assert_eq!(&destination, host);
            let expected = match up {
                true => Copy::Up { from: OsString::from(&here), to: path },
                false => Copy::Down { from: path, to: OsString::from(&here) },
            };
            prop_assert_eq!(&copy, &expected);
            let args = command::scp(Vec::new(), &files, &[], &Host::parse(host).expect("a host"), &copy);
            // Where the file here is not there, `scp` has no reason to connect.
            let Some(words) = scp_goes_to(&recorder, &args) else { return Ok(()) };
            prop_assert_eq!(&words[words.len() - 3..], ["--", host, "sftp"].map(OsString::from));
            prop_assert!(!words.iter().any(|word| word == "-l" || word == "-p"), "{:?}", words);
        });
    }
}
