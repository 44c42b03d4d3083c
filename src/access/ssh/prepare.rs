//! All that is needed to run `ssh` along the way to a machine, made ready from a grant.

use super::{
    failed,
    hosts::{self, KnownKeys},
    interrupted, key,
    key_source::AtHand,
    retry::RetryWindow,
    service,
};
use crate::{
    access::{
        aws::{self, Name, Principal},
        prerequisites,
        signals::Signals,
    },
    clock,
    ctx::Ctx,
    dirs::{self, Private},
    error::{Failure, Result, classify},
    integrations::{
        aws::environment::{self, Environment},
        ssh::{
            certificate::{self, BadCertificate},
            command::{Files, KeyAt},
            key::{KeyType, UserKey},
            provider::{
                self, AwsAccess, AwsPrincipal, Grant, KeyChoice, Material, Needs, Provider, ProviderError, Reach, Route,
            },
        },
    },
    interrupt::Interrupt,
};
use p0_client::{Client, Error};
use p0_wire::ssh::{Machine, PublicKey};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// How long it may take to get credentials for AWS, a sign-in by the user included.
const CREDENTIALS: Duration = Duration::from_secs(600);

/// What is needed to run `ssh`. Dropping it takes the key away and removes the files.
#[derive(Debug)]
pub struct PreparedSession {
    pub(super) way: Connection,
    // It is in the directory, so it goes first.
    _key: AtHand,
    directory: Private,
}

/// The way to a machine, and the files that it needs.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) grant: Grant,
    pub(super) provider: Box<dyn Provider>,
    pub(super) route: Route,
    pub(super) files: Files,
    pub(super) known: KnownKeys,
}

impl PreparedSession {
    /// The lock that this process holds for as long as it lives.
    pub(super) fn lock(&self) -> PathBuf {
        self.directory.lock()
    }

    /// Makes it ready; rides out what is "not yet" within the provider's window. `port`: where the user wants another
    /// than the usual one. `own_proxy`: their options for `ssh` say how it is reached.
    pub async fn prepare(
        ctx: &Ctx,
        client: &Client,
        signals: &mut Signals,
        grant: Grant,
        key: Arc<UserKey>,
        port: Option<u16>,
        own_proxy: bool,
    ) -> Result<Self> {
        let request_id = grant.request_id.clone();
        let stopped = || interrupted(&request_id);
        loop {
            let provider = provider(ctx, &grant, port).map_err(|error| failed("ssh", error))?;
            prerequisites::require(ctx, signals, provider.programs(), &stopped).await?;
            let made = tokio::select! {
                // What is made may listen as well, and knows less of what has come so far.
                biased;
                _ = signals.next() => return Err(stopped().into()),
                made = make(ctx, client, grant.clone(), provider, Arc::clone(&key)) => made,
            };
            match made.map_err(anyhow::Error::downcast) {
                Ok(mut ready) => {
                    if own_proxy {
                        ready.way.reach_by_own_proxy()?;
                    }
                    return Ok(ready);
                }
                Err(Ok(ProviderError::First(errand))) => prerequisites::run(ctx, signals, *errand, &stopped).await?,
                Err(Ok(error)) => return Err(error.into()),
                Err(Err(error)) => return Err(error),
            }
        }
    }
}

impl Connection {
    /// Leaves it to the user's own options for `ssh` how the machine is reached.
    fn reach_by_own_proxy(&mut self) -> std::result::Result<(), Failure> {
        let is_own = matches!(self.grant.permission.machine, Machine::SelfHosted { .. });
        match self.route.reach {
            Reach::Direct => {}
            // The user's options count more than `ssh_proxy`.
            _ if is_own => self.route.reach = Reach::Direct,
            Reach::Proxy(_) | Reach::Tunnel(_) => {
                let (alias, name) = (&self.route.alias, self.provider.name());
                return Err(Failure::usage(format!(
                    "Cannot use -J or ProxyCommand: {name} carries the connection to {alias}."
                ))
                .hint("Leave the option out."));
            }
        }
        Ok(())
    }
}

/// The provider's way to the machine, and to this port of it.
fn provider(ctx: &Ctx, grant: &Grant, port: Option<u16>) -> std::result::Result<Box<dyn Provider>, ProviderError> {
    let mut provider = provider::for_grant(grant, &ctx.settings.ssh)?;
    if let Some(port) = port {
        provider.set_port(port)?;
    }
    Ok(provider)
}

async fn make(
    ctx: &Ctx,
    client: &Client,
    grant: Grant,
    provider: Box<dyn Provider>,
    key: Arc<UserKey>,
) -> Result<PreparedSession> {
    let key = key_for(ctx, client, &*provider, key).await?;
    let directory = ctx
        .dirs
        .private()
        .map_err(|error| Failure::error(format!("No private directory can be made: {error}")).hint(dirs::ADVICE))?;
    let at_hand = AtHand::new(ctx, directory.path(), Arc::clone(&key))?;
    let way = way(ctx, client, grant, provider, &key, directory.path(), at_hand.at()).await?;
    Ok(PreparedSession { way, _key: at_hand, directory })
}

/// The key that the provider takes.
pub(super) async fn key_for(
    ctx: &Ctx,
    client: &Client,
    provider: &dyn Provider,
    key: Arc<UserKey>,
) -> Result<Arc<UserKey>> {
    match provider.key() {
        KeyChoice::Users => Ok(key),
        KeyChoice::Rsa => key::of_kind(ctx, client, KeyType::Rsa).await,
    }
}

/// Gets what the way to a machine needs, and writes it into this directory.
pub(super) async fn way(
    ctx: &Ctx,
    client: &Client,
    grant: Grant,
    provider: Box<dyn Provider>,
    key: &UserKey,
    directory: &Path,
    key_at: &KeyAt,
) -> Result<Connection> {
    let file = |name: &str| directory.join(name);
    let public_key_file = file("id.pub");
    dirs::replace(&public_key_file, format!("{}\n", key.line()).as_bytes())?;
    let needs = provider.needs();
    let aws = match &needs.aws {
        Some(access) => Some(credentials(ctx, client, access).await?),
        None => None,
    };
    let certificate = fulfil(client, &grant, &needs, key, file("id-cert.pub")).await?;
    let (hosts, http) = (ctx.dirs.ssh_hosts(&service(ctx, client.org())?), ctx.http());
    dirs::create_parent(&hosts.join("any"))?;
    let material = Material {
        public_key: key.line(),
        public_key_file: &public_key_file,
        key: key_at,
        certificate: certificate.as_deref(),
        aws: aws.as_ref(),
        directory,
        hosts: &hosts,
        http: &http,
    };
    let route = route(ctx, &*provider, &material).await?;
    let granted = &grant.generated.host_keys;
    let known = hosts::known(ctx, client, &grant.request_id, &route.alias, granted, needs.host_keys).await?;
    let files = Files {
        key: key_at.clone(),
        known_hosts: known.file.clone(),
        first_seen: known.first_seen,
        host_key_types: known.types.clone(),
        log: file("log"),
    };
    Ok(Connection { grant, provider, route, files, known })
}

/// The AWS credentials, as variables for the AWS CLI.
pub(super) async fn credentials(ctx: &Ctx, client: &Client, access: &AwsAccess) -> Result<Environment> {
    let account_id = access.account.clone();
    let account_id = account_id.ok_or_else(|| failed("AWS", ProviderError::Grant("it names no account".into())))?;
    let name = match access.principal.clone() {
        AwsPrincipal::Role(name) => Name::Role(name),
        AwsPrincipal::PermissionSet { name, .. } => Name::PermissionSet(name),
    };
    let mut interrupt = Interrupt::listen()?;
    let deadline = clock::instant() + CREDENTIALS;
    let credentials = aws::credentials(ctx, client, &mut interrupt, &Principal { account_id, name }, deadline).await?;
    Ok(environment::from_credentials(&credentials))
}

/// Gets from the service what the provider needs; the certificate's file, if it needs one.
async fn fulfil(
    client: &Client,
    grant: &Grant,
    needs: &Needs,
    key: &UserKey,
    file: PathBuf,
) -> Result<Option<PathBuf>> {
    let public = || PublicKey { request_id: grant.request_id.clone(), public_key: key.line().to_owned() };
    let refused = |error| refused(error, &grant.request_id);
    if needs.submitted_key {
        match grant.generated.public_key.as_ref().or(grant.permission.public_key.as_ref()) {
            None => client.submit_public_key(&public()).await.map_err(refused)?,
            Some(granted) if is_same(granted, key.line()) => {}
            Some(_) => return Err(another_key(grant).into()),
        }
    }
    if !needs.certificate {
        return Ok(None);
    }
    let signed = client.ssh_certificate(&public()).await.map_err(refused)?.value.signed_certificate;
    let line = certificate::line(&signed, key, clock::now()).map_err(bad_certificate)?;
    dirs::replace(&file, format!("{line}\n").as_bytes())?;
    Ok(Some(file))
}

/// The service does not let the access be used: it may have ended since it was granted.
fn refused(error: Error, request_id: &str) -> anyhow::Error {
    let is_an_answer = matches!(error, Error::Service { .. } | Error::NotFound { .. } | Error::Forbidden { .. });
    let failure = classify(error.into());
    match is_an_answer {
        true => failure.hint(format!("See how the access stands with: p0 show {request_id}")).into(),
        false => failure.into(),
    }
}

/// Whether two lines are of the same key: comments do not count.
fn is_same(a: &str, b: &str) -> bool {
    a.split_ascii_whitespace().take(2).eq(b.split_ascii_whitespace().take(2))
}

fn bad_certificate(bad: BadCertificate) -> Failure {
    let failure = Failure::error(bad.to_string());
    match bad {
        BadCertificate::Over(_) => failure.hint("Check this machine's date and time, then try again."),
        _ => failure.hint("Nothing was sent to the machine. Tell those who run the service."),
    }
}

fn another_key(grant: &Grant) -> Failure {
    Failure::error(
        "This access was granted for another key for SSH: for one of another machine of yours, or an older one.",
    )
    .hint("Connect from where you asked for it.")
    .hint(format!("Or give it back and ask again from here: p0 relinquish {}", grant.request_id))
}

/// What must be done at the provider, until it is done.
async fn route(ctx: &Ctx, provider: &dyn Provider, material: &Material<'_>) -> Result<Route> {
    let mut patience = RetryWindow::new(ctx, provider.window());
    loop {
        match provider.prepare(material).await {
            Ok(route) => return Ok(route),
            Err(ProviderError::NotYet { waiting_for, said }) => {
                if !patience.wait(waiting_for).await {
                    return Err(patience.over(waiting_for, &said, provider.after_all(&said)).into());
                }
            }
            // What has to be done first is the caller's to see to.
            Err(error @ ProviderError::First(_)) => return Err(error.into()),
            Err(error) => return Err(failed(provider.name(), error).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_makes_no_other_key() {
        assert!(is_same("ssh-ed25519 AAAA ada@example.com\n", "ssh-ed25519 AAAA"));
        assert!(!is_same("ssh-ed25519 AAAA", "ssh-ed25519 AAAB"));
        assert!(!is_same("ssh-rsa AAAA", "ssh-ed25519 AAAA"));
    }
}
