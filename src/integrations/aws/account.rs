//! The accounts that are installed, which of them is meant, and how people get credentials for it.

use p0_wire::integration::{AwsAccount, AwsLogin, Configuration, FederatedProvider};
use std::fmt;

/// An account that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its identifier: twelve digits.
    pub id: String,
    /// What people call it, if anything.
    pub label: Option<String>,
    /// How people get credentials for it; `None`: it does not say.
    pub login: Option<AwsLogin>,
    /// There is no such account at AWS.
    pub is_example: bool,
}

/// The accounts that are installed, in the service's order. One whose description is not understood has no login.
pub fn installed(configuration: &Configuration) -> Vec<Account> {
    let account = |(id, described): (&str, Result<AwsAccount, serde_json::Error>)| {
        let described = described.unwrap_or_else(|error| {
            tracing::debug!(%error, account = id, "the description of an account is not understood");
            AwsAccount { label: None, login: Some(AwsLogin::Unknown) }
        });
        Account {
            id: id.to_owned(),
            label: described.label.filter(|label| !label.is_empty()),
            login: described.login,
            is_example: configuration.is_example(id),
        }
    };
    configuration.installed::<AwsAccount>().map(account).collect()
}

/// Why no account is chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    #[error("No AWS account is installed.")]
    NoneInstalled,
    /// The one that is named is not among those that are installed.
    #[error("The AWS account '{wanted}' is not installed.")]
    NotInstalled { wanted: String, installed: Vec<String> },
    /// The name stands for several.
    #[error("Several AWS accounts are called '{wanted}'.")]
    Ambiguous {
        wanted: String,
        /// The accounts of that name.
        meant: Vec<String>,
    },
    /// There are several and none is named.
    #[error("Several AWS accounts are installed; name the one you mean.")]
    NotNamed { installed: Vec<String> },
}

/// The account that is meant: by identifier or label, else the only one.
pub fn choose<'a>(accounts: &'a [Account], wanted: Option<&str>) -> Result<&'a Account, ChoiceError> {
    let shown = |accounts: &[&Account]| accounts.iter().map(ToString::to_string).collect();
    let all: Vec<&Account> = accounts.iter().collect();
    let Some(wanted) = wanted else {
        return match all[..] {
            [] => Err(ChoiceError::NoneInstalled),
            [only] => Ok(only),
            _ => Err(ChoiceError::NotNamed { installed: shown(&all) }),
        };
    };
    // An identifier is nobody else's, whatever accounts are called.
    if let Some(account) = accounts.iter().find(|account| account.id == wanted) {
        return Ok(account);
    }
    let is_called = |account: &&Account| account.label.as_deref() == Some(wanted);
    let meant: Vec<&Account> = accounts.iter().filter(is_called).collect();
    match meant[..] {
        [account] => Ok(account),
        [] if all.is_empty() => Err(ChoiceError::NoneInstalled),
        [] => Err(ChoiceError::NotInstalled { wanted: wanted.to_owned(), installed: shown(&all) }),
        _ => Err(ChoiceError::Ambiguous { wanted: wanted.to_owned(), meant: shown(&meant) }),
    }
}

/// What credentials are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A role of IAM, through the identity provider.
    Role,
    /// A permission set of IAM Identity Center.
    PermissionSet,
}

/// Where the login of an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login<'a> {
    /// At the organisation's identity provider, with roles.
    Federated(&'a FederatedProvider),
    /// At an IAM Identity Center, with permission sets.
    IdentityCenter { region: &'a str, store: &'a str },
}

impl Login<'_> {
    /// What it gives credentials for.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Federated(_) => Kind::Role,
            Self::IdentityCenter { .. } => Kind::PermissionSet,
        }
    }
}

/// Why nobody gets credentials for an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// People are IAM users there.
    #[error("In the AWS account {account} people are IAM users, who have keys of their own.")]
    Iam { account: String },
    /// It is federated in a way that is not known here.
    #[error("The AWS account {account} takes its users from '{provider}' by '{method}', which p0 cannot do.")]
    OtherFederation { account: String, provider: String, method: String },
    /// The configuration says nothing, or nothing that is known.
    #[error("How people sign in to the AWS account {account} is not set up, or in a way that is new.")]
    Unknown { account: String },
}

impl Account {
    /// Where people log in to it.
    pub fn login(&self) -> Result<Login<'_>, LoginError> {
        match &self.login {
            Some(AwsLogin::Federated { provider }) if provider.kind == "okta" && provider.method.kind == "saml" => {
                Ok(Login::Federated(provider))
            }
            Some(AwsLogin::Federated { provider }) => Err(LoginError::OtherFederation {
                account: self.to_string(),
                provider: provider.kind.clone(),
                method: provider.method.kind.clone(),
            }),
            Some(AwsLogin::Idc { idc_region, identity_store_id, .. }) => {
                Ok(Login::IdentityCenter { region: idc_region, store: identity_store_id })
            }
            Some(AwsLogin::Iam { .. }) => Err(LoginError::Iam { account: self.to_string() }),
            Some(AwsLogin::Unknown) | None => Err(LoginError::Unknown { account: self.to_string() }),
        }
    }
}

/// `development (111122223333)`, or the identifier alone.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.label {
            Some(label) => write!(f, "{label} ({})", self.id),
            None => f.write_str(&self.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn accounts(items: Value) -> Vec<Account> {
        installed(&serde_json::from_value(json!({"config": {"iam-write": items}})).expect("a configuration"))
    }

    fn two() -> Vec<Account> {
        accounts(json!({
            "111122223333": {"state": "installed", "label": "development"},
            "444455556666": {"state": "installed", "label": "production"},
            "777788889999": {"state": "configured", "label": "later"},
        }))
    }

    #[test]
    fn an_account_is_chosen_by_identifier_by_label_or_as_the_only_one() {
        let two = two();
        assert_eq!(choose(&two, Some("444455556666")).expect("chosen").id, "444455556666");
        assert_eq!(choose(&two, Some("development")).expect("chosen").id, "111122223333");
        assert_eq!(choose(&two[..1], None).expect("chosen").id, "111122223333");
    }

    #[test]
    fn an_account_that_cannot_be_chosen_says_what_there_is() {
        let two = two();
        let installed = vec!["development (111122223333)".to_owned(), "production (444455556666)".to_owned()];
        assert_eq!(choose(&two, None), Err(ChoiceError::NotNamed { installed: installed.clone() }));
        for wanted in ["later", "777788889999", "", "Development"] {
            let wanted = wanted.to_owned();
            let expected = ChoiceError::NotInstalled { wanted: wanted.clone(), installed: installed.clone() };
            assert_eq!(choose(&two, Some(&wanted)), Err(expected));
        }
        assert_eq!(choose(&[], None), Err(ChoiceError::NoneInstalled));
        assert_eq!(choose(&[], Some("x")), Err(ChoiceError::NoneInstalled));
    }

    #[test]
    fn a_label_that_two_accounts_have_names_neither_but_an_identifier_always_does() {
        let same = accounts(json!({
            "1": {"state": "installed", "label": "dev"},
            "2": {"state": "installed", "label": "dev"},
            "3": {"state": "installed", "label": "1"},
        }));
        assert!(matches!(choose(&same, Some("dev")), Err(ChoiceError::Ambiguous { meant, .. }) if meant.len() == 2));
        assert_eq!(choose(&same, Some("1")).expect("chosen").id, "1");
    }

    #[test]
    fn each_login_is_one_of_two_or_explained() {
        let login = |login: Value| accounts(json!({"1": {"state": "installed", "login": login}})).remove(0);
        let okta = |kind: &str, method: &str| {
            login(json!({"type": "federated", "provider": {"type": kind, "appId": "0oa1",
                         "identityProvider": "okta", "method": {"type": method}}}))
        };
        assert_eq!(okta("okta", "saml").login().expect("a login").kind(), Kind::Role);
        let idc = login(json!({"type": "idc", "idcRegion": "us-east-1", "identityStoreId": "d-1"}));
        assert_eq!(idc.login().expect("a login").kind(), Kind::PermissionSet);
        let why = |account: &Account| account.login().expect_err("none").to_string();
        assert!(why(&okta("okta", "wsfed")).contains("'okta' by 'wsfed'"));
        assert!(why(&login(json!({"type": "iam"}))).contains("IAM users"));
        for unknown in [json!({"type": "carrier-pigeon"}), json!(3), json!(null), json!({"type": "idc"})] {
            assert!(why(&login(unknown)).contains("not set up, or in a way that is new"));
        }
    }
}
