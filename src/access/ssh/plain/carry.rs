//! Carrying a connection of plain `ssh`, as its `ProxyCommand`.

use super::{machine::Machine, serve};
use crate::{
    access::{
        Access,
        ssh::{
            audit::Reports,
            grant,
            group::{self, Group},
            ready, tunnel,
        },
        tool::{self, Signals},
    },
    ctx::Ctx,
    error::{End, Failure, Result},
    integrations::ssh::{
        names::Host,
        program::Argv,
        provider::{self, Reach},
    },
};
use p0_client::Client;
use secrecy::SecretString;
use std::{
    fs::File,
    io::{self, Read, Write},
    net::Shutdown,
    os::fd::AsFd,
    path::Path,
    thread,
};
use tokio::{
    net::{TcpStream, ToSocketAddrs},
    sync::oneshot,
};

/// Carries the connection to a machine between stdin and stdout, until one side ends it.
///
/// # Errors
/// The machine is not known (any more), or cannot be reached.
pub async fn carry(ctx: &Ctx, host: &str, program: &Path) -> Result {
    let host = Host::parse(host).map_err(|error| Failure::usage(format!("ssh asks for {error}.")))?;
    let machine = Machine::load(ctx, &host)?.ok_or_else(|| {
        Failure::error(format!("Nothing is known of how {host} is reached."))
            .hint("Connect with plain ssh, which asks first, or with: p0 ssh")
    })?;
    let client = ctx.api().await?;
    let mut signals = Signals::listen()?;
    let _held = serve::hold(ctx, &client, machine.key, program).await?;
    let environment = environment(ctx, &client, &machine).await?;
    // Its lock is what ends the program on the way where this process is killed.
    let own = ctx.dirs.private()?;
    let mut reports = Reports::about(&client, &machine.request_id);
    let end = match &machine.reach {
        Reach::Direct => {
            let stream = reach((machine.host.as_str(), machine.port)).await?;
            reports.begun();
            relay(stream, &mut signals).await
        }
        Reach::Tunnel(tunnel) => {
            let open = tunnel::Open::start(tunnel, &environment, &machine.unset, &own.lock()).await?;
            let stream = reach(("127.0.0.1", open.port)).await?;
            reports.begun();
            relay(stream, &mut signals).await
        }
        Reach::Proxy(argv) => {
            reports.begun();
            run(argv, &environment, &machine.unset, &own.lock(), &mut signals).await
        }
    };
    reports.ended().await;
    end
}

/// The credentials of the program on the way. They are secret, so they are got when they are used.
async fn environment(ctx: &Ctx, client: &Client, machine: &Machine) -> Result<Vec<(&'static str, SecretString)>> {
    let access = Access {
        id: machine.request_id.clone(),
        request: machine.request.clone(),
        document: serde_json::Value::Null,
        preexisting: true,
    };
    let provider = provider::of(&grant(access)?, &ctx.settings.ssh)?;
    match provider.needs().aws {
        Some(access) => Ok(ready::credentials(ctx, client, &access).await?.set),
        None => Ok(Vec::new()),
    }
}

async fn reach(address: impl ToSocketAddrs) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).await.map_err(|error| {
        Failure::error(format!("The machine does not answer: {error}"))
            .hint("It may be off, or reached by a VPN or a proxy: see ssh_proxy in config.toml.")
    })?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Carries bytes both ways until the machine's side ends, or a signal asks for the end. Ctrl-C is for `ssh`, which ends
/// this by itself. Each way has a thread, which ends with the process.
async fn relay(stream: TcpStream, signals: &mut Signals) -> Result {
    let stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    let (mut to, mut from) = (stream.try_clone()?, stream);
    // As files they have no buffers, in which an answer would wait for the end of its line.
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let (up, up_ended) = oneshot::channel();
    let (down, down_ended) = oneshot::channel();
    thread::Builder::new().name("up".into()).spawn(move || {
        // `ssh` says no more; the machine may.
        let ended = copy(&mut input, &mut to).and_then(|()| to.shutdown(Shutdown::Write));
        if let Err(error) = ended {
            // Whoever waits may have left.
            drop(up.send(error));
        }
    })?;
    thread::Builder::new().name("down".into()).spawn(move || {
        drop(down.send(copy(&mut from, &mut output)));
    })?;
    tokio::pin!(up_ended, down_ended);
    let mut sends = true;
    loop {
        tokio::select! {
            failed = &mut up_ended, if sends => match failed {
                Ok(error) => return broken(error),
                // It has said all that it had to say.
                Err(_) => sends = false,
            },
            ended = &mut down_ended => {
                return ended.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into())).map_or_else(broken, |()| Ok(End::Done));
            }
            signal = signals.next() => if signal.ends() { return Ok(End::Done) },
        }
    }
}

/// Copies until the end, each piece as it comes. The system's own way (`io::copy`, by splice(2)) has TCP wait for more.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut piece = vec![0; 64 * 1024];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => to.write_all(&piece[..length])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A side that is gone is the end of a connection, as good as any other.
fn broken(error: io::Error) -> Result {
    match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => Ok(End::Done),
        _ => Err(error.into()),
    }
}

/// Runs the program that carries the connection, on our own stdin and stdout.
async fn run(
    argv: &Argv,
    environment: &[(&'static str, SecretString)],
    unset: &[String],
    lock: &Path,
    signals: &mut Signals,
) -> Result {
    let mut command = group::command(argv, environment, unset);
    let mut child = command.spawn().map_err(|error| tool::not_run(command.as_std(), &error, ""))?;
    let group = Group::of(&child, lock);
    loop {
        tokio::select! {
            status = child.wait() => return Ok(tool::end_of(status?)),
            signal = signals.next() => if signal.ends() {
                group.end(&mut child).await;
                return Ok(End::Done);
            }
        }
    }
}
