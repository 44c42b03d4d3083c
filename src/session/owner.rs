//! To whom a secret belongs: the settings directory, the organisation, the service and the principal.
//!
//! The name of an entry in a secret store is made from all four, and the entry says them again. So neither another settings
//! directory, nor another service with an organisation of the same name, nor another user finds it; and what is found under
//! the name counts only if it belongs to whoever looks for it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

/// How much of a hash makes the name of an entry unique, in bytes.
const HASH: usize = 16;
/// How much of a hash tells the services of one organisation's name apart, in bytes.
const SERVICE_HASH: usize = 6;

/// The owner of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The settings directory, by the id in it.
    pub home: String,
    pub org: String,
    /// The service: the base of its calls.
    pub base: Url,
    /// The principal: an e-mail address, or a stand-in for a token that was given.
    #[serde(rename = "email")]
    pub principal: String,
}

impl Owner {
    /// The name of the entry with the secrets of a session.
    pub fn session(&self) -> Entry {
        Entry { org: self.org.clone(), name: format!("{}.{}", self.label(), self.hash(&[])) }
    }

    /// The name of the entry with something that the session has earned.
    pub fn earned(&self, kind: &str, title: &str) -> Entry {
        Entry { org: self.org.clone(), name: format!("{}.{kind}.{}", self.label(), self.hash(&[kind, title])) }
    }

    fn label(&self) -> String {
        label(&self.org, &self.base)
    }

    fn hash(&self, more: &[&str]) -> String {
        let own = [&self.home, &self.org, base_text(&self.base), &self.principal];
        hash(own.into_iter().chain(more.iter().copied()), HASH)
    }
}

/// An entry of a secret store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The organisation that it is about.
    pub org: String,
    pub name: String,
}

impl Entry {
    /// The name that entries had when they were named by their organisation alone.
    pub fn legacy(org: &str) -> Self {
        Self { org: org.to_owned(), name: org.to_owned() }
    }

    /// Whether it belongs to this service, or says by its name that it belongs to no service in particular.
    pub fn is_of(&self, base: &Url) -> bool {
        *self == Self::legacy(&self.org) || self.name.starts_with(&format!("{}.", label(&self.org, base)))
    }

    /// Whether it has something that a session has earned, by its name ([`Owner::earned`]).
    pub fn is_earned(&self) -> bool {
        ["aws", "k8s", "ssh"].iter().any(|kind| self.name.rsplit('.').nth(1) == Some(kind))
    }

    /// An entry in which nothing stays.
    pub fn probe() -> Self {
        Self::legacy("probe")
    }
}

/// What the names of entries begin with: so much of the organisation's name as people need to recognise it, and the service.
fn label(org: &str, base: &Url) -> String {
    let org: String = org.chars().take(64).collect();
    format!("{org}.{}", service_tag(base))
}

/// Whether two addresses are those of one service.
pub fn is_same_service(one: &Url, other: &Url) -> bool {
    base_text(one) == base_text(other)
}

/// The service below whose address the calls of an organisation are at this one (`<service>/o/<org>`).
pub fn service_of(root: &Url) -> Url {
    let mut service = root.clone();
    if let Ok(mut segments) = service.path_segments_mut() {
        segments.pop_if_empty().pop().pop();
    }
    service
}

/// A short name for a service, fit for the name of a file.
pub fn service_tag(service: &Url) -> String {
    hash([base_text(service)], SERVICE_HASH)
}

/// An address without the slash at its end, which says nothing.
fn base_text(base: &Url) -> &str {
    base.as_str().trim_end_matches('/')
}

fn hash<'a>(deps: impl IntoIterator<Item = &'a str>, length: usize) -> String {
    let mut hash = Sha256::new();
    for part in deps {
        hash.update(part);
        hash.update([0]);
    }
    hash.finalize()[..length].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(home: &str, org: &str, base: &str, principal: &str) -> Owner {
        let base = Url::parse(base).expect("an address");
        Owner { home: home.into(), org: org.into(), base, principal: principal.into() }
    }

    #[test]
    fn each_part_of_the_owner_changes_the_name() {
        let ours = owner("1", "example", "https://api.example.com", "ada@example.com");
        let others = [
            owner("2", "example", "https://api.example.com", "ada@example.com"),
            owner("1", "other", "https://api.example.com", "ada@example.com"),
            owner("1", "example", "https://jit.example.com", "ada@example.com"),
            owner("1", "example", "https://api.example.com/jit", "ada@example.com"),
            owner("1", "example", "https://api.example.com", "bob@example.com"),
        ];
        for other in others {
            assert_ne!(ours.session(), other.session(), "{other:?}");
            assert_ne!(ours.earned("aws", "x"), other.earned("aws", "x"), "{other:?}");
        }
        assert_ne!(ours.earned("aws", "x"), ours.earned("ssh", "x"));
        assert_ne!(ours.earned("aws", "x"), ours.earned("aws", "y"));
        assert!(ours.session().name.starts_with("example."), "{:?}", ours.session());
    }

    #[test]
    fn a_slash_at_the_end_is_no_other_service() {
        let url = |text: &str| Url::parse(text).expect("an address");
        assert!(is_same_service(&url("https://api.example.com/jit"), &url("https://api.example.com/jit/")));
        assert!(!is_same_service(&url("https://api.example.com/jit"), &url("https://api.example.com")));
        let root = url("https://api.example.com/jit/o/example");
        assert!(is_same_service(&service_of(&root), &url("https://api.example.com/jit")));
        assert_eq!(service_tag(&url("https://api.example.com")), service_tag(&url("https://API.example.com/")));
    }
}
