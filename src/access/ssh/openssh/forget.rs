//! Forgetting what plain `ssh` has been given, when the access or the session that gave it ends.

use super::{known_machine, negative_cache, serve};
use crate::ctx::Ctx;

/// Whose it was that is forgotten.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// Of the access that a request gave.
    Request(&'a str),
    /// Of an organisation's session.
    Org(&'a str),
    All,
}

/// Forgets what `ssh` reads of machines, which hosts are none of the organisation's, and ends the processes that serve
/// its keys. What cannot be forgotten is told. Connections that are there go on: they are the machine's to end.
pub async fn forget(ctx: &Ctx, whose: Whose<'_>) {
    let forgotten = known_machine::forget(ctx, |machine| match whose {
        Whose::Request(id) => machine.is_some_and(|machine| machine.request_id == id),
        Whose::Org(org) => machine.is_none_or(|machine| is_of(&machine.service, org)),
        Whose::All => true,
    });
    if let Err(error) = forgotten {
        ctx.ui.warn(format!("Not all that ssh reads of your machines is forgotten: {error}"));
    }
    let org = match whose {
        Whose::Request(_) => return,
        Whose::Org(org) => Some(org),
        Whose::All => None,
    };
    if let Err(error) = negative_cache::forget(ctx, |service| org.is_none_or(|org| is_of(service, org))) {
        tracing::debug!(%error, "which hosts are somebody else's is still remembered");
    }
    for directory in serve::directories(ctx, org) {
        serve::end(&directory).await;
    }
}

/// Whether a service, as [`crate::access::ssh::service`] names it, is this organisation's.
fn is_of(service: &str, org: &str) -> bool {
    service.rsplit_once('.').is_some_and(|(of, _)| of == org)
}

#[cfg(test)]
mod tests {
    use super::is_of;

    #[test]
    fn an_organisation_is_not_one_whose_name_begins_like_it() {
        assert!(is_of("example.0123456789ab", "example") && is_of("example.eu.0123456789ab", "example.eu"));
        assert!(!is_of("example.eu.0123456789ab", "example") && !is_of("example", "example"));
    }
}
