//! `p0 serve`: a JIT service for a team.

use crate::{
    error::{End, Failure, Result},
    interrupt::Stop,
    ui::{self, Ui},
};
use p0_server::{Service, clock::Clock, oidc, settings::Settings};
use std::{io::Read, path::PathBuf};
use tokio::net::TcpListener;

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
    /// Read the configuration, say whether it is well formed, and end
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
        return hash_password(ui);
    }
    let path = args.config.unwrap_or_default();
    let settings = Settings::load(&path)?;
    if args.check {
        ui.say(format!("{} is well formed.", path.display()));
        return Ok(End::Done);
    }
    ui::log::service_to_stderr();
    let (address, org) = (settings.listen, settings.organisation.slug.clone());
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::error(format!("Cannot listen on {address}: {error}"))
            .hint("Choose another address: `listen` in the configuration.")
    })?;
    let mut stop = Stop::listen()?;
    let shutdown = async move { stop.asked().await };
    let service = Service::start(settings, listener, Clock::system(), shutdown).await?;
    super::serving(ui, &org, service.url())?;
    service.join().await;
    Ok(End::Done)
}

/// A password, from a prompt without echo or the first line of stdin, as a hash.
fn hash_password(ui: &Ui) -> Result {
    let password = if ui.may_prompt() {
        ui.password("Password")?
    } else {
        let mut text = String::new();
        std::io::stdin().take(4096).read_to_string(&mut text)?;
        text.lines().next().unwrap_or_default().to_owned()
    };
    if password.is_empty() {
        return Err(Failure::usage("The password is empty.").into());
    }
    ui.data(oidc::hash_password(&password)?)?;
    Ok(End::Done)
}
