//! `p0 serve`: a JIT service for a team.

mod certificate;

use crate::{
    clock,
    error::{End, Failure, Result},
    interrupt::Stop,
    ui::{self, Ui},
};
use p0_server::{Service, clock::Clock, oidc, settings::Settings};
use secrecy::ExposeSecret;
use std::{
    io::{self, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
};
use tokio::net::{TcpListener, TcpSocket};
use url::Url;

/// Run a JIT service for a team.
///
/// It serves one organisation, described by a TOML file, and keeps its state in SQLite: nothing is lost when it is
/// killed. It listens on this machine unless told otherwise, and elsewhere only with TLS.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  p0 serve --example-config > p0.toml
  p0 serve --hash-password          Read a password, print its hash for the configuration
  p0 serve --config p0.toml --check
  p0 serve --config p0.toml")]
pub struct Args {
    /// The configuration
    #[arg(long, value_name = "FILE", required_unless_present_any = ["example_config", "hash_password"])]
    pub config: Option<PathBuf>,
    /// Check whether the service would start, without starting it
    #[arg(long, requires = "config")]
    pub check: bool,
    /// Print a configuration to start from
    #[arg(long, exclusive = true)]
    pub example_config: bool,
    /// Read a password from stdin, and print its hash (Argon2id)
    #[arg(long, exclusive = true)]
    pub hash_password: bool,
}

/// Runs the service until it is told to stop.
pub async fn run(ui: &Ui, args: Args) -> Result {
    if args.example_config {
        ui.raw(Settings::EXAMPLE.as_bytes())?;
        return Ok(End::Done);
    }
    if args.hash_password {
        return hash_password(ui).await;
    }
    let path = args.config.unwrap_or_default();
    let settings = Settings::load(&path)?;
    for warning in settings.warnings() {
        ui.warn(warning);
    }
    let (address, org) = (settings.listen, settings.organisation.slug.clone());
    let certificate = settings.tls.as_ref().map(|tls| tls.cert.clone());
    if args.check {
        let in_use = is_in_use(address)?;
        let url = Service::check(settings, Clock::system()).await?;
        advise(ui, certificate.as_deref(), &url);
        ui.say(format!("{} is well formed.", path.display()));
        if in_use {
            ui.say(format!("Another process listens on {address}; if it is not this service, it cannot start."));
        }
        return Ok(End::Done);
    }
    ui::log::service_to_stderr();
    let listener = TcpListener::bind(address).await.map_err(|error| cannot_listen(address, &error))?;
    let mut stop = Stop::listen()?;
    let shutdown = async move { stop.asked().await };
    let service = Service::start(settings, listener, Clock::system(), shutdown).await?;
    advise(ui, certificate.as_deref(), service.url());
    super::serving(ui, &org, service.url())?;
    service.join().await;
    Ok(End::Done)
}

fn cannot_listen(address: SocketAddr, error: &io::Error) -> Failure {
    Failure::error(format!("Cannot listen on {address}: {error}"))
        .hint("Choose another address: `listen` in the configuration.")
}

/// Whether another process listens on an address. Not a failure, because administrators check the configuration while the
/// service runs. An address that this machine does not have is a failure.
fn is_in_use(address: SocketAddr) -> std::result::Result<bool, Failure> {
    let bind = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // As the listener does: connections that have just ended are not in the way.
        socket.set_reuseaddr(cfg!(unix))?;
        socket.bind(address)
    };
    match bind() {
        Ok(()) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(true),
        Err(error) => Err(cannot_listen(address, &error)),
    }
}

/// Says which clients reject the certificate.
fn advise(ui: &Ui, certificate: Option<&Path>, url: &Url) {
    let Some(file) = certificate else { return };
    let advice = certificate::judge(file, url, clock::now());
    for warning in advice.warnings {
        ui.warn(warning);
    }
    if let Some(hint) = advice.hint {
        ui.say(hint);
    }
}

/// A password, from a prompt without echo or the first line of stdin, as a hash.
async fn hash_password(ui: &Ui) -> Result {
    let password = if ui.may_prompt() {
        ui.secret("Password").await?
    } else {
        let mut text = String::new();
        std::io::stdin().take(4096).read_to_string(&mut text)?;
        text.lines().next().unwrap_or_default().into()
    };
    if password.expose_secret().is_empty() {
        return Err(Failure::usage("The password is empty.").into());
    }
    ui.data(oidc::hash_password(password.expose_secret())?)?;
    Ok(End::Done)
}
