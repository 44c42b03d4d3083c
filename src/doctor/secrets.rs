//! Where tokens are kept: whether that store answers, and still has them.

use super::Finding;
use crate::{ctx::Ctx, session::SecretsStatus};

const CHECK: &str = "secrets";

pub(super) async fn check(ctx: &Ctx) -> Finding {
    match ctx.sessions().secrets_status().await {
        Ok(status) => judge(&status, ctx.settings.api_token.is_some()),
        Err(error) => Finding::error(CHECK, error),
    }
}

fn judge(status: &SecretsStatus, by_token: bool) -> Finding {
    let lost: Vec<String> =
        status.sessions.iter().filter_map(|held| Some(format!("{}: {}", held.org, held.problem.as_deref()?))).collect();
    match &status.best {
        // With a token, no store is needed.
        Err(failure) if by_token && status.sessions.is_empty() => {
            Finding::note(CHECK, format!("{} With the token that was given, that is no matter.", failure.message))
        }
        Err(failure) => Finding::failed(CHECK, failure),
        Ok(_) if !lost.is_empty() => {
            Finding::wrong(CHECK, format!("There are sessions whose secrets cannot be used: {}.", lost.join("; ")))
                .fix("Unlock the store that has them, or sign in again with: p0 login <org>")
        }
        Ok((store, why)) => Finding::ok(CHECK, format!("Sign-ins keep them in {} ({why}).", store.name())),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};
    use crate::{
        error::Failure,
        session::{SecretKind, SessionSecrets},
        settings::SecretStore,
    };

    fn status(best: Result<(SecretKind, String), Failure>, problem: Option<&str>) -> SecretsStatus {
        let stores = SecretKind::ALL.map(|store| crate::session::StoreStatus {
            store,
            name: store.name(),
            allowed: true,
            problem: None,
        });
        let held =
            SessionSecrets { org: "example".into(), store: SecretKind::Kernel, problem: problem.map(str::to_owned) };
        SecretsStatus { choice: SecretStore::Auto, best, stores, sessions: vec![held] }
    }

    #[test]
    fn secrets_that_cannot_be_used_are_told() {
        let best = || Ok((SecretKind::Kernel, "this is no desktop session: there is no D-Bus".to_owned()));
        let finding = judge(&status(best(), None), false);
        assert_eq!(finding.state, State::Ok);
        assert_eq!(
            finding.said,
            "Sign-ins keep them in the kernel's keyring (this is no desktop session: there is no D-Bus)."
        );
        let finding = judge(&status(best(), Some("they are gone")), false);
        assert_eq!(finding.state, State::Wrong);
        assert_eq!(finding.said, "There are sessions whose secrets cannot be used: example: they are gone.");
        assert!(finding.fix[0].contains("p0 login"), "{finding:?}");
    }

    #[test]
    fn a_store_that_is_not_there_is_wrong_unless_nobody_needs_it() {
        let locked = || Err(Failure::error("The keyring is locked.").hint("Unlock it."));
        let finding = judge(&status(locked(), None), true);
        assert_eq!((finding.state, &finding.fix[..]), (State::Wrong, &["Unlock it.".to_owned()][..]));
        let none = SecretsStatus { sessions: Vec::new(), ..status(locked(), None) };
        assert_eq!(judge(&none, true).state, State::Note);
        assert_eq!(judge(&none, false).state, State::Wrong);
    }
}
