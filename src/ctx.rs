//! What a command may use. Each part is made when it is first asked for.

use crate::{
    dirs::{self, Dirs},
    env_vars::EnvVars,
    error::{Failure, Result, sentence},
    global_args::GlobalArgs,
    settings::Settings,
    ui::{Ui, time},
};
use p0_client::{Http, HttpOptions, Retrying, Trust};
use std::{
    ffi::OsString,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

/// The context of one run.
#[derive(Clone)]
pub struct Ctx {
    /// What the environment says.
    pub env: EnvVars,
    /// What holds for this run.
    pub settings: Settings,
    pub dirs: Dirs,
    pub ui: Ui,
    /// Set where something is left to do after a tool has run, so that `p0` runs it rather than becoming it; what it
    /// adds to the tool's environment.
    stays: Option<Vec<(&'static str, OsString)>>,
    http: OnceLock<Arc<Http>>,
}

impl Ctx {
    /// Resolves the settings; opens nothing.
    pub fn new(flags: &GlobalArgs, env: EnvVars, ui: Ui) -> Result<Self> {
        let dirs = match &env.home {
            Some(home) if home.is_absolute() => Dirs::below(home),
            Some(home) => {
                return Err(Failure::usage(format!("P0_HOME is not an absolute path: {}", home.display())).into());
            }
            None => Dirs::new(env.env.as_deref())?,
        };
        Self::within(flags, env, ui, dirs)
    }

    /// The same with directories of one's choice.
    pub fn within(flags: &GlobalArgs, env: EnvVars, ui: Ui, dirs: Dirs) -> Result<Self> {
        let settings = Settings::resolve(flags, &env, &dirs)?;
        settings.warnings.iter().for_each(|warning| ui.warn(warning));
        Ok(Self { env, settings, dirs, ui, stays: None, http: OnceLock::new() })
    }

    /// This context, for a process that has to outlive its tools and adds this to their environment.
    #[cfg(feature = "serve")]
    #[must_use]
    pub fn staying(self, environment: Vec<(&'static str, OsString)>) -> Self {
        Self { stays: Some(environment), ..self }
    }

    /// This context, in which nobody is asked anything.
    #[must_use]
    pub fn without_input(&self) -> Self {
        Self { ui: self.ui.without_input(), ..self.clone() }
    }

    /// This context, for a command that another program runs and whose stderr that program keeps to itself.
    #[must_use]
    pub fn behind_a_program(&self) -> Self {
        Self { ui: self.ui.behind_a_program(), http: OnceLock::new(), ..self.clone() }
    }

    /// Whether something is left to do after a tool has run; what that adds to the tool's environment.
    pub fn stays(&self) -> Option<&[(&'static str, OsString)]> {
        self.stays.as_deref()
    }

    /// This program, as what other programs read (`ssh`'s configuration, a profile, a kubeconfig) names it: by
    /// `P0_APP_PATH`, else by a path that an upgrade keeps.
    pub fn program(&self) -> std::result::Result<PathBuf, Failure> {
        match &self.env.app_path {
            Some(path) if path.is_absolute() => Ok(path.clone()),
            Some(path) => Err(Failure::usage(format!("P0_APP_PATH is not an absolute path: {}", path.display()))),
            None => dirs::stable_program(self.env.path.as_deref())
                .map_err(|error| Failure::error(format!("Cannot locate the p0 executable: {error}"))),
        }
    }

    /// The one HTTP stack.
    pub fn http(&self) -> Arc<Http> {
        let http = || {
            let ui = self.ui.clone();
            let on_retry = move |retry: &Retrying<'_>| {
                ui.say(format!("{}; trying again {}", sentence(retry.why), time::soon(retry.wait)));
            };
            Http::new(HttpOptions { on_retry: Some(Arc::new(on_retry)), ..http_options(&self.env) })
        };
        Arc::clone(self.http.get_or_init(|| Arc::new(http())))
    }
}

/// How services are called: as this program, with the proxy and the certificates that the environment names.
pub fn http_options(env: &EnvVars) -> HttpOptions {
    let trust = Trust::System { cert_file: env.ssl_cert_file.clone(), cert_dirs: env.ssl_cert_dirs.clone() };
    HttpOptions { trust, proxy: env.proxy.clone(), ..HttpOptions::new(user_agent()) }
}

/// `P0 CLI/<version> (<build>; <os>; <arch>)`.
fn user_agent() -> String {
    format!("P0 CLI/{} (rust; {}; {})", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH)
}
