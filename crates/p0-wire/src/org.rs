//! `GET /orgs/{org}`: the address of an organisation's service and how its users sign in.

use serde::{Deserialize, Serialize};

/// The public description of an organisation, available without signing in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Org {
    /// The organisation's tenant at Firebase (Google Identity Platform).
    #[serde(default)]
    pub tenant_id: String,
    /// How its users sign in.
    pub auth: Auth,
    /// The API accepts the identity provider's access token, without an exchange at Firebase.
    #[serde(default)]
    pub use_provider_token: bool,
    /// Addresses and messages. If absent, the built-in production defaults apply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Config>,
}

/// A sign-in method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Auth {
    /// Through an identity provider.
    Sso {
        /// The identity provider.
        provider: Box<Provider>,
    },
    /// With an email address and a password.
    Password,
    /// With a link sent by email.
    MagicLink,
    /// A kind that this version does not know.
    #[serde(other)]
    Unknown,
}

/// An identity provider. `sso_provider` and `provider_type` determine which other fields are present.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    /// The provider: `google`, `google-oidc`, `oidc-pkce`, `azure-oidc`, `microsoft` or `okta`.
    pub sso_provider: String,
    /// For `oidc-pkce`: `okta`, `ping` or `cloudflare`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_type: Option<String>,
    /// The provider's id at Firebase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// The provider's host, without a scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_domain: Option<String>,
    /// The OAuth 2.0 client identifier (RFC 6749, section 2.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The OAuth 2.0 client secret. It is published here, so it is not confidential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// Okta: the path of the authorization server, if not `/oauth2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth_server_path: Option<String>,
    /// PingOne: the environment id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment_id: Option<String>,
    /// Entra ID: the directory's primary domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microsoft_primary_domain: Option<String>,
}

/// An organisation's addresses and messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// The Firebase project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fs: Option<Firebase>,
    /// The OAuth 2.0 client for sign-in with Google.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub google: Option<Google>,
    /// The base URL of all other calls for this organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_url: Option<String>,
    /// The name of the deployment, such as `production`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Replaces the default line about whom to contact for support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_message: Option<String>,
    /// Replaces the default line about where to find help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help_message: Option<String>,
    /// `"true"` turns off the client's version check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip_version_check: Option<String>,
}

/// Public identifiers of a Firebase project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Firebase {
    /// The web API key (public).
    pub api_key: String,
    /// The domain of the sign-in pages.
    pub auth_domain: String,
    /// The project id.
    pub project_id: String,
    /// The storage bucket.
    pub storage_bucket: String,
    /// The Cloud Messaging sender id.
    pub messaging_sender_id: String,
    /// The app id.
    pub app_id: String,
}

/// An OAuth 2.0 client at Google.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Google {
    /// The client id.
    pub client_id: String,
    /// The client secret. Google treats secrets of installed applications as public.
    pub public_client_secret_for_pkce: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn provider_with_optional_fields_parses() {
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
    fn unknown_sign_in_method_parses() {
        let kind = |t: &str| serde_json::from_value::<Auth>(json!({"type": t})).expect("a kind");
        assert_eq!(kind("password"), Auth::Password);
        assert_eq!(kind("magic-link"), Auth::MagicLink);
        assert_eq!(kind("retina-scan"), Auth::Unknown);
    }
}
