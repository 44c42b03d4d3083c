//! Machines of one's own: reached directly, or through a program of the user's choosing, with a certificate that the
//! service signs.

use crate::integrations::ssh::{
    names::{Host, User},
    program::Argv,
    provider::{Explained, Grant, Material, Needs, Provider, ProviderError, Reach, Route, SshSettings, Verdict},
};
use async_trait::async_trait;
use p0_wire::ssh::OwnMachine as Machine;
use std::time::Duration;

/// Servers learn of a grant by asking the service now and then.
const WINDOW: Duration = Duration::from_secs(120);

/// A machine of one's own.
#[derive(Debug)]
pub struct OwnMachine {
    user: User,
    host: Host,
    port: u16,
    alias: Host,
    proxy: Vec<String>,
}

impl OwnMachine {
    /// The machine of this grant.
    ///
    /// # Errors
    /// The grant names no user, or something that is no host.
    pub fn new(grant: &Grant, machine: &Machine, settings: &SshSettings) -> Result<Self, ProviderError> {
        let user = grant.generated.linux_user_name.as_deref();
        let user = user.ok_or_else(|| ProviderError::Grant("it names no user on it".into()))?;
        let address = match machine.public_ip.trim() {
            "" => &machine.hostname,
            address => address,
        };
        let (host, port) = Host::with_port(address)?;
        Ok(Self {
            user: User::parse(user)?,
            host,
            port,
            alias: Host::parse(&machine.hostname)?,
            proxy: settings.proxy.clone(),
        })
    }

    fn reach(&self) -> Reach {
        match self.proxy.split_first() {
            None => Reach::Direct,
            Some((program, args)) => {
                let port = self.port.to_string();
                let filled = |arg: &String| arg.replace("%h", self.host.as_str()).replace("%p", &port);
                Reach::Proxy(Argv::new(program, args.iter().map(filled)))
            }
        }
    }
}

#[async_trait]
impl Provider for OwnMachine {
    fn name(&self) -> &'static str {
        "the machine"
    }

    fn needs(&self) -> Needs {
        Needs { certificate: true, ..Needs::default() }
    }

    fn set_port(&mut self, port: u16) -> Result<(), ProviderError> {
        self.port = port;
        Ok(())
    }

    async fn prepare(&self, material: &Material<'_>) -> Result<Route, ProviderError> {
        Ok(Route {
            user: self.user.clone(),
            host: self.host.clone(),
            port: self.port,
            alias: self.alias.clone(),
            certificate: material.certificate.map(Into::into),
            reach: self.reach(),
            environment: Vec::new(),
            unset: Vec::new(),
        })
    }

    fn classify(&self, said: &str) -> Verdict {
        let has = |text: &str| said.contains(text);
        if has("Permission denied (") {
            return Verdict::NotYet("the machine to accept your key");
        }
        if has("may not run sudo") || has("is not in the sudoers file") {
            return Verdict::NotYet("sudo to be allowed");
        }
        // A server that is just starting, or drops connections while it reads its configuration anew.
        if has("Connection closed by ") || has("kex_exchange_identification") || has("Connection reset by ") {
            return Verdict::NotYet("the machine to take connections");
        }
        let unreachable = ["Connection refused", "Connection timed out", "No route to host", "Network is unreachable"];
        if let Some(line) = said.lines().rfind(|line| unreachable.iter().any(|text| line.contains(text))) {
            return Verdict::Refused(Explained {
                message: format!("The machine does not answer: {}", line.trim()),
                hints: vec!["It may be off, or reached by a VPN or a proxy: see ssh_proxy in config.toml.".into()],
            });
        }
        if has("Could not resolve hostname") {
            return Verdict::Refused(Explained {
                message: format!("The address of the machine, {}, cannot be found.", self.host),
                hints: vec!["Check the network: a private name needs a VPN, or ssh_proxy in config.toml.".into()],
            });
        }
        Verdict::Other
    }

    fn window(&self) -> Duration {
        WINDOW
    }
}
