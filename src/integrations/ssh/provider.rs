//! What the core of `p0 ssh` asks of a provider, and what a provider answers: all that differs between machines on AWS,
//! Google Cloud, Azure and one's own.
//!
//! A session takes these steps, in which the core is `access/ssh`:
//!
//! 1. [`of`] makes a [`Provider`] from a grant. A grant that lacks what is needed to reach the machine ends here.
//! 2. The core looks for the programs that [`Provider::programs`] names.
//! 3. The core gets from the service what [`Provider::needs`] names: a certificate, host keys, credentials for AWS. With
//!    the agent that serves the user's key, and a private directory, that is the [`Material`].
//! 4. [`Provider::prepare`] does what must be done at the provider (a key imported, a certificate signed), and says how
//!    the machine is reached: a [`Route`].
//! 5. The core runs `ssh` along the route. When it fails before the session has begun, [`Provider::classify`] says whether
//!    that means "not yet"; then it is tried again until [`Provider::window`] is over.
//!
//! A provider prints nothing and never asks: what needs the user is a [`ProviderError`] with hints. It runs programs with
//! [`super::program::run`].

use super::{
    command::KeyAt,
    names::{BadName, Host, User},
    program::Argv,
};
use crate::integrations::{
    aws::{self, environment::Environment},
    azure, gcloud, self_hosted,
};
use async_trait::async_trait;
use p0_client::Http;
use p0_wire::request::Request;
use p0_wire::ssh::{Generated, Machine, Permission};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    path::{Path, PathBuf},
    time::Duration,
};
use url::Url;

/// What was granted: everything that a provider may know of it.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The request's identifier: letters and digits.
    pub request_id: String,
    /// For whom: an e-mail address. Empty where the service does not say.
    pub principal: String,
    /// The machine, and whether the user may become root there.
    pub permission: Permission,
    /// What provisioning made: the user on the machine, its keys.
    pub generated: Generated,
    /// The whole request, for what else was granted: [`Request::delegate`].
    pub request: Request,
}

/// The kind of a key for a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyChoice {
    /// The one that the user has chosen, which is Ed25519 unless they say otherwise.
    Users,
    /// RSA, as the provider takes no other.
    Rsa,
}

/// What the core gets from the service before [`Provider::prepare`] is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// A certificate for the user's key, from the service (`integrations/ssh/certificates`).
    pub certificate: bool,
    /// The service is told the user's public key, unless the grant names it already. Where the grant names another one,
    /// the session ends with an explanation.
    pub submitted_key: bool,
    /// Where the machine's keys are known from.
    pub host_keys: HostKeys,
    /// Credentials for AWS, which only [`Route::environment`] may carry on.
    pub aws: Option<AwsAccess>,
}

/// Where the machine's keys are known from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HostKeys {
    /// From the service where it knows them; else what the machine showed first is kept, and must not change.
    #[default]
    ServiceOrFirstSeen,
    /// What the machine showed first is kept, and must not change.
    FirstSeen,
}

/// As whom AWS is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsAccess {
    /// The account: twelve digits, or what people call it. `None`: the only one there is.
    pub account: Option<String>,
    /// A role or a permission set.
    pub principal: AwsPrincipal,
}

/// A role, or a permission set of IAM Identity Center.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AwsPrincipal {
    /// The role of this name.
    Role(String),
    /// The permission set of this name, and what the grant says of the Identity Center.
    PermissionSet {
        name: String,
        /// The Identity Center's directory, such as `d-1234567890`.
        idc_id: Option<String>,
        /// Its region, such as `us-east-1`.
        idc_region: Option<String>,
    },
}

/// What the core has made ready for a provider.
#[derive(Debug, Clone)]
pub struct Material<'a> {
    /// The user's public key, as in `authorized_keys`, without a line end.
    pub public_key: &'a str,
    /// The same in a file.
    pub public_key_file: &'a Path,
    /// Where `ssh` has the private key from.
    pub key: &'a KeyAt,
    /// The certificate of [`Needs::certificate`] in a file.
    pub certificate: Option<&'a Path>,
    /// The environment that carries the credentials of [`Needs::aws`], and no others.
    pub aws: Option<&'a Environment>,
    /// A private directory (0700) of this session's own, gone afterwards, for files such as certificates.
    pub directory: &'a Path,
    /// The directory (0700) of the `known_hosts` files that outlast the session, one for each machine by its alias: for a
    /// machine on the way to the one that is meant.
    pub hosts: &'a Path,
    /// For providers that are called rather than run.
    pub http: &'a Http,
}

/// How the machine is reached.
#[derive(Debug)]
pub struct Route {
    /// The name of an account on the machine.
    pub user: User,
    /// What `ssh` connects to, or believes to.
    pub host: Host,
    pub port: u16,
    /// Under which name the machine's keys are known (`HostKeyAlias`): one that no other machine has.
    pub alias: Host,
    /// The certificate to show.
    pub certificate: Option<PathBuf>,
    pub reach: Reach,
    /// [`Provider::environment`], for this material.
    pub environment: Vec<(&'static str, SecretString)>,
    /// What is taken out of that program's environment, as it would lead it astray.
    pub unset: Vec<&'static str>,
}

/// The way to a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// A connection to host and port.
    Direct,
    /// A program that carries the connection on its stdin and stdout (`ProxyCommand`). Its words reach it as they are.
    Proxy(Argv),
    /// A program that listens on a port of this machine and carries each connection on from there.
    Tunnel(Tunnel),
}

/// A program that listens on a port of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tunnel {
    /// The program and its arguments, but for the port.
    pub command: Argv,
    /// The option that is followed by the port, such as `--port`: both are put behind the arguments.
    pub port_option: Cow<'static, str>,
    /// What it writes to stdout or stderr when it listens, such as `Tunnel is ready`.
    pub ready: Cow<'static, str>,
    /// How long that may take.
    pub limit: Duration,
}

/// What a failure before the session's begin means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The grant has not reached everything yet: worth another try. What is waited for, to follow "Waiting for", such as
    /// "the machine to accept your key".
    NotYet(&'static str),
    /// Another try changes nothing. What the user is told in place of `ssh`'s own words.
    Refused(Explained),
    /// Something that this provider has no words for: `ssh`'s own are shown.
    Other,
}

/// A failure in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explained {
    /// What happened: one sentence.
    pub message: String,
    /// What to do next, one thing a line.
    pub hints: Vec<String>,
}

impl Explained {
    /// What happened, and what to do next.
    pub fn new(message: impl Into<String>, hints: &[&str]) -> Self {
        Self { message: message.into(), hints: hints.iter().map(|hint| (*hint).to_owned()).collect() }
    }
}

/// Something that the user has to do at the provider before another try makes sense, such as signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prerequisite {
    /// Why, and what else can be done about it.
    pub why: Explained,
    /// What does it: run in the foreground at a terminal, after asking; else the first of the hints.
    pub command: Argv,
}

/// Why a machine cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The grant lacks something, or says something that cannot be.
    #[error("the grant does not say how the machine is reached: {0}")]
    Grant(String),
    /// A name in the grant that would not be one for `ssh`.
    #[error("the grant names {0}")]
    Name(#[from] BadName),
    /// A provider's program is not there.
    #[error("the program '{0}' was not found")]
    Missing(&'static str),
    /// Not yet: worth another try within the window. What is waited for, as in [`Verdict::NotYet`], and the last word of
    /// whoever refused.
    #[error("{said}")]
    NotYet {
        /// What is waited for.
        waiting_for: &'static str,
        said: String,
    },
    /// Something has to be done first.
    #[error("{}", .0.why.message)]
    First(Box<Prerequisite>),
    /// It did not work, and another try changes nothing.
    #[error("{}", .0.message)]
    Failed(Explained),
    /// A file could not be written or read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// A machine of some provider.
#[async_trait]
pub trait Provider: std::fmt::Debug + Send + Sync {
    /// Who lets the user in, in words: `AWS`, `Google Cloud`, `Azure`, `the machine`.
    fn name(&self) -> &'static str;

    /// The programs that it runs beside `ssh`, such as `aws`.
    fn programs(&self) -> &'static [&'static str] {
        &[]
    }

    /// The kind of key that it takes.
    fn key(&self) -> KeyChoice {
        KeyChoice::Users
    }

    /// What it needs of the service.
    fn needs(&self) -> Needs;

    /// What is added to the environment of the program that [`Route::reach`] names, and to nothing else's. `aws`: the one
    /// that carries the credentials of [`Needs::aws`].
    fn environment(&self, aws: Option<&Environment>) -> Vec<(&'static str, SecretString)> {
        let _ = aws;
        Vec::new()
    }

    /// Reaches another port of the machine than the usual one, as the user wants.
    fn set_port(&mut self, port: u16) -> Result<(), ProviderError>;

    /// Does what must be done at the provider, and says how the machine is reached. May be called again, with the same
    /// material, after [`ProviderError::NotYet`]. Dropped when the user loses patience: it must leave nothing running.
    async fn prepare(&self, material: &Material<'_>) -> Result<Route, ProviderError>;

    /// What it means that `ssh` (or the program in front of it) failed before the session began. `said` is what they
    /// wrote, control characters and all.
    fn classify(&self, said: &str) -> Verdict;

    /// How long "not yet" is believed.
    fn window(&self) -> Duration;

    /// What may be wrong where "not yet" has lasted too long: one thing to do each. `said` is as in [`Self::classify`].
    fn after_all(&self, said: &str) -> Vec<String> {
        let _ = said;
        Vec::new()
    }

    /// The command that tells whether the user may become root yet: run on the machine before a session with `--sudo`.
    fn sudo_test(&self) -> &'static str {
        "sudo -v"
    }
}

/// The provider's way to the machine of a grant.
pub fn for_grant(grant: &Grant, settings: &SshSettings) -> Result<Box<dyn Provider>, ProviderError> {
    match &grant.permission.machine {
        Machine::SelfHosted { resource } => {
            Ok(Box::new(self_hosted::ssh::SelfHostedMachine::new(grant, resource, settings)?))
        }
        Machine::Aws { region, resource, .. } => Ok(Box::new(aws::ssh::Instance::new(grant, region, resource)?)),
        Machine::Gcloud { zone, resource } => {
            Ok(Box::new(gcloud::ssh::Instance::new(grant, zone, resource, settings.os_login.clone())?))
        }
        Machine::Azure { resource, bastion_host, jump_host } => {
            Ok(Box::new(azure::ssh::VirtualMachine::new(grant, resource, bastion_host.as_ref(), jump_host.as_ref())?))
        }
    }
}

/// What the user has set about SSH (`config.toml`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshSettings {
    /// `ssh_proxy`: the program that carries connections to machines of one's own, and its arguments, in which `%h` and
    /// `%p` stand for host and port. Empty: directly.
    pub proxy: Vec<String>,
    /// Where Google's OS Login is: [`gcloud::os_login::ENDPOINT`], but in tests.
    pub os_login: Url,
}

impl Default for SshSettings {
    fn default() -> Self {
        Self { proxy: Vec::new(), os_login: gcloud::os_login::endpoint() }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
    use serde_json::Value;

    /// The grant of a request with this document.
    pub(crate) fn grant(permission: Value, generated: Value, delegation: Value) -> Grant {
        let document = serde_json::json!({"status": "DONE", "principal": "ada@example.com", "permission": permission,
            "generated": generated, "delegation": delegation});
        let request: Request = serde_json::from_value(document).expect("a request");
        Grant {
            request_id: "r1".into(),
            principal: request.principal.clone().unwrap_or_default(),
            permission: Permission::from_request(&request).expect("a permission"),
            generated: Generated::from_request(&request).expect("generated"),
            request,
        }
    }

    /// Names that a hostile service could put into a grant, none of which may get to a command line.
    pub(crate) fn hostile() -> Vec<String> {
        const NASTY: [&str; 22] = [
            " ", "\t", "\n", "\r", "\0", "\u{1b}", "'", "\"", "`", "$", "$(id)", ";", "|", "&", "<", "%h", "/", "\\",
            "*", "~", "{", "=",
        ];
        let fixed = ["", "-oProxyCommand=id", "--help", "../x", "file:///etc/passwd", "@/etc/passwd", "a b", "\u{7f}"];
        let mut random = StdRng::seed_from_u64(22);
        let mut name = || {
            let mut word = |nasty: bool| match nasty {
                true => (*NASTY.choose(&mut random).expect("one")).to_owned(),
                false => ["a", "b7", "-", "x.y", "i-0123456789abcdef0"].choose(&mut random).expect("one").to_string(),
            };
            let name = word(false) + &word(true) + &word(false);
            if random.random_bool(0.3) { name.repeat(3) } else { name }
        };
        let random: Vec<_> = std::iter::repeat_with(&mut name).take(1_000).collect();
        fixed.into_iter().map(str::to_owned).chain(["a".repeat(10_000)]).chain(random).collect()
    }
}
