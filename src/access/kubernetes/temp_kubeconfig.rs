//! A kubeconfig for one run of one tool.

use super::{
    Grant, MissingAccess, RequestOptions, Target,
    cluster_lookup::look_up,
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
    stored_command::StoredCommand,
};
use anyhow::Result;
use p0_client::Client;
use secrecy::{ExposeSecret, SecretString};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Instant,
};

/// A kubeconfig that is there for as long as this lives, readable by the user alone.
#[derive(Debug)]
pub struct TempKubeconfig {
    /// Removed when this is dropped.
    _directory: tempfile::TempDir,
    path: PathBuf,
    /// The token that p0 was given. `kubectl` runs p0 for each new token of the cluster's.
    api_token: Option<SecretString>,
}

impl TempKubeconfig {
    /// Makes sure that one can be written: for use before access is requested.
    pub fn check(ctx: &Ctx) -> Result<(), Failure> {
        let parent = ctx.dirs.run();
        dirs::check_creatable(&parent.join("kubeconfig")).map_err(|error| Self::failure(&parent, &error))
    }

    /// Writes a kubeconfig with this context alone.
    pub fn write(ctx: &Ctx, context: &Context) -> Result<Self, Failure> {
        let parent = ctx.dirs.run();
        let failed = |error: std::io::Error| Self::failure(&parent, &error);
        let directory = dirs::private_below(&parent).map_err(failed)?;
        let path = directory.path().join("kubeconfig");
        dirs::replace(&path, Kubeconfig::from_context(context).text().as_bytes()).map_err(failed)?;
        Ok(Self { _directory: directory, path, api_token: ctx.env.api_token.clone() })
    }

    fn failure(parent: &Path, error: &std::io::Error) -> Failure {
        Failure::error(format!("Cannot write a kubeconfig below {}: {error}", parent.display()))
    }

    /// What the tool gets in its environment.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let token = self.api_token.iter().map(|token| (env_vars::API_TOKEN, token.expose_secret().into()));
        token.chain([("KUBECONFIG", self.path.clone().into_os_string())]).collect()
    }
}

/// The context for a target, whose tokens come from this program.
pub fn context(
    ctx: &Ctx,
    org: &str,
    name: String,
    target: &Target,
    endpoint: Endpoint,
    asking: &MissingAccess<'_>,
) -> Result<Context, Failure> {
    let StoredCommand { program, env, options } = StoredCommand::new(ctx, org)?;
    let mut args = options;
    args.extend(["kubeconfig", "credential"].map(str::to_owned));
    let mut option = |name: &str, value: &str| args.extend([name.to_owned(), value.to_owned()]);
    option("--cluster", &target.cluster);
    option("--role", &target.role);
    if let Some(resource) = &target.resource {
        option("--resource", resource);
    }
    match asking {
        MissingAccess::Fail => {}
        MissingAccess::Held(request) => option("--grant", request),
        MissingAccess::Request(RequestOptions { reason, duration }) => {
            for (name, value) in [("--reason", reason), ("--duration", duration)] {
                value.iter().for_each(|value| option(name, value));
            }
            args.push("--request".into());
        }
    }
    let about = About {
        org: org.to_owned(),
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
        plugin: Plugin { command: program, args, env },
        about,
    })
}

/// A kubeconfig for the tool that access was asked for; `None`: `kubectl` has no way to the cluster by p0,
/// which is told.
pub async fn equip(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    access: &Access,
    target: &Target,
    deadline: Instant,
) -> Result<Option<TempKubeconfig>> {
    let bounded = client.until(Some(deadline));
    let none = |why: Failure| {
        ctx.ui.warn(format!("The tool gets no kubeconfig: {why}"));
        Ok(None)
    };
    let place = match super::or_interrupted(interrupt, look_up(&bounded, &target.cluster)).await? {
        Ok(place) => place,
        Err(error) => return none(error.into()),
    };
    let grant = Grant::from_access(access, &place)?;
    let endpoint = match keep(ctx, client, interrupt, target, place, grant, deadline).await {
        Ok(endpoint) => endpoint,
        Err(Denied::NoTokens) => return none(no_tokens(target)),
        Err(Denied::Nowhere) => return none(nowhere(target)),
        Err(denied) => return Err(denied.into_error(target)),
    };
    let context =
        context(ctx, client.org(), super::context_name(target), target, endpoint, &MissingAccess::Held(&access.id))?;
    Ok(Some(TempKubeconfig::write(ctx, &context)?))
}
