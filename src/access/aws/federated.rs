//! Credentials for a role: the identity provider vouches for the user, and AWS takes its word.

use super::{Fetch, failure, pauses};
use crate::{
    access::in_time,
    clock,
    error::Result,
    integrations::aws::{
        Credentials, federation,
        http::Calls,
        saml::{self, Offer},
        sts,
    },
    session::{ProviderError, ProviderTokens},
    ui::progress::Progress,
};
use p0_wire::integration::FederatedProvider;
use secrecy::{ExposeSecret, SecretString};

/// Who vouches for the user.
const PROVIDER: &str = "Your identity provider";

impl Fetch<'_> {
    /// Waits until the provider offers the role, and assumes it.
    pub(super) async fn federated(
        &self,
        calls: &Calls,
        provider: &FederatedProvider,
        name: &str,
    ) -> Result<Credentials> {
        let ctx = self.ctx;
        let patience_ends = self.patience_ends();
        let mut progress = None;
        let mut pauses = pauses();
        loop {
            let tokens = self.provider_tokens().await?;
            let response = self.response(&tokens, &provider.app_id);
            let response = in_time(self.deadline, || failure::late(PROVIDER), response).await?;
            let (offer, problem) = match saml::read(&response) {
                Ok(offer) => (offer, None),
                // To a user without any role yet, some providers say nothing of roles.
                Err(error @ saml::Error::NoRoles) => (Offer::default(), Some(error)),
                Err(error) => return Err(failure::of_response(&error).into()),
            };
            if let Some(role) = offer.find(&self.account.id, name, &provider.identity_provider) {
                let settings = &ctx.env.aws;
                let credentials = async {
                    let credentials = sts::assume(calls, settings, role, &response, offer.duration).await;
                    credentials.map_err(|error| failure::of_aws(error, calls.ahead()))
                };
                return in_time(self.deadline, || failure::late_aws("AWS"), credentials).await;
            }
            let pause = pauses.next().unwrap_or_default();
            if clock::instant() + pause >= patience_ends {
                let waited = !self.patience.is_zero();
                return Err(match problem {
                    Some(error) if !waited => failure::of_response(&error),
                    _ => failure::not_offered(name, self.account, &offer, waited),
                }
                .into());
            }
            let progress = progress.get_or_insert_with(|| Progress::start(&ctx.ui, Some(patience_ends)));
            progress.step(&failure::not_offered_yet(name, &offer));
            tokio::time::sleep(pause).await;
        }
    }

    /// The provider's tokens; to have them, the user may have to sign in.
    pub(super) async fn provider_tokens(&self) -> Result<ProviderTokens> {
        let sessions = self.ctx.sessions();
        in_time(self.deadline, || failure::late(PROVIDER), sessions.provider_tokens(self.client.org())).await
    }

    /// The provider's word for the user, for AWS.
    async fn response(&self, tokens: &ProviderTokens, app_id: &str) -> Result<SecretString> {
        let http = self.ctx.http();
        let exchanged = tokens.exchange(&http, &federation::audience(app_id), federation::WEB_SSO_TOKEN).await;
        let token = exchanged.map_err(|error| match error {
            refused @ ProviderError::Refused { .. } => failure::of_exchange(&refused, self.account).into(),
            error @ ProviderError::Http(_) => error.into_failure(),
        })?;
        let page = tokens.page(&http, federation::PAGE, (federation::PAGE_PARAMETER, token.expose_secret())).await?;
        federation::saml_response(&page).ok_or_else(|| failure::no_response().into())
    }
}
