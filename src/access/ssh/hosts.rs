//! The keys of machines: kept per machine, got from the service where it knows them, changed only when the user says so.

use super::service;
use crate::{
    ctx::Ctx,
    dirs,
    error::{Failure, Result},
    integrations::ssh::{known_hosts, names::Host, provider::HostKeys},
    shell_words,
};
use p0_client::{Client, Error};
use std::path::PathBuf;

/// What another key may mean, for who is to believe it or not.
pub(super) const CAUTION: &str = "Somebody may be between you and the machine. Nothing was sent to it.";

/// What is known of a machine's keys.
#[derive(Debug)]
pub(super) struct KnownKeys {
    /// The file that `ssh` reads.
    pub(super) file: PathBuf,
    /// None is known, and the one that the machine shows first is kept.
    pub(super) first_seen: bool,
    /// The kinds of the keys that are known.
    pub(super) types: Vec<String>,
}

/// What is known of this machine's keys: what is kept, else what the grant or the service says.
pub(super) async fn known(
    ctx: &Ctx,
    client: &Client,
    request_id: &str,
    alias: &Host,
    granted: &[String],
    from: HostKeys,
) -> Result<KnownKeys> {
    let file = ctx.dirs.ssh_hosts(&service(ctx, client.org())?).join(alias.file_name());
    let kept = dirs::read(&file).map_err(|error| cannot("read", &file, &error))?;
    if let Some(kept) = kept.filter(|kept| !kept.trim().is_empty()) {
        return Ok(KnownKeys { file, first_seen: false, types: known_hosts::types(&kept) });
    }
    let mut keys = known_hosts::under(alias, granted);
    if keys.is_empty() && from == HostKeys::ServiceOrFirstSeen {
        keys = told(client, request_id, alias, false).await?;
    }
    // The file is there in any case, so that `ssh` can add to it.
    dirs::replace(&file, keys.as_bytes()).map_err(|error| cannot("write", &file, &error))?;
    Ok(KnownKeys { file, first_seen: keys.is_empty(), types: known_hosts::types(&keys) })
}

/// The machine showed another key than the one that is known. Where the service says that this is right, and the user
/// agrees, the new one takes its place.
pub(super) async fn changed(
    ctx: &Ctx,
    client: &Client,
    request_id: &str,
    alias: &Host,
    known: &KnownKeys,
    from: HostKeys,
) -> Result<()> {
    let keys = match from {
        HostKeys::ServiceOrFirstSeen => told(client, request_id, alias, true).await?,
        HostKeys::FirstSeen => String::new(),
    };
    let kept = dirs::read(&known.file).map_err(|error| cannot("read", &known.file, &error))?.unwrap_or_default();
    let failure = Failure::error(format!("The key of {alias} is not the one that it had before.")).hint(CAUTION);
    if keys.is_empty() || keys == kept {
        return Err(failure
            .hint("Ask the machine's owner whether its key was changed.")
            .hint(format!("If so, forget the old one with: rm {}", shell_words::path(&known.file)))
            .into());
    }
    let fingerprints = known_hosts::fingerprints(&keys).join(", ");
    let failure = failure.hint(format!("The service now says that it is: {fingerprints}"));
    if !ctx.ui.may_prompt() {
        return Err(failure
            .hint(format!("If that is right, forget the old one with: rm {}", shell_words::path(&known.file)))
            .into());
    }
    ctx.ui.instruct(&failure.message);
    failure.hints.iter().for_each(|line| ctx.ui.instruct(format!("  {line}")));
    if !ctx.ui.agrees("Trust the new key?").await? {
        return Err(Failure::error(format!("The new key of {alias} is not trusted, so nothing was sent to it."))
            .hint("Ask the machine's owner whether its key was changed.")
            .into());
    }
    dirs::replace(&known.file, keys.as_bytes()).map_err(|error| cannot("write", &known.file, &error))?;
    Ok(())
}

/// What the service says of the machine's keys. One that knows none, or has no such call, says nothing.
async fn told(client: &Client, request_id: &str, alias: &Host, force: bool) -> Result<String> {
    match client.host_keys(request_id, force).await {
        Ok(answer) => Ok(known_hosts::under(alias, &answer.value.host_keys)),
        Err(error) if is_an_answer(&error) => {
            tracing::debug!(%error, "the service does not tell the machine's keys");
            Ok(String::new())
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether a failure is the service's own word that it has no keys to tell, rather than none.
fn is_an_answer(error: &Error) -> bool {
    matches!(error, Error::Service { .. } | Error::NotFound { .. } | Error::Forbidden { .. })
}

fn cannot(what: &str, file: &std::path::Path, error: &std::io::Error) -> Failure {
    Failure::error(format!("Cannot {what} {}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use p0_client::Network;

    #[test]
    fn no_answer_is_no_reason_to_believe_a_machine() {
        let text = String::new;
        let answers = [Error::Service { text: text(), status: 502 }, Error::NotFound { text: text() }];
        assert!(answers.iter().all(is_an_answer));
        let host = || "p0.example.com".to_owned();
        let none = [
            Error::Status { status: 502 },
            Error::Invalid { host: host(), what: text() },
            Error::Network { host: host(), failure: Network::Refused },
        ];
        assert!(!none.iter().any(is_an_answer));
    }
}
