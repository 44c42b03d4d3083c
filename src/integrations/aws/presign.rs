//! Calls to AWS that are signed and not made: whoever is handed one makes it, and so learns who signed it (Signature
//! Version 4 in a query,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>). Nothing is sent from here.

use super::Credentials;
use aws_sdk_sts::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign},
    sign::v4,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use std::{fmt::Write, time::Duration};
use url::Url;

/// How long a database takes a token.
pub const RDS_TOKEN: Duration = Duration::from_secs(15 * 60);
/// What a cluster demands to be signed. It adds its own patience: see [`EKS_TOKEN`].
const EKS: Duration = Duration::from_secs(60);
/// How long a token for a cluster is used. Clusters take it for 15 minutes after it was signed; a minute is left for
/// clocks that differ (<https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster>).
const EKS_TOKEN: SignedDuration = SignedDuration::from_mins(14);
/// What tokens for clusters begin with.
const EKS_PREFIX: &str = "k8s-aws-v1.";
/// Says for which cluster a token is.
const EKS_HEADER: &str = "x-k8s-aws-id";

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum PresignError {
    /// Not the name of a host.
    #[error("'{0}' is not the name of a host")]
    Host(String),
    #[error("'{0}' is not an AWS region")]
    Region(String),
    /// There is no such endpoint.
    #[error("there is no endpoint of AWS STS for the region {region}: {why}")]
    Endpoint {
        /// The region that was asked for.
        region: String,
        /// What the rules of the endpoints say.
        why: String,
    },
    /// What is to be signed cannot be.
    #[error("the call cannot be signed: {0}")]
    Sign(String),
}

/// Which endpoint of AWS STS tokens for clusters are signed for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StsEndpoint {
    /// In place of AWS's own (`AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL`).
    pub url: Option<Url>,
    /// With cryptography that FIPS 140 allows (`AWS_USE_FIPS_ENDPOINT`).
    pub fips: bool,
    /// Over IPv6 as well (`AWS_USE_DUALSTACK_ENDPOINT`).
    pub dual_stack: bool,
}

impl StsEndpoint {
    /// The endpoint of a region, by the rules of AWS's own SDK.
    async fn resolve(&self, region: &str) -> Result<Url, PresignError> {
        let failed = |why: String| PresignError::Endpoint { region: region.to_owned(), why };
        if let Some(url) = &self.url {
            return Ok(url.clone());
        }
        let params = Params::builder().region(region).use_fips(self.fips).use_dual_stack(self.dual_stack).build();
        let params = params.map_err(|error| failed(error.to_string()))?;
        let resolver = DefaultResolver::new();
        let endpoint = resolver.resolve_endpoint(&params).await.map_err(|error| failed(error.to_string()))?;
        Url::parse(endpoint.url()).map_err(|error| failed(error.to_string()))
    }
}

/// A password for a database on Amazon RDS that lets its users in by IAM: good for 15 minutes of connecting; the
/// connection may last longer
/// (<https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html>).
pub fn rds_auth_token(
    host: &str,
    port: u16,
    region: &str,
    user: &str,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<SecretString, PresignError> {
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if host.is_empty() || !host.chars().all(is_host) {
        return Err(PresignError::Host(host.to_owned()));
    }
    check_region(region)?;
    let query = [("Action", "connect"), ("DBUser", user)];
    let base = format!("https://{host}:{port}/");
    let url = presign(&base, &query, &[], "rds-db", region, RDS_TOKEN, credentials, now)?;
    Ok(url.expose_secret().trim_start_matches("https://").into())
}

/// A bearer token for a cluster of Amazon EKS, and until when it is to be used: 14 minutes from now. The cluster's API
/// makes the signed call, and so learns whose credentials these are.
pub async fn eks_token(
    cluster: &str,
    region: &str,
    credentials: &Credentials,
    endpoint: &StsEndpoint,
    now: Timestamp,
) -> Result<(SecretString, Timestamp), PresignError> {
    check_region(region)?;
    let base = endpoint.resolve(region).await?;
    let query = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
    let url = presign(base.as_str(), &query, &[(EKS_HEADER, cluster)], "sts", region, EKS, credentials, now)?;
    let token = format!("{EKS_PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(url.expose_secret()));
    Ok((token.into(), now + EKS_TOKEN))
}

/// Whether this can be a region, such as `eu-west-1`. A region becomes part of host names, so nothing else may pass for one.
pub fn is_region(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn check_region(region: &str) -> Result<(), PresignError> {
    if is_region(region) { Ok(()) } else { Err(PresignError::Region(region.to_owned())) }
}

/// A GET of this, signed; the URL is as good as a password.
#[expect(clippy::too_many_arguments, reason = "each is an input of the signature, and there are two callers")]
fn presign(
    base: &str,
    query: &[(&str, &str)],
    headers: &[(&str, &str)],
    service: &str,
    region: &str,
    expires_in: Duration,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<SecretString, PresignError> {
    let failed = |error: &dyn std::fmt::Display| PresignError::Sign(error.to_string());
    let identity = credentials.signer().into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(expires_in);
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(now.into())
        .settings(settings)
        .build()
        .map_err(|error| failed(&error))?
        .into();

    let mut url = format!("{base}?");
    append(&mut url, query.iter().copied());
    let request = SignableRequest::new("GET", url.as_str(), headers.iter().copied(), SignableBody::empty())
        .map_err(|error| failed(&error))?;
    let (instructions, _) = sign(request, &params).map_err(|error| failed(&error))?.into_parts();
    url.push('&');
    append(&mut url, instructions.params().iter().map(|(name, value)| (*name, value.as_ref())));
    Ok(url.into())
}

/// Appends a query. Everything but what RFC 3986 calls unreserved is escaped, as Signature Version 4 wants it.
fn append<'a>(url: &mut String, pairs: impl Iterator<Item = (&'a str, &'a str)>) {
    for (at, (name, value)) in pairs.enumerate() {
        if at > 0 {
            url.push('&');
        }
        url.push_str(name);
        url.push('=');
        for byte in value.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => url.push(char::from(byte)),
                _ => write!(url, "%{byte:02X}").expect("a string takes whatever is written"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials() -> Credentials {
        Credentials {
            access_key_id: "ASIAEXAMPLE".into(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            session_token: "FwoGZXIvYXdzEXAMPLE/token+with=signs==".into(),
            expires_at: now() + SignedDuration::from_hours(1),
            account_id: "111122223333".into(),
            region: None,
        }
    }

    fn now() -> Timestamp {
        "2026-03-04T05:06:07Z".parse().expect("a time")
    }

    /// What stands before the query, and the query in an order of its own.
    fn taken_apart(url: &str) -> (&str, Vec<&str>) {
        let (base, query) = url.split_once('?').expect("a query");
        let mut pairs: Vec<&str> = query.split('&').collect();
        pairs.sort_unstable();
        (base, pairs)
    }

    /// The query that botocore 1.43 makes of the same call at the same time; the signature is its.
    fn query(call: &str, scope: &str, expires: u32, headers: &str, signature: &str) -> String {
        format!(
            "{call}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAEXAMPLE%2F20260304%2F{scope}%2Faws4_request\
             &X-Amz-Date=20260304T050607Z&X-Amz-Expires={expires}&X-Amz-SignedHeaders={headers}\
             &X-Amz-Security-Token=FwoGZXIvYXdzEXAMPLE%2Ftoken%2Bwith%3Dsigns%3D%3D&X-Amz-Signature={signature}"
        )
    }

    #[test]
    fn a_databases_token_is_what_botocore_makes() {
        for (host, port, region, user, escaped, signature) in [
            (
                "db.example.com",
                3306,
                "eu-west-1",
                "asker",
                "asker",
                "96db4f30f59f3e6872bb8f5e02b38dead58baab3a7fede807955d80e5722f930",
            ),
            (
                "db.cluster-abc.us-gov-west-1.rds.amazonaws.com",
                5432,
                "us-gov-west-1",
                "a user+x/y=z~*é@example.com",
                "a%20user%2Bx%2Fy%3Dz~%2A%C3%A9%40example.com",
                "2bc4ceb4be7af2cc2de6a75fecab1715df80ac91577329e10fc76b38ccaac39d",
            ),
        ] {
            let token = rds_auth_token(host, port, region, user, &credentials(), now()).expect("a token");
            let call = format!("Action=connect&DBUser={escaped}");
            let expected = query(&call, &format!("{region}%2Frds-db"), 900, "host", signature);
            let expected = format!("{host}:{port}/?{expected}");
            assert_eq!(taken_apart(token.expose_secret()), taken_apart(&expected));
            assert!(!format!("{token:?}").contains("Signature"));
        }
    }

    #[tokio::test]
    async fn a_clusters_token_is_what_botocore_makes_at_every_kind_of_endpoint() {
        let of_region = StsEndpoint::default();
        let fips = StsEndpoint { fips: true, ..StsEndpoint::default() };
        let dual_stack = StsEndpoint { dual_stack: true, ..StsEndpoint::default() };
        let own = StsEndpoint { url: Some(Url::parse("http://127.0.0.1:5000").expect("a URL")), ..fips.clone() };
        for (cluster, region, endpoint, base, signature) in [
            (
                "main",
                "us-east-1",
                &of_region,
                "https://sts.us-east-1.amazonaws.com/",
                "72a003b29a3219fab1ff556956c5605dc73b22e0f0cd3f0a163bed08802b82e1",
            ),
            (
                "prod_x",
                "cn-north-1",
                &of_region,
                "https://sts.cn-north-1.amazonaws.com.cn/",
                "6fd54366129e829d70974e94ce46c3de5918a78bda2e1c6a3c7a149974d2ed46",
            ),
            (
                "f",
                "us-west-2",
                &fips,
                "https://sts-fips.us-west-2.amazonaws.com/",
                "94002e6d4d42ec283c7ad73dd9d2abb279429eb65b228069375c41c5ecb26ae6",
            ),
            (
                "d",
                "eu-west-1",
                &dual_stack,
                "https://sts.eu-west-1.api.aws/",
                "dbcecf2d5db9a60bd484004dc4ebdeb817a5382dbe499ba796fb0aa499c29409",
            ),
            (
                "m",
                "us-east-1",
                &own,
                "http://127.0.0.1:5000/",
                "4710f88988002552f13f3f0e48c593aad94308454d3763e9b3a857f6728f1f7d",
            ),
        ] {
            let (token, until) = eks_token(cluster, region, &credentials(), endpoint, now()).await.expect("a token");
            assert_eq!(until.to_string(), "2026-03-04T05:20:07Z");
            let token = token.expose_secret().strip_prefix("k8s-aws-v1.").expect("the prefix");
            let url = BASE64_URL_SAFE_NO_PAD.decode(token).expect("base64 without padding");
            let url = String::from_utf8(url).expect("text");
            let call = "Action=GetCallerIdentity&Version=2011-06-15";
            let expected = query(call, &format!("{region}%2Fsts"), 60, "host%3Bx-k8s-aws-id", signature);
            assert_eq!(taken_apart(&url), taken_apart(&format!("{base}?{expected}")));
        }
    }

    #[tokio::test]
    async fn what_is_no_host_or_region_is_not_signed() {
        let rds = |host: &str, region: &str| rds_auth_token(host, 5432, region, "u", &credentials(), now());
        for host in
            ["", "db.example.com/x", "user@db.example.com", "db.example.com?x", "db example", "db\n.example.com"]
        {
            assert!(matches!(rds(host, "us-east-1"), Err(PresignError::Host(_))), "{host:?}");
        }
        for region in ["", "US-EAST-1", "us-east-1/x", "us east", "evil.example.com#"] {
            assert!(matches!(rds("db.example.com", region), Err(PresignError::Region(_))), "{region:?}");
            let eks = eks_token("main", region, &credentials(), &StsEndpoint::default(), now()).await;
            assert!(matches!(eks, Err(PresignError::Region(_))), "{region:?}");
        }
        let eks = eks_token("a\nb", "us-east-1", &credentials(), &StsEndpoint::default(), now()).await;
        assert!(matches!(eks, Err(PresignError::Sign(_))), "{eks:?}");
    }
}
