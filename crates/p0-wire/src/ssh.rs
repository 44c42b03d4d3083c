//! SSH sessions: the machine of a grant (protocol, section 6), and the helper calls for sessions (section 8).

use crate::request::Request;
use serde::{Deserialize, Serialize};

/// The `permission` of an `ssh` request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Permission {
    /// The user's public key, in the format of `authorized_keys`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The user may use `sudo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sudo: Option<bool>,
    /// The machine.
    #[serde(flatten)]
    pub machine: Machine,
}

/// A machine, by its provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "provider", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Machine {
    /// An EC2 instance, reached through Systems Manager.
    Aws {
        /// The region, such as `us-east-1`.
        region: String,
        /// The name by which the user requested it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alias: Option<String>,
        /// The instance.
        resource: AwsInstance,
    },
    /// A Compute Engine instance, reached through Identity-Aware Proxy.
    #[serde(alias = "gcp")]
    Gcloud {
        /// The zone, such as `us-central1-a`.
        zone: String,
        /// The instance.
        resource: GcloudInstance,
    },
    /// A virtual machine on Azure, reached through Bastion or a jump host.
    Azure {
        /// The machine.
        resource: Box<AzureMachine>,
        /// The Bastion to connect through.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bastion_host: Option<BastionHost>,
        /// The jump host to connect through.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jump_host: Option<JumpHost>,
    },
    /// A self-hosted machine, reached directly.
    SelfHosted {
        /// The machine.
        resource: SelfHostedMachine,
    },
}

/// An EC2 instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AwsInstance {
    /// The instance id, such as `i-0123456789abcdef0`.
    pub instance_id: String,
    /// The user name on the instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// The AWS account id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The account's Identity Center instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idc_id: Option<String>,
    /// The region of the Identity Center instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idc_region: Option<String>,
}

/// A Compute Engine instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GcloudInstance {
    /// The instance name.
    pub instance_name: String,
    /// The project id.
    pub project_id: String,
}

/// A virtual machine on Azure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AzureMachine {
    /// The resource id.
    pub instance_id: String,
    /// The name.
    pub instance_name: String,
    /// The subscription id.
    pub subscription_id: String,
    /// The subscription's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_name: Option<String>,
    /// The resource id of the resource group.
    pub resource_group_id: String,
    /// The region, such as `eastus`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The network interface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_interface: Option<NetworkInterface>,
}

/// The network interface of a machine on Azure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkInterface {
    /// The resource id.
    pub id: String,
    /// The resource id of the subnet.
    pub subnet_id: String,
    /// The IP address in the subnet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_ip: Option<String>,
}

/// An Azure Bastion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BastionHost {
    /// The resource id.
    pub id: String,
}

/// A jump host: a machine through which others are reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JumpHost {
    /// The resource id.
    pub id: String,
    /// The role that users need on the jump host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_id: Option<String>,
    /// The address.
    pub public_ip: String,
}

/// A self-hosted machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SelfHostedMachine {
    /// The machine's own host name.
    pub hostname: String,
    /// The address or host name to connect to, with `:<port>` if the port is not 22.
    pub public_ip: String,
}

/// The `generated` of an `ssh` request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Generated {
    /// The user name on the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub linux_user_name: Option<String>,
    /// The public key that the machine accepts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The machine's host keys, as lines of `known_hosts`.
    #[serde(deserialize_with = "crate::null_is_default")]
    pub host_keys: Vec<String>,
    /// On AWS: the role or permission set for Systems Manager.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<NamedResource>,
    /// On Azure: the directory (tenant) id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory_id: Option<String>,
}

/// A role or permission set, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedResource {
    /// The name.
    pub name: String,
}

impl SelfHostedMachine {
    /// Returns the host and the port, or `None` if `public_ip` is not an address or host name with an optional port. An IPv6
    /// address with a port must be in brackets.
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
        // `u16::from_str` accepts `+22`.
        let port: u16 = Some(port).filter(|port| port.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
        (known && port != 0).then_some((host, port))
    }
}

impl Permission {
    /// Reads the permission of an `ssh` request.
    ///
    /// # Errors
    /// The request is of another type or lacks a required field.
    pub fn from_request(request: &Request) -> Result<Self, serde_json::Error> {
        Self::deserialize(&request.permission)
    }
}

impl Generated {
    /// Reads the result of provisioning an `ssh` request.
    ///
    /// # Errors
    /// A field has the wrong type.
    pub fn from_request(request: &Request) -> Result<Self, serde_json::Error> {
        Ok(Option::<Self>::deserialize(&request.generated)?.unwrap_or_default())
    }
}

/// The body of `POST /integrations/ssh/public-keys` and `POST /integrations/ssh/certificates`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicKey {
    /// The id of the request whose access the key is for.
    pub request_id: String,
    /// The public key, in the format of `authorized_keys`.
    pub public_key: String,
}

/// The response to `POST /integrations/ssh/certificates`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// An OpenSSH user certificate, in the format of a `-cert.pub` file.
    pub signed_certificate: String,
}

/// The response to `GET /integrations/ssh/host-keys?requestId=…[&force=true]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HostKeys {
    /// Lines of `known_hosts` (host, key type, base64).
    #[serde(default, deserialize_with = "crate::null_is_default")]
    pub host_keys: Vec<String>,
}

/// The body of `POST /integrations/ssh/audit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Audit {
    /// The id of the request whose access is used.
    pub request_id: String,
    /// The start or the end of the session.
    pub action: AuditAction,
    /// The session id, the same at the start and the end.
    pub ssh_session_id: String,
}

/// A reported event of an SSH session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuditAction {
    /// The session started.
    #[serde(rename = "ssh.session.start")]
    Start,
    /// The session ended.
    #[serde(rename = "ssh.session.end")]
    End,
}

impl AuditAction {
    /// Returns the action's name on the wire.
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
        Permission::from_request(&Request { permission, ..Request::with_status(Status::Done) }).expect("a permission")
    }

    #[test]
    fn permission_of_each_provider_parses() {
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
    fn self_hosted_address_splits_into_host_and_port() {
        let address = |public_ip: &str| {
            let machine = SelfHostedMachine { hostname: "h".into(), public_ip: public_ip.into() };
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
    fn missing_generated_is_the_default() {
        for generated in [json!(null), json!({}), json!({"hostKeys": null})] {
            let request = Request { generated, ..Request::with_status(Status::Done) };
            assert_eq!(Generated::from_request(&request).expect("generated"), Generated::default());
        }
    }

    #[test]
    fn audit_actions_serialize_to_their_names() {
        for action in [AuditAction::Start, AuditAction::End] {
            assert_eq!(serde_json::to_value(action).expect("json"), json!(action.as_str()));
        }
    }
}
