//! Every environment variable that `p0` reads, in the one place that reads them.

use crate::integrations::{aws, programs};
use p0_client::ProxyVariables;
use secrecy::SecretString;
use std::{
    env,
    ffi::{OsStr, OsString},
    path::PathBuf,
};

/// What the environment says, read once.
#[derive(Debug, Default, Clone)]
pub struct EnvVars {
    pub org: Option<String>,
    /// `P0_APP_URL`: where organisations are looked up, in place of the built-in host.
    pub app_url: Option<String>,
    /// `P0_ENV`: the environment; each has its own directories and secrets.
    pub env: Option<String>,
    /// `P0_HOME`: a directory for all that p0 keeps, in place of the platform's; what `p0 dev` runs has one of its own.
    pub home: Option<PathBuf>,
    /// `P0_APP_PATH`: the path of p0 that generated files name, in place of the one that is found.
    pub app_path: Option<PathBuf>,
    /// `P0_API_TOKEN`: the bearer as it stands; no sign-in, no keyring.
    pub api_token: Option<SecretString>,
    /// `P0_EMAIL`: who signs in, where that is by password.
    pub email: Option<String>,
    pub password: Option<SecretString>,
    /// `FIREBASE_AUTH_EMULATOR_HOST`: the host and port of a Firebase Auth emulator on this machine.
    pub firebase_emulator: Option<String>,
    /// `P0_SECRET_STORE`: `auto`, `keyring`, `kernel` or `file`.
    pub secret_store: Option<String>,
    /// `P0_SSH_KEY_TYPE`: `ed25519` or `rsa`.
    pub ssh_key_type: Option<String>,
    /// `P0_SSH_REASON`: why access to machines is asked for, where `--reason` does not say.
    pub ssh_reason: Option<String>,
    /// `P0_SSH_SESSION`: the machine to which the `ssh` above this process is on its way by `p0 ssh`.
    pub ssh_session: Option<String>,
    /// `P0_SSH_SUDO`: sessions are asked for with `--sudo`, unless it is `0`, `false` or `no`.
    pub ssh_sudo: bool,
    /// `CLOUDSDK_API_ENDPOINT_OVERRIDES_OSLOGIN`: where OS Login is, for `gcloud` as for us.
    pub os_login: Option<String>,
    /// `SSH_AUTH_SOCK`: the socket of the user's own SSH agent.
    pub ssh_auth_sock: Option<PathBuf>,
    /// `P0_SSH_PROBE`: the name that stands for a machine of the user's while p0 checks what `ssh` makes of its
    /// configuration.
    pub ssh_probe: Option<String>,
    /// `BROWSER`: the program that opens sign-in pages.
    pub browser: Option<OsString>,
    /// `NO_COLOR` (<https://no-color.org>): no colour, whatever it says, unless empty.
    pub no_color: bool,
    /// `TERM`: the kind of terminal.
    pub term: Option<String>,
    pub dumb_terminal: bool,
    /// `LC_ALL`, `LC_CTYPE` or `LANG`, the first of them that is set: the locale of text.
    pub locale: Option<String>,
    /// `WT_SESSION`: this is Windows Terminal.
    pub windows_terminal: bool,
    /// `SSH_CONNECTION` or `SSH_TTY`: somebody sits elsewhere.
    pub over_ssh: bool,
    /// `DISPLAY` or `WAYLAND_DISPLAY`: there is a desktop to open a browser on.
    pub display: bool,
    /// `WSL_DISTRO_NAME`: Linux inside Windows.
    pub wsl: bool,
    /// `DBUS_SESSION_BUS_ADDRESS`, or the bus in `XDG_RUNTIME_DIR`: a Secret Service may be there.
    pub session_bus: bool,
    /// `PATH`: where programs are found.
    pub path: Option<OsString>,
    /// `SHELL`: the user's shell.
    pub shell: Option<PathBuf>,
    /// `AWS_REGION`, `AWS_ENDPOINT_URL` and the like: how AWS is called.
    pub aws: aws::settings::Settings,
    /// Those of [`aws::output::OVERRIDING`] that are set, if only to nothing, which is a profile's name to the AWS CLI.
    pub aws_overriding: Vec<&'static str>,
    /// `P0_AWS_ACCOUNT`: the AWS account that is meant, where none is named.
    pub aws_account: Option<String>,
    /// `AWS_CONFIG_FILE`: where the AWS CLI and the SDKs find their profiles.
    pub aws_config_file: Option<PathBuf>,
    /// `AWS_SHARED_CREDENTIALS_FILE`: where they find long-lived credentials.
    pub aws_credentials_file: Option<PathBuf>,
    /// `KUBECONFIG`: the user's kubeconfig files, listed as in `PATH`.
    pub kubeconfig: Option<OsString>,
    /// `KUBERNETES_EXEC_INFO`: what `kubectl` asks of a credential plugin.
    pub kubernetes_exec_info: Option<String>,
    /// `PGSSLROOTCERT`: the certificates that clients of PostgreSQL trust.
    pub pg_authorities: Option<PathBuf>,
    /// `HTTPS_PROXY`, `ALL_PROXY`, `HTTP_PROXY`, `NO_PROXY` and their lower-case forms.
    pub proxy: ProxyVariables,
    /// `SSL_CERT_FILE`: the certificates to trust.
    pub ssl_cert_file: Option<PathBuf>,
    /// `SSL_CERT_DIR`: directories of them, separated as those in `PATH`.
    pub ssl_cert_dirs: Option<Vec<PathBuf>>,
}

/// The directory for all that p0 keeps: see [`EnvVars::home`].
pub const HOME: &str = "P0_HOME";
/// The store of secrets: see [`EnvVars::secret_store`].
pub const SECRET_STORE: &str = "P0_SECRET_STORE";
/// The bearer: see [`EnvVars::api_token`].
pub const API_TOKEN: &str = programs::SECRETS[0];
/// The password: see [`EnvVars::password`].
const PASSWORD: &str = programs::SECRETS[1];
pub const SSH_PROBE: &str = "P0_SSH_PROBE";
/// What `p0 ssh` tells the `ssh` that it runs: see [`EnvVars::ssh_session`].
pub const SSH_SESSION: &str = "P0_SSH_SESSION";

impl EnvVars {
    /// Reads the process's environment. An empty variable counts as absent.
    pub fn read() -> Self {
        let runtime_bus = var("XDG_RUNTIME_DIR").map(|dir| PathBuf::from(dir).join("bus"));
        Self {
            org: text("P0_ORG"),
            app_url: text("P0_APP_URL"),
            env: text("P0_ENV"),
            home: var(HOME).map(PathBuf::from),
            app_path: var("P0_APP_PATH").map(PathBuf::from),
            api_token: text(API_TOKEN).map(SecretString::from),
            email: text("P0_EMAIL"),
            password: text(PASSWORD).map(SecretString::from),
            firebase_emulator: text("FIREBASE_AUTH_EMULATOR_HOST"),
            secret_store: text(SECRET_STORE),
            ssh_key_type: text("P0_SSH_KEY_TYPE"),
            ssh_reason: text("P0_SSH_REASON"),
            ssh_session: text(SSH_SESSION),
            ssh_sudo: text("P0_SSH_SUDO").is_some_and(|word| !["0", "false", "no"].contains(&word.as_str())),
            os_login: text("CLOUDSDK_API_ENDPOINT_OVERRIDES_OSLOGIN"),
            ssh_auth_sock: var("SSH_AUTH_SOCK").map(PathBuf::from),
            ssh_probe: text(SSH_PROBE),
            browser: var("BROWSER"),
            no_color: var("NO_COLOR").is_some(),
            term: text("TERM"),
            dumb_terminal: var("TERM").as_deref() == Some(OsStr::new("dumb")),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| text(name)),
            windows_terminal: var("WT_SESSION").is_some(),
            over_ssh: var("SSH_CONNECTION").is_some() || var("SSH_TTY").is_some(),
            display: var("DISPLAY").is_some() || var("WAYLAND_DISPLAY").is_some(),
            wsl: var("WSL_DISTRO_NAME").is_some(),
            session_bus: var("DBUS_SESSION_BUS_ADDRESS").is_some()
                || runtime_bus.is_some_and(|bus| bus.symlink_metadata().is_ok()),
            path: var("PATH"),
            shell: var("SHELL").map(PathBuf::from),
            aws: aws_settings(),
            aws_overriding: aws::output::OVERRIDING.into_iter().filter(|name| is_set(name)).collect(),
            aws_account: text("P0_AWS_ACCOUNT"),
            aws_config_file: var("AWS_CONFIG_FILE").map(PathBuf::from),
            aws_credentials_file: var("AWS_SHARED_CREDENTIALS_FILE").map(PathBuf::from),
            kubeconfig: var("KUBECONFIG"),
            kubernetes_exec_info: text("KUBERNETES_EXEC_INFO"),
            pg_authorities: var("PGSSLROOTCERT").map(PathBuf::from),
            proxy: proxy_variables(),
            ssl_cert_file: var("SSL_CERT_FILE").map(PathBuf::from),
            ssl_cert_dirs: var("SSL_CERT_DIR")
                .map(|dirs| env::split_paths(&dirs).filter(|dir| !dir.as_os_str().is_empty()).collect()),
        }
    }
}

/// The first variable that is set counts.
fn proxy_variables() -> ProxyVariables {
    let first = |names: &[&'static str]| names.iter().find_map(|name| Some((*name, text(name)?)));
    let secret = |(name, value)| (name, SecretString::from(value));
    ProxyVariables {
        https: first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]).map(secret),
        http: first(&["HTTP_PROXY", "http_proxy"]).map(secret),
        exceptions: first(&["NO_PROXY", "no_proxy"]),
    }
}

/// The settings that hold for every program that calls AWS.
fn aws_settings() -> aws::settings::Settings {
    let is_true = |name| text(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let ignored = is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    let endpoint = |name| text(name).or_else(|| text("AWS_ENDPOINT_URL")).filter(|_| !ignored);
    aws::settings::Settings {
        region: text("AWS_REGION").or_else(|| text("AWS_DEFAULT_REGION")),
        sts: endpoint("AWS_ENDPOINT_URL_STS"),
        eks: endpoint("AWS_ENDPOINT_URL_EKS"),
        sso: endpoint("AWS_ENDPOINT_URL_SSO"),
        sso_oidc: endpoint("AWS_ENDPOINT_URL_SSO_OIDC"),
        fips: is_true("AWS_USE_FIPS_ENDPOINT"),
        dual_stack: is_true("AWS_USE_DUALSTACK_ENDPOINT"),
        ca_bundle: var("AWS_CA_BUNDLE").map(PathBuf::from),
    }
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
fn var(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
fn is_set(name: &str) -> bool {
    env::var_os(name).is_some()
}

/// A variable that is text; bytes that are not UTF-8 are replaced, so that a wrong value is still seen and refused.
fn text(name: &str) -> Option<String> {
    var(name).map(|value| value.to_string_lossy().into_owned())
}
