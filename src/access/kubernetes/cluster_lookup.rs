//! Where a cluster is and who lets people into it, by what the organisation has set up.

use crate::{
    access::aws,
    clock,
    ctx::Ctx,
    error::Failure,
    integrations::kubernetes::cluster::{self, ClusterError, Endpoint, Hosting},
    shell_words,
};
use anyhow::Result;
use p0_client::{Client, Error};
use p0_wire::integration::Configuration;

/// A cluster that is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredCluster {
    /// Who lets people in.
    pub hosting: Hosting,
    /// Where it is, if the organisation's configuration says so.
    pub endpoint: Option<Endpoint>,
    /// The cluster is an example and does not exist.
    pub is_example: bool,
}

/// Looks a cluster up, and makes sure that there is a way in.
pub async fn find(ctx: &Ctx, client: &Client, id: &str) -> Result<ConfiguredCluster> {
    let place = look_up(client, id).await?.map_err(Failure::from)?;
    if place.is_example && ctx.env.aws.eks.is_none() {
        return Err(Failure::error(format!("The cluster '{id}' is an example: there is no such cluster."))
            .hint("To see a request without using it: p0 dev request k8s resource ClusterRole/view --wait")
            .hint("To connect clusters of your own, run your own service: p0 serve --help")
            .into());
    }
    if let Hosting::Eks(eks) = &place.hosting {
        aws::check_account(ctx, client, &eks.account).await?;
    }
    Ok(place)
}

/// The same, with the reason why p0 cannot connect.
pub(super) async fn look_up(client: &Client, id: &str) -> Result<Result<ConfiguredCluster, ClusterError>> {
    let clusters = configuration(client, "k8s").await?.ok_or_else(|| {
        Failure::error("The organisation has not set up Kubernetes.").hint("See what it has with: p0 request --help")
    })?;
    Ok(place(&clusters, id))
}

fn place(clusters: &Configuration, id: &str) -> Result<ConfiguredCluster, ClusterError> {
    let described = cluster::find(clusters, id)?;
    let hosting = cluster::hosting(id, &described)?;
    let endpoint = match (&hosting, cluster::endpoint(id, &described, clock::now())) {
        // An address that only a proxy reaches, or a certificate of old: AWS knows better.
        (Hosting::Eks(_), Ok(_)) if described.is_proxy == Some(true) => None,
        (Hosting::Eks(_), Err(error)) => {
            tracing::debug!(%error, "AWS is asked where the cluster is");
            None
        }
        (_, endpoint) => endpoint?,
    };
    Ok(ConfiguredCluster { hosting, endpoint, is_example: clusters.is_example(id) })
}

/// What of an integration is installed; `None`: the organisation does not have it.
async fn configuration(client: &Client, name: &str) -> Result<Option<Configuration>> {
    match client.integration(name).await {
        Ok(answer) => Ok(Some(answer.value)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl From<ClusterError> for Failure {
    fn from(error: ClusterError) -> Self {
        let failure = Self::error(error.to_string());
        match error {
            ClusterError::Unknown { known, .. } | ClusterError::NotInstalled { known, .. } => match known[..] {
                [] => failure.hint("No cluster is installed in this organisation."),
                _ => failure.hint(format!("Installed are: {}", known.join(", "))),
            },
            ClusterError::NotUnderstood { .. } => {
                failure.hint("Check this machine's clock, then tell whoever runs p0 in your organisation.")
            }
            ClusterError::Unsupported { id, .. } => failure
                .hint("Supported are Amazon EKS, and clusters for which the service itself hands out tokens.")
                .hint(format!(
                    "The access can be asked for all the same: p0 request k8s resource <role> --cluster {} --wait",
                    shell_words::word(&id)
                )),
        }
    }
}
