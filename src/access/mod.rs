//! The heart: submit a request, wait until its outcome is known and the access usable, run the tool.

pub mod aws;
pub mod follow;
pub mod history;
pub mod kubernetes;
pub mod outcome;
pub mod prerequisites;
pub mod signals;
pub mod ssh;
pub mod submit;
pub mod tool;
pub mod tool_env;

use crate::{ctx::Ctx, error::Result, interrupt::Interrupt};
use anyhow::Error;
use p0_client::Client;
use p0_wire::request::Request;
use serde_json::Value;
use std::time::Instant;
use submit::AfterSubmit;
use tokio::time::timeout_at;

/// A request, and the latest document about it from the service.
#[derive(Debug, Clone)]
pub struct Access {
    pub id: String,
    /// The request in its latest state.
    pub request: Request,
    /// The whole document, unknown fields included.
    pub document: Value,
    /// The request existed before this run.
    pub preexisting: bool,
}

/// Requests access in the service's words, and waits until it is usable: for commands that need access on the way to
/// something else.
pub async fn obtain(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    words: &[String],
    deadline: Instant,
) -> Result<Access> {
    obtain_to(ctx, client, interrupt, words, deadline, AfterSubmit::Wait).await
}

/// The same, with what the caller does once the request is made.
pub async fn obtain_to(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    words: &[String],
    deadline: Instant,
    next: AfterSubmit,
) -> Result<Access> {
    let mut access = submit::submit(ctx, &client.until(Some(deadline)), interrupt, "request", words, next).await?;
    follow::until_usable(ctx, client, interrupt, &mut access, deadline).await?;
    outcome::check(&access)?;
    Ok(access)
}

/// Runs something with a deadline. `late` makes the error for missing it.
pub async fn in_time<T, E: Into<Error>, L: Into<Error>>(
    deadline: Instant,
    late: impl FnOnce() -> L,
    work: impl Future<Output = std::result::Result<T, E>>,
) -> Result<T> {
    match timeout_at(deadline.into(), work).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(late().into()),
    }
}
