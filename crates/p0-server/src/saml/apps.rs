//! The applications for SAML: AWS accounts with a federated login, grouped by the provider's app.

use crate::catalog::{Catalog, Partition};
use p0_wire::integration::{AwsAccount, AwsLogin};
use std::collections::BTreeMap;

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
