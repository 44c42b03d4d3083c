//! API discovery: finds the resource of a kind, like `kubectl`.

use super::{
    api::{Api, ApiError},
    rule::{Kind, Mismatch},
};
use crate::provision::ProvisionError;
use serde_json::Value;

/// Looks up a kind, such as `Pod`, `pods` or `Deployment.apps`. If several groups have it, the core group takes precedence,
/// and then the first in the API's order.
pub(super) async fn find(api: &Api, word: &str) -> Result<Kind, ProvisionError> {
    let (name, wanted) = match word.split_once('.') {
        Some((name, group)) => (name, Some(group)),
        None => (word, None),
    };
    if wanted.is_none_or(str::is_empty)
        && let Some(kind) = kind_in("", &api.get(&["api", "v1"]).await?, name)
    {
        return Ok(kind);
    }
    let mut broken = None;
    for (group, version) in versions(&api.get(&["apis"]).await?) {
        if wanted.is_some_and(|wanted| wanted != group) {
            continue;
        }
        match api.get(&["apis", &group, &version]).await {
            Ok(list) => {
                if let Some(kind) = kind_in(&group, &list, name) {
                    return Ok(kind);
                }
            }
            // Aggregated API servers may be down.
            Err(error @ ApiError::Refused { .. }) => broken = Some(error),
            Err(error) => return Err(error.into()),
        }
    }
    Err(match broken {
        Some(error) => error.into(),
        None => Mismatch(format!("there is no kind {word} in the cluster {}", api.cluster())).into(),
    })
}

/// Returns the versions of each group, the preferred one first.
fn versions(groups: &Value) -> Vec<(String, String)> {
    let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
    let mut all = Vec::new();
    for group in groups["groups"].as_array().into_iter().flatten() {
        let Some(name) = text(group, "name") else { continue };
        let preferred = text(&group["preferredVersion"], "version");
        let others = group["versions"].as_array().into_iter().flatten().filter_map(|version| text(version, "version"));
        let others = others.filter(|version| Some(version) != preferred.as_ref());
        all.extend(preferred.iter().cloned().chain(others).map(|version| (name.clone(), version)));
    }
    all
}

/// Finds a kind by its singular or plural name in an `APIResourceList`.
fn kind_in(group: &str, list: &Value, word: &str) -> Option<Kind> {
    let resources = list["resources"].as_array()?;
    let name = |resource: &Value| resource["name"].as_str().map(str::to_owned);
    let is_it = |resource: &&Value| {
        let names = ["kind", "name", "singularName"].into_iter().filter_map(|field| resource[field].as_str());
        !word.is_empty() && names.into_iter().any(|known| known.eq_ignore_ascii_case(word))
    };
    let whole = resources.iter().filter(|resource| name(resource).is_some_and(|name| !name.contains('/')));
    let found = whole.into_iter().find(is_it)?;
    let plural = name(found)?;
    let names = resources.iter().filter_map(name);
    let subresources = names.filter_map(|name| Some(name.strip_prefix(&plural)?.strip_prefix('/')?.to_owned()));
    let namespaced = found["namespaced"].as_bool()?;
    Some(Kind { group: group.into(), subresources: subresources.collect(), namespaced, plural })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_kind_is_known_by_its_names_and_has_its_subresources() {
        let list = json!({"resources": [
            {"name": "pods/log", "kind": "Pod", "singularName": "", "namespaced": true},
            {"name": "pods", "kind": "Pod", "singularName": "pod", "namespaced": true},
            {"name": "podtemplates", "kind": "PodTemplate", "singularName": "", "namespaced": true},
            {"name": "nodes", "kind": "Node", "singularName": "node", "namespaced": false},
            {"kind": 3},
        ]});
        let pod =
            Kind { group: String::new(), plural: "pods".into(), namespaced: true, subresources: vec!["log".into()] };
        for word in ["Pod", "pods", "POD"] {
            assert_eq!(kind_in("", &list, word), Some(pod.clone()));
        }
        assert!(kind_in("", &list, "Node").is_some_and(|kind| !kind.namespaced));
        assert_eq!(kind_in("", &list, "Deployment"), None);
        assert_eq!(kind_in("", &json!({"resources": null}), "Pod"), None);
        assert_eq!(kind_in("", &list, ""), None);
    }

    #[test]
    fn the_preferred_version_is_asked_first() {
        let groups = json!({"groups": [
            {"name": "batch", "versions": [{"version": "v1beta1"}, {"version": "v1"}], "preferredVersion": {"version": "v1"}},
            {"versions": []},
        ]});
        let expected = ["v1", "v1beta1"].map(|version| ("batch".to_owned(), version.to_owned()));
        assert_eq!(versions(&groups), expected);
        assert_eq!(versions(&json!("nonsense")), []);
    }
}
