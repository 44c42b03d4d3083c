//! The things that can be asked for, as the configuration lists them.

use serde::Deserialize;
use std::collections::BTreeMap;

/// One thing that can be asked for, or to which other things belong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// What identifies it, such as an ARN; unique in its list and parent.
    pub key: String,
    /// What a person calls it. Absent: the key.
    #[serde(default)]
    pub value: Option<String>,
    /// Under what a listing shows it. Absent: its parent.
    #[serde(default)]
    pub group: Option<String>,
    /// Other names for it.
    #[serde(default)]
    pub names: Vec<String>,
    /// The key of what it belongs to, such as an account. Absent: it is found in each.
    #[serde(default)]
    pub parent: Option<String>,
    /// Its tags, for policies and for groups of machines.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// What else is known of it, such as `arn`.
    #[serde(default)]
    pub properties: BTreeMap<String, String>,
    /// How the machine is reached, where it is one.
    #[serde(default)]
    pub machine: Option<Machine>,
    /// Through which bucket files go to the machine and come from it.
    #[serde(default)]
    pub bucket: Option<Bucket>,
}

impl Resource {
    /// One of which only the name is known.
    pub(crate) fn named(key: impl Into<String>) -> Self {
        Self { key: key.into(), ..Self::default() }
    }

    /// What a person calls it.
    pub fn label(&self) -> &str {
        self.value.as_deref().unwrap_or(&self.key)
    }

    /// A property, by name.
    pub(crate) fn property(&self, name: &str) -> Option<&str> {
        self.properties.get(name).map(String::as_str)
    }

    /// Its ARN: a property, or the key where that is one.
    pub(crate) fn arn(&self) -> Option<&str> {
        self.property("arn").or_else(|| self.key.starts_with("arn:").then_some(&self.key))
    }

    /// With which provider it is.
    pub(crate) fn provider(&self) -> Option<&str> {
        self.machine.as_ref().map(Machine::provider).or_else(|| self.property("provider"))
    }

    /// All names under which it can be asked for, beside the key.
    pub(crate) fn other_names(&self) -> impl Iterator<Item = &str> {
        self.value.iter().chain(&self.names).map(String::as_str)
    }

    /// It has all of these tags.
    pub(crate) fn has_tags(&self, tags: &BTreeMap<String, String>) -> bool {
        tags.iter().all(|(name, value)| self.tags.get(name) == Some(value))
    }
}

/// A machine, and what is needed to reach it (protocol, section 6).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "provider", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Machine {
    /// An EC2 instance. Its parent is the account.
    Aws {
        /// Such as `us-east-1`.
        region: String,
        /// The role or permission set with which it is reached.
        #[serde(default)]
        role: Option<String>,
        /// The user on the machine, where that is not the principal's own.
        #[serde(default)]
        user_name: Option<String>,
    },
    /// A Compute Engine instance. Its parent is the project.
    Gcloud {
        /// Such as `us-central1-a`.
        zone: String,
    },
    /// A virtual machine on Azure. Its parent is the subscription.
    Azure {
        /// Such as `eastus`.
        region: String,
        /// The identifier of the resource group.
        resource_group: String,
        /// The identifier of the directory (tenant).
        directory: String,
        /// How it is connected.
        network_interface: NetworkInterface,
        /// Through what it is reached.
        gateway: Gateway,
    },
    /// A self-hosted machine.
    SelfHosted {
        /// What it calls itself.
        hostname: String,
        /// Where it is reached: an address or a host name, and `:` with a port that is not 22.
        public_ip: String,
        /// The account on the machine, where that is not the principal's own.
        #[serde(default)]
        user_name: Option<String>,
        /// Its keys, each a type and base64, as in `/etc/ssh/ssh_host_*_key.pub`. Absent: the machine is asked.
        #[serde(default)]
        host_keys: Vec<String>,
        /// Certificates for it name the account and the machine, `account@hostname`, so that those for other machines
        /// are of no use on it. It has to be told to take these names (docs/service.md).
        #[serde(default)]
        own_certificates: bool,
    },
}

impl Machine {
    /// The provider's name in the protocol.
    pub fn provider(&self) -> &'static str {
        match self {
            Self::Aws { .. } => "aws",
            Self::Gcloud { .. } => "gcloud",
            Self::Azure { .. } => "azure",
            Self::SelfHosted { .. } => "self-hosted",
        }
    }

    /// Where it is, such as `us-east-1`.
    pub fn region(&self) -> Option<&str> {
        match self {
            Self::Aws { region, .. } | Self::Azure { region, .. } => Some(region),
            Self::Gcloud { zone } => Some(zone),
            Self::SelfHosted { .. } => None,
        }
    }
}

/// How a machine on Azure is connected.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkInterface {
    /// Its identifier.
    pub id: String,
    /// The subnet's identifier.
    pub subnet: String,
    /// The address in the subnet.
    #[serde(default)]
    pub private_ip: Option<String>,
}

/// Through what a machine on Azure is reached.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Gateway {
    /// A bastion host.
    BastionHost {
        /// Its identifier.
        id: String,
        /// The identifier of the role that is needed on it.
        role: String,
    },
    /// A machine in front of it.
    JumpHost {
        /// Its identifier.
        id: String,
        /// The identifier of the role that is needed on it.
        role: String,
        /// Its address.
        public_ip: String,
    },
}

/// A bucket through which large files go.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Such as `us-east-1`.
    pub region: String,
    /// What its objects' names begin with.
    pub prefix: String,
}
