//! The applications for SAML: AWS accounts with a federated login, grouped by the provider's app.

use crate::catalog::Catalog;
use p0_wire::integration::{AwsAccount, AwsLogin};
use std::collections::BTreeMap;

/// AWS partitions. Each has its own sign-in endpoint and ARN prefix.
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
    /// Parses the second part of an ARN.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Aws, Self::UsGov, Self::China].into_iter().find(|partition| partition.name() == name)
    }

    /// Returns the second part of the partition's ARNs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::UsGov => "aws-us-gov",
            Self::China => "aws-cn",
        }
    }

    /// Returns the URL to which assertions are posted
    /// (<https://docs.aws.amazon.com/general/latest/gr/signin-service.html>).
    pub(super) fn assertion_consumer(self) -> &'static str {
        match self {
            Self::Aws => "https://signin.aws.amazon.com/saml",
            Self::UsGov => "https://signin.amazonaws-us-gov.com/saml",
            Self::China => "https://signin.amazonaws.cn/saml",
        }
    }

    /// Returns the audience of assertions, from Amazon's metadata documents.
    pub(super) fn audience(self) -> &'static str {
        match self {
            Self::Aws => "urn:amazon:webservices",
            Self::UsGov => "urn:amazon:webservices:govcloud",
            Self::China => "urn:amazon:webservices:cn-north-1",
        }
    }
}

/// An app with its AWS accounts, all in one partition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct App {
    pub(super) partition: Partition,
    /// The name of the identity provider in each account.
    pub(super) accounts: BTreeMap<String, String>,
}

/// The apps, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Apps(pub(super) BTreeMap<String, App>);

impl Apps {
    /// Collects the apps of the installed AWS accounts.
    pub(crate) fn from_catalog(catalog: &Catalog) -> Self {
        let mut apps = BTreeMap::<String, App>::new();
        let Some(aws) = catalog.entry_named("aws") else { return Self::default() };
        for (account, item) in aws.configuration.installed::<AwsAccount>() {
            // The catalog has validated all items.
            let Ok(AwsAccount { login: Some(AwsLogin::Federated { provider }), .. }) = item else { continue };
            let app = apps.entry(provider.app_id).or_default();
            app.partition = catalog.partition(account);
            app.accounts.insert(account.to_owned(), provider.identity_provider);
        }
        Self(apps)
    }

    /// Returns the app ids.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}
