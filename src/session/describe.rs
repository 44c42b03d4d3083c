//! How an organisation says that it is reached: from a local file, from the cache, or from the service.

use super::owner;
use crate::{
    clock,
    dirs::{self, Dirs},
    error::Failure,
};
use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use p0_client::Http;
use p0_wire::org::Org;
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, time::Instant};
use url::Url;

/// How long the service's word is taken without asking again.
const FRESH: SignedDuration = SignedDuration::from_hours(24);

/// An organisation as it describes itself.
#[derive(Debug, Clone)]
pub struct Described {
    /// What the service, or the local file, says.
    pub org: Org,
    /// The base of every call for this organisation.
    pub base: Url,
}

/// What is cached: nothing secret.
#[derive(Debug, Serialize, Deserialize)]
struct Cached {
    lookup: Url,
    at: Timestamp,
    org: Org,
}

/// Whether the cache will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CachePolicy {
    /// What is known from the last day is good enough.
    UseCache,
    /// The service is asked, for example because somebody signs in.
    Refresh,
}

/// Describes an organisation whose name has been checked. The service is not asked again after the deadline.
pub async fn describe(
    dirs: &Dirs,
    http: &Http,
    lookup: &Url,
    org: &str,
    ask: CachePolicy,
    deadline: Option<Instant>,
) -> Result<Described> {
    if let Some(local) = bootstrap(dirs, org)? {
        return Ok(based(local, lookup)?);
    }
    if ask == CachePolicy::UseCache
        && let Some(known) = cached(dirs, lookup, org, clock::now(), FRESH)
    {
        return Ok(based(known, lookup)?);
    }
    let found = p0_client::discover(http, lookup, org, deadline).await?.value;
    keep(dirs, org, &Cached { lookup: lookup.clone(), at: clock::now(), org: found.clone() });
    Ok(based(found, lookup)?)
}

/// What was last known of an organisation, however long ago: for what is found on this machine alone.
pub fn known(dirs: &Dirs, lookup: &Url, org: &str) -> Result<Option<Described>, Failure> {
    let known = match bootstrap(dirs, org)? {
        Some(local) => Some(local),
        None => cached(dirs, lookup, org, clock::now(), SignedDuration::MAX),
    };
    known.map(|known| based(known, lookup)).transpose()
}

/// A private deployment's own file.
fn bootstrap(dirs: &Dirs, org: &str) -> Result<Option<Org>, Failure> {
    let path = dirs.bootstrap(org);
    let text = dirs::read(&path).map_err(|e| Failure::error(format!("Cannot read {}: {e}", path.display())))?;
    let Some(text) = text else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|error| {
        Failure::error(format!("{} does not describe an organisation: {error}", path.display()))
            .hint("It has the shape of what GET /orgs/<org> answers. Correct it, or remove it to ask the service.")
    })
}

fn cached(dirs: &Dirs, lookup: &Url, org: &str, now: Timestamp, fresh: SignedDuration) -> Option<Org> {
    let text = dirs::read(&cache(dirs, lookup, org)).unwrap_or_else(|error| {
        tracing::debug!(%error, "the cache cannot be read");
        None
    })?;
    let cached: Cached = serde_json::from_str(&text)
        .inspect_err(|error| tracing::debug!(%error, "what is cached of the organisation is damaged"))
        .ok()?;
    let age = now.duration_since(cached.at);
    // An entry from the future is not trusted either.
    (cached.lookup == *lookup && !age.is_negative() && age < fresh).then_some(cached.org)
}

/// Each service that has an organisation of this name has a file of its own.
fn cache(dirs: &Dirs, lookup: &Url, org: &str) -> PathBuf {
    dirs.org_cache(org, &owner::service_tag(lookup))
}

/// A cache that cannot be written costs a call next time, no more.
fn keep(dirs: &Dirs, org: &str, cached: &Cached) {
    let text = serde_json::to_vec(cached).expect("an organisation is made of text");
    if let Err(error) = dirs::replace(&cache(dirs, &cached.lookup, org), &text) {
        tracing::debug!(%error, "the cache cannot be written");
    }
}

/// Finds where the organisation lives: where it says, else where it was looked up.
fn based(org: Org, lookup: &Url) -> Result<Described, Failure> {
    let base = match org.config.as_ref().and_then(|config| config.app_url.as_deref()) {
        None => lookup.clone(),
        Some(text) => Url::parse(text).ok().filter(p0_client::may_carry_secrets).ok_or_else(|| {
            Failure::error("The organisation names an address for its calls that is not https.").hint(
                "A token must not cross a network in clear. Tell whoever runs the service to correct config.appUrl.",
            )
        })?,
    };
    Ok(Described { org, base })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::test_server::{self, http};
    use serde_json::json;
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    /// A service that describes an organisation, and counts how often it was asked.
    fn service(document: serde_json::Value) -> (Url, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let url = test_server::serve(move |call, _| {
            assert_eq!(call, "GET /orgs/example");
            count.fetch_add(1, Ordering::SeqCst);
            test_server::json(200, &document)
        });
        (url, asked)
    }

    fn organisation() -> serde_json::Value {
        json!({"tenantId": "t", "auth": {"type": "password"}})
    }

    #[tokio::test]
    async fn the_service_is_asked_once_a_day_and_after_damage() {
        let dir = tempfile::tempdir().expect("a directory");
        let dirs = Dirs::within(dir.path());
        let (url, asked) = service(organisation());
        let http = http();
        let describe = async |ask| describe(&dirs, &http, &url, "example", ask, None).await.expect("described");
        assert_eq!(describe(CachePolicy::UseCache).await.base, url);
        describe(CachePolicy::UseCache).await;
        assert_eq!(asked.load(Ordering::SeqCst), 1, "the second time from the cache");
        describe(CachePolicy::Refresh).await;
        assert_eq!(asked.load(Ordering::SeqCst), 2);
        for damage in ["", "{", "[]", "\0\0"] {
            dirs::replace(&cache(&dirs, &url, "example"), damage.as_bytes()).expect("damaged");
            let before = asked.load(Ordering::SeqCst);
            describe(CachePolicy::UseCache).await;
            describe(CachePolicy::UseCache).await;
            assert_eq!(asked.load(Ordering::SeqCst), before + 1, "{damage:?}: asked, and written anew");
        }
        let now = clock::now();
        assert!(cached(&dirs, &url, "example", now, FRESH).is_some());
        assert!(cached(&dirs, &url, "example", now + FRESH, FRESH).is_none(), "too old");
        assert!(
            cached(&dirs, &url, "example", now - SignedDuration::from_hours(1), FRESH).is_none(),
            "from the future"
        );
        let other = Url::parse("https://other.example.com").expect("an address");
        assert!(cached(&dirs, &other, "example", now, FRESH).is_none(), "another service's");
    }

    #[tokio::test]
    async fn a_cache_that_cannot_be_written_is_no_obstacle() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("cache"), "in the way").expect("written");
        let (url, asked) = service(organisation());
        let dirs = Dirs::within(dir.path());
        for times in 1..3 {
            describe(&dirs, &http(), &url, "example", CachePolicy::UseCache, None).await.expect("described");
            assert_eq!(asked.load(Ordering::SeqCst), times);
        }
    }

    #[tokio::test]
    async fn a_local_file_stands_in_for_the_service() {
        let dir = tempfile::tempdir().expect("a directory");
        let dirs = Dirs::within(dir.path());
        let nobody = Url::parse("http://127.0.0.1:1").expect("an address");
        let document = json!({"auth": {"type": "password"}, "config": {"appUrl": "https://jit.example.com/api"}});
        dirs::replace(&dirs.bootstrap("example"), document.to_string().as_bytes()).expect("written");
        let described =
            describe(&dirs, &http(), &nobody, "example", CachePolicy::Refresh, None).await.expect("described");
        assert_eq!(described.base.as_str(), "https://jit.example.com/api");

        dirs::replace(&dirs.bootstrap("example"), b"{\"auth\": 3}").expect("written");
        let error =
            describe(&dirs, &http(), &nobody, "example", CachePolicy::Refresh, None).await.expect_err("a mistake");
        assert!(error.to_string().contains("bootstrap-example.json does not describe an organisation"), "{error}");
    }

    #[test]
    fn a_base_in_clear_is_refused() {
        let lookup = Url::parse("https://api.example.com").expect("an address");
        for app_url in ["http://api.example.com", "ftp://api.example.com", "nonsense", ""] {
            let org = serde_json::from_value(json!({"auth": {"type": "password"}, "config": {"appUrl": app_url}}));
            let failure = based(org.expect("an organisation"), &lookup).expect_err(app_url);
            assert!(failure.message.contains("not https"), "{failure}");
        }
    }
}
