//! The whole service, from settings to an address.

use crate::{
    api::{self, Api, WaitLimits},
    catalog::{Catalog, CatalogError},
    clock::Clock,
    engine::{Engine, EngineError, EngineOptions, Provisioners},
    listen::{self, TlsError},
    oidc::{Lifetimes, OidcError, OidcOptions, OpenIdProvider, store::SignInStore},
    provision::{self, Provisioner, config::ProvisionerConfig},
    saml::{Apps, Saml},
    settings::{Settings, SignInMode},
    ssh::{Ssh, SshError},
    store::{SqliteStore, StoreError, sign_in::SqliteSignInStore, ssh::SqliteSshStore},
};
use std::{collections::HashMap, net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use url::Url;

/// WaitLimits for connections that do not wait for a request.
const OTHER_CONNECTIONS: usize = 1_024;

/// A running service.
pub struct Service {
    url: Url,
    provider: OpenIdProvider,
    ssh: Option<Arc<Ssh>>,
    task: JoinHandle<()>,
}

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Anybody on the network could read the tokens.
    #[error(
        "{0} can be reached from other machines, so the service needs a certificate: add [tls] with cert and key, or listen on 127.0.0.1"
    )]
    NeedsTls(SocketAddr),
    /// Clients do not know it by the address where it listens.
    #[error("{0} is not an address that clients can use: add public_url, such as https://p0.example.com")]
    NeedsPublicUrl(SocketAddr),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Policies, settings and roles.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Sign-in.
    #[error(transparent)]
    SignIn(#[from] OidcError),
    /// Sessions by Secure Shell.
    #[error(transparent)]
    Ssh(#[from] SshError),
    /// The integrations.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The listener is of no use.
    #[error("cannot listen: {0}")]
    Listen(#[from] std::io::Error),
}

impl Service {
    /// Starts the service on a listener, and stops it when `shutdown` completes: status streams end, other calls are
    /// finished, and what is left to provision is resumed by the next start.
    ///
    /// # Errors
    ///
    /// [`StartError`], with what to do about it. Nothing is left running.
    pub async fn start(
        settings: Settings,
        listener: TcpListener,
        clock: Clock,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<Self, StartError> {
        let address = listener.local_addr()?;
        if settings.tls.is_none() && !address.ip().is_loopback() {
            return Err(StartError::NeedsTls(address));
        }
        let url = url(&settings, address)?;
        // Whatever address clients are told: this is where anybody reaches it.
        if settings.sign_in.mode == SignInMode::Choose && !address.ip().is_loopback() {
            return Err(OidcError::Exposed(address.to_string()).into());
        }
        let tls = settings.tls.as_ref().map(listen::acceptor).transpose()?;
        let limits = settings.limits;
        let catalog = Arc::new(settings.catalog()?);
        let directory = Arc::new(settings.directory());
        let store = Arc::new(SqliteStore::open(&settings.location()).await?);
        let sign_in: Arc<dyn SignInStore> = Arc::new(SqliteSignInStore::new(store.pool().clone()));
        let apps = Apps::of(&catalog);
        let provider = OpenIdProvider::new(OidcOptions {
            issuer: url.clone(),
            clock: clock.clone(),
            directory: Arc::clone(&directory),
            sign_in: settings.sign_in.mode.into(),
            store: Arc::clone(&sign_in),
            advertise: settings.sign_in.advertise.into(),
            tenant: settings.organisation.slug.clone(),
            lifetimes: Lifetimes::default(),
            apps: apps.ids().cloned().collect(),
        })
        .await?;
        let ssh = match catalog.provisioner("ssh") {
            ProvisionerConfig::Ssh => {
                let store = Arc::new(SqliteSshStore::new(store.pool().clone()));
                Some(Arc::new(Ssh::open(store, clock.now()).await?))
            }
            _ => None,
        };
        let engine = Engine::start(EngineOptions {
            organisation: settings.organisation.slug.clone(),
            provisioners: provisioners(&catalog, &clock),
            clock,
            store,
            directory,
            seed: settings.seed(),
            requests_per_person: limits.requests_per_person,
        })
        .await?;
        listen::raise_open_files();
        let (close, closing) = watch::channel(false);
        let router = api::router(Api {
            name: settings.name().to_owned(),
            slug: settings.organisation.slug,
            public_url: url.clone(),
            engine: engine.clone(),
            catalog,
            provider: provider.clone(),
            ssh: ssh.clone(),
            wait_limits: WaitLimits::new(limits.waiting_clients, limits.waiting_for_one_person()),
            closing: closing.clone(),
            body_limit: limits.body_bytes,
        })
        .merge(provider.router())
        .merge(Saml::new(provider.clone(), engine.clone(), apps, sign_in).router());
        let most = limits.waiting_clients.saturating_add(OTHER_CONNECTIONS);
        let task = tokio::spawn(async move {
            let ending = async {
                shutdown.await;
                // Nobody listens any more only if the server is gone already.
                close.send_replace(true);
            };
            tokio::join!(ending, listen::serve(listener, tls, router, most, closing));
            engine.stop().await;
        });
        Ok(Self { url, provider, ssh, task })
    }

    /// How clients reach it: without a path.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// An access token for one of its users, for whoever owns this process.
    ///
    /// # Errors
    ///
    /// [`OidcError::UnknownUser`].
    pub fn access_token(&self, email: &str) -> Result<String, OidcError> {
        self.provider.access_token(email)
    }

    /// The keys whose certificates machines are to trust: lines for a file of sshd's `TrustedUserCAKeys`. `None` where
    /// sessions are not granted by certificates.
    pub fn ssh_authority(&self) -> Option<String> {
        self.ssh.as_ref().map(|ssh| ssh.authority.lines())
    }

    /// Waits until the service has stopped.
    pub async fn join(self) {
        if let Err(error) = self.task.await
            && let Ok(panic) = error.try_into_panic()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

fn url(settings: &Settings, address: SocketAddr) -> Result<Url, StartError> {
    if let Some(url) = &settings.public_url {
        return Ok(url.clone());
    }
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    // A certificate names a host, and an unspecified address is none.
    if !address.ip().is_loopback() {
        return Err(StartError::NeedsPublicUrl(address));
    }
    Url::parse(&format!("{scheme}://{address}")).map_err(|_| StartError::NeedsPublicUrl(address))
}

/// A provisioner for each integration that is configured.
fn provisioners(catalog: &Catalog, clock: &Clock) -> Provisioners {
    let known: HashMap<String, Arc<dyn Provisioner>> = catalog
        .integrations()
        .map(|name| (name.to_owned(), provision::for_config(&catalog.provisioner(name), clock)))
        .collect();
    let simulated = catalog.integrations().filter(|name| known.get(*name).is_some_and(|p| p.is_simulated()));
    let simulated: Vec<&str> = simulated.collect();
    if !simulated.is_empty() {
        tracing::info!("access is simulated, and nothing granted, for {}", simulated.join(", "));
    }
    Box::new(move |integration| known.get(integration).cloned())
}
