//! Amazon EKS: where a cluster is, asked of AWS where the service does not say.
//!
//! `GET /clusters/<name>`, signed (<https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeCluster.html>). One
//! call does not need an SDK.

use super::cluster::{Eks, Endpoint};
use crate::integrations::aws::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use jiff::{SignedDuration, Timestamp};
use p0_client::{Error as HttpError, Fetched, Http};
use reqwest::{StatusCode, header};
use serde::Deserialize;
use std::time::Duration;
use url::Url;

/// AWS answers in milliseconds.
const LIMIT: Duration = Duration::from_secs(20);
/// No answer is larger, in bytes.
const LARGEST: usize = 1024 * 1024;
/// AWS takes signatures that are off by five minutes.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Which of AWS's endpoints to ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EksEndpoint {
    /// In place of AWS's own (`AWS_ENDPOINT_URL_EKS`, `AWS_ENDPOINT_URL`).
    pub url: Option<Url>,
    /// With cryptography that FIPS 140 allows (`AWS_USE_FIPS_ENDPOINT`).
    pub fips: bool,
    /// Over IPv6 as well (`AWS_USE_DUALSTACK_ENDPOINT`).
    pub dual_stack: bool,
}

/// Why AWS does not say where a cluster is.
#[derive(Debug, thiserror::Error)]
pub enum EksError {
    /// It cannot be reached.
    #[error("AWS cannot be asked where the cluster '{name}' is: {source}")]
    Http { name: String, source: HttpError },
    /// The credentials may not ask.
    #[error("AWS does not let this role see where the cluster '{name}' is: {message}")]
    Denied { name: String, message: String },
    /// There is no such cluster.
    #[error("There is no cluster '{name}' in the account {account} and region {region}.")]
    Gone { name: String, account: String, region: String },
    /// This machine's clock and AWS's differ.
    #[error("This machine's clock is off by {} against that of AWS, which takes no signature of such a time.", minutes(*.0))]
    Clock(SignedDuration),
    /// What it says is not understood.
    #[error("What AWS says of the cluster '{name}' is not understood: {why}")]
    NotUnderstood { name: String, why: String },
}

fn minutes(off: SignedDuration) -> String {
    let minutes = off.as_mins().abs();
    if minutes == 1 { "1 minute".into() } else { format!("{minutes} minutes") }
}

impl EksEndpoint {
    /// The address of a cluster, by the rules of AWS's own SDKs
    /// (<https://docs.aws.amazon.com/general/latest/gr/eks.html>).
    fn address(&self, eks: &Eks) -> Result<Url, url::ParseError> {
        let region = &eks.region;
        let (suffix, dual) = match eks.partition.as_str() {
            "aws-cn" => ("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
            _ => ("amazonaws.com", "api.aws"),
        };
        let base = match (&self.url, self.fips, self.dual_stack) {
            (Some(url), ..) => url.as_str().trim_end_matches('/').to_owned(),
            (None, false, false) => format!("https://eks.{region}.{suffix}"),
            (None, false, true) => format!("https://eks.{region}.{dual}"),
            // Every endpoint of this partition is such a one.
            (None, true, false) if eks.partition == "aws-us-gov" => format!("https://eks.{region}.{suffix}"),
            (None, true, false) => format!("https://fips.eks.{region}.{suffix}"),
            (None, true, true) => format!("https://eks-fips.{region}.{dual}"),
        };
        Url::parse(&format!("{base}/clusters/{}", eks.name))
    }
}

/// Asks AWS where a cluster is.
pub async fn describe(
    http: &Http,
    at: &EksEndpoint,
    eks: &Eks,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<Endpoint, EksError> {
    let name = || eks.name.clone();
    let odd = |why: String| EksError::NotUnderstood { name: name(), why };
    let url = at.address(eks).map_err(|error| odd(error.to_string()))?;
    let failed = |source| match source {
        HttpError::TooLong { .. } => odd("it is too long".into()),
        source => EksError::Http { name: name(), source },
    };
    let headers = signed(&url, eks, credentials, now).map_err(odd)?;
    let call = http.reqwest(&url).map_err(failed)?.get(url.clone()).headers(headers);
    let Fetched { status, headers, body } = http.fetch(&url, call, LIMIT, LARGEST).await.map_err(failed)?;
    let kind = text(&headers, "x-amzn-errortype");
    let theirs = text(&headers, header::DATE.as_str());
    if !status.is_success() {
        return Err(refused(eks, status, &kind, &body, off(&theirs, now)));
    }

    #[derive(Deserialize)]
    struct Answer {
        cluster: Described,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Described {
        endpoint: String,
        certificate_authority: Authority,
    }
    #[derive(Deserialize)]
    struct Authority {
        data: String,
    }
    let Answer { cluster } = serde_json::from_slice(&body).map_err(|error| odd(error.to_string()))?;
    Endpoint::new(&cluster.endpoint, &cluster.certificate_authority.data, now).map_err(odd)
}

/// What signs the call (Signature Version 4).
fn signed(url: &Url, eks: &Eks, credentials: &Credentials, now: Timestamp) -> Result<header::HeaderMap, String> {
    let identity = credentials.signer().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&eks.region)
        .name("eks")
        .time(now.into())
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| error.to_string())?
        .into();
    let request = SignableRequest::new("GET", url.as_str(), std::iter::empty(), SignableBody::empty())
        .map_err(|error| error.to_string())?;
    let (instructions, _) = sign(request, &params).map_err(|error| error.to_string())?.into_parts();
    let mut headers = header::HeaderMap::new();
    for (name, value) in instructions.headers() {
        let mut value = header::HeaderValue::from_str(value).map_err(|error| error.to_string())?;
        value.set_sensitive(true);
        headers.insert(header::HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?, value);
    }
    Ok(headers)
}

fn text(headers: &header::HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// By how much this machine's clock is ahead of the one behind this header (RFC 9110, section 6.6.1).
fn off(date: &str, now: Timestamp) -> Option<SignedDuration> {
    let theirs = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    Some(now.duration_since(theirs)).filter(|off| off.abs() > CLOCK_TOLERANCE)
}

fn refused(eks: &Eks, status: StatusCode, kind: &str, body: &[u8], off: Option<SignedDuration>) -> EksError {
    #[derive(Default, Deserialize)]
    struct Refusal {
        #[serde(alias = "Message")]
        message: Option<String>,
    }
    let Refusal { message } = serde_json::from_slice(body).unwrap_or_default();
    let message = message.unwrap_or_else(|| format!("HTTP status {status}"));
    let Eks { account, region, name, .. } = eks.clone();
    // `AccessDeniedException:http://internal.amazon.com/…`
    match (kind.split(':').next().unwrap_or_default(), status, off) {
        (_, StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED | StatusCode::BAD_REQUEST, Some(off)) => {
            EksError::Clock(off)
        }
        ("ResourceNotFoundException", ..) => EksError::Gone { name, account, region },
        (_, StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED, _) => EksError::Denied { name, message },
        _ => EksError::NotUnderstood { name, why: message },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eks(arn: &str) -> Eks {
        arn.parse().expect("an ARN")
    }

    #[test]
    fn every_partition_has_its_endpoints() {
        let dev = "arn:aws:eks:us-east-1:111122223333:cluster/dev";
        let gov = "arn:aws-us-gov:eks:us-gov-west-1:111122223333:cluster/dev";
        let china = "arn:aws-cn:eks:cn-north-1:111122223333:cluster/dev";
        for (arn, fips, dual_stack, address) in [
            (dev, false, false, "https://eks.us-east-1.amazonaws.com/clusters/dev"),
            (dev, true, false, "https://fips.eks.us-east-1.amazonaws.com/clusters/dev"),
            (dev, false, true, "https://eks.us-east-1.api.aws/clusters/dev"),
            (dev, true, true, "https://eks-fips.us-east-1.api.aws/clusters/dev"),
            (gov, true, false, "https://eks.us-gov-west-1.amazonaws.com/clusters/dev"),
            (china, false, false, "https://eks.cn-north-1.amazonaws.com.cn/clusters/dev"),
        ] {
            let endpoint = EksEndpoint { url: None, fips, dual_stack };
            assert_eq!(endpoint.address(&eks(arn)).expect("an address").as_str(), address);
        }
        let own = EksEndpoint { url: Some(Url::parse("http://127.0.0.1:5000").expect("one")), ..Default::default() };
        assert_eq!(own.address(&eks(dev)).expect("an address").as_str(), "http://127.0.0.1:5000/clusters/dev");
    }

    #[test]
    fn a_refusal_says_what_it_is() {
        let eks = eks("arn:aws:eks:us-east-1:111122223333:cluster/dev");
        let refused = |kind, status, body: &str, off| refused(&eks, status, kind, body.as_bytes(), off).to_string();
        let denied =
            refused("AccessDeniedException:x", StatusCode::FORBIDDEN, r#"{"message": "no eks:DescribeCluster"}"#, None);
        assert!(denied.ends_with("no eks:DescribeCluster"), "{denied}");
        let gone = refused("ResourceNotFoundException", StatusCode::NOT_FOUND, "{}", None);
        assert!(gone.contains("no cluster 'dev' in the account 111122223333 and region us-east-1"), "{gone}");
        let clock =
            refused("InvalidSignatureException", StatusCode::FORBIDDEN, "", Some(SignedDuration::from_mins(-61)));
        assert!(clock.contains("off by 61 minutes"), "{clock}");
        let odd = refused("", StatusCode::INTERNAL_SERVER_ERROR, "<html>", None);
        assert!(odd.contains("HTTP status 500"), "{odd}");
    }

    #[test]
    fn the_clock_of_aws_stands_in_its_answer() {
        let now: Timestamp = "2026-03-04T05:06:07Z".parse().expect("a time");
        assert_eq!(off("Wed, 04 Mar 2026 05:02:00 GMT", now), None);
        assert_eq!(off("Wed, 04 Mar 2026 04:06:07 GMT", now), Some(SignedDuration::from_hours(1)));
        assert_eq!(off("", now), None);
    }
}
