//! Credentials for a permission set: the user signs in to IAM Identity Center by a code in a browser, now and then.

use super::{Fetch, failure, pauses};
use crate::{
    clock,
    error::{Failure, Kind, Result},
    integrations::aws::{
        Credentials, Error,
        http::Calls,
        identity_center::{AccessToken, Device, IdentityCenter, Registration, SetError},
    },
    session::opener,
    ui::{clean::clean_line, progress::Progress},
};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tokio::time::timeout_at;
use url::Url;

/// A sign-in that ends sooner is not begun with.
const EARLY: SignedDuration = SignedDuration::from_mins(1);
/// How long the user may take to sign in.
const SIGN_IN: Duration = Duration::from_secs(600);

/// An Identity Center, as the user's.
pub(super) struct Visit<'a> {
    fetch: &'a Fetch<'a>,
    calls: &'a Calls,
    center: IdentityCenter,
    region: &'a str,
    /// Where the sign-in is kept.
    title: String,
}

impl<'a> Fetch<'a> {
    /// The Identity Center with this directory in this region.
    pub(super) fn identity_center(&'a self, calls: &'a Calls, region: &'a str, store: &str) -> Visit<'a> {
        let center = IdentityCenter::new(calls, &self.ctx.env.aws, region, store);
        let title = self.cache.title_of(&format!("sign-in to {store} in {region}"));
        Visit { fetch: self, calls, center, region, title }
    }
}

impl Visit<'_> {
    /// Waits until Identity Center knows of the access, and gets the credentials.
    pub(super) async fn credentials(&self, name: &str) -> Result<Credentials> {
        let Fetch { ctx, cache, account, .. } = self.fetch;
        let (mut token, mut new) = self.signed_in().await?;
        let patience_ends = self.fetch.patience_ends();
        let waited = !self.fetch.patience.is_zero();
        let mut pauses = pauses();
        let mut progress = None;
        loop {
            match self.bounded(self.center.credentials(&ctx.env.aws, &token, &account.id, name)).await? {
                Ok(credentials) => return Ok(credentials),
                Err(SetError::TokenRefused(error)) if new => return Err(self.failed(error).into()),
                Err(SetError::TokenRefused(error)) => {
                    tracing::debug!(%error, "the sign-in to Identity Center is good no longer");
                    cache.forget(&self.title).await;
                    progress = None;
                    (token, new) = (self.sign_in().await?, true);
                }
                Err(SetError::NotThere(error)) => {
                    let pause = pauses.next().unwrap_or_default();
                    if clock::instant() + pause >= patience_ends {
                        return Err(failure::not_assigned(name, account, &error, waited).into());
                    }
                    progress
                        .get_or_insert_with(|| Progress::start(&ctx.ui, Some(patience_ends)))
                        .step(&format!("Waiting for the permission set {name} to arrive"));
                    tokio::time::sleep(pause).await;
                }
                Err(SetError::Aws(error)) => return Err(self.failed(error).into()),
            }
        }
    }

    /// The sign-in that is kept, else a new one; whether it is new.
    pub(super) async fn signed_in(&self) -> Result<(AccessToken, bool)> {
        match self.fetch.cache.get::<AccessToken>(&self.title).await? {
            Some(token) => Ok((token, false)),
            None => Ok((self.sign_in().await?, true)),
        }
    }

    /// Has the user enter a code in a browser, and keeps what that brings.
    async fn sign_in(&self) -> Result<AccessToken> {
        let Fetch { ctx, cache, .. } = self.fetch;
        if !ctx.ui.may_instruct() {
            return Err(Failure::new(
                Kind::NotSignedIn,
                "Somebody has to sign in to IAM Identity Center, and there is nobody to ask.",
            )
            .hint("Run this command once at a terminal; the sign-in then holds for some hours.")
            .into());
        }
        let (client, device) = self.bounded(self.device()).await?.map_err(|error| self.failed(error))?;
        let page = web_page(&device.page)?;
        let page = device.complete_page.as_deref().map(web_page).transpose()?.unwrap_or(page);
        ctx.ui.instruct("To sign in to IAM Identity Center, open this address in a browser on any machine:");
        ctx.ui.instruct(format!("  {page}"));
        ctx.ui.instruct(format!("and make sure that it shows the code:  {}", clean_line(&device.user_code)));
        let token = self.entered(&client, &device, &page).await?;
        cache.keep(ctx, &self.title, &token, early(token.expires_at)).await;
        Ok(token)
    }

    /// Waits until the user has entered the code.
    async fn entered(&self, client: &Registration, device: &Device, page: &Url) -> Result<AccessToken> {
        let ctx = self.fetch.ctx;
        let deadline = self.fetch.deadline.min(clock::instant() + device.lifetime.min(SIGN_IN));
        let mut progress = Progress::start(&ctx.ui, Some(deadline));
        progress.step("Waiting for you to sign in to IAM Identity Center");
        let token = async {
            let mut token = std::pin::pin!(self.center.token(client, device));
            if !opener::helps(&ctx.env, &ctx.settings) {
                return token.await;
            }
            tokio::select! {
                token = &mut token => token,
                why = opener::failure(ctx.settings.browser.as_deref(), page) => {
                    tracing::debug!(%why, "the browser cannot be opened");
                    token.await
                }
            }
        };
        let entered = timeout_at(deadline.into(), token).await;
        drop(progress);
        Ok(entered.map_err(|_| failure::code_expired())?.map_err(failure::of_code)?)
    }

    /// A code for this program as a client of Identity Center in this region: as the one that is kept, else, or where
    /// that is not known any more, as a new one.
    async fn device(&self) -> std::result::Result<(Registration, Device), Error> {
        let Fetch { ctx, cache, .. } = self.fetch;
        let title = cache.title_of(&format!("client in {}", self.region));
        let kept = cache.get::<Registration>(&title).await.unwrap_or_else(|failure| {
            tracing::debug!(%failure, "the client's registration cannot be read");
            None
        });
        if let Some(client) = kept {
            match self.center.device(&client).await {
                Err(error) if error.is(&["InvalidClientException", "UnauthorizedClientException"]) => {
                    tracing::debug!(%error, "the client's registration is good no longer");
                }
                other => return other.map(|device| (client, device)),
            }
        }
        let client = self.center.register().await?;
        cache.keep(ctx, &title, &client, early(client.expires_at)).await;
        let device = self.center.device(&client).await?;
        Ok((client, device))
    }

    /// What comes of this before the deadline.
    async fn bounded<T>(&self, work: impl Future<Output = T>) -> std::result::Result<T, Failure> {
        let late = |_| failure::late_aws("IAM Identity Center");
        timeout_at(self.fetch.deadline.into(), work).await.map_err(late)
    }

    fn failed(&self, error: Error) -> Failure {
        failure::of_aws(error, self.calls.ahead())
    }
}

/// A little before this time.
fn early(end: Timestamp) -> Timestamp {
    end.checked_sub(EARLY).unwrap_or(end)
}

/// An address that the user is sent to is a web page, and nothing that another program would open.
fn web_page(text: &str) -> std::result::Result<Url, Failure> {
    let wrong = || Failure::error("IAM Identity Center sends its users to an address that is not a web page.");
    Url::parse(text).ok().filter(p0_client::may_carry_secrets).ok_or_else(wrong)
}
