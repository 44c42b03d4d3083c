//! Sessions by Secure Shell: what a grant says of the machine (protocol, section 6), and the calls that help (section 8).

use crate::request::Request;
use serde::{Deserialize, Serialize};

/// The `permission` of an `ssh` request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Permission {
    /// The public key with which the user comes, as in `authorized_keys`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The user may become root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sudo: Option<bool>,
    /// Where the machine is.
    #[serde(flatten)]
    pub machine: Machine,
}

/// A machine, by its provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "provider", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Machine {
    /// An EC2 instance, reached through Systems Manager.
    Aws {
        /// Such as `us-east-1`.
        region: String,
        /// What the user called it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alias: Option<String>,
        /// The instance.
        resource: AwsInstance,
    },
    /// A Compute Engine instance, reached through Identity-Aware Proxy.
    #[serde(alias = "gcp")]
    Gcloud {
        /// Such as `us-central1-a`.
        zone: String,
        /// The instance.
        resource: GcloudInstance,
    },
    /// A virtual machine on Azure, reached through Bastion or a jump host.
    Azure {
        /// The machine.
        resource: Box<AzureMachine>,
        /// The Bastion in front of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bastion_host: Option<BastionHost>,
        /// The machine in front of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jump_host: Option<JumpHost>,
    },
    /// A machine of one's own, reached directly.
    SelfHosted {
        /// The machine.
        resource: OwnMachine,
    },
}

/// An EC2 instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AwsInstance {
    /// Such as `i-0123456789abcdef0`.
    pub instance_id: String,
    /// The user on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// The account that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The Identity Center of that account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idc_id: Option<String>,
    /// Its region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idc_region: Option<String>,
}

/// A Compute Engine instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GcloudInstance {
    /// Its name.
    pub instance_name: String,
    /// The project that it is in.
    pub project_id: String,
}

/// A virtual machine on Azure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AzureMachine {
    /// Its resource identifier.
    pub instance_id: String,
    /// Its name.
    pub instance_name: String,
    /// The subscription that it is in.
    pub subscription_id: String,
    /// That subscription's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_name: Option<String>,
    /// The identifier of its resource group.
    pub resource_group_id: String,
    /// Such as `eastus`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// How it is connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_interface: Option<NetworkInterface>,
}

/// How a machine on Azure is connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkInterface {
    /// Its identifier.
    pub id: String,
    /// The subnet's identifier.
    pub subnet_id: String,
    /// The address in the subnet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_ip: Option<String>,
}

/// An Azure Bastion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BastionHost {
    /// Its resource identifier.
    pub id: String,
}

/// A machine through which others are reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JumpHost {
    /// Its resource identifier.
    pub id: String,
    /// The role that is needed on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_id: Option<String>,
    /// Its address.
    pub public_ip: String,
}

/// A machine of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnMachine {
    /// What it calls itself.
    pub hostname: String,
    /// Where it is reached: an address or a host name, and `:` with a port that is not 22.
    pub public_ip: String,
}

/// The `generated` of an `ssh` request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Generated {
    /// The user on the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linux_user_name: Option<String>,
    /// The public key that the machine takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The machine's keys: lines of `known_hosts`.
    #[serde(deserialize_with = "crate::null_is_default")]
    pub host_keys: Vec<String>,
    /// What the machine is reached with on AWS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<NamedResource>,
    /// The directory (tenant) on Azure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory_id: Option<String>,
}

/// Something of which only the name matters: a role or permission set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedResource {
    /// Its name.
    pub name: String,
}

impl OwnMachine {
    /// The host and the port; `None` if it is neither an address nor a host name, with a port or without. An IPv6 address
    /// with a port stands in brackets.
    pub fn address(&self) -> Option<(&str, u16)> {
        let (host, port) = match self.public_ip.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':').or_else(|| port.is_empty().then_some("22"))?),
            None if self.public_ip.parse::<std::net::Ipv6Addr>().is_ok() => (self.public_ip.as_str(), "22"),
            None => self.public_ip.split_once(':').unwrap_or((&self.public_ip, "22")),
        };
        let is_name = |host: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            host.len() <= 253 && host.starts_with(|c: char| c.is_ascii_alphanumeric()) && host.chars().all(plain)
        };
        let known = is_name(host) || host.parse::<std::net::Ipv6Addr>().is_ok();
        // `+22` would be a number to Rust.
        let port: u16 = Some(port).filter(|port| port.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
        (known && port != 0).then_some((host, port))
    }
}

impl Permission {
    /// The permission of a request, if it is one for a session.
    ///
    /// # Errors
    /// It is not, or lacks what is needed to reach the machine.
    pub fn of(request: &Request) -> Result<Self, serde_json::Error> {
        Self::deserialize(&request.permission)
    }
}

impl Generated {
    /// What provisioning made for a session.
    ///
    /// # Errors
    /// It has another shape.
    pub fn of(request: &Request) -> Result<Self, serde_json::Error> {
        Ok(Option::<Self>::deserialize(&request.generated)?.unwrap_or_default())
    }
}

/// `POST /integrations/ssh/public-keys` and `POST /integrations/ssh/certificates`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicKey {
    /// The request whose grant the key is for.
    pub request_id: String,
    /// As in `authorized_keys`.
    pub public_key: String,
}

/// What `POST /integrations/ssh/certificates` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// An OpenSSH user certificate, as in a `-cert.pub` file.
    pub signed_certificate: String,
}

/// What `GET /integrations/ssh/host-keys?requestId=…[&force=true]` answers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostKeys {
    /// Lines of `known_hosts`: host, type, base64.
    #[serde(default, deserialize_with = "crate::null_is_default")]
    pub host_keys: Vec<String>,
}

/// `POST /integrations/ssh/audit`: a session has begun or ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Audit {
    /// The request whose grant is used.
    pub request_id: String,
    /// What has happened.
    pub action: AuditAction,
    /// The session, which has the same identifier at its start and its end.
    pub ssh_session_id: String,
}

/// What has happened to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuditAction {
    /// It has begun.
    #[serde(rename = "ssh.session.start")]
    Start,
    /// It has ended.
    #[serde(rename = "ssh.session.end")]
    End,
}

impl AuditAction {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "ssh.session.start",
            Self::End => "ssh.session.end",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Status;
    use serde_json::{Value, json};

    fn permission(permission: Value) -> Permission {
        Permission::of(&Request { permission, ..Request::with_status(Status::Done) }).expect("a permission")
    }

    #[test]
    fn each_provider_has_its_machine() {
        let aws = permission(json!({"type": "ssh", "provider": "aws", "publicKey": "ssh-ed25519 AAAA", "sudo": true,
            "region": "us-east-1", "alias": "web-1", "resource": {"instanceId": "i-1", "userName": "dev", "accountId": "1"}}));
        assert_eq!((aws.sudo, aws.public_key.as_deref()), (Some(true), Some("ssh-ed25519 AAAA")));
        assert!(matches!(aws.machine, Machine::Aws { resource, .. } if resource.instance_id == "i-1"));
        for provider in ["gcloud", "gcp"] {
            let gcloud = permission(json!({"provider": provider, "zone": "us-central1-a",
                "resource": {"instanceName": "batch-1", "projectId": "example-dev"}}));
            assert!(matches!(gcloud.machine, Machine::Gcloud { zone, .. } if zone == "us-central1-a"));
        }
        let azure = permission(json!({"provider": "azure", "resource": {"instanceId": "1", "instanceName": "mail-1",
            "subscriptionId": "s", "subscriptionName": "Office", "resourceGroupId": "g", "region": "eastus",
            "networkInterface": {"id": "n", "subnetId": "b", "privateIp": "192.0.2.1"}},
            "jumpHost": {"id": "j", "roleId": "r", "publicIp": "203.0.113.10"}}));
        assert!(matches!(azure.machine, Machine::Azure { jump_host: Some(_), bastion_host: None, .. }));
        let own =
            permission(json!({"provider": "self-hosted", "resource": {"hostname": "h", "publicIp": "127.0.0.1:2222"}}));
        assert!(matches!(own.machine, Machine::SelfHosted { resource } if resource.public_ip == "127.0.0.1:2222"));
    }

    #[test]
    fn an_own_machine_has_a_host_and_a_port() {
        let address = |public_ip: &str| {
            let machine = OwnMachine { hostname: "h".into(), public_ip: public_ip.into() };
            machine.address().map(|(host, port)| (host.to_owned(), port))
        };
        for (public_ip, host, port) in [
            ("192.0.2.1", "192.0.2.1", 22),
            ("127.0.0.1:2222", "127.0.0.1", 2222),
            ("web_1.example.com:22", "web_1.example.com", 22),
            ("::1", "::1", 22),
            ("[2001:db8::1]", "2001:db8::1", 22),
            ("[::1]:2222", "::1", 2222),
        ] {
            assert_eq!(address(public_ip), Some((host.to_owned(), port)), "{public_ip}");
        }
        for bad in [
            "",
            ":22",
            "-oProxyCommand=x",
            "a b",
            "a,b",
            "$(x)",
            "../x",
            "h:",
            "h:0",
            "h:65536",
            "h:+22",
            "h:2:3",
            "[::1",
            "[::1]2",
            "[::1]:",
            "[x y]:2",
            "a\n",
            "%h",
            "user@h",
            "*",
        ] {
            assert_eq!(address(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_is_generated_may_be_missing() {
        for generated in [json!(null), json!({}), json!({"hostKeys": null})] {
            let request = Request { generated, ..Request::with_status(Status::Done) };
            assert_eq!(Generated::of(&request).expect("generated"), Generated::default());
        }
    }

    #[test]
    fn the_words_of_audit_are_the_wire_s() {
        for action in [AuditAction::Start, AuditAction::End] {
            assert_eq!(serde_json::to_value(action).expect("json"), json!(action.as_str()));
        }
    }
}
