//! Access to Kubernetes clusters: what is asked for, what was granted, and the tokens that it gives, which are kept in the
//! session's credential store and renewed for all who want one at once.

mod cluster_lookup;
mod eks;
mod temp_kubeconfig;
mod token;

pub use cluster_lookup::{ConfiguredCluster, find};
pub use temp_kubeconfig::{TempKubeconfig, context, equip};
pub use token::{Limits, MissingAccess, RequestOptions, Token, forget, keep, token};

use super::{Access, aws};
use crate::{
    clock,
    error::{Failure, Kind, Result},
    integrations::{
        aws::Credentials,
        kubernetes::{
            cluster::{Eks, Endpoint, Hosting},
            forms::{self, Resource, Role},
        },
    },
    interrupt::Interrupt,
    shell_words,
    ui::time,
};
use jiff::Timestamp;
use p0_wire::request::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What access is asked for, in the service's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    pub cluster: String,
    /// The role, such as `ClusterRole / view`.
    pub role: String,
    /// The resource that it is narrowed to, such as `Pod / default / web-0`.
    pub resource: Option<String>,
}

impl Target {
    /// This role for this resource.
    pub fn new(cluster: &str, role: &Role, resource: Option<&Resource>) -> Self {
        Self { cluster: cluster.to_owned(), role: role.to_string(), resource: resource.map(ToString::to_string) }
    }

    /// What a grant is for; `None`: not for a cluster.
    pub fn from_request(request: &Request) -> Option<Self> {
        let permission = &request.permission;
        let text = |pointer: &str| permission.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (cluster, role) = (text("/clusterId")?, text("/role")?);
        // All resources are a resource of stars.
        let named = |pointer| text(pointer).filter(|text| *text != "*");
        let resource = named("/resource/kind").zip(named("/resource/name")).map(|(kind, name)| Resource {
            kind: kind.into(),
            namespace: named("/resource/namespace").map(Into::into),
            name: name.into(),
        });
        Some(Self {
            cluster: cluster.to_owned(),
            role: role.parse::<Role>().map_or_else(|_| role.to_owned(), |role| role.to_string()),
            resource: resource.map(|resource| resource.to_string()),
        })
    }

    /// The words that ask for it.
    pub fn words(&self, again: &RequestOptions) -> Vec<String> {
        let mut words = ["k8s", "resource", &self.role, "--cluster", &self.cluster].map(str::to_owned).to_vec();
        let options = [("--locator", &self.resource), ("--reason", &again.reason), ("--duration", &again.duration)];
        for (option, value) in options {
            // As one word, so that a value that begins with a dash is a value.
            words.extend(value.iter().map(|value| format!("{option}={value}")));
        }
        words
    }

    /// The namespace that it is within, if it is within one.
    pub fn namespace(&self) -> Option<String> {
        forms::namespace(&self.role, self.resource.as_deref())
    }

    /// What it is called where its tokens are kept.
    fn title(&self) -> String {
        [Some(&self.cluster), Some(&self.role), self.resource.as_ref()]
            .map(|part| part.map_or("", |part| part))
            .join("\n")
    }

    /// The command that sets it up again.
    pub fn command(&self) -> String {
        let words =
            [("--cluster", Some(&self.cluster)), ("--role", Some(&self.role)), ("--resource", self.resource.as_ref())];
        let words =
            words.into_iter().filter_map(|(option, value)| Some(format!(" {option} {}", shell_words::word(value?))));
        format!("p0 kubeconfig{}", words.collect::<String>())
    }
}

/// The default name of the context for this access: `p0-<cluster>/<role>`, and `@<resource>` where it is narrowed to one.
/// No two accesses of an organisation have the same name: roles and resources contain no `@`, and a role's kind says how many
/// parts it has.
pub fn context_name(target: &Target) -> String {
    let cluster = target.cluster.replace('%', "%25").replace('/', "%2F").replace('@', "%40");
    let compact = |text: &str| text.split('/').map(str::trim).collect::<Vec<_>>().join("/");
    let resource = target.resource.as_deref().map(|resource| format!("@{}", compact(resource))).unwrap_or_default();
    format!("p0-{cluster}/{}{resource}", compact(&target.role))
}

/// Does something that takes a while, unless the user loses patience.
pub async fn or_interrupted<T>(interrupt: &mut Interrupt, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        done = work => done,
        () = interrupt.pressed() => {
            Err(Failure::new(Kind::Interrupted, "Interrupted before there was a token for the cluster.").into())
        }
    }
}

/// Access that was granted, as far as tokens need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    pub request: String,
    /// When it ends, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// How it gives a token.
    #[serde(rename = "way")]
    token_source: TokenSource,
}

/// How a grant gives a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum TokenSource {
    /// The service hands it out.
    Service,
    /// It is signed with AWS credentials.
    Eks {
        principal: aws::Principal,
        region: String,
        /// The cluster's name there.
        name: String,
    },
}

/// A token, and what came with it.
struct Fresh {
    token: Token,
    /// The cluster's address, if the token came with it.
    endpoint: Option<Endpoint>,
    /// What it was signed with, if it was.
    credentials: Option<Credentials>,
}

impl Grant {
    pub fn from_access(access: &Access, place: &ConfiguredCluster) -> std::result::Result<Self, Failure> {
        let token_source = match &place.hosting {
            Hosting::Service => TokenSource::Service,
            Hosting::Eks(Eks { region, name, .. }) => {
                let principal = aws::Principal::from_request(&access.request).ok_or_else(|| {
                    Failure::error("The access is granted, but the service does not say by which role of AWS.")
                        .hint("Tell whoever runs p0 in your organisation.")
                })?;
                TokenSource::Eks { principal, region: region.clone(), name: name.clone() }
            }
        };
        let ends_at = access.request.expiry_timestamp.and_then(time::from_millis);
        Ok(Self { request: access.id.clone(), ends_at, token_source })
    }

    /// Whether it has not ended, as far as that is known.
    fn lasts(&self) -> bool {
        self.ends_at.is_none_or(|end| end > clock::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p0_wire::request::Status;
    use serde_json::json;

    #[test]
    fn each_access_has_a_context_name_of_its_own() {
        let target = |cluster: &str, role: &str, resource: Option<&str>| Target {
            cluster: cluster.into(),
            role: role.parse::<Role>().expect("a role").to_string(),
            resource: resource.map(|it| it.parse::<Resource>().expect("a resource").to_string()),
        };
        let name = |target: &Target| context_name(target);
        assert_eq!(name(&target("dev", "ClusterRole/view", None)), "p0-dev/ClusterRole/view");
        assert_eq!(
            name(&target("dev", "role/shop/deployer", Some("Pod/shop/web"))),
            "p0-dev/Role/shop/deployer@Pod/shop/web"
        );
        assert_eq!(name(&target("eu/dev 1@x%", "CuratedRole/a", None)), "p0-eu%2Fdev 1%40x%25/CuratedRole/a");
        let clusters = ["dev", "dev/ClusterRole/a", "dev%2F", "dev/", "dev@Pod", "p0-dev"];
        let roles = ["ClusterRole/a", "CuratedRole/a", "Role/a/b", "ClusterRole/a:b", "ClusterRole/Role"];
        let resources = [None, Some("Pod/a"), Some("Pod/a/b"), Some("a/b/c"), Some("b:Pod/a")];
        let mut names = std::collections::HashSet::new();
        for cluster in clusters {
            for role in roles {
                for resource in resources {
                    let name = name(&target(cluster, role, resource));
                    assert!(names.insert(name.clone()), "{name}");
                }
            }
        }
    }

    #[test]
    fn what_is_asked_for_is_told_from_what_was_granted() {
        let of = |permission| Target::from_request(&Request { permission, ..Request::with_status(Status::Done) });
        let target = Target {
            cluster: "dev one".into(),
            role: "Role / shop / reader".into(),
            resource: Some("Pod / shop / web-0".into()),
        };
        let permission = json!({"type": "resource", "clusterId": "dev one", "role": "role/shop/reader",
                                "resource": {"kind": "Pod", "namespace": "shop", "name": "web-0"}});
        assert_eq!(of(permission), Some(target.clone()));
        let all = json!({"clusterId": "dev", "role": "view", "resource": {"kind": "*", "namespace": "*", "name": "*"}});
        assert_eq!(of(all).map(|target| (target.role, target.resource)), Some(("view".into(), None)));
        let node =
            json!({"clusterId": "dev", "role": "view", "resource": {"kind": "Node", "namespace": "", "name": "n"}});
        assert_eq!(of(node).and_then(|target| target.resource).as_deref(), Some("Node / n"));
        assert_eq!(of(json!({"type": "role", "role": "viewer"})), None);

        assert_eq!(target.namespace().as_deref(), Some("shop"));
        let again = RequestOptions { reason: Some("why".into()), duration: None };
        assert_eq!(
            target.words(&again),
            [
                "k8s",
                "resource",
                "Role / shop / reader",
                "--cluster",
                "dev one",
                "--locator=Pod / shop / web-0",
                "--reason=why"
            ]
        );
        assert_eq!(
            target.command(),
            "p0 kubeconfig --cluster 'dev one' --role 'Role / shop / reader' --resource 'Pod / shop / web-0'"
        );
    }
}
