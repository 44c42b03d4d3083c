//! AWS's security token service: credentials for a role, for a SAML response that offers it
//! (<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>).

use super::{Credentials, Error, http::Calls, saml::Role, settings::Settings};
use aws_sdk_sts::{
    Client,
    config::{Config, Region},
};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

/// What AWS lets a session last, in seconds.
const DURATIONS: std::ops::RangeInclusive<i32> = 900..=43_200;

/// Assumes a role. `duration`: how long the session should last, in seconds; where the role does not allow that, and
/// where it is `None`, an hour.
pub async fn assume(
    calls: &Calls,
    settings: &Settings,
    role: &Role,
    response: &SecretString,
    duration: Option<i32>,
) -> Result<Credentials, Error> {
    let client = Client::from_conf(config(calls, settings, settings.region_in(role.partition)));
    let duration = duration.filter(|duration| DURATIONS.contains(duration));
    let call = async |duration: Option<i32>| {
        let call = client
            .assume_role_with_saml()
            .role_arn(&role.arn)
            .principal_arn(&role.provider)
            .saml_assertion(response.expose_secret())
            .set_duration_seconds(duration);
        call.send().await.map_err(Error::from)
    };
    let answer = match call(duration).await {
        Err(error) if duration.is_some() && error.is(&["ValidationError"]) => {
            tracing::debug!(%error, "the role does not allow sessions of that length");
            call(None).await
        }
        other => other,
    }?;
    let given = answer.credentials.ok_or(Error::Invalid("it has no credentials"))?;
    Ok(Credentials {
        access_key_id: given.access_key_id,
        secret_access_key: given.secret_access_key.into(),
        session_token: given.session_token.into(),
        expires_at: Timestamp::from_second(given.expiration.secs()).map_err(|_| Error::Invalid("its times"))?,
        account_id: role.account.clone(),
        region: settings.region_of_credentials(role.partition),
    })
}

fn config(calls: &Calls, settings: &Settings, region: &str) -> Config {
    let config = Config::builder()
        .http_client(calls.shared())
        .region(Region::new(region.to_owned()))
        .use_fips(settings.fips)
        .use_dual_stack(settings.dual_stack);
    match &settings.sts {
        Some(endpoint) => config.endpoint_url(endpoint),
        None => config,
    }
    .build()
}

#[cfg(test)]
mod tests;
