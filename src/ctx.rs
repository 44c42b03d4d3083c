//! What a command may use. Each part is made when it is first asked for.

use crate::{
    cli::GlobalArgs,
    dirs::Dirs,
    env_vars::EnvVars,
    error::Result,
    session::{Sessions, store::Described},
    settings::Settings,
    ui::Ui,
};
use p0_client::{Client, Http, HttpOptions};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// The context of one run.
pub struct Ctx {
    /// What the environment says.
    pub env: EnvVars,
    /// What holds for this run.
    pub settings: Settings,
    /// Where files are.
    pub dirs: Dirs,
    /// The streams.
    pub ui: Ui,
    http: OnceLock<Arc<Http>>,
}

impl Ctx {
    /// Resolves the settings; opens nothing.
    ///
    /// # Errors
    /// A setting is wrong.
    pub fn new(flags: &GlobalArgs, env: EnvVars, ui: Ui) -> Result<Self> {
        let dirs = Dirs::new(env.env.as_deref())?;
        let settings = Settings::resolve(flags, &env, &dirs)?;
        Ok(Self { env, settings, dirs, ui, http: OnceLock::new() })
    }

    /// The one HTTP stack.
    pub fn http(&self) -> Arc<Http> {
        let http = || {
            Http::new(HttpOptions {
                user_agent: user_agent(),
                connect_timeout: Duration::from_secs(10),
                ..HttpOptions::default()
            })
        };
        Arc::clone(self.http.get_or_init(|| Arc::new(http())))
    }

    /// The sessions with organisations.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions::new(self)
    }

    /// The API of the organisation that this run is about, signed in or able to be.
    ///
    /// # Errors
    /// No organisation is named, it does not exist, or it cannot be reached.
    pub async fn api(&self) -> Result<Client> {
        let sessions = self.sessions();
        let org = sessions.org()?;
        let Described { base, .. } = sessions.describe(&org).await?;
        Ok(Client::new(self.http(), base, org.clone(), sessions.tokens(&org)))
    }
}

/// `P0 CLI/<version> (<build>; <os>; <arch>)`.
fn user_agent() -> String {
    format!("P0 CLI/{} (rust; {}; {})", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH)
}
