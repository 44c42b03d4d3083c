//! Every setting: defaults, then the file, then the environment, then the flags.

use crate::{
    dirs::{self, Dirs},
    env_vars::EnvVars,
    error::Failure,
    global_args::GlobalArgs,
    integrations::ssh::{key::KeyType, provider::SshSettings},
    token::ApiToken,
};
use serde::{Deserialize, Serialize};
use std::{
    io,
    path::{self, PathBuf},
};
use url::Url;

const PRODUCTION: &str = "https://api.p0.app";

/// What holds for this run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The organisation, where flag, variable or file name one.
    pub org: Option<String>,
    pub org_origin: Origin,
    /// Where organisations are looked up, where variable or file say so; else it is where the user signed in last.
    pub app_url: Option<Url>,
    /// What is to be told about `config.toml`.
    pub warnings: Vec<String>,
    /// Which secret store to use.
    pub secret_store: SecretStore,
    pub secret_store_origin: Origin,
    /// How machines are reached.
    pub ssh: SshSettings,
    /// The names of machines that plain `ssh` asks about, with `*` and `?` as in ssh's own patterns. Empty: any.
    pub ssh_hosts: Vec<String>,
    /// The kind of the user's key for SSH.
    pub ssh_key_type: KeyType,
    /// The token that stands for a session.
    pub api_token: Option<ApiToken>,
    /// The file that `--token-file` names, as an absolute path; `None` for stdin too.
    pub token_file: Option<PathBuf>,
    /// The tool that p0 runs gets that token.
    pub pass_token: bool,
    /// What opens sign-in pages; `None`: the platform's default.
    pub browser: Option<std::ffi::OsString>,
}

/// Where a setting's value is from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Nobody has set it.
    #[default]
    Default,
    File,
    Environment,
    Flag,
}

/// Where secrets are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretStore {
    /// The OS keyring; on a Linux without a Secret Service the kernel's.
    #[default]
    Auto,
    /// The OS keyring: macOS Keychain, Windows Credential Manager, Secret Service.
    Keyring,
    /// The Linux kernel's keyring, which lasts until the machine restarts.
    Kernel,
    /// A file for its owner alone, in clear.
    File,
}

impl SecretStore {
    /// The word for it in settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Keyring => "keyring",
            Self::Kernel => "kernel",
            Self::File => "file",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Auto, Self::Keyring, Self::Kernel, Self::File].into_iter().find(|store| store.as_str() == word)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    org: Option<String>,
    app_url: Option<String>,
    secret_store: Option<SecretStore>,
    browser: Option<String>,
    ssh_key_type: Option<KeyType>,
    ssh_proxy: Vec<String>,
    ssh_hosts: Vec<String>,
}

impl Settings {
    /// The service that is meant where nothing says otherwise.
    pub fn built_in_service() -> Url {
        Url::parse(PRODUCTION).expect("the built-in address is one")
    }

    pub fn resolve(flags: &GlobalArgs, env: &EnvVars, dirs: &Dirs) -> Result<Self, Failure> {
        let (file, warnings) = read_file(dirs)?;
        let app_url = match (&env.app_url, &file.app_url) {
            (Some(text), _) => Some(service_url("P0_APP_URL", text)?),
            (None, Some(text)) => Some(service_url("app_url in config.toml", text)?),
            (None, None) => None,
        };
        let named = |word: &String| {
            SecretStore::parse(word)
                .ok_or_else(|| Failure::usage("P0_SECRET_STORE must be 'auto', 'keyring', 'kernel' or 'file'."))
        };
        let secret_store = env.secret_store.as_ref().map(named).transpose()?;
        let (org, org_origin) = first([
            (flags.org.clone(), Origin::Flag),
            (env.org.clone(), Origin::Environment),
            (file.org, Origin::File),
        ]);
        let (secret_store, secret_store_origin) =
            first([(secret_store, Origin::Environment), (file.secret_store, Origin::File)]);
        let key_type = |word: &String| {
            KeyType::parse(word).ok_or_else(|| Failure::usage("P0_SSH_KEY_TYPE must be 'ed25519' or 'rsa'."))
        };
        let ssh_key_type = env.ssh_key_type.as_ref().map(key_type).transpose()?;
        let mut ssh = SshSettings::default();
        if let Some(text) = &env.os_login {
            ssh.os_login = service_url("CLOUDSDK_API_ENDPOINT_OVERRIDES_OSLOGIN", text)?;
        }
        Ok(Self {
            org,
            org_origin,
            app_url,
            warnings,
            secret_store: secret_store.unwrap_or_default(),
            secret_store_origin,
            ssh: SshSettings { proxy: file.ssh_proxy, ..ssh },
            ssh_hosts: file.ssh_hosts,
            ssh_key_type: ssh_key_type.or(file.ssh_key_type).unwrap_or_default(),
            api_token: ApiToken::resolve(flags.token_file.as_deref(), env.api_token.as_ref())?,
            token_file: flags
                .token_file
                .as_deref()
                .filter(|file| file.as_os_str() != "-")
                .and_then(|file| path::absolute(file).ok()),
            pass_token: flags.pass_token,
            browser: env.browser.clone().or_else(|| file.browser.map(Into::into)),
        })
    }
}

/// The first value that is there, and where it is from.
fn first<T>(values: impl IntoIterator<Item = (Option<T>, Origin)>) -> (Option<T>, Origin) {
    let found = values.into_iter().find(|(value, _)| value.is_some());
    found.unwrap_or((None, Origin::Default))
}

/// The keys of `config.toml`.
const KEYS: [&str; 7] = ["org", "app_url", "secret_store", "browser", "ssh_key_type", "ssh_hosts", "ssh_proxy"];
/// The least likeness of a key to one that is meant, from 0 to 1.
const LIKE: f64 = 0.5;

/// The file, and what is to be told about it: keys that mean nothing to this version, as another version's may not.
fn read_file(dirs: &Dirs) -> Result<(File, Vec<String>), Failure> {
    let path = dirs.settings();
    let mistake = |what: &str| {
        Failure::usage(format!("{} has a mistake: {what}", path.display()))
            .hint(format!("It may contain: {}.", KEYS.join(", ")))
    };
    let text = dirs::read(&path).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => mistake("it is not UTF-8 text"),
        _ => Failure::error(format!("Cannot read {}: {error}", path.display())),
    })?;
    let text = text.as_deref().unwrap_or_default();
    let file = toml::from_str(text).map_err(|error| mistake(error.to_string().trim_end()))?;
    let table: toml::Table = text.parse().unwrap_or_default();
    let unknown = table.keys().filter(|key| !KEYS.contains(&key.as_str()));
    let warnings =
        unknown.map(|key| format!("Ignoring the unknown key '{key}' in {}. {}", path.display(), instead(key)));
    Ok((file, warnings.collect()))
}

/// What may have been meant by a key.
fn instead(key: &str) -> String {
    let key = key.to_lowercase().replace('-', "_");
    let likeness = |known: &&str| strsim::normalized_damerau_levenshtein(&key, known);
    let nearest = KEYS.into_iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    match nearest.filter(|nearest| likeness(nearest) >= LIKE) {
        Some(nearest) => format!("Did you mean '{nearest}'?"),
        None => format!("The known keys are {}.", KEYS.join(", ")),
    }
}

/// An address of a service: https, or http on this machine.
fn service_url(what: &str, text: &str) -> Result<Url, Failure> {
    let url = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| Failure::usage(format!("{what} is not an http or https address.")))?;
    if !p0_client::may_carry_secrets(&url) {
        return Err(Failure::usage(format!("{what} must be https: a token must not cross a network in clear."))
            .hint("Plain http is accepted for this machine only (127.0.0.1, [::1], localhost)."));
    }
    Ok(url)
}
