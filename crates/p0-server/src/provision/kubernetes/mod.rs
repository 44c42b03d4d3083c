//! Access to Kubernetes clusters. Each request gets a role that is narrowed to the requested resource, a role binding, and a
//! service account, whose tokens the principal gets.
//!
//! All three are named after the request, so provisioning is idempotent and deprovisioning finds them
//! without any stored result.

mod api;
mod config;
mod connection;
mod discovery;
mod objects;
mod rule;
mod yaml;

pub use config::{ClusterConfig, KubernetesConfig};
pub use rule::Rule;

use super::{Granted, ProvisionError, Provisioner};
use crate::{
    clock::{Clock, Timestamp},
    domain::{ClusterPermission, Request, RoleName, cluster::ANY},
};
use api::Api;
use async_trait::async_trait;
use objects::Objects;
use p0_wire::credential::{ClusterCredential, Credential};
use rule::Scope;
use serde::Deserialize;
use serde_json::{Value, json};

/// The minimum (enforced by clusters) and maximum lifetime of a token, in seconds. A token ends with its service account, so
/// never after the access.
const SHORTEST_TOKEN: u64 = 600;
const LONGEST_TOKEN: u64 = 3_600;

/// The provisioner for Kubernetes clusters.
pub(super) struct Kubernetes {
    config: KubernetesConfig,
    clock: Clock,
}

/// Checks the files of all clusters, so that errors show before anyone requests access. Returns the cluster and the problem
/// with its file.
pub(super) fn check_files(config: &KubernetesConfig) -> Result<(), String> {
    config.clusters.iter().try_for_each(|(name, cluster)| {
        open(name, cluster).map(drop).map_err(|why| format!("provisioner.clusters.{name}: {why}"))
    })
}

/// Reads the files each time, so that replaced tokens are used.
fn open(name: &str, config: &ClusterConfig) -> Result<Api, String> {
    let connection = connection::read(config).map_err(|error| error.to_string())?;
    Api::new(name, connection)
}

/// Parses a request's permission and finds its cluster.
struct Job<'a> {
    permission: ClusterPermission,
    role: RoleName,
    cluster: &'a ClusterConfig,
    api: Api,
}

impl Kubernetes {
    pub(super) fn new(config: KubernetesConfig, clock: Clock) -> Self {
        Self { config, clock }
    }

    fn job(&self, request: &Request) -> Result<Job<'_>, ProvisionError> {
        let wrong = |message: String| ProvisionError { message, retry: false };
        let permission = ClusterPermission::deserialize(&request.access.permission)
            .map_err(|error| wrong(format!("the permission is none of a cluster: {error}")))?;
        let role = RoleName::parse(&permission.role)
            .ok_or_else(|| wrong(format!("the role {:?} is of no known form", permission.role)))?;
        let id = &permission.cluster_id;
        let cluster = self.config.clusters.get(id);
        let cluster = cluster.ok_or_else(|| wrong(format!("the cluster {id} is not configured")))?;
        // An administrator may be in the process of replacing the files.
        let unreadable = |why| {
            tracing::error!(cluster = id, why, "the files of a cluster cannot be used");
            let message = format!("the service cannot sign in to the cluster {id}: its log says why");
            ProvisionError { message, retry: true }
        };
        let api = open(id, cluster).map_err(unreadable)?;
        Ok(Job { permission, role, cluster, api })
    }

    /// Returns the rules of the requested role.
    async fn rules(&self, job: &Job<'_>) -> Result<Vec<Rule>, ProvisionError> {
        const RBAC: [&str; 3] = ["apis", "rbac.authorization.k8s.io", "v1"];
        let missing =
            || rule::Mismatch(format!("there is no {} in the cluster {}", job.role, job.permission.cluster_id));
        let path = match &job.role {
            RoleName::Curated(name) => {
                return Ok(self.config.curated_roles.get(name).cloned().ok_or_else(missing)?);
            }
            RoleName::Cluster(name) => vec!["clusterroles", name],
            RoleName::Namespaced { namespace, name } => vec!["namespaces", namespace, "roles", name],
        };
        let role = match job.api.get(&[&RBAC[..], &path].concat()).await {
            Err(error) if error.is_absence() => return Err(missing().into()),
            result => result?,
        };
        // An aggregated role may have no rules yet.
        let rules = role.get("rules").filter(|rules| !rules.is_null()).cloned().unwrap_or_else(|| json!([]));
        serde_json::from_value(rules).map_err(|error| ProvisionError {
            message: format!("the rules of {} cannot be read: {error}", job.role),
            retry: false,
        })
    }

    /// Returns the granted rules, which are a subset of the requested role's.
    async fn narrowed(&self, job: &Job<'_>) -> Result<Vec<Rule>, ProvisionError> {
        let resource = &job.permission.resource;
        let rules = self.rules(job).await?;
        let kind = match resource.kind.as_str() {
            ANY => None,
            word => Some(discovery::find(&job.api, word).await?),
        };
        rule::check_kind(resource, kind.as_ref())?;
        let rules = rule::narrow(&rules, resource, kind.as_ref());
        match rules.is_empty() {
            true => Err(rule::Mismatch(format!("{} allows nothing on {resource}", job.role)).into()),
            false => Ok(rules),
        }
    }
}

#[async_trait]
impl Provisioner for Kubernetes {
    async fn grant(&self, request: &Request) -> Result<Granted, ProvisionError> {
        let job = self.job(request)?;
        let scope = rule::scope(&job.role, &job.permission.resource)?;
        let rules = self.narrowed(&job).await?;
        let objects = Objects::new(request, &self.config.namespace, scope);
        job.api.apply(&objects.account_path(), &objects.account()).await?;
        job.api.apply(&objects.role_path(), &objects.role(&rules)).await?;
        let username = job.cluster.username_of(&request.principal);
        job.api.apply(&objects.binding_path(), &objects.binding(&username)).await?;
        Ok(Granted { generated: objects.generated(), delegation: request.access.delegation.clone() })
    }

    async fn revoke(&self, request: &Request) -> Result<(), ProvisionError> {
        let job = self.job(request)?;
        // A permission without a valid scope was never granted.
        let Ok(scope) = rule::scope(&job.role, &job.permission.resource) else { return Ok(()) };
        let objects = Objects::new(request, &self.config.namespace, scope);
        // The binding goes first. Without it, the other objects grant nothing.
        for path in [objects.binding_path(), objects.account_path(), objects.role_path()] {
            job.api.delete(&path).await?;
        }
        Ok(())
    }

    async fn credential(&self, request: &Request) -> Result<Option<Credential>, ProvisionError> {
        let job = self.job(request)?;
        let objects = Objects::new(request, &self.config.namespace, Scope::Cluster);
        let now = self.clock.now();
        let end = request.expires_at.unwrap_or(now);
        let seconds = now.until(end).as_secs().clamp(SHORTEST_TOKEN, LONGEST_TOKEN);
        let document = json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenRequest",
            "spec": {"expirationSeconds": seconds},
        });
        let path = [objects.account_path(), vec!["token"]].concat();
        let answer = job.api.post(&path, &document).await?;
        let (token, expires) = token(&answer).ok_or_else(|| job.api.nonsense())?;
        Ok(Some(Credential::Kubernetes(ClusterCredential {
            server: job.api.server().to_string(),
            certificate_authority: job.api.authority().to_owned(),
            token,
            // Clients compare whole seconds.
            expiration_timestamp: expires.min(end).whole_seconds().rfc3339(),
        })))
    }
}

/// Returns the token of a `TokenRequest` and its expiry.
fn token(answer: &Value) -> Option<(String, Timestamp)> {
    let status = &answer["status"];
    let expires: jiff::Timestamp = status["expirationTimestamp"].as_str()?.parse().ok()?;
    Some((status["token"].as_str()?.to_owned(), Timestamp(expires.as_millisecond())))
}
