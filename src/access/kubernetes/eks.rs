//! Clusters of Amazon EKS: tokens are signed here, with the AWS credentials that the access gives.

use super::Token;
use crate::{
    access::aws,
    clock,
    ctx::Ctx,
    error::{CHECK_NETWORK, Failure, Result, hints_for_any_host},
    integrations::{
        aws::{Credentials, presign},
        kubernetes::{
            cluster::{Eks, Endpoint},
            eks::{self, EksEndpoint, EksError},
        },
    },
};
use url::Url;

/// A token for a cluster.
pub(super) async fn token(ctx: &Ctx, region: &str, name: &str, credentials: &Credentials) -> Result<Token> {
    let sts = ctx.env.aws.sts_endpoint().map_err(|error| not_an_address("AWS_ENDPOINT_URL_STS", &error))?;
    let signed = presign::eks_token(name, region, credentials, &sts, clock::now()).await;
    let (text, expires_at) = signed.map_err(|error| {
        Failure::error(format!("No token can be made for the cluster {name}: {error}."))
            .hint("Check AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT.")
    })?;
    Ok(Token { text, expires_at: expires_at.min(credentials.expires_at) })
}

/// Where a cluster is, as AWS says.
pub(super) async fn describe(ctx: &Ctx, eks: &Eks, credentials: &Credentials) -> Result<Endpoint> {
    let settings = &ctx.env.aws;
    let url = settings.eks.as_deref().map(Url::parse).transpose();
    let url = url.map_err(|error| not_an_address("AWS_ENDPOINT_URL_EKS", &error))?;
    let at = EksEndpoint { url, fips: settings.fips, dual_stack: settings.dual_stack };
    Ok(eks::describe(&aws::http(ctx), &at, eks, credentials, clock::now()).await.map_err(failure)?)
}

fn not_an_address(variable: &str, error: &url::ParseError) -> Failure {
    Failure::usage(format!("{variable} is no address: {error}."))
}

fn failure(error: EksError) -> Failure {
    let failure = Failure::error(error.to_string());
    let tell = "Tell whoever runs p0 in your organisation";
    match error {
        EksError::Http { source, .. } => hints_for_any_host(&source)
            .unwrap_or_else(|| vec![CHECK_NETWORK.to_owned()])
            .into_iter()
            .fold(failure, Failure::hint)
            .hint("If you set AWS_ENDPOINT_URL or AWS_CA_BUNDLE: check those too."),
        EksError::Denied { .. } => failure
            .hint(format!("{tell}: the role needs eks:DescribeCluster, or the cluster a server and a certificate.")),
        EksError::Gone { .. } => failure.hint(format!("{tell}: the cluster's ARN is wrong, or the cluster is gone.")),
        EksError::Clock(_) => failure.hint("Set this machine's clock."),
        EksError::NotUnderstood { .. } => failure.hint("Try again later.").hint(format!("{tell}.")),
    }
}
