//! A kubeconfig for one run of one tool.

use super::{
    Again, Asking, Grant, Target,
    place::look_up,
    token::{Denied, keep, no_tokens, nowhere},
};
use crate::{
    access::Access,
    ctx::Ctx,
    dirs, env_vars,
    error::Failure,
    integrations::kubernetes::{
        cluster::Endpoint,
        kubeconfig::{
            Kubeconfig,
            entries::{About, Context, Plugin},
        },
    },
    interrupt::Interrupt,
};
use anyhow::Result;
use p0_client::Client;
use secrecy::{ExposeSecret, SecretString};
use std::{ffi::OsString, path::PathBuf, time::Instant};

/// A kubeconfig that is there for as long as this lives, readable by the user alone.
#[derive(Debug)]
pub struct Private {
    /// Removed when this is dropped.
    _directory: tempfile::TempDir,
    path: PathBuf,
    /// The token that p0 was given. `kubectl` runs p0 for each new token of the cluster's.
    api_token: Option<SecretString>,
}

impl Private {
    /// Writes a kubeconfig with this context alone.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(ctx: &Ctx, context: &Context) -> Result<Self, Failure> {
        let parent = ctx.dirs.run();
        let failed = |error: std::io::Error| {
            Failure::error(format!("Cannot write a kubeconfig below {}: {error}", parent.display()))
        };
        let directory = dirs::private_below(&parent).map_err(failed)?;
        let path = directory.path().join("kubeconfig");
        dirs::replace(&path, Kubeconfig::of(context).text().as_bytes()).map_err(failed)?;
        Ok(Self { _directory: directory, path, api_token: ctx.env.api_token.clone() })
    }

    /// What the tool gets in its environment.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let token = self.api_token.iter().map(|token| (env_vars::API_TOKEN, token.expose_secret().into()));
        token.chain([("KUBECONFIG", self.path.clone().into_os_string())]).collect()
    }
}

/// The context for a target, whose tokens come from this program.
///
/// # Errors
/// The system does not say where this program is.
pub fn context(
    ctx: &Ctx,
    client: &Client,
    name: String,
    target: &Target,
    endpoint: Endpoint,
    asking: &Asking<'_>,
) -> Result<Context, Failure> {
    let program = ctx.program()?.into_os_string().into_string().map_err(|path| {
        Failure::error(format!("The path of p0, {}, is not UTF-8 text.", path.display()))
            .hint("Install p0 at another place.")
    })?;
    let mut args: Vec<String> = ["--org", client.org(), "kubeconfig", "credential"].map(str::to_owned).to_vec();
    let mut option = |name: &str, value: &str| args.extend([name.to_owned(), value.to_owned()]);
    option("--cluster", &target.cluster);
    option("--role", &target.role);
    if let Some(resource) = &target.resource {
        option("--resource", resource);
    }
    match asking {
        Asking::Never => {}
        Asking::Held(request) => option("--grant", request),
        Asking::Again(Again { reason, duration }) => {
            for (name, value) in [("--reason", reason), ("--duration", duration)] {
                value.iter().for_each(|value| option(name, value));
            }
            args.push("--request".into());
        }
    }
    let env = [("P0_ENV", &ctx.env.env), ("P0_APP_URL", &ctx.env.app_url)];
    let env = env.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
    let about = About {
        org: client.org().to_owned(),
        cluster: target.cluster.clone(),
        role: target.role.clone(),
        resource: target.resource.clone(),
        previous: None,
    };
    Ok(Context {
        name,
        server: endpoint.server,
        authority: endpoint.authority,
        namespace: target.namespace(),
        plugin: Plugin { command: program, args, env: env.collect() },
        about,
    })
}

/// A kubeconfig for the tool that access was asked for; `None`: `kubectl` has no way to the cluster by p0,
/// which is told.
///
/// # Errors
/// Whoever gives tokens gives none.
pub async fn equip(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    access: &Access,
    target: &Target,
    deadline: Instant,
) -> Result<Option<Private>> {
    let bounded = client.until(Some(deadline));
    let none = |why: Failure| {
        ctx.ui.warn(format!("The tool gets no kubeconfig: {why}"));
        Ok(None)
    };
    let place = match super::or_interrupted(interrupt, look_up(&bounded, &target.cluster)).await? {
        Ok(place) => place,
        Err(error) => return none(error.into()),
    };
    let grant = Grant::of(access, &place)?;
    let endpoint = match keep(ctx, client, interrupt, target, place, grant, deadline).await {
        Ok(endpoint) => endpoint,
        Err(Denied::NoTokens) => return none(no_tokens(target)),
        Err(Denied::Nowhere) => return none(nowhere(target)),
        Err(denied) => return Err(denied.into_error(target)),
    };
    let context =
        context(ctx, client, super::context_name(&target.cluster), target, endpoint, &Asking::Held(&access.id))?;
    Ok(Some(Private::write(ctx, &context)?))
}
