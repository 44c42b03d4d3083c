//! The tokens of Amazon EKS, checked as its authenticator does: a presigned `GetCallerIdentity` of the Security Token
//! Service, for one cluster and not for long
//! (<https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster>).

use super::rbac::User;
use crate::http;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use url::Url;

const PREFIX: &str = "k8s-aws-v1.";
const CLUSTER_HEADER: &str = "x-k8s-aws-id";
/// How long a presigned address is good for, whatever it says itself.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);
/// In which a signature may be ahead of the cluster's clock.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// What a presigned address may have beside the action.
const PARAMETERS: [&str; 9] = [
    "action",
    "version",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// How a cluster on EKS knows people.
#[derive(Debug, Clone)]
pub(super) struct Eks {
    /// The cluster's name.
    pub(super) cluster: String,
    /// The Security Token Service: plain HTTP.
    pub(super) sts: Url,
    /// By the ARN of the role or user.
    pub(super) entries: BTreeMap<String, AccessEntry>,
}

/// Whom an ARN is in the cluster.
#[derive(Debug, Clone)]
pub(super) struct AccessEntry {
    /// `{{SessionName}}` stands for the session's name.
    pub(super) username: String,
    pub(super) groups: Vec<String>,
}

impl Eks {
    /// Whose token this is; `Ok(None)`: it is none of EKS.
    ///
    /// # Errors
    /// Why a token is refused, for test failures; the client only receives 401.
    pub(super) fn user(&self, token: &str, now: Timestamp) -> Result<Option<User>, String> {
        let Some(encoded) = token.strip_prefix(PREFIX) else { return Ok(None) };
        let url = BASE64_URL_SAFE_NO_PAD.decode(encoded).map_err(|error| format!("no unpadded base64url: {error}"))?;
        let url = String::from_utf8(url).map_err(|_| "the address is not UTF-8")?;
        let url = Url::parse(&url).map_err(|error| format!("no address: {error}"))?;
        self.check(&url, now)?;
        let arn = self.caller(&url)?;
        let (entry, session) = match assumed_role(&arn) {
            Some((role, session)) => (self.entries.get(&role), session),
            None => (self.entries.get(&arn), ""),
        };
        let entry = entry.ok_or_else(|| format!("no access entry for {arn}"))?;
        let groups = entry.groups.iter().cloned().chain(["system:authenticated".to_owned()]).collect();
        Ok(Some(User { name: entry.username.replace("{{SessionName}}", session), groups }))
    }

    fn check(&self, url: &Url, now: Timestamp) -> Result<(), String> {
        let host = url.host_str().unwrap_or_default();
        let is_regional = host.strip_prefix("sts.").and_then(|rest| rest.strip_suffix(".amazonaws.com"));
        let is_aws = url.scheme() == "https" && (host == "sts.amazonaws.com" || is_regional.is_some());
        let is_here = (url.scheme(), url.host(), url.port()) == (self.sts.scheme(), self.sts.host(), self.sts.port());
        if !(is_aws || is_here) || url.path() != "/" {
            return Err(format!("{host}{} is not the Security Token Service", url.path()));
        }
        let mut parameters = BTreeMap::new();
        for (name, value) in url.query_pairs() {
            let name = name.to_ascii_lowercase();
            if !PARAMETERS.contains(&name.as_str()) {
                return Err(format!("the parameter {name} is not allowed"));
            }
            if parameters.insert(name.clone(), value.into_owned()).is_some() {
                return Err(format!("the parameter {name} is there twice"));
            }
        }
        let parameter = |name: &str| parameters.get(name).map(String::as_str).ok_or(format!("there is no {name}"));
        if parameter("action")? != "GetCallerIdentity" {
            return Err("the action is not GetCallerIdentity".into());
        }
        parameter("x-amz-signature")?;
        let signed = parameter("x-amz-signedheaders")?;
        if signed.split(';').collect::<Vec<_>>() != ["host", CLUSTER_HEADER] {
            return Err(format!("host and {CLUSTER_HEADER} are to be signed, and are: {signed}"));
        }
        let seconds: u32 = parameter("x-amz-expires")?.parse().map_err(|_| "x-amz-expires is no number")?;
        if i64::from(seconds) > LONGEST.as_secs() {
            return Err(format!("it is good for {seconds} s, which is too long"));
        }
        let date = jiff::fmt::strtime::parse("%Y%m%dT%H%M%SZ", parameter("x-amz-date")?)
            .and_then(|date| date.to_datetime()?.to_zoned(jiff::tz::TimeZone::UTC))
            .map_err(|error| format!("x-amz-date: {error}"))?
            .timestamp();
        if date > now + SKEW || now > date + LONGEST {
            return Err(format!("it is of {date}, and now is {now}"));
        }
        Ok(())
    }

    /// Whom the Security Token Service takes the caller for, asked with this cluster's name.
    fn caller(&self, url: &Url) -> Result<String, String> {
        let mut here = self.sts.clone();
        here.set_path("/");
        here.set_query(url.query());
        let headers = [
            (CLUSTER_HEADER, self.cluster.clone()),
            ("accept", "application/json".into()),
            ("authorization", authorization(url)),
        ];
        let (status, answer) = http::exchange("GET", &here, &headers, b"").map_err(|error| error.to_string())?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let arn = serde_json::from_str::<serde_json::Value>(&text).ok().and_then(|document| {
            let result = &document["GetCallerIdentityResponse"]["GetCallerIdentityResult"];
            result["Arn"].as_str().map(str::to_owned)
        });
        let in_xml = || Some(text.split_once("<Arn>")?.1.split_once("</Arn>")?.0.to_owned());
        match arn.or_else(in_xml) {
            Some(arn) if status == 200 => Ok(arn),
            _ => Err(format!("the Security Token Service answers {status}: {text}")),
        }
    }
}

/// What the address was presigned with, as a header: moto reads only there who asks. It believes every signature.
fn authorization(url: &Url) -> String {
    let parameter = |wanted: &str| {
        let found = url.query_pairs().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    format!(
        "{} Credential={}, SignedHeaders={}, Signature={}",
        parameter("x-amz-algorithm"),
        parameter("x-amz-credential"),
        parameter("x-amz-signedheaders"),
        parameter("x-amz-signature")
    )
}

/// `arn:aws:sts::<account>:assumed-role/<role>/<session>` as the role's own ARN, and the session.
fn assumed_role(arn: &str) -> Option<(String, &str)> {
    let (account, rest) = arn.strip_prefix("arn:aws:sts::")?.split_once(":assumed-role/")?;
    let (role, session) = rest.rsplit_once('/')?;
    Some((format!("arn:aws:iam::{account}:role/{role}"), session))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, StandIn};

    const GOOD: &str = "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15\
        &X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20260101%2Fus-east-1%2Fsts%2Faws4_request\
        &X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=00";

    fn now() -> Timestamp {
        "2026-01-01T00:10:00Z".parse().unwrap()
    }

    fn sts() -> StandIn {
        let arn = "arn:aws:sts::111122223333:assumed-role/ClusterAccess/ada@example.com";
        StandIn::by_request(move |request| {
            assert_eq!(request.header(CLUSTER_HEADER), Some("dev"));
            let authorization = request.header("authorization").unwrap();
            assert!(
                authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/sts/aws4_request, ")
            );
            let text = format!("<GetCallerIdentityResult><Arn>{arn}</Arn></GetCallerIdentityResult>");
            Answer::html(if request.target.contains("Signature=00") { 200 } else { 403 }, &text)
        })
    }

    fn eks(sts: &StandIn, role: &str) -> Eks {
        let entry = AccessEntry { username: "person:{{SessionName}}".into(), groups: vec!["people".into()] };
        let entries = BTreeMap::from([(format!("arn:aws:iam::111122223333:role/{role}"), entry)]);
        Eks { cluster: "dev".into(), sts: sts.url().clone(), entries }
    }

    fn token(url: &str) -> String {
        format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(url))
    }

    #[test]
    fn a_presigned_call_says_who_somebody_is() {
        let sts = sts();
        let user = eks(&sts, "ClusterAccess").user(&token(GOOD), now()).unwrap().unwrap();
        assert_eq!((user.name.as_str(), user.groups[0].as_str()), ("person:ada@example.com", "people"));
        let error = eks(&sts, "Other").user(&token(GOOD), now()).unwrap_err();
        assert!(error.starts_with("no access entry for arn:aws:sts::111122223333:assumed-role/ClusterAccess/"));
        assert!(eks(&sts, "ClusterAccess").user("another token", now()).unwrap().is_none());
        let moved = GOOD.replace("https://sts.us-east-1.amazonaws.com/", sts.url().as_str());
        assert!(eks(&sts, "ClusterAccess").user(&token(&moved), now()).unwrap().is_some());
    }

    #[test]
    fn anything_else_is_refused() {
        let sts = sts();
        for (from, to, why) in [
            ("sts.us-east-1.amazonaws.com", "sts.example.com", "is not the Security Token Service"),
            ("https://", "http://", "is not the Security Token Service"),
            ("amazonaws.com/?", "amazonaws.com/x?", "is not the Security Token Service"),
            ("=GetCallerIdentity", "=AssumeRole", "the action is not GetCallerIdentity"),
            ("host%3Bx-k8s-aws-id", "host", "host and x-k8s-aws-id are to be signed"),
            ("Expires=60", "Expires=901", "too long"),
            ("20260101T000000Z", "20251231T235459Z", "it is of 2025-12-31T23:54:59Z"),
            ("20260101T000000Z", "20260101T001501Z", "it is of 2026-01-01T00:15:01Z"),
            ("&X-Amz-Expires=60", "&X-Amz-Expires=60&x-amz-expires=60", "is there twice"),
            ("?Action", "?Name=x&Action", "the parameter name is not allowed"),
            ("&X-Amz-Signature=00", "", "there is no x-amz-signature"),
            ("Signature=00", "Signature=11", "the Security Token Service answers 403"),
        ] {
            let changed = GOOD.replace(from, to);
            assert_ne!(changed, GOOD, "{from}");
            let error = eks(&sts, "ClusterAccess").user(&token(&changed), now()).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        let padded = format!("{PREFIX}{}==", BASE64_URL_SAFE_NO_PAD.encode(GOOD));
        assert!(eks(&sts, "ClusterAccess").user(&padded, now()).unwrap_err().starts_with("no unpadded base64url"));
    }
}
