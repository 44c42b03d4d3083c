//! By e-mail address and password: from the environment, else asked for. Neither is kept.

use super::Attempt;
use crate::{
    error::{Failure, Kind},
    session::store::{Renewer, Session},
};
use anyhow::Result;

pub(super) async fn sign_in(attempt: &Attempt<'_>) -> Result<Session> {
    let (env, ui) = (&attempt.deps.env, &attempt.deps.ui);
    let firebase = attempt.firebase()?;
    let unattended = !ui.may_prompt() && (env.email.is_none() || env.password.is_none());
    if unattended {
        return Err(Failure::new(
            Kind::NotSignedIn,
            format!("The users of {} sign in with a password, and there is nobody to ask.", attempt.org),
        )
        .hint("Set P0_EMAIL and P0_PASSWORD, or sign in at a terminal.")
        .into());
    }
    let email = match &env.email {
        Some(email) => email.clone(),
        None => ui.answer(&format!("E-mail address at {}", attempt.org)).await?,
    };
    let password = match &env.password {
        Some(password) => password.clone(),
        None => ui.secret(&format!("Password of {email}")).await?,
    };
    let account = firebase.sign_in_with_password(&attempt.deps.http, &email, &password).await?;
    Ok(attempt.session(account.email, account.granted, Renewer::Firebase(firebase.token_service()), None))
}
