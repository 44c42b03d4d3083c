//! The session of another client of the same service, taken over from the file in which that keeps it in clear.
//!
//! Only its place is known (`~/.p0`, `~/.p0-<env>`, each also with the organisation's name behind it), not how the
//! file is laid out. So what is looked for in it is what every token endpoint answers (RFC 6749, section 5.1), wherever
//! it stands; and it counts for nothing until the provider and the service have accepted it.

use super::oauth::Granted;
use crate::{dirs, error::Failure};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// No such file is larger, in bytes.
const LARGEST: u64 = 256 * 1024;
/// Above this a number is a time in milliseconds: as seconds it would be in the year 5138.
const MILLISECONDS: i64 = 100_000_000_000;

/// A session of another client.
#[derive(Debug, Clone)]
pub struct ImportedSession {
    /// The file that it is in.
    pub path: PathBuf,
    pub(super) granted: Granted,
}

/// The session of another client with an organisation, if there is one. The places are looked at in this order.
pub fn find(places: &[PathBuf]) -> Result<Option<ImportedSession>, Failure> {
    for path in places {
        let text = match read(path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => continue,
            Err(error) => return Err(Failure::error(format!("Cannot read {}: {error}", path.display()))),
        };
        // What exactly is wrong with it could quote a token.
        let granted = serde_json::from_str(&text).ok().as_ref().and_then(tokens).ok_or_else(|| {
            Failure::error(format!("There is no session in {}.", path.display())).hint("Sign in with: p0 login")
        })?;
        return Ok(Some(ImportedSession { path: path.clone(), granted }));
    }
    Ok(None)
}

/// That there is nothing to take over.
pub fn nothing(org: &str, places: &[PathBuf]) -> Failure {
    let failure = Failure::error(format!("There is no session of another client with {org}."));
    let looked = places.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    failure.hint(format!("Looked for: {looked}")).hint(format!("Sign in with: p0 login {org}"))
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST).read_to_string(&mut text)?;
    Ok(text)
}

/// The first object, from the outside inwards, that is an answer of a token endpoint.
fn tokens(document: &Value) -> Option<Granted> {
    let mut level: Vec<&Value> = vec![document];
    while !level.is_empty() {
        if let Some(granted) = level.iter().filter_map(|value| granted(value.as_object()?)).next() {
            return Some(granted);
        }
        level = level.into_iter().flat_map(children).collect();
    }
    None
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    }
}

fn granted(fields: &Map<String, Value>) -> Option<Granted> {
    let secret = |name: &str| {
        let text = fields.get(name)?.as_str().filter(|text| !text.is_empty())?;
        Some(SecretString::from(text))
    };
    Some(Granted {
        access_token: secret("access_token")?,
        expires_at: fields.get("expires_at").and_then(Value::as_f64).and_then(time),
        refresh_token: secret("refresh_token"),
        id_token: secret("id_token"),
    })
}

/// A time since the Unix epoch, in seconds or milliseconds.
fn time(number: f64) -> Option<Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "a number that is no time becomes one that is refused")]
    let whole = number as i64;
    if whole > MILLISECONDS { Timestamp::from_millisecond(whole) } else { Timestamp::from_second(whole) }.ok()
}

impl dirs::Dirs {
    /// Where another client may have a session with an organisation, the most particular place first.
    pub fn other_sessions(&self, org: &str) -> Vec<PathBuf> {
        let Some(own) = self.other_client() else { return Vec::new() };
        let mut with_org = own.clone().into_os_string();
        with_org.push(format!("-{org}"));
        let names = [format!("identity-{org}.json"), "identity.json".to_owned()];
        [PathBuf::from(with_org), own]
            .iter()
            .flat_map(|directory| names.each_ref().map(|name| directory.join(name)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use serde_json::json;

    fn access(document: &Value) -> Option<String> {
        tokens(document).map(|granted| granted.access_token.expose_secret().to_owned())
    }

    #[test]
    fn tokens_are_found_wherever_they_stand() {
        let answer = json!({"access_token": "a", "id_token": "i", "refresh_token": "r", "expires_at": 1_900_000_000});
        for document in
            [answer.clone(), json!({"org": {"slug": "x"}, "credential": answer}), json!([{"deep": [answer]}])]
        {
            let found = tokens(&document).expect("found");
            assert_eq!(found.access_token.expose_secret(), "a");
            assert_eq!(found.id_token.expect("there").expose_secret(), "i");
            assert_eq!(found.refresh_token.expect("there").expose_secret(), "r");
            assert_eq!(found.expires_at.map(Timestamp::as_second), Some(1_900_000_000));
        }
        let nested = json!({"old": {"more": {"access_token": "inner"}}, "new": {"access_token": "outer"}});
        assert_eq!(access(&nested).as_deref(), Some("outer"));
        for document in
            [json!(null), json!({}), json!({"access_token": ""}), json!({"access_token": 3}), json!(["access_token"])]
        {
            assert_eq!(access(&document), None, "{document}");
        }
    }

    #[test]
    fn times_are_seconds_or_milliseconds() {
        for number in [1_900_000_000.0, 1_900_000_000_000.0] {
            assert_eq!(time(number).map(Timestamp::as_second), Some(1_900_000_000));
        }
        for number in [f64::MAX, -f64::MAX] {
            assert_eq!(time(number), None);
        }
    }

    #[test]
    fn what_is_no_session_is_named_and_never_quoted() {
        let dir = tempfile::tempdir().expect("a directory");
        let [absent, damaged] = ["absent.json", "damaged.json"].map(|name| dir.path().join(name));
        assert!(find(std::slice::from_ref(&absent)).expect("nothing").is_none());
        std::fs::write(&damaged, r#"{"access_token": "hush""#).expect("written");
        let failure = find(&[absent.clone(), damaged]).expect_err("damaged");
        assert!(failure.message.ends_with("damaged.json.") && !failure.message.contains("hush"), "{failure}");
        let failure = nothing("example", &[absent]);
        assert!(failure.hints[0].contains("absent.json"), "{failure:?}");
    }

    #[test]
    fn the_most_particular_place_comes_first() {
        let places = dirs::Dirs::within(Path::new("/nowhere")).other_sessions("example");
        let names: Vec<String> = places
            .iter()
            .map(|path| {
                path.iter()
                    .rev()
                    .take(2)
                    .map(|part| part.to_string_lossy().into_owned())
                    .collect::<Vec<_>>()
                    .join(" in ")
            })
            .collect();
        assert_eq!(
            names,
            [
                "identity-example.json in .p0-dev-example",
                "identity.json in .p0-dev-example",
                "identity-example.json in .p0-dev",
                "identity.json in .p0-dev",
            ]
        );
    }
}
