//! `GET /orgs/{org}`: how an organisation is reached and how its users sign in.

use serde::{Deserialize, Serialize};

/// What the service says of an organisation before anybody has signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Org {
    /// The organisation's tenant at the identity platform.
    #[serde(default)]
    pub tenant_id: String,
    /// How its users sign in.
    pub auth: Auth,
    /// The identity provider's access token is the bearer, unexchanged.
    #[serde(default)]
    pub use_provider_token: bool,
    /// Absent: the built-in production defaults hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Config>,
}

/// The kinds of sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Auth {
    /// Through an identity provider.
    Sso {
        /// The provider and its coordinates.
        provider: Box<Provider>,
    },
    /// With an e-mail address and a password.
    Password,
    /// With a link sent by e-mail.
    MagicLink,
    /// One that this version does not know.
    #[serde(other)]
    Unknown,
}

/// An identity provider. Which fields are there depends on `sso_provider` and `provider_type`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    /// `google`, `google-oidc`, `oidc-pkce`, `azure-oidc`, `microsoft`, `okta`.
    pub sso_provider: String,
    /// With `oidc-pkce`: `okta`, `ping`, `cloudflare`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_type: Option<String>,
    /// The provider's name at the identity platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// The provider's host, without a scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_domain: Option<String>,
    /// The OAuth 2.0 client identifier (RFC 6749, section 2.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// A client secret that every client knows, so it protects nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// Okta: the path of the authorization server, in place of `/oauth2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_server_path: Option<String>,
    /// PingOne: the environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment_id: Option<String>,
    /// Entra ID: the directory's primary domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microsoft_primary_domain: Option<String>,
}

/// Where the organisation lives, and what its users are told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// The identity platform's project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fs: Option<Firebase>,
    /// The Google client, for organisations that sign in with Google.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub google: Option<Google>,
    /// The base of every later call for this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_url: Option<String>,
    /// The name of the deployment, such as `production`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Replaces the line that says whom to contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_message: Option<String>,
    /// Replaces the line that says where help is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help_message: Option<String>,
    /// `"true"`: do not ask for the newest version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_version_check: Option<String>,
}

/// Public identifiers of a Firebase project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Firebase {
    /// The web API key, which is public.
    pub api_key: String,
    /// The domain of its sign-in pages.
    pub auth_domain: String,
    /// The project.
    pub project_id: String,
    /// Its bucket.
    pub storage_bucket: String,
    /// Its sender number.
    pub messaging_sender_id: String,
    /// Its app.
    pub app_id: String,
}

/// The OAuth 2.0 client at Google.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Google {
    /// The client identifier.
    pub client_id: String,
    /// The secret of an installed application, which is public.
    pub public_client_secret_for_pkce: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_provider_is_read_with_what_it_has() {
        let org: Org = serde_json::from_value(json!({
            "tenantId": "t-1", "surplus": 1,
            "auth": {"type": "sso", "provider": {"ssoProvider": "oidc-pkce", "providerType": "okta",
                     "providerDomain": "id.example.com", "clientId": "c", "authServerPath": "/oauth2/default"}},
        }))
        .expect("an organisation");
        let Auth::Sso { provider } = org.auth else { panic!("not sso") };
        assert_eq!(provider.provider_type.as_deref(), Some("okta"));
        assert_eq!(provider.auth_server_path.as_deref(), Some("/oauth2/default"));
        assert_eq!(org.config, None);
        assert!(!org.use_provider_token);
    }

    #[test]
    fn sign_in_kinds() {
        let kind = |t: &str| serde_json::from_value::<Auth>(json!({"type": t})).expect("a kind");
        assert_eq!(kind("password"), Auth::Password);
        assert_eq!(kind("magic-link"), Auth::MagicLink);
        assert_eq!(kind("retina-scan"), Auth::Unknown);
    }
}
