//! Google Cloud.

use super::{Shaped, document};
use crate::{
    catalog::Resource,
    grammar::{access::aspects, resolve::ResolvedCommand},
};
use serde_json::{Value, json};

/// `{"names": […], "projectId"}`, or `{"accesses": [{"resource", "role"}], "projectId"}`.
pub(super) fn shape(command: &ResolvedCommand<'_>) -> Shaped {
    let mut permission = document([("projectId", command.scope.get("project").map(|project| project.key.as_str()))]);
    if command.access_type.name == "resource" {
        permission.insert("accesses".into(), command.all("accesses").map(access).collect());
        let mut shaped = Shaped::new(permission);
        let roles = command.all("accesses").map(|access| ("role", aspects::has([("id", access.property("role"))])));
        shaped.aspects.extend(roles);
        return shaped;
    }
    permission.insert("names".into(), command.all("names").map(|named| named.key.as_str()).collect());
    Shaped::new(permission)
}

fn access(access: &Resource) -> Value {
    let property = |name| access.property(name);
    let resource = document([
        ("name", property("name")),
        ("type", property("type")),
        ("fullResourceName", property("full-resource-name")),
    ]);
    json!({"resource": resource, "role": property("role")})
}
