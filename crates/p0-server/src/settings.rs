//! The service's configuration: a TOML file, or the organisation of `p0 dev`.
//!
//! The file is read once. Its policies, settings and roles are what a new store begins with; from then on the store
//! has them. Users, groups and integrations are the file's at every start.

use crate::{
    catalog::{Catalog, CatalogError, IntegrationsConfig},
    domain::{Directory, User},
    engine::Seed,
    oidc,
    policy::Policy,
    store::{Location, RoleBindings},
};
use p0_wire::{
    policy::Rule,
    role::Role,
    settings::{DefaultApprovals, Length, Settings as OrgSettings},
};
use serde::{Deserialize, Deserializer};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};
use url::Url;

const DEV_ORGANISATION: &str = include_str!("../seeds/organisation.toml");
const DEV_INTEGRATIONS: &str = include_str!("../seeds/integrations.toml");

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

/// Whose service it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// Its name in addresses: lower-case letters, digits and hyphens.
    pub slug: String,
    /// Its name for people.
    #[serde(default)]
    pub name: Option<String>,
}

/// The service's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// A file with the certificate and those that lead to its authority, in PEM.
    pub cert: PathBuf,
    /// A file with its private key, in PEM.
    pub key: PathBuf,
}

/// Where the service remembers things.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Store {
    /// In memory: everything is forgotten at the end.
    Memory,
    /// In an SQLite file.
    File {
        /// The file.
        path: PathBuf,
    },
}

/// How people prove who they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignIn {
    /// What the sign-in page asks for.
    pub mode: SignInMode,
    /// Which kind of provider clients are told to expect.
    pub advertise: Advertise,
}

/// What the sign-in page asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignInMode {
    /// A password.
    #[default]
    Password,
    /// Nothing: people pick themselves from a list. Only on the loopback.
    Choose,
}

/// Which kind of provider clients are told to expect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Advertise {
    /// One that is found by OpenID Connect discovery.
    #[default]
    Discovery,
    /// One that works like Okta, for clients that know no other.
    Okta,
}

impl From<SignInMode> for oidc::SignIn {
    fn from(mode: SignInMode) -> Self {
        match mode {
            SignInMode::Password => Self::Password,
            SignInMode::Choose => Self::Choose,
        }
    }
}

impl From<Advertise> for oidc::Advertise {
    fn from(advertise: Advertise) -> Self {
        match advertise {
            Advertise::Discovery => Self::Discovery,
            Advertise::Okta => Self::Okta,
        }
    }
}

/// A group of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its identifier, which users and policies name.
    pub id: String,
    /// What people call it.
    #[serde(default)]
    pub label: Option<String>,
    /// The directory from which it comes, such as `okta`.
    #[serde(default)]
    pub directory: Option<String>,
    /// The roles of its members in the organisation.
    #[serde(default)]
    pub roles: BTreeSet<Role>,
}

/// Lengths, as people write them (`8 hours`), and what every approval asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lengths {
    /// What requestors can choose from.
    #[serde(deserialize_with = "lengths")]
    pub expiry_options: Option<Vec<Length>>,
    /// The longest wait between request and approval.
    #[serde(deserialize_with = "length")]
    pub approvable_duration: Option<Length>,
    /// The longest grant.
    #[serde(deserialize_with = "length")]
    pub max_access_duration: Option<Length>,
    /// The longest persistent access.
    #[serde(deserialize_with = "length")]
    pub standing_access_duration: Option<Length>,
    /// Requestors may approve their own requests.
    pub allow_one_party: Option<bool>,
    /// A reason must be given.
    pub require_reason: Option<bool>,
}

/// How much clients may ask of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The largest body of a call, in bytes.
    pub body_bytes: usize,
    /// How many clients may wait for their requests at once.
    pub waiting_clients: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 1024 * 1024, waiting_clients: 20_000 }
    }
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
    pub const EXAMPLE: &str = include_str!("../seeds/example.toml");

    /// Whom `p0 dev` signs in.
    pub const DEV_USER: &str = "dev@example.com";

    /// Reads a file. Relative paths in it count from its folder.
    ///
    /// # Errors
    ///
    /// [`SettingsError`], naming the file, the line and the key.
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| SettingsError::Read { path: path.to_owned(), source })?;
        let mut settings = Self::parse(&text, &path.display().to_string())?;
        let folder = path.parent().unwrap_or(Path::new(""));
        if let Store::File { path } = &mut settings.store {
            *path = folder.join(&*path);
        }
        if let Some(tls) = &mut settings.tls {
            tls.cert = folder.join(&tls.cert);
            tls.key = folder.join(&tls.key);
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
        Ok(settings)
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
        if let Some(rules) = &self.policies {
            Policy::new(rules).map_err(|error| format!("policies: {error}"))?;
            if let Some((rule, key)) = rules.iter().find_map(|rule| Some((rule, rule.extra.keys().next()?))) {
                return Err(format!("policies: rule {}: unknown key {key}", rule.name));
            }
        }
        self.catalog().map_err(|error| error.to_string())?;
        if self.limits.body_bytes < 1024 || self.limits.waiting_clients == 0 {
            return Err("limits: body_bytes is at least 1024, and waiting_clients at least 1".into());
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
            let is_address = user.email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty());
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

impl Lengths {
    fn to_org(&self) -> OrgSettings {
        let defaults = OrgSettings::default();
        OrgSettings {
            expiry_options: self.expiry_options.clone().unwrap_or(defaults.expiry_options),
            default_approvals: DefaultApprovals {
                allow_one_party: self.allow_one_party,
                require_reason: self.require_reason,
            },
            approvable_duration: self.approvable_duration.unwrap_or(defaults.approvable_duration),
            max_access_duration: self.max_access_duration.unwrap_or(defaults.max_access_duration),
            standing_access_duration: self.standing_access_duration.unwrap_or(defaults.standing_access_duration),
        }
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

fn length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Length>, D::Error> {
    parse_length(&String::deserialize(deserializer)?).map(Some)
}

fn lengths<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Length>>, D::Error> {
    Vec::<String>::deserialize(deserializer)?.iter().map(|text| parse_length(text)).collect::<Result<_, _>>().map(Some)
}

fn parse_length<E: serde::de::Error>(text: &str) -> Result<Length, E> {
    Length::parse(text).ok_or_else(|| E::custom(format!("{text:?} is not a duration such as 30 minutes or 8 hours")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use p0_wire::settings::Unit;

    const LEAST: &str = "[organisation]\nslug = \"test\"\n[store]\nkind = \"memory\"\n";

    fn error(more: &str) -> String {
        Settings::parse(&format!("{LEAST}{more}"), "p0.toml").map(drop).expect_err("is refused").to_string()
    }

    #[test]
    fn little_has_to_be_said() {
        let settings = Settings::parse(LEAST, "p0.toml").expect("is read");
        assert_eq!(settings.listen, "127.0.0.1:8484".parse().expect("an address"));
        assert_eq!(settings.name(), "test");
        assert_eq!(settings.sign_in.mode, SignInMode::Password);
        assert_eq!(settings.limits, Limits::default());
        assert_eq!(settings.seed().settings, OrgSettings::default());
        assert_eq!(settings.seed().rules, None);
    }

    #[test]
    fn everything_can_be_said() {
        let text = r#"
            listen = "0.0.0.0:443"
            public_url = "https://p0.example.com"
            policies = [{ name = "all", requestor = { type = "any" }, resource = { type = "any" }, approval = [{ type = "p0" }] }]
            [organisation]
            slug = "test"
            name = "Test"
            [tls]
            cert = "cert.pem"
            key = "/etc/p0/key.pem"
            [store]
            kind = "file"
            path = "p0.db"
            [sign_in]
            mode = "password"
            advertise = "okta"
            [[users]]
            email = "Owner@Example.com"
            groups = ["g"]
            roles = ["owner"]
            [[groups]]
            id = "g"
            label = "Group"
            directory = "okta"
            roles = ["viewer"]
            [settings]
            expiry_options = ["5 minutes", "1 hour"]
            max_access_duration = "8 hours"
            allow_one_party = true
            [limits]
            body_bytes = 2048
            waiting_clients = 10
            [integrations.gcloud]
            provisioner = { kind = "command", command = ["/usr/local/bin/grant"] }
        "#;
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("p0.toml");
        std::fs::write(&path, text).expect("writes");
        let settings = Settings::load(&path).expect("is read");
        assert_eq!(settings.location(), Location::File(directory.path().join("p0.db")));
        let tls = settings.tls.as_ref().expect("a certificate");
        assert_eq!((&tls.cert, &tls.key), (&directory.path().join("cert.pem"), &PathBuf::from("/etc/p0/key.pem")));
        assert!(settings.directory().get("owner@example.com").is_some());
        let seed = settings.seed();
        assert_eq!(seed.roles[&Role::Owner].users, ["owner@example.com"]);
        assert_eq!(seed.roles[&Role::Viewer].groups, ["g"]);
        assert_eq!(seed.settings.max_access_duration, Length::new(8, Unit::Hour));
        assert_eq!(seed.settings.expiry_options, [Length::new(5, Unit::Minute), Length::new(1, Unit::Hour)]);
        assert_eq!(seed.settings.default_approvals.allow_one_party, Some(true));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let unknown = error("[limits]\nbody_bites = 1\n");
        assert!(unknown.starts_with("p0.toml: TOML parse error at line 6, column 1\n"), "{unknown}");
        assert!(unknown.contains("unknown field `body_bites`, expected `body_bytes` or `waiting_clients`"), "{unknown}");
        let length = error("[settings]\nmax_access_duration = \"a while\"\n");
        assert!(length.contains("at line 6, column 23"), "{length}");
        assert!(length.contains("\"a while\" is not a duration such as 30 minutes or 8 hours"), "{length}");
        let kind = Settings::parse("[organisation]\nslug = \"a\"\n[store]\nkind = \"cloud\"\n", "p0.toml");
        let kind = kind.map(drop).expect_err("is refused").to_string();
        assert!(kind.contains("unknown variant `cloud`, expected `memory` or `file`"), "{kind}");
        let absent = Settings::load(Path::new("/nonexistent/p0.toml")).map(drop).expect_err("is refused");
        assert_eq!(
            absent.to_string(),
            "cannot read the configuration /nonexistent/p0.toml: No such file or directory (os error 2)"
        );
    }

    #[test]
    fn contradictions_are_said_with_their_key() {
        let user = |email: &str, groups: &str| format!("[[users]]\nemail = \"{email}\"\ngroups = [{groups}]\n");
        let rule = |name: &str, more: &str| {
            format!(
                "[[policies]]\nname = \"{name}\"\nrequestor = {{ type = \"any\" }}\nresource = {{ type = \"any\" }}\n\
                 approval = []\n{more}\n"
            )
        };
        let table = [
            (user("nobody", ""), "users: \"nobody\" is not an e-mail address"),
            (user("a b@example.com", ""), "users: \"a b@example.com\" is not an e-mail address"),
            (
                user("a@example.com", "") + &user("A@example.com", ""),
                "users: a@example.com is there twice",
            ),
            (
                user("a@example.com", "\"ghosts\""),
                "users: a@example.com is in the group ghosts, which is not in groups",
            ),
            ("[[groups]]\nid = \"g\"\n[[groups]]\nid = \"g\"\n".into(), "groups: the id \"g\" is empty or there twice"),
            (rule("r", "") + &rule("r", ""), "policies: There are several rules with the name r"),
            (rule("r", "disbaled = true"), "policies: rule r: unknown key disbaled"),
            ("[limits]\nbody_bytes = 1\n".into(), "limits: body_bytes is at least 1024, and waiting_clients at least 1"),
        ];
        for (more, expected) in table {
            assert_eq!(error(&more), format!("p0.toml: {expected}"));
        }
        let whole = |text: &str| Settings::parse(text, "p0.toml").map(drop).expect_err("is refused").to_string();
        assert_eq!(
            whole("[organisation]\nslug = \"../x\"\n[store]\nkind = \"memory\"\n"),
            "p0.toml: organisation.slug: \"../x\" is not lower-case letters, digits and hyphens"
        );
        assert_eq!(
            whole(&format!("public_url = \"https://p0.example.com/path\"\n{LEAST}")),
            "p0.toml: public_url: https://p0.example.com/path has more, or less, than a scheme and a host"
        );
        assert_eq!(
            whole(&format!("public_url = \"ftp://p0.example.com\"\n{LEAST}")),
            "p0.toml: public_url: ftp://p0.example.com/ does not begin with https:// or http://"
        );
    }

    #[test]
    fn the_organisation_of_dev_is_sound() {
        let settings = Settings::dev().expect("is read");
        assert_eq!(settings.organisation.slug, "dev");
        assert_eq!(settings.listen.port(), 0);
        assert!(settings.directory().get(Settings::DEV_USER).is_some());
        let catalog = settings.catalog().expect("a catalogue");
        assert!(catalog.integrations().count() > 10);
        // Every integration has its policy, so that nothing that is listed is out of reach.
        let rules = settings.policies.expect("policies");
        for integration in catalog.integrations() {
            let speaks_of = |rule: &Rule| {
                matches!(&rule.resource, p0_wire::policy::Resource::Integration { service, .. } if service == integration)
            };
            assert!(rules.iter().any(speaks_of), "{integration}");
        }
    }
}
