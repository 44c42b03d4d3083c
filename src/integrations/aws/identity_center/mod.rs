//! IAM Identity Center: who the user is, by a code that they enter in a browser (OAuth 2.0, RFC 8628, in AWS's own
//! words: <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html>), and credentials for a
//! permission set (<https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html>).

use super::{
    Credentials, Error,
    http::Calls,
    settings::{Partition, Settings},
};
use crate::{clock, secret_text};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What this program calls itself.
const CLIENT_NAME: &str = "p0";
/// Access to the user's accounts.
const SCOPE: &str = "sso:account:access";
/// RFC 8628, section 3.4.
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// RFC 8628, section 3.2: where no pause is named.
const PAUSE: Duration = Duration::from_secs(5);
/// RFC 8628, section 3.5: how much longer a pause gets when AWS says that it is too short.
const SLOWER: Duration = Duration::from_secs(5);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// An Identity Center, and how it is called.
#[derive(Debug, Clone)]
pub struct IdentityCenter {
    region: String,
    store: String,
    oidc: aws_sdk_ssooidc::Client,
    portal: aws_sdk_sso::Client,
}

/// This program as a client: good for 90 days.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    id: String,
    #[serde(with = "secret_text")]
    secret: SecretString,
    /// When a new one is needed.
    pub expires_at: Timestamp,
}

/// A code to be entered in a browser.
#[derive(Debug, Clone)]
pub struct Device {
    code: SecretString,
    /// What the user enters.
    pub user_code: String,
    pub page: String,
    /// The same with the code filled in.
    pub complete_page: Option<String>,
    /// For how long the code is good.
    pub lifetime: Duration,
    pause: Duration,
}

/// Says who the user is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessToken {
    #[serde(with = "secret_text")]
    token: SecretString,
    /// When they have to sign in again.
    pub expires_at: Timestamp,
}

/// Why the user's code brought no token.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// Nobody entered it in time.
    #[error("nobody entered the code in time")]
    Expired,
    /// The user said no.
    #[error("the sign-in was refused")]
    Refused,
    #[error(transparent)]
    Aws(#[from] Error),
}

/// Why there are no credentials for a permission set.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// The user has no such permission set in that account, or not yet.
    #[error("AWS does not know of it yet: {0}")]
    NotThere(Error),
    /// The token is good no longer.
    #[error("the sign-in is good no longer: {0}")]
    TokenRefused(Error),
    #[error(transparent)]
    Aws(#[from] Error),
}

/// The page at which the users of a directory sign in
/// (<https://docs.aws.amazon.com/singlesignon/latest/userguide/using-the-portal.html>).
pub fn start_page(partition: Partition, store: &str) -> String {
    match partition {
        Partition::Commercial => format!("https://{store}.awsapps.com/start"),
        Partition::GovCloud => format!("https://start.us-gov-home.awsapps.com/directory/{store}"),
        Partition::China => format!("https://start.home.awsapps.cn/directory/{store}"),
    }
}

impl IdentityCenter {
    /// The one with this directory (`d-1234567890`) in this region.
    pub fn new(calls: &Calls, settings: &Settings, region: &str, store: &str) -> Self {
        let oidc = aws_sdk_ssooidc::Config::builder()
            .http_client(calls.shared())
            .region(aws_sdk_ssooidc::config::Region::new(region.to_owned()))
            .use_fips(settings.fips)
            .use_dual_stack(settings.dual_stack);
        let oidc = settings.sso_oidc.iter().fold(oidc, |config, endpoint| config.endpoint_url(endpoint));
        let portal = aws_sdk_sso::Config::builder()
            .http_client(calls.shared())
            .region(aws_sdk_sso::config::Region::new(region.to_owned()))
            .use_fips(settings.fips)
            .use_dual_stack(settings.dual_stack);
        let portal = settings.sso.iter().fold(portal, |config, endpoint| config.endpoint_url(endpoint));
        Self {
            region: region.to_owned(),
            store: store.to_owned(),
            oidc: aws_sdk_ssooidc::Client::from_conf(oidc.build()),
            portal: aws_sdk_sso::Client::from_conf(portal.build()),
        }
    }

    /// Registers this program
    /// (<https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_RegisterClient.html>).
    pub async fn register(&self) -> Result<Registration, Error> {
        let answer =
            self.oidc.register_client().client_name(CLIENT_NAME).client_type("public").scopes(SCOPE).send().await?;
        Ok(Registration {
            id: answer.client_id.ok_or(Error::Invalid("it has no client"))?,
            secret: answer.client_secret.ok_or(Error::Invalid("it has no client"))?.into(),
            expires_at: Timestamp::from_second(answer.client_secret_expires_at)
                .map_err(|_| Error::Invalid("its times"))?,
        })
    }

    /// Asks for a code that the user enters in a browser
    /// (<https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_StartDeviceAuthorization.html>).
    pub async fn device(&self, client: &Registration) -> Result<Device, Error> {
        let answer = self
            .oidc
            .start_device_authorization()
            .client_id(&client.id)
            .client_secret(client.secret.expose_secret())
            .start_url(start_page(Partition::of_region(&self.region), &self.store))
            .send()
            .await?;
        let missing = || Error::Invalid("it has no code");
        Ok(Device {
            code: answer.device_code.ok_or_else(missing)?.into(),
            user_code: answer.user_code.ok_or_else(missing)?,
            page: answer.verification_uri.ok_or_else(missing)?,
            complete_page: answer.verification_uri_complete,
            lifetime: seconds(answer.expires_in),
            pause: Some(seconds(answer.interval)).filter(|pause| !pause.is_zero()).unwrap_or(PAUSE),
        })
    }

    /// Asks until the user has entered the code
    /// (<https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html>). Bounded by AWS, which
    /// lets codes expire; whoever calls has a limit of their own.
    pub async fn token(&self, client: &Registration, device: &Device) -> Result<AccessToken, CodeError> {
        let mut pause = device.pause;
        loop {
            tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
            let call = self
                .oidc
                .create_token()
                .client_id(&client.id)
                .client_secret(client.secret.expose_secret())
                .grant_type(DEVICE_GRANT)
                .device_code(device.code.expose_secret());
            match call.send().await.map_err(Error::from) {
                Ok(answer) => {
                    let token = answer.access_token.ok_or(Error::Invalid("it has no token"))?;
                    let lifetime = SignedDuration::from_secs(answer.expires_in.into());
                    return Ok(AccessToken { token: token.into(), expires_at: clock::now() + lifetime });
                }
                Err(error) if error.is(&["AuthorizationPendingException"]) => {}
                Err(error) if error.is(&["SlowDownException"]) => pause += SLOWER,
                Err(Error::Throttled { .. }) => pause += SLOWER,
                Err(Error::Expired { .. }) => return Err(CodeError::Expired),
                Err(Error::Denied { .. }) => return Err(CodeError::Refused),
                Err(Error::Http(error @ p0_client::Error::Network { .. })) => {
                    tracing::debug!(%error, "asked in vain whether the code was entered");
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Credentials for a permission set in an account.
    pub async fn credentials(
        &self,
        settings: &Settings,
        token: &AccessToken,
        account: &str,
        set: &str,
    ) -> Result<Credentials, SetError> {
        let call = self
            .portal
            .get_role_credentials()
            .account_id(account)
            .role_name(set)
            .access_token(token.token.expose_secret());
        let answer = call.send().await.map_err(|error| match Error::from(error) {
            error if error.is(&["UnauthorizedException"]) => SetError::TokenRefused(error),
            error if error.is(&["ForbiddenException", "ResourceNotFoundException"]) => SetError::NotThere(error),
            error @ Error::Denied { .. } => SetError::NotThere(error),
            error => SetError::Aws(error),
        })?;
        let missing = || Error::Invalid("it has no credentials");
        let given = answer.role_credentials.ok_or_else(missing)?;
        Ok(Credentials {
            access_key_id: given.access_key_id.ok_or_else(missing)?,
            secret_access_key: given.secret_access_key.ok_or_else(missing)?.into(),
            session_token: given.session_token.ok_or_else(missing)?.into(),
            expires_at: Timestamp::from_millisecond(given.expiration).map_err(|_| Error::Invalid("its times"))?,
            account_id: account.to_owned(),
            region: settings.region_of_credentials(Partition::of_region(&self.region)),
        })
    }
}

fn seconds(seconds: i32) -> Duration {
    Duration::from_secs(seconds.max(0).unsigned_abs().into())
}

#[cfg(test)]
mod tests;
