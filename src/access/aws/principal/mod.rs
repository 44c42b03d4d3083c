//! Whose credentials are wanted: a role or a permission set, by what a request has granted.

use crate::integrations::aws::account;
use p0_wire::request::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What credentials are for, by the name that it has at AWS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Name {
    /// A role of IAM: its name, with its path or without, or its ARN.
    Role(String),
    /// A permission set of IAM Identity Center.
    PermissionSet(String),
}

impl Name {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Role(name) | Self::PermissionSet(name) => name,
        }
    }

    pub(super) const fn kind(&self) -> account::Kind {
        match self {
            Self::Role(_) => account::Kind::Role,
            Self::PermissionSet(_) => account::Kind::PermissionSet,
        }
    }

    /// The word for its kind, as the service and the command line have it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Role(_) => "role",
            Self::PermissionSet(_) => "permission-set",
        }
    }
}

/// Whose credentials are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    /// The account: twelve digits.
    pub account_id: String,
    pub name: Name,
}

impl Principal {
    /// What a request has granted on AWS: by itself (`aws role …`, `aws permission-set …`), else what another grant
    /// rests on (protocol, section 6: the delegate `aws`, also of the delegate `aws-rds`).
    pub fn from_request(request: &Request) -> Option<Self> {
        let direct = || {
            let permission = &request.permission;
            let account_id = account_id(permission)?;
            if !is_of_aws(request, &account_id) {
                return None;
            }
            let name = name(permission, &request.generated)?;
            let name = match permission.get("type")?.as_str()? {
                "role" => Name::Role(name),
                "permission-set" => Name::PermissionSet(name),
                _ => return None,
            };
            Some(Self { account_id, name })
        };
        direct().or_else(|| Self::of_delegate(request.delegate("aws")?)).or_else(|| {
            let delegates = request.delegate("aws-rds")?.get("delegation")?.as_array()?;
            let aws = delegates.iter().find(|delegate| delegate.get("key").and_then(Value::as_str) == Some("aws"))?;
            Self::of_delegate(aws.get("request")?)
        })
    }

    /// What a delegate `aws` grants: a permission set where it names an Identity Center, else a role.
    fn of_delegate(delegate: &Value) -> Option<Self> {
        let permission = delegate.get("permission")?;
        let name = delegate.pointer("/generated/name")?.as_str().filter(|name| !name.is_empty())?.to_owned();
        let idc = permission.get("idcId").is_some_and(|id| !id.is_null());
        let name = if idc { Name::PermissionSet(name) } else { Name::Role(name) };
        Some(Self { account_id: account_id(permission)?, name })
    }
}

/// Whether what is granted is AWS's, and not some other provider's that has roles and accounts as well. Nothing that the
/// request says of it may speak against it, and something has to speak for it: the name of the integration, an ARN, or the
/// account's label beside its number, as AWS's permissions have it (protocol, section 6).
fn is_of_aws(request: &Request, account_id: &str) -> bool {
    let permission = &request.permission;
    let integration = request.extra.get("integration").or_else(|| permission.get("integration"));
    let arn = permission.get("arn").filter(|arn| !arn.is_null());
    let right = [
        integration.map(|integration| integration == "aws"),
        arn.map(|arn| arn.as_str().is_some_and(|arn| is_arn_in(arn, account_id))),
        permission.get("account").filter(|account| !account.is_null()).map(Value::is_string),
    ];
    right.iter().flatten().count() > 0 && right.into_iter().flatten().all(|right| right)
}

/// Whether this is an ARN, of this account where it names one
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
fn is_arn_in(arn: &str, account_id: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [arn, partition, _, _, account, _] = parts[..] else { return false };
    arn == "arn" && partition.split('-').next() == Some("aws") && (account.is_empty() || account == account_id)
}

/// What provisioning called it, else what was asked for.
fn name(permission: &Value, generated: &Value) -> Option<String> {
    let name = generated.get("name").or_else(|| permission.get("name"))?.as_str()?;
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

fn account_id(permission: &Value) -> Option<String> {
    let id = permission.get("accountId")?.as_str()?;
    let is_one = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then(|| id.to_owned())
}

#[cfg(test)]
mod tests;
