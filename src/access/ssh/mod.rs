//! Sessions by Secure Shell: access asked for, what the machine wants made ready, `ssh` run along the way to it.
//!
//! [`ask`] gets the grant, [`PreparedSession::prepare`] what is needed to use it, [`connect`] runs `ssh` until the session begins,
//! and to its end. What is made on the way (agent, tunnel, directory) goes when its owner is dropped.

mod access_status;
mod audit;
pub mod connect;
mod hosts;
mod key;
mod key_source;
mod log;
pub mod openssh;
mod prepare;
mod process_group;
mod proxy_command;
mod relay;
mod remote_command;
mod retry;
mod tunnel;
#[cfg(unix)]
mod watchdog;

pub use prepare::PreparedSession;
pub use proxy_command::pass;
pub use remote_command::RemoteCommand;
#[cfg(unix)]
pub use watchdog::keep;

use super::{Access, obtain_to, submit::AfterSubmit};
use crate::{
    ctx::Ctx,
    error::{Failure, Kind, Result, classify},
    integrations::ssh::{
        command::{self, FORWARDS_PATH, Version},
        key::UserKey,
        own_args,
        program::{self, Argv, ProgramOutput},
        provider::{Explained, Grant, ProviderError},
        words::QUOTED,
    },
    interrupt::Interrupt,
    shell_words,
    ui::clean::clean,
};
use p0_client::{Client, Error};
use p0_wire::ssh::{Generated, Permission};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{
    ffi::OsString,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

/// The longest name of a destination that is sent anywhere, in bytes.
const LONGEST: usize = 1024;

/// How long `ssh` may take to tell its version.
const VERSION_LIMIT: Duration = Duration::from_secs(2);

/// How the service begins to say that it knows no such machine.
const NO_SUCH_MACHINE: &str = "Could not find any instances";

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachineRequest {
    /// The machine, in the user's words.
    pub destination: String,
    /// Only machines of this provider.
    pub provider: Option<String>,
    pub sudo: bool,
    pub reason: Option<String>,
    /// The account, project or subscription that the machine is in.
    pub parent: Option<String>,
}

impl MachineRequest {
    /// Makes sure that the destination is a name.
    pub fn check(&self) -> std::result::Result<(), Failure> {
        let name = &self.destination;
        let what = match name {
            name if name.is_empty() => "The destination is empty.",
            name if name.starts_with('-') => "The destination begins with '-', as options do.",
            name if name.len() > LONGEST => "The destination is too long to be a name.",
            name if name.chars().any(char::is_control) => "The destination contains control characters.",
            // What is shown of it would not be what is asked for.
            name if *clean(name) != **name => "The destination contains characters that change how it reads.",
            _ => return self.names_no_user(),
        };
        Err(Failure::usage(what).hint("See what there is with: p0 ls ssh session destination"))
    }

    fn names_no_user(&self) -> std::result::Result<(), Failure> {
        let name = &self.destination;
        match name.rsplit_once('@').filter(|(_, host)| !host.is_empty()) {
            None => Ok(()),
            Some((user, host)) => {
                Err(Failure::usage(format!("'{name}' names a user, and the grant says as whom you sign in."))
                    .hint(format!("Leave '{user}@' out: {host}")))
            }
        }
    }

    /// The request, in the service's words.
    fn words(&self, key: &UserKey) -> Vec<String> {
        let mut words: Vec<String> =
            ["ssh", "session", &self.destination, "--public-key", key.line()].map(Into::into).into();
        for (name, value) in [("--provider", &self.provider), ("--reason", &self.reason), ("--parent", &self.parent)] {
            // As one word, so that a value that begins with a dash is a value.
            words.extend(value.as_ref().map(|value| format!("{name}={value}")));
        }
        if self.sudo {
            words.push("--sudo".into());
        }
        words
    }
}

/// Asks for access to a machine, and waits until it is usable.
pub async fn ask(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    ask: &MachineRequest,
    deadline: Instant,
) -> Result<(Grant, Arc<UserKey>)> {
    let bounded = client.until(Some(deadline));
    let (installed, key) = tokio::select! {
        both = async { tokio::join!(installed(&bounded, ask.provider.as_deref()), key::of_user(ctx, client)) } => both,
        () = interrupt.pressed() => return Err(nothing_requested().into()),
    };
    installed?;
    let key = key?;
    let words = ask.words(&key);
    let access = obtain_to(ctx, client, interrupt, &words, deadline, AfterSubmit::Connect)
        .await
        .map_err(|error| unknown(error, ask))?;
    openssh::granted(ctx, client.org());
    Ok((grant(access)?, key))
}

/// Makes sure that the organisation has machines, and of this provider.
async fn installed(client: &Client, provider: Option<&str>) -> Result<()> {
    let not_installed = |of: &str| {
        Failure::error(format!("SSH is not installed for {}{of}.", client.org()))
            .hint("An owner of the organisation installs it.")
            .hint("What you can ask for, you see with: p0 request --help")
    };
    let configuration = match client.integration("ssh").await {
        Err(Error::NotFound { .. }) => return Err(not_installed("").into()),
        configuration => configuration?.value,
    };
    let items: Vec<&str> = configuration.installed::<Value>().map(|(id, _)| id).collect();
    match provider {
        _ if items.is_empty() => Err(not_installed("").into()),
        Some(provider) if !items.iter().any(|id| id.starts_with(provider)) => {
            Err(not_installed(&format!(" with machines of {provider}")).into())
        }
        _ => Ok(()),
    }
}

/// Adds where names are found to the service's word that it knows none like this.
fn unknown(error: anyhow::Error, ask: &MachineRequest) -> anyhow::Error {
    let failure = classify(error);
    if failure.kind == Kind::Error && failure.message.starts_with(NO_SUCH_MACHINE) {
        let shown: String = ask.destination.chars().take(64).collect();
        let shown = shell_words::word(&shown);
        return failure.hint(format!("Look for it with: p0 ls ssh session destination --like {shown}")).into();
    }
    failure.into()
}

/// What was granted, as far as `ssh` is concerned.
fn grant(access: Access) -> std::result::Result<Grant, Failure> {
    let unclear = |error: serde_json::Error| {
        // It quotes what it does not understand, however long that is.
        let error: String = error.to_string().chars().take(QUOTED).collect();
        Failure::error(format!("The grant does not say how the machine is reached: {error}"))
            .hint(format!("See it with: p0 show {} --json", access.id))
    };
    Ok(Grant {
        permission: Permission::from_request(&access.request).map_err(unclear)?,
        generated: Generated::from_request(&access.request).map_err(unclear)?,
        principal: access.request.principal.clone().unwrap_or_default(),
        request_id: access.id.clone(),
        request: access.request,
    })
}

/// A name for an organisation at the address where it is looked up: another service may have one of the same name, and
/// other machines.
fn service(ctx: &Ctx, org: &str) -> Result<String> {
    let hash = Sha256::digest(ctx.sessions().lookup(org)?.as_str());
    let hex: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{org}.{hex}"))
}

/// The user's own agent, where their options for `ssh` forward one, and this `ssh` can be told which.
pub async fn forwarded_agent(ctx: &Ctx, own: &[OsString]) -> Option<PathBuf> {
    let agent = own_agent(ctx).filter(|_| own_args::forwards_agent(own))?;
    openssh_version().await.filter(|version| *version >= FORWARDS_PATH).map(|_| agent)
}

/// The user's own agent, where one listens.
fn own_agent(ctx: &Ctx) -> Option<PathBuf> {
    ctx.env.ssh_auth_sock.clone().filter(|socket| socket.is_absolute() && socket.symlink_metadata().is_ok())
}

/// The version of the system's `ssh`.
async fn openssh_version() -> Option<Version> {
    let told = program::run("ssh", &Argv::new("ssh", ["-V"]), &[], VERSION_LIMIT).await;
    match told {
        Ok(ProgramOutput { stderr, .. }) => command::version(&stderr),
        Err(error) => {
            tracing::debug!(%error, "the version of ssh is not known");
            None
        }
    }
}

/// The user has lost patience before there was anything to wait for.
pub fn nothing_requested() -> Failure {
    Failure::new(Kind::Interrupted, "Interrupted before anything was requested.")
}

/// The user has lost patience between the access and the session.
fn interrupted(request_id: &str) -> Failure {
    Failure::new(Kind::Interrupted, "Interrupted; the access stays.")
        .hint("Connect by running the same command again.")
        .hint(format!("Give it back with: p0 relinquish {request_id}"))
}

/// A provider's error as the user sees it.
fn failed(name: &str, error: ProviderError) -> Failure {
    match error {
        ProviderError::Failed(explained) => told(explained),
        ProviderError::First(errand) => told(errand.why),
        ProviderError::Missing(program) => {
            Failure::new(Kind::ToolNotFound, format!("The program '{program}' was not found; {name} needs it."))
                .hint("See what is missing, and where it is had from, with: p0 doctor")
        }
        error @ (ProviderError::Grant(_) | ProviderError::Name(_)) => {
            Failure::error(format!("This machine cannot be reached: {error}."))
                .hint("Ask the organisation's owner what the machine is called there.")
        }
        error @ (ProviderError::NotYet { .. } | ProviderError::Io(_)) => Failure::error(format!("{name}: {error}")),
    }
}

/// What a provider says of a failure.
fn told(explained: Explained) -> Failure {
    explained.hints.into_iter().fold(Failure::error(explained.message), Failure::hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::ssh::key::KeyType;

    fn to(destination: &str) -> MachineRequest {
        MachineRequest { destination: destination.into(), ..MachineRequest::default() }
    }

    #[test]
    fn a_destination_is_a_name() {
        for name in ["web-1", "web 1", "it's", "../x", "a%h", "$(id)", "a@", "@", "zürich"] {
            assert!(to(name).check().is_ok(), "{name}");
        }
        for name in ["", "-oProxyCommand=id", "a\nb", "\u{1b}[2J", &"x".repeat(10_000)] {
            assert_eq!(to(name).check().expect_err(name).kind, Kind::Usage);
        }
        let failure = to("root@web-1").check().expect_err("a user");
        assert_eq!(failure.hints, ["Leave 'root@' out: web-1"]);
    }

    #[test]
    fn what_is_asked_for_stays_in_its_words() {
        let key = UserKey::generate(KeyType::Ed25519).expect("a key");
        let ask = MachineRequest { reason: Some("--all".into()), sudo: true, ..to("a b") };
        assert_eq!(ask.words(&key), ["ssh", "session", "a b", "--public-key", key.line(), "--reason=--all", "--sudo"]);
    }
}
