//! `p0 scp`.

use super::ssh::{Asking, port, reach};
use crate::{
    access::ssh::connect::What,
    ctx::Ctx,
    error::{Failure, Result},
    integrations::ssh::{command::Copy, own_args::Tool},
};
use std::ffi::OsString;

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
    pub asking: Asking,
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
    let own: Vec<_> = flags.chain(args.own).collect();
    let port = port(&own, Tool::Scp)?;
    reach(ctx, &args.asking, &destination, What::Copy { own, copy }, port).await
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

/// The machine and the path of a side that is not here, by `scp`'s rule: a colon, and no slash before it.
fn there(side: &str) -> Option<(&str, &str)> {
    let (host, path) = side.split_once(':')?;
    (!host.contains('/')).then_some((host, path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn one_side_is_a_machines() {
        let (host, copy) = sides("web-1:/tmp/x y", "./a:b").expect("a copy");
        assert_eq!((host.as_str(), copy), ("web-1", Copy::Down { from: "/tmp/x y".into(), to: "./a:b".into() }));
        let (host, copy) = sides("-x", "web-1:").expect("a copy");
        assert_eq!((host.as_str(), copy), ("web-1", Copy::Up { from: "-x".into(), to: String::new() }));
        for (source, target) in [("a", "b"), ("a:b", "c:d"), ("/a:b", "./c:d"), ("a:", ":")] {
            assert_eq!(sides(source, target).expect_err("no copy").kind, Kind::Usage);
        }
    }
}
