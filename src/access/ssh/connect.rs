//! Running `ssh` or `scp` to a machine: tried until the session begins, handed the terminal, its exit code passed on.

use super::{
    PreparedSession, access_status, audit::Reports, failed, hosts, interrupted, log, log::Log, prepare::Connection,
    process_group, proxy_command::ProxyCommand, remote_command::RemoteCommand, retry::RetryWindow, told, tunnel,
};
use crate::{
    access::{
        signals::{Signals, Suspension},
        tool,
    },
    ctx::Ctx,
    dirs,
    error::{Failure, Result},
    integrations::ssh::{
        command::{self, By, Purpose},
        provider::{ProviderError, Reach, Route, Verdict},
        words,
    },
};
use p0_client::Client;
use std::{
    path::{Path, PathBuf},
    process::ExitStatus,
    time::Duration,
};

/// Runs it. `sudo`: not before the user may become root.
pub async fn connect(
    ctx: &Ctx,
    client: &Client,
    signals: &mut Signals,
    ready: &PreparedSession,
    what: RemoteCommand,
    sudo: bool,
) -> Result {
    let mut run = Run::new(ctx, client, signals, &ready.way, ready.lock())?;
    let mut patience = RetryWindow::new(ctx, ready.way.provider.window());
    if sudo {
        let test = what.test(ready.way.provider.sudo_test());
        run.until_begun(&test, Purpose::Test, &mut patience).await?;
    }
    let mut reports = Reports::about(client, &ready.way.grant.request_id);
    let end = run.until_begun_reporting(&what, Purpose::Session, &mut patience, &mut Some(&mut reports)).await;
    if let Ok(Tried { begun: true, status, .. }) = end {
        let last = async { tokio::join!(reports.ended(), access_status::tell(ctx, client, &ready.way.grant, status)) };
        // A user who interrupts does not wait for it. The session's exit code stays.
        tokio::select! {
            _ = last => {}
            _ = run.signals.next() => {}
        }
    }
    Ok(tool::end_of(end?.status))
}

/// One run, with all of its tries.
struct Run<'a> {
    ctx: &'a Ctx,
    client: &'a Client,
    signals: &'a mut Signals,
    way: &'a Connection,
    /// Held by this process for as long as it lives.
    lock: PathBuf,
    log: Log,
    /// The machine's key was asked for again already.
    asked_again: bool,
}

/// How a try ended.
struct Tried {
    status: ExitStatus,
    /// The session has begun, as far as that can be told.
    begun: bool,
    /// All that was said, where nothing of it was shown.
    said: String,
}

/// Tries until the machine lets the user in, and does nothing there.
pub(super) async fn test(ctx: &Ctx, client: &Client, signals: &mut Signals, way: &Connection) -> Result<()> {
    let mut patience = RetryWindow::new(ctx, way.provider.window());
    let own = ctx.dirs.private()?;
    Run::new(ctx, client, signals, way, own.lock())?
        .until_begun(&RemoteCommand::only("true"), Purpose::Test, &mut patience)
        .await?;
    Ok(())
}

impl<'a> Run<'a> {
    fn new(
        ctx: &'a Ctx,
        client: &'a Client,
        signals: &'a mut Signals,
        way: &'a Connection,
        lock: PathBuf,
    ) -> Result<Self> {
        Ok(Self { ctx, client, signals, way, lock, log: Log::new(&way.files.log)?, asked_again: false })
    }
}

impl Run<'_> {
    async fn until_begun(
        &mut self,
        what: &RemoteCommand,
        purpose: Purpose,
        patience: &mut RetryWindow<'_>,
    ) -> Result<Tried> {
        self.until_begun_reporting(what, purpose, patience, &mut None).await
    }

    /// Tries until the session begins (and ends), or cannot.
    async fn until_begun_reporting(
        &mut self,
        what: &RemoteCommand,
        purpose: Purpose,
        patience: &mut RetryWindow<'_>,
        reports: &mut Option<&mut Reports>,
    ) -> Result<Tried> {
        let provider = &self.way.provider;
        loop {
            let (said, tried) = match self.attempt(what, purpose, reports).await {
                Ok(tried) if tried.is_over(purpose) => return Ok(tried),
                Ok(tried) => (tried.said.clone(), Some(tried)),
                // A tunnel that does not open says why in its own words.
                Err(error) => match error.downcast::<ProviderError>() {
                    Ok(ProviderError::Failed(explained)) => (explained.message, None),
                    Ok(error) => return Err(failed(provider.name(), error).into()),
                    Err(error) => return Err(error),
                },
            };
            // A machine on the way has a name of its own, and its provider's words.
            // `ssh` writes names in small letters.
            let alias = self.way.route.alias.as_str().to_ascii_lowercase();
            let is_about_the_machine = said.contains(&format!(" for {alias} "));
            if said.contains("Host key verification failed") && is_about_the_machine {
                self.other_key().await?;
                continue;
            }
            // Behind a proxy of the user's own, a connection that ends is the proxy's, and no grant changes that.
            let is_proxys = what.has_own_proxy() && words::closed(&said) && !words::key_refused(&said);
            let verdict = if is_proxys { Verdict::Other } else { provider.classify(&said) };
            match (verdict, tried) {
                (Verdict::NotYet(waiting_for), _) => {
                    let waited = tokio::select! {
                        waited = patience.wait(waiting_for) => waited,
                        _ = self.signals.next() => return Err(self.interrupted().into()),
                    };
                    if !waited {
                        let over = patience.over(waiting_for, &said, provider.after_all(&said));
                        return Err(self.in_vain(over).await.into());
                    }
                }
                (Verdict::Refused(explained), _) => return Err(told(explained).into()),
                // If the test fails for a reason of its own, the session is tried nevertheless.
                (Verdict::Other, Some(tried)) if purpose == Purpose::Test && tried.begun => return Ok(tried),
                (Verdict::Other, Some(tried)) => {
                    self.log.failure().iter().for_each(|line| self.ctx.ui.relay(line));
                    return Ok(Tried { begun: false, ..tried });
                }
                (Verdict::Other, None) => return Err(Failure::error(said).into()),
            }
        }
    }

    /// The machine showed another key than the known one.
    async fn other_key(&mut self) -> Result<()> {
        let Connection { grant, route, known, provider, .. } = self.way;
        if self.asked_again {
            return Err(Failure::error(format!("The key of {} is not the one that the service knows.", route.alias))
                .hint(hosts::CAUTION)
                .into());
        }
        self.asked_again = true;
        let from = provider.needs().host_keys;
        tokio::select! {
            changed = hosts::changed(self.ctx, self.client, &grant.request_id, &route.alias, known, from) => changed,
            _ = self.signals.next() => Err(self.interrupted().into()),
        }
    }

    /// Why it failed: this, if the access still exists.
    async fn in_vain(&mut self, over: Failure) -> Failure {
        tokio::select! {
            ended = access_status::failure(self.client, &self.way.grant) => ended.unwrap_or(over),
            _ = self.signals.next() => self.interrupted(),
        }
    }

    fn interrupted(&self) -> Failure {
        interrupted(&self.way.grant.request_id)
    }

    async fn attempt(
        &mut self,
        what: &RemoteCommand,
        purpose: Purpose,
        reports: &mut Option<&mut Reports>,
    ) -> Result<Tried> {
        self.log.clear()?;
        let tunnel = tokio::select! {
            tunnel = tunnel(self.way, &self.lock) => tunnel?,
            _ = self.signals.next() => return Err(self.interrupted().into()),
        };
        let mut gate = match &self.way.route.reach {
            Reach::Proxy(program) => Some(ProxyCommand::open(self.ctx, program, self.way)?),
            Reach::Direct | Reach::Tunnel(_) => None,
        };
        let helper = match &gate {
            Some(gate) => Some(gate.helper(&dirs::running_program()?)),
            None => None,
        };
        let by = match (&tunnel, &helper) {
            (Some(tunnel), _) => By::Tunnel(tunnel.port),
            (None, Some(helper)) => By::Program(helper),
            (None, None) => By::Itself,
        };
        let mut command = what.command(self.way, by, purpose)?;
        let mut child = command.spawn().map_err(|error| tool::not_run(command.as_std(), &error, ""))?;
        let _keeper = match by {
            By::Itself => process_group::watch(&child, &self.lock),
            // Without what is in front of it `ssh` ends by itself.
            By::Tunnel(_) | By::Program(_) => None,
        };
        let mut said = String::new();
        let mut reported = false;
        let mut serving = Box::pin(serve(gate.as_mut()));
        let mut suspension = Box::pin(Suspension::for_child(&child)?.follow());
        let status = loop {
            // What comes by this way alone must not wait.
            let pause = match self.log.begun() && command::HAS_LOG {
                _ if self.log.is_behind() => Duration::ZERO,
                true => log::SELDOM,
                false => log::OFTEN,
            };
            let (status, signal) = tokio::select! {
                // A signal first: at a terminal `ssh` has heard it as well, and may have ended of it.
                biased;
                signal = self.signals.next() => (None, Some(signal)),
                status = child.wait() => (Some(status?), None),
                failed = &mut serving => {
                    process_group::end(&mut child).await;
                    return Err(failed);
                }
                never = &mut suspension => match never {},
                () = tokio::time::sleep(pause) => (None, None),
            };
            let mut hear = |lines: Vec<String>| {
                for line in lines {
                    match purpose {
                        Purpose::Session => self.ctx.ui.relay(line),
                        Purpose::Test => {
                            // What matters comes last.
                            if said.len() > log::MOST {
                                said.clear();
                            }
                            said.extend([&line, "\n"]);
                        }
                    }
                }
            };
            hear(self.log.read()?);
            if status.is_some() {
                while self.log.is_behind() {
                    hear(self.log.read()?);
                }
                hear(self.log.finish());
            }
            if self.log.begun() && !reported {
                reported = true;
                if let Some(reports) = reports {
                    reports.begun();
                }
            }
            if let Some(signal) = signal {
                // The session decides what it does with it; until there is one, it is for us.
                if purpose == Purpose::Test || !self.log.begun() {
                    process_group::end(&mut child).await;
                    return Err(self.interrupted().into());
                }
                signal.pass_on(&child);
            }
            if let Some(status) = status {
                break status;
            }
        };
        drop(serving);
        if let Some(gate) = gate {
            gate.close(status.success()).await;
        }
        let is_ours = purpose == Purpose::Test || !self.log.begun();
        if is_ours && (process_group::is_interrupted(status) || self.signals.has_come().await) {
            return Err(self.interrupted().into());
        }
        let tunnel_said = match tunnel {
            Some(tunnel) => tunnel.close().await,
            None => String::new(),
        };
        let begun = self.log.begun() || what.is_sessions_own(status);
        if begun
            && !reported
            && let Some(reports) = reports
        {
            reports.begun();
        }
        Ok(Tried { status, begun, said: format!("{tunnel_said}{}{said}", self.log.before()) })
    }
}

/// Serves the program in front of `ssh`, where there is one, for as long as it is asked to. What comes back is a failure.
async fn serve(gate: Option<&mut ProxyCommand>) -> anyhow::Error {
    if let Some(gate) = gate
        && let Err(error) = gate.serve().await
    {
        return error;
    }
    std::future::pending().await
}

/// Opens the tunnel, where the route has one.
async fn tunnel(way: &Connection, lock: &Path) -> Result<Option<tunnel::Open>> {
    let Route { reach, environment, unset, .. } = &way.route;
    match reach {
        Reach::Tunnel(tunnel) => Ok(Some(tunnel::Open::start(tunnel, environment, unset, lock).await?)),
        Reach::Direct | Reach::Proxy(_) => Ok(None),
    }
}

impl Tried {
    /// Whether there is nothing to try again: the session was there, or the test succeeded.
    fn is_over(&self, purpose: Purpose) -> bool {
        match purpose {
            Purpose::Session => self.begun,
            Purpose::Test => self.status.success(),
        }
    }
}
