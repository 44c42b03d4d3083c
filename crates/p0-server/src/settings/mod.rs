//! The service's configuration: a TOML file, or the organisation of `p0 dev`.
//!
//! The file is read once. Its policies, settings and roles are what a new store begins with; from then on the store
//! has them. Users, groups and integrations are the file's at every start.

mod schema;

#[cfg(test)]
mod tests;

pub use crate::listen::Tls;
pub use schema::{Advertise, Group, Lengths, Limits, Organisation, SignIn, SignInMode, Store};

use crate::{
    catalog::{Catalog, CatalogError, IntegrationsConfig, Machine, Resource},
    domain::{Directory, User},
    engine::Seed,
    listen, oidc,
    policy::Policy,
    store::{Location, RoleBindings},
};
use p0_wire::policy::Rule;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};
use url::Url;

const DEV_ORGANISATION: &str = include_str!("../../seeds/organisation.toml");
const DEV_INTEGRATIONS: &str = include_str!("../../seeds/integrations.toml");

/// The port of `p0 serve` where the file names none.
const DEFAULT_PORT: u16 = 8484;

/// The configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whose service it is.
    pub organisation: Organisation,
    /// Where it listens; by default port 8484 of the loopback.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// How clients reach it, if not at the address where it listens: scheme and host, without a path.
    #[serde(default)]
    pub public_url: Option<Url>,
    /// Its certificate; needed to listen anywhere but on the loopback.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// Where it remembers things.
    pub store: Store,
    /// How people prove who they are.
    #[serde(default)]
    pub sign_in: SignIn,
    /// Who there is.
    #[serde(default)]
    pub users: Vec<User>,
    /// Their groups.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Lengths and approvals, for a new store.
    #[serde(default)]
    pub settings: Lengths,
    /// Access policies, for a new store; absent: anyone, anything, approval by a security reviewer.
    #[serde(default)]
    pub policies: Option<Vec<Rule>>,
    /// What can be asked for, and how it is granted.
    #[serde(default)]
    pub integrations: IntegrationsConfig,
    /// How much clients may ask of the service.
    #[serde(default)]
    pub limits: Limits,
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// It is not TOML, or has a key that is not known, or a value that cannot be: with line and column.
    #[error("{file}: {source}")]
    Parse {
        /// The file.
        file: String,
        /// Where, and why.
        source: Box<toml::de::Error>,
    },
    /// It contradicts itself.
    #[error("{file}: {reason}")]
    Invalid {
        /// The file.
        file: String,
        /// Which key, and why.
        reason: String,
    },
}

impl Settings {
    /// A configuration to start from, with every setting explained.
    pub const EXAMPLE: &str = include_str!("../../seeds/example.toml");

    /// Whom `p0 dev` signs in.
    pub const DEV_USER: &str = "dev@example.com";

    /// Reads a file, and its certificate. Relative paths in it count from its folder.
    ///
    /// # Errors
    ///
    /// [`SettingsError`], naming the file, the line and the key.
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        let unreadable = |source| SettingsError::Read { path: path.to_owned(), source };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let mut settings = Self::parse(&text, &path.display().to_string())?;
        // A program may run elsewhere, so its path has to be whole.
        let whole = std::path::absolute(path).map_err(unreadable)?;
        let folder = whole.parent().unwrap_or(Path::new(""));
        if let Store::File { path } = &mut settings.store {
            *path = folder.join(&*path);
        }
        if let Some(tls) = &mut settings.tls {
            tls.cert = folder.join(&tls.cert);
            tls.key = folder.join(&tls.key);
        }
        for integration in settings.integrations.values_mut() {
            integration.provisioner.count_from(folder);
        }
        let invalid = |reason| SettingsError::Invalid { file: path.display().to_string(), reason };
        if let Some(tls) = &settings.tls {
            listen::acceptor(tls).map_err(|error| invalid(error.to_string()))?;
        }
        for (name, integration) in &settings.integrations {
            let checked = integration.provisioner.check_files();
            checked.map_err(|why| invalid(format!("integrations.{name}: {why}")))?;
        }
        Ok(settings)
    }

    /// Reads a configuration; `file` is its name for errors.
    ///
    /// # Errors
    ///
    /// [`SettingsError`], naming the file, the line and the key.
    pub fn parse(text: &str, file: &str) -> Result<Self, SettingsError> {
        let mut settings: Self = toml::from_str(text)
            .map_err(|source| SettingsError::Parse { file: file.into(), source: Box::new(source) })?;
        settings.check().map_err(|reason| SettingsError::Invalid { file: file.into(), reason })?;
        Ok(settings)
    }

    /// The organisation of `p0 dev`: in memory, on a free port of the loopback, with something of everything.
    ///
    /// # Errors
    ///
    /// None that a build which passes its tests could have.
    pub fn dev() -> Result<Self, SettingsError> {
        let mut settings = Self::parse(&format!("{DEV_ORGANISATION}\n{DEV_INTEGRATIONS}"), "seeds")?;
        settings.listen.set_port(0);
        settings.mark_examples();
        Ok(settings)
    }

    /// Marks accounts, clusters and databases that no one has, so that clients say so instead of requesting access to them.
    fn mark_examples(&mut self) {
        for name in ["aws", "k8s", "mysql", "postgres"] {
            let installed = self.integrations.get_mut(name).map(|integration| &mut integration.installed);
            for item in installed.into_iter().flatten().map(|(_, item)| item) {
                item.insert(p0_wire::integration::EXAMPLE.to_owned(), true.into());
            }
        }
    }

    /// Makes this machine the destination `localhost` of `ssh`; without a machine there is no such destination.
    #[must_use]
    pub fn with_localhost(mut self, machine: Option<Machine>) -> Self {
        const LOCALHOST: &str = "localhost";
        if let Some(ssh) = self.integrations.get_mut("ssh") {
            let destinations = ssh.resources.entry("destination".into()).or_default();
            let known = destinations.iter().position(|destination| destination.key == LOCALHOST);
            let known = known.map(|at| destinations.remove(at));
            if let Some(machine) = machine {
                let described = known.unwrap_or_else(|| Resource { key: LOCALHOST.into(), ..Resource::default() });
                destinations.push(Resource { machine: Some(machine), ..described });
            }
        }
        self
    }

    /// What does not keep the service from starting, but will fail later: a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let missing = self.integrations.iter().filter_map(|(name, integration)| {
            let program = integration.provisioner.missing_program()?;
            Some(format!("integrations.{name}: there is no program '{program}', so access cannot be granted."))
        });
        missing.collect()
    }

    /// What people call the organisation.
    pub fn name(&self) -> &str {
        self.organisation.name.as_deref().unwrap_or(&self.organisation.slug)
    }

    /// Everybody.
    pub fn directory(&self) -> Directory {
        Directory(self.users.iter().map(|user| (user.email.clone(), user.clone())).collect())
    }

    /// What can be asked for.
    ///
    /// # Errors
    ///
    /// None for settings that have been read.
    pub fn catalog(&self) -> Result<Catalog, CatalogError> {
        Catalog::from_config(self.integrations.clone())
    }

    /// Where the store is.
    pub fn location(&self) -> Location {
        match &self.store {
            Store::Memory => Location::Memory,
            Store::File { path } => Location::File(path.clone()),
        }
    }

    /// What a new store begins with.
    pub fn seed(&self) -> Seed {
        Seed { settings: self.settings.to_org(), rules: self.policies.clone(), roles: self.roles() }
    }

    fn roles(&self) -> RoleBindings {
        let mut bindings = RoleBindings::new();
        for user in &self.users {
            for role in &user.roles {
                bindings.entry(*role).or_default().users.push(user.email.clone());
            }
        }
        for group in &self.groups {
            for role in &group.roles {
                bindings.entry(*role).or_default().groups.push(group.id.clone());
            }
        }
        bindings
    }

    fn check(&mut self) -> Result<(), String> {
        let slug = &self.organisation.slug;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if slug.is_empty() || slug.len() > 63 || !slug.chars().all(plain) {
            return Err(format!("organisation.slug: {slug:?} is not lower-case letters, digits and hyphens"));
        }
        if let Some(url) = &self.public_url {
            check_public_url(url).map_err(|why| format!("public_url: {url} {why}"))?;
        }
        self.check_people()?;
        oidc::check_passwords(&self.users).map_err(|error| format!("users: {error}"))?;
        if let Some(rules) = &self.policies {
            Policy::new(rules).map_err(|error| format!("policies: {error}"))?;
            if let Some((rule, key)) = rules.iter().find_map(|rule| Some((rule, rule.unknown_key()?))) {
                return Err(format!("policies: rule {}: unknown key {key}", rule.name));
            }
        }
        self.catalog().map_err(|error| error.to_string())?;
        let Limits { body_bytes, waiting_clients, requests_per_person, .. } = self.limits;
        if body_bytes < 1024 {
            return Err("limits: body_bytes is at least 1024".into());
        }
        if waiting_clients == 0 || self.limits.waiting_for_one_person() == 0 || requests_per_person == 0 {
            return Err("limits: waiting_clients, waiting_per_person and requests_per_person are at least 1".into());
        }
        Ok(())
    }

    fn check_people(&mut self) -> Result<(), String> {
        let mut groups = BTreeMap::new();
        for group in &self.groups {
            if group.id.is_empty() || groups.insert(group.id.as_str(), group).is_some() {
                return Err(format!("groups: the id {:?} is empty or there twice", group.id));
            }
        }
        let mut seen = BTreeSet::new();
        for user in &mut self.users {
            user.email = user.email.to_lowercase();
            let is_address =
                user.email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
            if !is_address || user.email.contains(|c: char| c.is_whitespace() || c.is_control()) {
                return Err(format!("users: {:?} is not an e-mail address", user.email));
            }
            if !seen.insert(user.email.clone()) {
                return Err(format!("users: {} is there twice", user.email));
            }
            if let Some(group) = user.groups.iter().find(|group| !groups.contains_key(group.as_str())) {
                return Err(format!("users: {} is in the group {group}, which is not in groups", user.email));
            }
        }
        Ok(())
    }
}

fn check_public_url(url: &Url) -> Result<(), &'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err("does not begin with https:// or http://");
    }
    if url.host().is_none() || url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("has more, or less, than a scheme and a host");
    }
    Ok(())
}

fn default_listen() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, DEFAULT_PORT).into()
}
