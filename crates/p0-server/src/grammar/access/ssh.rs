//! Secure Shell.

use super::{
    Shaped, aspects, aws, document,
    machine::{azure_resource, instance_arn, network_interface},
    put,
};
use crate::{
    catalog::{Gateway, Machine, Resource},
    grammar::resolve::ResolvedCommand,
    ssh,
};
use p0_wire::ssh::SelfHostedMachine;
use serde_json::{Map, Value, json};

/// The permission document of each of its access types.
pub(super) fn shape(command: &ResolvedCommand<'_>) -> Shaped {
    let mut permission = document([
        ("provider", command.choices.get("provider").map(String::as_str)),
        ("publicKey", command.texts.get("public-key").map(String::as_str)),
    ]);
    if command.switches.contains("sudo") {
        permission.insert("sudo".into(), Value::Bool(true));
    }
    let parent = command.scope.get("parent").map(AsRef::as_ref).or_else(|| command.first("parent"));
    let mut shaped = match (command.first("destination"), command.first("group")) {
        (Some(destination), _) => session(command, permission, destination, parent),
        (None, Some(group)) => {
            permission.insert("group".into(), json!({"name": group.key, "tags": group.tags}));
            permission.extend(parent.map(|parent| ("parent".into(), reference(parent))));
            Shaped::new(permission)
        }
        (None, None) => {
            permission.extend(parent.map(|parent| ("parent".into(), reference(parent))));
            Shaped::new(permission)
        }
    };
    if let Some(key) = command.texts.get("public-key") {
        shaped.generated["publicKey"] = key.as_str().into();
    }
    shaped
}

fn reference(parent: &Resource) -> Value {
    json!({"id": parent.key, "name": parent.label()})
}

fn session(
    command: &ResolvedCommand<'_>,
    mut permission: Map<String, Value>,
    destination: &Resource,
    parent: Option<&Resource>,
) -> Shaped {
    let id = parent.map(|parent| parent.key.as_str());
    let mut generated = json!({});
    let mut delegation = Vec::new();
    let mut full_name = None;
    match &destination.machine {
        Some(Machine::Aws { region, role, user_name }) => {
            let account = aws::account_of(command.catalog, id.unwrap_or_default());
            put(&mut permission, [("region", Some(region.as_str())), ("alias", parent.map(Resource::label))]);
            let resource = document([
                ("instanceId", Some(destination.key.as_str())),
                ("instanceName", Some(destination.label())),
                ("userName", user_name.as_deref()),
                ("accountId", id),
                ("idcId", account.property("idc-id")),
                ("idcRegion", account.property("idc-region")),
            ]);
            permission.insert("resource".into(), Value::Object(resource));
            generated = json!({"hostKeys": []});
            if let Some(account) = user_name {
                generated["linuxUserName"] = account.as_str().into();
            }
            if let Some(role) = role {
                generated["resource"] = json!({"name": role});
            }
            let arn = instance_arn(destination);
            let delegate =
                aws::delegate(command.catalog, &account.key, arn.as_deref(), destination.label(), role.as_deref());
            delegation.push(delegate);
        }
        Some(Machine::Gcloud { zone }) => {
            let name = destination.label();
            permission.insert("zone".into(), zone.as_str().into());
            permission.insert("resource".into(), json!({"instanceName": name, "projectId": id}));
            let project = id.unwrap_or_default();
            full_name = Some(format!("//compute.googleapis.com/projects/{project}/zones/{zone}/instances/{name}"));
        }
        Some(Machine::Azure { region, resource_group, directory, network_interface: nic, gateway }) => {
            let mut resource = azure_resource(destination, parent, region);
            resource.insert("resourceGroupId".into(), resource_group.as_str().into());
            resource.insert("networkInterface".into(), network_interface(nic));
            permission.insert("resource".into(), Value::Object(resource));
            let (name, gateway) = match gateway {
                Gateway::BastionHost { id, .. } => ("bastionHost", json!({"id": id})),
                Gateway::JumpHost { id, role, public_ip } => {
                    ("jumpHost", json!({"id": id, "roleId": role, "publicIp": public_ip}))
                }
            };
            permission.insert(name.into(), gateway);
            generated = json!({"directoryId": directory});
        }
        Some(Machine::SelfHosted { hostname, public_ip, user_name, host_keys, own_certificates }) => {
            let machine = SelfHostedMachine { hostname: hostname.clone(), public_ip: public_ip.clone() };
            permission.insert("resource".into(), json!(machine));
            if let Some(account) = user_name {
                generated["linuxUserName"] = account.as_str().into();
            }
            if *own_certificates {
                generated["certificatesFor"] = hostname.as_str().into();
            }
            if let Some((host, port)) = machine.address().filter(|_| !host_keys.is_empty()) {
                generated["hostKeys"] = ssh::lines(host, port, host_keys).into();
            }
        }
        // The configuration is refused if a destination is not a machine.
        None => {}
    }
    let mut shaped = Shaped { generated, delegation, ..Shaped::new(permission) };
    let arn = instance_arn(destination);
    let properties = [("arn", arn.as_deref()), ("full-resource-name", full_name.as_deref())];
    shaped.properties = Some(("destination", aspects::has(properties)));
    if let Some(region) = destination.machine.as_ref().and_then(Machine::region) {
        shaped.aspects.push(("region", aspects::has([("id", Some(region))])));
    }
    let groups = command.entry.resources("group").iter().filter(|group| {
        let elsewhere = group.parent.is_some() && group.parent != destination.parent;
        !elsewhere && !group.tags.is_empty() && destination.has_tags(&group.tags)
    });
    shaped.aspects.extend(groups.map(|group| ("group", aspects::has([("name", Some(group.key.as_str()))]))));
    shaped
}
