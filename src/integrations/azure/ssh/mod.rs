//! Virtual machines on Azure: reached through Bastion or a jump host, with a certificate that Entra ID signs
//! (<https://learn.microsoft.com/entra/identity/devices/howto-vm-sign-in-azure-ad-linux>,
//! <https://learn.microsoft.com/azure/bastion/connect-vm-native-client-linux>).

use super::{
    account::{self, Standing, Subscription},
    id::{self, ResourceId},
    jump,
    trouble::Trouble,
};
use crate::{
    integrations::aws::environment::Environment,
    integrations::ssh::{
        names::{BadName, Host, User},
        program::{self, Argv, ProgramOutput},
        provider::{
            Explained, Grant, HostKeys, KeyChoice, Material, Needs, Prerequisite, Provider, ProviderError, Reach,
            Route, Tunnel, Verdict,
        },
        words,
    },
};
use async_trait::async_trait;
use p0_wire::ssh::{AzureMachine, BastionHost, JumpHost};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

/// Role assignments are known everywhere within three minutes, as a rule.
const WINDOW: Duration = Duration::from_secs(180);
/// The port of SSH; Bastion and jump hosts carry no other.
pub(super) const PORT: u16 = 22;
/// `az` may take so long to answer: it asks Entra ID, and is slow to start.
const AZ_LIMIT: Duration = Duration::from_secs(60);
/// What a certificate is signed for (<https://learn.microsoft.com/cli/azure/ssh>).
const SCOPE: &str = "https://pas.windows.net/CheckMyAccess/Linux/.default";
/// What makes `az` do what is asked and nothing else: install nothing, colour nothing. Whether it says warnings is the
/// caller's choice, not the user's configuration's: a tunnel's word that it is ready is one.
const QUIET: [(&str, &str); 3] = [
    ("AZURE_EXTENSION_USE_DYNAMIC_INSTALL", "no"),
    ("AZURE_CORE_NO_COLOR", "true"),
    ("AZURE_CORE_ONLY_SHOW_ERRORS", "false"),
];

/// A virtual machine on Azure.
#[derive(Debug)]
pub struct VirtualMachine {
    name: String,
    /// The machine's resource identifier.
    id: String,
    subscription: String,
    directory: Option<String>,
    user: Option<User>,
    alias: Host,
    hop: Hop,
}

/// What stands in front of the machine.
#[derive(Debug)]
enum Hop {
    Bastion(ResourceId),
    /// A machine with an address of its own, and the one behind it.
    Jump {
        /// Where the jump host is.
        host: Host,
        /// Under which name its keys are known.
        alias: Host,
        /// The address of the machine that is meant, as seen from there.
        inner: Host,
    },
}

impl VirtualMachine {
    /// The machine of this grant, behind what the grant names.
    pub fn new(
        grant: &Grant,
        machine: &AzureMachine,
        bastion: Option<&BastionHost>,
        jump: Option<&JumpHost>,
    ) -> Result<Self, ProviderError> {
        let (subscription, group) = id::group_of(&machine.resource_group_id)?;
        let name = id::part("a virtual machine", &machine.instance_name)?;
        let id = machine_id(machine, &subscription, &group, &name)?;
        let hop = match (bastion, jump) {
            (Some(bastion), _) => Hop::Bastion(bastion_of(&bastion.id, &subscription, &group)?),
            (None, Some(jump)) => {
                let inner = machine.network_interface.as_ref().and_then(|interface| interface.private_ip.as_deref());
                let inner = inner.ok_or_else(|| ProviderError::Grant("it names no private address".into()))?;
                Hop::Jump {
                    host: Host::parse(&jump.public_ip)?,
                    alias: alias("jump", &jump.id)?,
                    inner: Host::parse(inner)?,
                }
            }
            (None, None) => return Err(ProviderError::Grant("it names neither a Bastion nor a jump host".into())),
        };
        let user = grant.generated.linux_user_name.as_deref().map(User::parse).transpose()?;
        let directory = grant.generated.directory_id.as_deref();
        Ok(Self {
            alias: alias(&name, &id)?,
            name,
            id,
            subscription: id::part("a subscription", &machine.subscription_id)?,
            directory: directory.map(|id| id::part("a directory", id)).transpose()?,
            user,
            hop,
        })
    }

    /// Makes sure that `az` acts as whoever may use the machine's subscription.
    async fn check_account(&self) -> Result<(), ProviderError> {
        let mut standing = self.standing(&["account", "list"]).await?;
        if standing == Standing::Unknown {
            // It lists what it saw when the user signed in; what was granted since is new to it.
            standing = self.standing(&["account", "list", "--refresh"]).await?;
        }
        match standing {
            Standing::Ready => Ok(()),
            Standing::SignedOut => Err(self.login("")),
            Standing::Unknown => Err(ProviderError::NotYet {
                waiting_for: "Azure to show you the subscription",
                said: format!("az does not list the subscription {}.", self.subscription),
            }),
            Standing::Elsewhere(what) => Err(first(
                format!("az is set to {what}, as whom the machine is not reached."),
                Argv::new("az", ["account", "set", "--subscription", &self.subscription]),
            )),
        }
    }

    async fn standing(&self, words: &[&str]) -> Result<Standing, ProviderError> {
        let ended = az(Argv::new("az", words.iter().chain(&["--output", "json"]))).await?;
        if !ended.success {
            return Err(self.not_signed(&ended.stderr));
        }
        let listed: Vec<Subscription> = serde_json::from_str(&ended.stdout).map_err(|_| {
            failed("az lists its subscriptions in a way that is not known.", &["Check it with: p0 doctor"])
        })?;
        Ok(account::standing(&listed, &self.subscription, self.directory.as_deref()))
    }

    /// Signing in with `az`, in the user's browser. `said`: what it says of that.
    fn login(&self, said: &str) -> ProviderError {
        let directory = self.directory.as_deref().map(|id| ["--tenant", id]);
        // Where a policy asks more of who wants a certificate, the sign-in must be for that.
        let scope = said.contains("az login --scope").then_some(["--scope", SCOPE]);
        let options = [directory, scope].into_iter().flatten().flatten();
        let login = Argv::new("az", ["login"].into_iter().chain(options));
        let message = match Some(words::reason(said)).filter(|reason| reason.contains("AADSTS")) {
            Some(reason) => format!("Entra ID wants you to sign in with az again: {reason}"),
            None => "You are not signed in with az to the machine's directory.".into(),
        };
        first(message, login)
    }

    /// Lets Entra ID sign a certificate for the key, and gives back its file.
    async fn certificate(&self, material: &Material<'_>) -> Result<PathBuf, ProviderError> {
        let file = material.directory.join("azure-cert.pub");
        let mut argv = Argv::new("az", ["ssh", "cert", "--public-key-file"]);
        argv.args.extend([material.public_key_file.into(), "--file".into(), file.clone().into()]);
        let ended = az(argv).await?;
        match ended.success {
            true => Ok(file),
            false => Err(self.not_signed(&ended.stderr)),
        }
    }

    /// What it means that `az` signed no certificate.
    fn not_signed(&self, said: &str) -> ProviderError {
        match Trouble::parse(said) {
            Some(Trouble::NoExtension(name)) => first(
                format!(
                    "az lacks its extension '{name}', which {} needs.",
                    if name == "ssh" { "signing in" } else { "Bastion" }
                ),
                Argv::new("az", ["extension", "add", "--name", name]),
            ),
            Some(Trouble::SignedOut) => self.login(said),
            Some(trouble) => ProviderError::Failed(trouble.explained()),
            None => {
                let reason = words::reason(said);
                failed(&format!("az signed no certificate: {reason}"), &["Check it with: p0 doctor"])
            }
        }
    }

    fn tunnel(&self, bastion: &ResourceId) -> Tunnel {
        let port = PORT.to_string();
        let which = ["--name", &bastion.name, "--resource-group", &bastion.group];
        let whose = ["--subscription", &bastion.subscription, "--target-resource-id", &self.id];
        let words = ["network", "bastion", "tunnel"].into_iter().chain(which).chain(whose);
        Tunnel {
            command: Argv::new("az", words.chain(["--resource-port", &port])),
            port_option: "--port".into(),
            ready: "Tunnel is ready".into(),
            limit: AZ_LIMIT,
        }
    }
}

/// Runs `az` to its end.
async fn az(argv: Argv) -> Result<ProgramOutput, ProviderError> {
    program::run("az", &argv, &environment(), AZ_LIMIT).await
}

fn environment() -> Vec<(&'static str, SecretString)> {
    QUIET.map(|(name, value)| (name, value.into())).into()
}

/// The machine's resource identifier, which the grant may name by the machine's own alone.
fn machine_id(machine: &AzureMachine, subscription: &str, group: &str, name: &str) -> Result<String, BadName> {
    if machine.instance_id.starts_with('/') {
        return ResourceId::parse(&machine.instance_id).map(|_| machine.instance_id.clone());
    }
    let group = format!("/subscriptions/{subscription}/resourceGroups/{group}");
    Ok(format!("{group}/providers/Microsoft.Compute/virtualMachines/{name}"))
}

/// The Bastion, which the grant may name by its name alone: then it is in the machine's own group.
fn bastion_of(id: &str, subscription: &str, group: &str) -> Result<ResourceId, BadName> {
    if id.starts_with('/') {
        return ResourceId::parse(id);
    }
    let name = id::part("a Bastion", id)?;
    Ok(ResourceId { subscription: subscription.to_owned(), group: group.to_owned(), name })
}

/// A name that no other machine has: names are used again in other groups, so a part of the identifier's hash follows.
fn alias(name: &str, id: &str) -> Result<Host, BadName> {
    let hash = Sha256::digest(id.to_lowercase());
    let hash: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    // In small letters, as `ssh` shows it.
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let plain: String = name.chars().map(plain).collect();
    Host::parse(&format!("azure-{plain}-{hash}"))
}

fn failed(message: &str, hints: &[&str]) -> ProviderError {
    ProviderError::Failed(Explained::new(message, hints))
}

fn first(message: String, command: Argv) -> ProviderError {
    ProviderError::First(Box::new(Prerequisite { why: Explained::new(message, &[]), command }))
}

/// The first account that a certificate is for.
fn principal(certificate: &Path) -> Result<User, ProviderError> {
    let unreadable = || failed("az signed something that is no certificate.", &["Check it with: p0 doctor"]);
    let text = std::fs::read_to_string(certificate)?;
    let certificate = ssh_key::Certificate::from_openssh(text.trim()).map_err(|_| unreadable())?;
    let principal = certificate.valid_principals().first().ok_or_else(unreadable)?;
    Ok(User::parse(&principal.to_lowercase())?)
}

#[async_trait]
impl Provider for VirtualMachine {
    fn name(&self) -> &'static str {
        "Azure"
    }

    fn programs(&self) -> &'static [&'static str] {
        &["az"]
    }

    /// Entra ID signs certificates for RSA keys only.
    fn key(&self) -> KeyChoice {
        KeyChoice::Rsa
    }

    fn needs(&self) -> Needs {
        Needs { host_keys: HostKeys::FirstSeen, ..Needs::default() }
    }

    fn environment(&self, _aws: Option<&Environment>) -> Vec<(&'static str, SecretString)> {
        environment()
    }

    fn set_port(&mut self, port: u16) -> Result<(), ProviderError> {
        match port {
            PORT => Ok(()),
            _ => Err(failed(
                &format!("Machines on Azure are reached at port {PORT} alone, and not at {port}."),
                &["Leave out -p and Port."],
            )),
        }
    }

    async fn prepare(&self, material: &Material<'_>) -> Result<Route, ProviderError> {
        self.check_account().await?;
        let certificate = self.certificate(material).await?;
        let user = match &self.user {
            Some(user) => user.clone(),
            None => principal(&certificate)?,
        };
        let reach = match &self.hop {
            Hop::Bastion(bastion) => Reach::Tunnel(self.tunnel(bastion)),
            Hop::Jump { host, alias, inner } => {
                Reach::Proxy(jump::through(host, alias, inner, &user, &certificate, material)?)
            }
        };
        Ok(Route {
            user,
            host: self.alias.clone(),
            port: PORT,
            alias: self.alias.clone(),
            certificate: Some(certificate),
            reach,
            environment: self.environment(material.aws),
            unset: Vec::new(),
        })
    }

    fn classify(&self, said: &str) -> Verdict {
        let has = |text: &str| said.contains(text);
        if let Some(trouble) = Trouble::parse(said) {
            return Verdict::Refused(trouble.explained());
        }
        // Where the user may not read the machine yet, the Bastion's answer lacks what the extension takes from it.
        let not_allowed =
            ["AuthorizationFailed", "does not have authorization to perform action", "KeyError: 'authToken'"];
        if not_allowed.iter().any(|words| has(words)) {
            return Verdict::NotYet("Azure to allow the tunnel");
        }
        // Another process took the port between the choice and its use.
        if has("Defined port is currently unavailable") || has("Address already in use") {
            return Verdict::NotYet("a free port on this machine");
        }
        if has("Native Client must be enabled") {
            return Verdict::Refused(Explained::new(
                "The Bastion does not carry connections of native clients.",
                &["Ask those who run it to choose the Standard tier and switch on native client support."],
            ));
        }
        if has("ResourceNotFound") || has("ResourceGroupNotFound") {
            let message = format!("Azure knows no machine {}, or no Bastion in front of it.", self.name);
            return Verdict::Refused(Explained::new(
                &message,
                &["It may have been replaced: ask for access to the new one."],
            ));
        }
        if words::key_refused(said) {
            return Verdict::NotYet("Azure to let you sign in to the machine");
        }
        if let Some(verdict) = words::sudo(said) {
            return verdict;
        }
        if let Hop::Jump { host, alias, .. } = &self.hop
            && let Some(refused) = jump::refused(host, alias, said)
        {
            return Verdict::Refused(refused);
        }
        if words::closed(said) {
            return Verdict::NotYet("the machine to take connections");
        }
        Verdict::Other
    }

    fn window(&self) -> Duration {
        WINDOW
    }

    fn after_all(&self, said: &str) -> Vec<String> {
        if said.contains("AuthorizationFailed") || said.contains("KeyError: 'authToken'") {
            return vec!["Check that the role Reader is assigned to you on the Bastion, the machine and its network interface: https://learn.microsoft.com/azure/bastion/connect-vm-native-client-linux".into()];
        }
        if !words::key_refused(said) {
            return Vec::new();
        }
        vec![
            "Check that the machine has the extension AADSSHLoginForLinux and a managed identity: https://learn.microsoft.com/entra/identity/devices/howto-vm-sign-in-azure-ad-linux".into(),
            "Check that a role such as Virtual Machine User Login is assigned to you on it.".into(),
        ]
    }

    /// `sudo` on such a machine may want a sign-in in a browser, which a test must not begin.
    fn sudo_test(&self) -> &'static str {
        "sudo -nv"
    }
}

#[cfg(test)]
mod tests;
