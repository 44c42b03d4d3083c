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
    store::{Location, SqliteStore, sign_in::SqliteSignInStore, ssh::SqliteSshStore},
    store_error::StoreError,
};
use axum::Router;
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
    saml: Arc<Saml>,
    clock: Clock,
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

/// Everything that a start does before it listens.
struct Prepared {
    url: Url,
    provider: OpenIdProvider,
    ssh: Option<Arc<Ssh>>,
    saml: Arc<Saml>,
    engine: Engine,
    router: Router,
    /// Becomes true when the service is to stop.
    close: watch::Sender<bool>,
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
        let url = reach(&settings, address)?;
        let tls = settings.tls.as_ref().map(listen::acceptor).transpose()?;
        let most = settings.limits.waiting_clients.saturating_add(OTHER_CONNECTIONS);
        let store = SqliteStore::open(&settings.location()).await?;
        let Prepared { url, provider, ssh, saml, engine, router, close } =
            Prepared::new(settings, url, store, clock.clone()).await?;
        listen::raise_open_files();
        let closing = close.subscribe();
        let task = tokio::spawn(async move {
            let ending = async {
                shutdown.await;
                // Fails only if the server has stopped already.
                close.send_replace(true);
            };
            tokio::join!(ending, listen::serve(listener, tls, router, most, closing));
            engine.stop().await;
        });
        Ok(Self { url, provider, ssh, saml, clock, task })
    }

    /// Does everything that a start with these settings does before it listens, and leaves nothing behind: the store is
    /// only looked at, and one in memory takes its place. Gives the address at which clients would reach the service.
    ///
    /// # Errors
    ///
    /// [`StartError`], as the start would have it.
    pub async fn check(settings: Settings, clock: Clock) -> Result<Url, StartError> {
        let url = reach(&settings, settings.listen)?;
        settings.tls.as_ref().map(listen::acceptor).transpose()?;
        SqliteStore::check(&settings.location()).await?;
        let store = SqliteStore::open(&Location::Memory).await?;
        let Prepared { url, engine, .. } = Prepared::new(settings, url, store, clock).await?;
        engine.stop().await;
        Ok(url)
    }

    /// How clients reach it: without a path.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Issues an access token for a user, without authentication: the caller owns the process.
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

    pub(crate) fn saml(&self) -> Arc<Saml> {
        Arc::clone(&self.saml)
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
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

impl Prepared {
    async fn new(settings: Settings, url: Url, store: SqliteStore, clock: Clock) -> Result<Self, StartError> {
        let limits = settings.limits;
        let catalog = Arc::new(settings.catalog()?);
        let directory = Arc::new(settings.directory());
        let store = Arc::new(store);
        let sign_in: Arc<dyn SignInStore> = Arc::new(SqliteSignInStore::new(store.pool().clone()));
        let apps = Apps::from_catalog(&catalog);
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
        let saml = Arc::new(Saml::new(provider.clone(), engine.clone(), apps, sign_in));
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
            closing,
            body_limit: limits.body_bytes,
        })
        .merge(provider.router(crate::web::routes()))
        .merge(Arc::clone(&saml).router());
        Ok(Self { url, provider, ssh, saml, engine, router, close })
    }
}

/// How clients reach a service that listens here, if it may.
fn reach(settings: &Settings, address: SocketAddr) -> Result<Url, StartError> {
    if settings.tls.is_none() && !address.ip().is_loopback() {
        return Err(StartError::NeedsTls(address));
    }
    let url = url(settings, address)?;
    // Whatever address clients are told: this is where anybody reaches it.
    if settings.sign_in.mode == SignInMode::Choose && !address.ip().is_loopback() {
        return Err(OidcError::Exposed(address.to_string()).into());
    }
    Ok(url)
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
