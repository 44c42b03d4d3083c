//! Machines of one's own: reached directly, or through a program of the user's choosing, with a certificate that the
//! service signs.

use crate::integrations::ssh::{
    names::{Host, User},
    program::Argv,
    provider::{Explained, Grant, Material, Needs, Provider, ProviderError, Reach, Route, SshSettings, Verdict},
    words,
};
use async_trait::async_trait;
use p0_wire::ssh::SelfHostedMachine as Machine;
use std::time::Duration;

/// Servers learn of a grant by asking the service now and then.
const WINDOW: Duration = Duration::from_secs(120);

/// A machine of one's own.
#[derive(Debug)]
pub struct SelfHostedMachine {
    user: User,
    host: Host,
    port: u16,
    alias: Host,
    proxy: Vec<String>,
}

impl SelfHostedMachine {
    /// The machine of this grant.
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
impl Provider for SelfHostedMachine {
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
            environment: self.environment(material.aws),
            unset: Vec::new(),
        })
    }

    fn classify(&self, said: &str) -> Verdict {
        if words::key_refused(said) {
            return Verdict::NotYet("the machine to accept your key");
        }
        if let Some(verdict) = words::sudo(said) {
            return verdict;
        }
        // A server that is just starting, or drops connections while it reads its configuration anew.
        if words::closed(said) {
            return Verdict::NotYet("the machine to take connections");
        }
        let unreachable = ["Connection refused", "Connection timed out", "No route to host", "Network is unreachable"];
        if let Some(line) = said.lines().rfind(|line| unreachable.iter().any(|text| line.contains(text))) {
            return Verdict::Refused(Explained::new(
                format!("The machine does not answer: {}", line.trim()),
                &["It may be off, or reached by a VPN or a proxy: see ssh_proxy in config.toml."],
            ));
        }
        if said.contains("Could not resolve hostname") {
            return Verdict::Refused(Explained::new(
                format!("The address of the machine, {}, cannot be found.", self.host),
                &["Check the network: a private name needs a VPN, or ssh_proxy in config.toml."],
            ));
        }
        Verdict::Other
    }

    fn window(&self) -> Duration {
        WINDOW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_apart() {
        let machine = SelfHostedMachine {
            user: User::parse("ada").expect("a user"),
            host: Host::parse("192.0.2.1").expect("a host"),
            port: 22,
            alias: Host::parse("web-1").expect("a host"),
            proxy: Vec::new(),
        };
        let waits = [
            ("ada@192.0.2.1: Permission denied (publickey).", "the machine to accept your key"),
            ("ada is not in the sudoers file.", "sudo to be allowed"),
            ("Sorry, user ada is not allowed to execute 'validate' as root on web-1.", "sudo to be allowed"),
            ("Connection closed by 192.0.2.1 port 22", "the machine to take connections"),
            ("scp: Connection closed", "the machine to take connections"),
        ];
        for (said, waiting) in waits {
            assert_eq!(machine.classify(said), Verdict::NotYet(waiting), "{said}");
        }
        let said = "ssh: connect to host 192.0.2.1 port 22: Connection refused\r\n";
        let Verdict::Refused(explained) = machine.classify(said) else { panic!("not refused") };
        assert!(explained.message.ends_with("port 22: Connection refused"), "{}", explained.message);
        assert!(matches!(machine.classify("ssh: Could not resolve hostname web-1"), Verdict::Refused(_)));
        for said in ["", "bash: /root/x: Permission denied", "Permission denied (password)."] {
            assert_eq!(machine.classify(said), Verdict::Other, "{said}");
        }
    }
}
