//! The applications that people reach by SAML: AWS accounts with a federated login, grouped by the app at the provider.

use crate::catalog::Catalog;
use p0_wire::integration::{AwsAccount, AwsLogin};
use std::collections::BTreeMap;

/// Amazon's partitions: each has its own sign-in, and its own names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Partition {
    /// The commercial regions.
    #[default]
    Aws,
    /// GovCloud (US).
    UsGov,
    /// China.
    China,
}

impl Partition {
    /// By the second part of an ARN.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Aws, Self::UsGov, Self::China].into_iter().find(|partition| partition.name() == name)
    }

    /// The second part of its ARNs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::UsGov => "aws-us-gov",
            Self::China => "aws-cn",
        }
    }

    /// Where assertions are posted
    /// (<https://docs.aws.amazon.com/general/latest/gr/signin-service.html>).
    pub(super) fn assertion_consumer(self) -> &'static str {
        match self {
            Self::Aws => "https://signin.aws.amazon.com/saml",
            Self::UsGov => "https://signin.amazonaws-us-gov.com/saml",
            Self::China => "https://signin.amazonaws.cn/saml",
        }
    }

    /// For whom assertions are, as Amazon's metadata documents name each.
    pub(super) fn audience(self) -> &'static str {
        match self {
            Self::Aws => "urn:amazon:webservices",
            Self::UsGov => "urn:amazon:webservices:govcloud",
            Self::China => "urn:amazon:webservices:cn-north-1",
        }
    }
}

/// One app: the AWS accounts behind it, all of one partition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct App {
    pub(super) partition: Partition,
    /// By account, the name of the identity provider in it.
    pub(super) accounts: BTreeMap<String, String>,
}

/// The apps, by identifier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Apps(pub(super) BTreeMap<String, App>);

impl Apps {
    /// Of the AWS accounts that are installed.
    pub(crate) fn of(catalog: &Catalog) -> Self {
        let mut apps = BTreeMap::<String, App>::new();
        let Some(aws) = catalog.entry_named("aws") else { return Self::default() };
        for (account, item) in aws.configuration.installed::<AwsAccount>() {
            // The catalogue is refused if an item is not understood.
            let Ok(AwsAccount { login: Some(AwsLogin::Federated { provider }), .. }) = item else { continue };
            let app = apps.entry(provider.app_id).or_default();
            app.partition = catalog.partition(account);
            app.accounts.insert(account.to_owned(), provider.identity_provider);
        }
        Self(apps)
    }

    /// Their identifiers.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}
