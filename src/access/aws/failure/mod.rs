//! What can go wrong on the way to AWS credentials, as the user sees it.

use super::accounts::Verb;
use crate::{
    clock,
    error::{CHECK_NETWORK, Failure, Kind, hints_for_any_host, sentence},
    integrations::aws::{
        Credentials, Error,
        account::{self, Account, ChoiceError, LoginError},
        identity_center::CodeError,
        saml::{self, Offer},
    },
    session::ProviderError,
    shell_words,
    ui::{Ui, time},
};
use jiff::SignedDuration;
use std::time::Duration;

/// AWS refuses what is signed by a clock that is further off
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>).
const CLOCKS: SignedDuration = SignedDuration::from_mins(5);
/// How many roles are named.
const NAMED: usize = 10;

const TELL: &str = "Tell whoever runs the organisation's AWS integration.";
const ENDPOINTS: &str = "If you set AWS_ENDPOINT_URL, AWS_REGION or AWS_CA_BUNDLE: check those too.";

/// It cannot be told which account is meant.
pub(super) fn of_choice(error: ChoiceError) -> Failure {
    let message = error.to_string();
    let list = |failure: Failure, accounts: Vec<String>| {
        let failure = failure.hint("Name one with --account or P0_AWS_ACCOUNT, by label or by number:");
        accounts.into_iter().fold(failure, |failure, account| failure.hint(format!("  {account}")))
    };
    match error {
        ChoiceError::NoneInstalled => Failure::error(message).hint(TELL),
        ChoiceError::NotInstalled { installed, .. } => list(Failure::error(message), installed),
        ChoiceError::Ambiguous { meant, .. } => list(Failure::usage(message), meant),
        ChoiceError::NotNamed { installed } => list(Failure::usage(message), installed),
    }
}

/// The account has no way to get credentials.
pub(super) fn of_login(error: LoginError) -> Failure {
    let failure = Failure::error(error.to_string());
    match error {
        LoginError::Iam { .. } => {
            failure.hint("Ask for access with `p0 request aws …`, and use it with your own keys of that account.")
        }
        LoginError::OtherFederation { .. } | LoginError::Unknown { .. } => failure.hint(TELL),
    }
}

/// The account does not exist.
pub(super) fn of_example(account: &Account) -> Failure {
    Failure::error(format!("The AWS account {account} is an example: AWS has no such account."))
        .hint("`p0 dev` sets AWS_ENDPOINT_URL_STS to an STS of its own, which knows roles: p0 dev aws role assume Developer")
        .hint("To see a request without using it: p0 dev request aws role Developer --wait")
}

/// The account has the other kind of thing.
pub(super) fn of_kind(account: &Account, has: account::Kind, name: &str, verb: Verb) -> Failure {
    let (has, hasnt, command) = match has {
        account::Kind::Role => ("roles", "permission sets", "role"),
        account::Kind::PermissionSet => ("permission sets", "roles", "permission-set"),
    };
    let name = shell_words::word(name);
    Failure::usage(format!("In the AWS account {account} there are {has} to assume, not {hasnt}.")).hint(match verb {
        Verb::Assume => format!("Use: p0 aws {command} assume {name} --account {}", account.id),
        Verb::Configure => format!("Use: p0 aws configure {command} {name} --account {}", account.id),
    })
}

/// The identity provider does not vouch for the user at AWS.
pub(super) fn of_exchange(error: &ProviderError, account: &Account) -> Failure {
    Failure::error(error.to_string())
        .hint(format!("It has to let you sign in to the AWS account {account}, and this program to do it for you."))
        .hint(TELL)
}

/// The page that should bring the provider's word brings something else.
pub(super) fn no_response() -> Failure {
    Failure::error("The identity provider's page for AWS has no SAML response.")
        .hint("It may want you to confirm something: sign in to AWS once in a browser.")
        .hint(TELL)
}

/// The provider's word cannot be used.
pub(super) fn of_response(error: &saml::Error) -> Failure {
    Failure::error(format!("The identity provider's SAML response for AWS cannot be used: {error}.")).hint(TELL)
}

/// What is waited for.
pub(super) fn not_offered_yet(name: &str, offer: &Offer) -> String {
    format!("Waiting for the role {name}; offered so far: {}", shown(offer))
}

/// The provider does not offer the role.
pub(super) fn not_offered(name: &str, account: &Account, offer: &Offer, waited: bool) -> Failure {
    let message = match waited {
        true => {
            format!("Your identity provider still does not offer you the role {name} in the AWS account {account}.")
        }
        false => format!("Your identity provider does not offer you the role {name} in the AWS account {account}."),
    };
    let failure = Failure::error(message).hint(format!("It offers: {}.", shown(offer)));
    match waited {
        true => failure.hint("The access is there: try again in a few minutes.").hint(TELL),
        false => failure.hint("Ask for access first: leave out --no-request."),
    }
}

fn shown(offer: &Offer) -> String {
    let mut roles: Vec<String> = offer.roles.iter().take(NAMED).map(ToString::to_string).collect();
    if roles.is_empty() {
        return "none".into();
    }
    let more = offer.roles.len().saturating_sub(NAMED);
    if more > 0 {
        roles.push(format!("{more} more"));
    }
    roles.join(", ")
}

/// Identity Center does not know of the permission set.
pub(super) fn not_assigned(name: &str, account: &Account, error: &Error, waited: bool) -> Failure {
    let still = if waited { "still " } else { "" };
    let failure = Failure::error(format!(
        "IAM Identity Center {still}does not give you the permission set {name} in the AWS account {account}: {error}."
    ));
    match waited {
        true => failure.hint("The access is there: try again in a few minutes.").hint(TELL),
        false => failure.hint("Ask for access first: leave out --no-request."),
    }
}

/// The user's code brought no token.
pub(super) fn of_code(error: CodeError) -> Failure {
    match error {
        CodeError::Expired => code_expired(),
        CodeError::Refused => Failure::error("The sign-in to IAM Identity Center was refused.")
            .hint("If that was a mistake, run the command again."),
        CodeError::Aws(error) => of_aws(error, None),
    }
}

pub(super) fn code_expired() -> Failure {
    Failure::new(Kind::NotSignedIn, "Nobody signed in to IAM Identity Center in time.")
        .hint("Run the command again to get a new code.")
}

/// AWS refused, or was not to be had. `ahead`: how far this machine's clock is ahead of AWS's.
pub(super) fn of_aws(error: Error, ahead: Option<SignedDuration>) -> Failure {
    let off = ahead.filter(|ahead| ahead.abs() > CLOCKS);
    let failure = Failure::error(sentence(&error));
    match error {
        Error::Expired { .. } => match off {
            Some(ahead) => failure.hint(set_clock(ahead)),
            None => failure
                .hint("Try again.")
                .hint("If it stays so, the identity provider's clock is off: tell whoever runs it."),
        },
        Error::Denied { .. } => {
            failure.hint("The role has to trust the identity provider for sts:AssumeRoleWithSAML.").hint(TELL)
        }
        Error::Throttled { .. } => failure.hint("Try again in a minute."),
        Error::Trouble { .. } => failure.hint("Try again later; see https://health.aws.amazon.com/health/status"),
        Error::Refused { code, .. } => match code.as_str() {
            "InvalidIdentityToken" | "IDPRejectedClaim" => {
                let failure = off.into_iter().fold(failure, |failure, ahead| failure.hint(set_clock(ahead)));
                failure.hint("AWS has to know the identity provider's current metadata.").hint(TELL)
            }
            "RegionDisabledException" => failure.hint("Set AWS_REGION to a region that the account uses."),
            _ => failure.hint(TELL),
        },
        Error::Http(error) => {
            let hints = hints_for_any_host(&error).unwrap_or_else(|| vec![CHECK_NETWORK.to_owned()]);
            hints.into_iter().fold(failure, Failure::hint).hint(ENDPOINTS)
        }
        Error::Setup(_) => {
            failure.hint("Check AWS_REGION, AWS_ENDPOINT_URL, AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT.")
        }
        Error::Invalid(_) => {
            failure.hint("Something else than AWS may answer: check AWS_ENDPOINT_URL and your proxy (HTTPS_PROXY).")
        }
    }
}

/// Credentials that look expired when they come are of no use; with a clock that is off, others may be refused.
pub(super) fn check_clock(ui: &Ui, credentials: &Credentials, ahead: Option<SignedDuration>) -> Result<(), Failure> {
    let off = ahead.filter(|ahead| ahead.abs() > CLOCKS);
    if credentials.expires_at <= clock::now() {
        let failure = Failure::error("By this machine's clock the credentials from AWS have expired already.");
        return Err(failure.hint(off.map_or("Set this machine's clock.".to_owned(), set_clock)));
    }
    if let Some(ahead) = off {
        ui.warn(format!("{} AWS may refuse what is signed here.", set_clock(ahead)));
    }
    Ok(())
}

/// A party on the way to the credentials did not answer before the deadline.
pub(super) fn late(who: &str) -> Failure {
    Failure::error(format!("{who} did not answer in time.")).hint(CHECK_NETWORK).hint("To wait longer: --timeout TIME")
}

/// AWS did not answer before the deadline.
pub(super) fn late_aws(who: &str) -> Failure {
    late(who).hint(ENDPOINTS)
}

fn set_clock(ahead: SignedDuration) -> String {
    let by = time::length(Duration::from_secs(ahead.as_secs().unsigned_abs()));
    let where_it_is = if ahead.is_negative() { "behind" } else { "ahead of" };
    format!("Set this machine's clock: it is {by} {where_it_is} AWS's.")
}

#[cfg(test)]
mod tests;
