//! Machines, for the integrations that reach them otherwise than by Secure Shell, and what they share with it.

use super::{Shaped, aspects, aws, document, plain, put};
use crate::{
    catalog::{Gateway, Machine, NetworkInterface, Resource},
    grammar::resolve::ResolvedCommand,
};
use serde_json::{Map, Value, json};

/// The ARN of a machine on AWS.
pub(super) fn instance_arn(destination: &Resource) -> Option<String> {
    match (&destination.machine, &destination.parent) {
        (Some(Machine::Aws { region, .. }), Some(account)) => {
            Some(format!("arn:aws:ec2:{region}:{account}:instance/{}", destination.key))
        }
        _ => None,
    }
}

/// What every document says of a machine on Azure.
pub(super) fn azure_resource(
    destination: &Resource,
    subscription: Option<&Resource>,
    region: &str,
) -> Map<String, Value> {
    document([
        ("instanceId", Some(destination.key.as_str())),
        ("instanceName", Some(destination.label())),
        ("subscriptionId", subscription.map(|subscription| subscription.key.as_str())),
        ("subscriptionName", subscription.map(Resource::label)),
        ("region", Some(region)),
    ])
}

/// How a machine on Azure is connected.
pub(super) fn network_interface(nic: &NetworkInterface) -> Value {
    let mut document = document([("id", Some(nic.id.as_str())), ("subnetId", Some(nic.subnet.as_str()))]);
    put(&mut document, [("privateIp", nic.private_ip.as_deref())]);
    Value::Object(document)
}

/// Remote Desktop.
pub(super) fn desktop(command: &ResolvedCommand<'_>) -> Shaped {
    let Some((destination, Some(Machine::Azure { region, directory, network_interface: nic, gateway, .. }))) =
        command.first("destination").map(|destination| (destination, &destination.machine))
    else {
        return plain::shape(command);
    };
    let subscription = command.entry.parent_of("destination", destination);
    let mut resource = azure_resource(destination, subscription, region);
    resource.insert("directoryId".into(), directory.as_str().into());
    resource.insert("networkInterface".into(), network_interface(nic));
    let mut permission = Map::new();
    if command.switches.contains("admin") {
        permission.insert("admin".into(), Value::Bool(true));
    }
    if let Gateway::BastionHost { id, role } = gateway {
        permission.insert("bastionHost".into(), json!({"id": id, "roleId": role}));
    }
    permission.insert("resource".into(), Value::Object(resource));
    let mut shaped = Shaped::new(permission);
    shaped.aspects.extend(place(destination));
    shaped
}

/// File transfer: through a bucket, to a machine on AWS.
pub(super) fn bucket(command: &ResolvedCommand<'_>) -> Shaped {
    let Some((destination, Some(bucket), Some(Machine::Aws { region, role, .. }))) =
        command.first("destination").map(|destination| (destination, &destination.bucket, &destination.machine))
    else {
        return plain::shape(command);
    };
    let account = destination.parent.as_deref().unwrap_or_default();
    let arn = instance_arn(destination);
    let resource = document([
        ("accountId", Some(account)),
        ("instanceId", Some(destination.key.as_str())),
        ("instanceName", Some(destination.label())),
        ("arn", arn.as_deref()),
        ("region", Some(region)),
        ("bucketName", Some(&bucket.name)),
        ("bucketRegion", Some(&bucket.region)),
        ("objectPrefix", Some(&bucket.prefix)),
    ]);
    let key = command.texts.get("public-key").map(String::as_str);
    let mut permission = document([("destination", Some(destination.key.as_str())), ("publicKey", key)]);
    // Protocol, section 6: the document is that of a resource.
    permission.insert("type".into(), "resource".into());
    permission.insert("resource".into(), Value::Object(resource));

    let aws = aws::delegate(command.catalog, account, arn.as_deref(), destination.label(), role.as_deref());
    let mut session =
        document([("type", Some("session")), ("provider", Some("aws")), ("region", Some(region)), ("publicKey", key)]);
    session.insert("resource".into(), json!({"instanceId": destination.key, "accountId": account}));
    let mut generated = json!({"hostKeys": []});
    if let Some(role) = role {
        generated["resource"] = json!({"name": role});
    }
    let mut shaped = Shaped::new(permission);
    shaped.aspects.extend(place(destination));
    shaped.delegation = vec![
        aws.clone(),
        json!({"key": "ssh", "request": {"permission": session, "generated": generated, "delegation": [aws]}}),
    ];
    shaped
}

/// The aspects that say where a machine is.
fn place(destination: &Resource) -> Vec<(&'static str, crate::domain::Aspect)> {
    let id = |value| aspects::has([("id", value)]);
    let mut place = vec![("provider", id(destination.provider()))];
    place.extend(destination.parent.as_deref().map(|parent| ("parent", id(Some(parent)))));
    place.extend(destination.machine.as_ref().and_then(Machine::region).map(|region| ("region", id(Some(region)))));
    place
}
