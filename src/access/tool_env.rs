//! What access gives to the tool that it is for, beside the request's own particulars: credentials.

use super::{
    Access, aws,
    kubernetes::{self, TempKubeconfig},
};
use crate::{ctx::Ctx, error::Result, integrations, interrupt::Interrupt};
use integrations::aws::{
    Credentials,
    environment::{self, Environment},
};
use p0_client::Client;
use secrecy::ExposeSecret;
use std::{process::Command, time::Instant};

/// Gives a tool what its access has to give, before the deadline. Access of which nothing is known here gives nothing.
/// What has to be there while the tool runs, and not longer, is handed back.
pub async fn equip(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    access: &Access,
    command: &mut Command,
    deadline: Instant,
) -> Result<Option<TempKubeconfig>> {
    // Access to a cluster rests on a role of AWS, which is nothing that the tool was promised.
    if let Some(target) = kubernetes::Target::from_request(&access.request) {
        let private = Box::pin(kubernetes::equip(ctx, client, interrupt, access, &target, deadline)).await?;
        command.envs(private.iter().flat_map(TempKubeconfig::environment));
        return Ok(private);
    }
    let Some(principal) = aws::Principal::from_request(&access.request) else { return Ok(None) };
    let credentials = Box::pin(aws::credentials_for_tool(ctx, client, interrupt, &principal, deadline)).await?;
    if let Some(credentials) = credentials {
        with_aws(command, &credentials);
    }
    Ok(None)
}

/// Gives a tool credentials for AWS, and none but these.
pub fn with_aws(command: &mut Command, credentials: &Credentials) {
    with(command, environment::from_credentials(credentials));
}

/// Changes a tool's environment.
pub fn with(command: &mut Command, environment: Environment) {
    for name in environment.removed {
        command.env_remove(name);
    }
    for (name, value) in environment.set {
        command.env(name, value.expose_secret());
    }
}
