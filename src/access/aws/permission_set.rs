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
    session::{may_carry_secrets, opener},
    ui::{clean::clean_line, progress::Progress},
};
use jiff::SignedDuration;
use std::time::Duration;
use tokio::time::timeout_at;
use url::Url;

/// A sign-in that ends sooner is not begun with.
const EARLY: SignedDuration = SignedDuration::from_mins(1);
/// How long somebody may take to sign in.
const SIGN_IN: Duration = Duration::from_secs(600);

impl Fetch<'_> {
    /// Signs in if need be, waits until Identity Center knows of the access, and gets the credentials.
    pub(super) async fn permission_set(
        &self,
        calls: &Calls,
        region: &str,
        store: &str,
        name: &str,
    ) -> Result<Credentials> {
        let (ctx, shelf) = (self.ctx, self.shelf);
        let center = IdentityCenter::new(calls, &ctx.env.aws, region, store);
        let title = shelf.title_of(&format!("sign-in to {store} in {region}"));
        let (mut token, mut renewed) = match shelf.get::<AccessToken>(&title).await? {
            Some(token) => (token, false),
            None => (self.sign_in(calls, &center, region, &title).await?, true),
        };
        let patience_ends = self.patience_ends();
        let mut pauses = pauses();
        let mut progress = None;
        loop {
            match center.credentials(&ctx.env.aws, &token, &self.account.id, name).await {
                Ok(credentials) => return Ok(credentials),
                Err(SetError::TokenRefused(error)) if renewed => {
                    return Err(failure::of_aws(error, calls.ahead()).into());
                }
                Err(SetError::TokenRefused(error)) => {
                    tracing::debug!(%error, "the sign-in to Identity Center is good no longer");
                    shelf.forget(&title).await;
                    progress = None;
                    (token, renewed) = (self.sign_in(calls, &center, region, &title).await?, true);
                }
                Err(SetError::NotThere(error)) => {
                    let pause = pauses.next().unwrap_or_default();
                    if clock::instant() + pause >= patience_ends {
                        return Err(failure::not_assigned(name, self.account, &error, !self.patience.is_zero()).into());
                    }
                    progress
                        .get_or_insert_with(|| Progress::start(&ctx.ui, Some(patience_ends)))
                        .step("Waiting for IAM Identity Center to know of your access");
                    tokio::time::sleep(pause).await;
                }
                Err(SetError::Aws(error)) => return Err(failure::of_aws(error, calls.ahead()).into()),
            }
        }
    }

    /// Has the user enter a code in a browser, and keeps what that brings.
    async fn sign_in(&self, calls: &Calls, center: &IdentityCenter, region: &str, title: &str) -> Result<AccessToken> {
        let ctx = self.ctx;
        if !ctx.ui.may_instruct() {
            return Err(Failure::new(
                Kind::NotSignedIn,
                "Somebody has to sign in to IAM Identity Center, and there is nobody to ask.",
            )
            .hint("Run this command once at a terminal; the sign-in then holds for some hours.")
            .into());
        }
        let failed = |error| failure::of_aws(error, calls.ahead());
        let (client, device) = self.device(center, region).await.map_err(failed)?;
        let page = web_page(&device.page)?;
        let complete = device.complete_page.as_deref().map(web_page).transpose()?;
        ctx.ui.instruct("To sign in to IAM Identity Center, open this address in a browser on any machine:");
        ctx.ui.instruct(format!("  {}", complete.as_ref().unwrap_or(&page)));
        ctx.ui.instruct(format!("and make sure that it shows the code:  {}", clean_line(&device.user_code)));
        let token = self.entered(center, &client, &device, complete.as_ref().unwrap_or(&page)).await?;
        let until = token.expires_at - EARLY;
        self.shelf.keep(ctx, title, &token, until).await;
        Ok(token)
    }

    /// Waits until the user has entered the code.
    async fn entered(
        &self,
        center: &IdentityCenter,
        client: &Registration,
        device: &Device,
        page: &Url,
    ) -> Result<AccessToken> {
        let ctx = self.ctx;
        let deadline = self.deadline.min(clock::instant() + device.lifetime.min(SIGN_IN));
        let mut progress = Progress::start(&ctx.ui, Some(deadline));
        progress.step("Waiting for you to sign in to IAM Identity Center");
        let token = async {
            let mut token = std::pin::pin!(center.token(client, device));
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
    async fn device(
        &self,
        center: &IdentityCenter,
        region: &str,
    ) -> std::result::Result<(Registration, Device), Error> {
        let title = self.shelf.title_of(&format!("client in {region}"));
        let kept = self.shelf.get::<Registration>(&title).await.unwrap_or_else(|failure| {
            tracing::debug!(%failure, "the client's registration cannot be read");
            None
        });
        if let Some(client) = kept {
            match center.device(&client).await {
                Err(error) if error.is(&["InvalidClientException", "UnauthorizedClientException"]) => {
                    tracing::debug!(%error, "the client's registration is good no longer");
                }
                other => return other.map(|device| (client, device)),
            }
        }
        let client = center.register().await?;
        self.shelf.keep(self.ctx, &title, &client, client.expires_at - EARLY).await;
        let device = center.device(&client).await?;
        Ok((client, device))
    }
}

/// An address that the user is sent to is a web page, and nothing that another program would open.
fn web_page(text: &str) -> std::result::Result<Url, Failure> {
    let wrong = || Failure::error("IAM Identity Center sends its users to an address that is not a web page.");
    Url::parse(text).ok().filter(may_carry_secrets).ok_or_else(wrong)
}
