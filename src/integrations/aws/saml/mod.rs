//! The roles that a SAML response offers at AWS
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html>).
//!
//! Whether the response is genuine is for AWS to say, which takes it as it stands. Here it is read, so as to choose from
//! it, and read with suspicion: of an XML document that declares anything of its own, nothing is believed.

use super::settings::Partition;
use base64::{Engine, engine::general_purpose::STANDARD};
use quick_xml::{
    XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesRef, BytesStart, Event},
    name::{Namespace, ResolveResult},
    reader::NsReader,
};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// No response is larger, in bytes of XML. AWS takes 100,000 characters of base64.
const LARGEST: usize = 1024 * 1024;
/// No element of a response is nested deeper.
const DEEPEST: usize = 64;
/// SAML 2.0's namespace of assertions.
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// The attribute with the roles.
const ROLE: &str = "https://aws.amazon.com/SAML/Attributes/Role";
/// The attribute that says how long a session may last, in seconds.
const SESSION_DURATION: &str = "https://aws.amazon.com/SAML/Attributes/SessionDuration";

/// What a response offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    pub roles: Vec<Role>,
    /// How long a session may last, in seconds, where it says so.
    pub duration: Option<i32>,
}

/// A role that can be assumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub arn: String,
    /// The ARN of the provider that vouches for its users.
    pub provider: String,
    /// The partition that it is in.
    pub partition: Partition,
    /// The account that it is in.
    pub account: String,
    /// Its path and name, such as `team/Developer`.
    pub path: String,
}

/// Why a response offers nothing. No text of the response stands in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not base64.
    #[error("it is not base64")]
    Encoding,
    /// It is too long.
    #[error("it has more than {} KiB", LARGEST / 1024)]
    TooLong,
    /// It is not XML, or not a whole document.
    #[error("it is not XML")]
    NotXml,
    /// It is nested deeper than anything sensible.
    #[error("it is nested too deep")]
    TooDeep,
    /// It has a DTD, or entities that only a DTD can define.
    #[error("it has a document type or entities of its own, which no honest provider needs")]
    Declares,
    /// What it says is encrypted, for AWS alone to read.
    #[error("it is encrypted, so the roles in it cannot be seen")]
    Encrypted,
    /// It has no attribute with roles.
    #[error("it has no roles: no attribute '{ROLE}'")]
    NoRoles,
}

/// What a `SAMLResponse` offers. Values that are not a role and its provider are left out.
pub fn read(response: &SecretString) -> Result<Offer, Error> {
    let encoded = response.expose_secret();
    // Base64 has four characters for three bytes, and may be broken into lines.
    if encoded.len() > LARGEST * 3 / 2 {
        return Err(Error::TooLong);
    }
    let encoded: String = encoded.split_ascii_whitespace().collect();
    let xml = STANDARD.decode(encoded).map_err(|_| Error::Encoding)?;
    if xml.len() > LARGEST {
        return Err(Error::TooLong);
    }
    let xml = std::str::from_utf8(&xml).map_err(|_| Error::NotXml)?;
    offer(xml)
}

fn offer(xml: &str) -> Result<Offer, Error> {
    let mut reader = NsReader::from_str(xml);
    let mut reading = Reading::default();
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|_| Error::NotXml)?;
        let of_saml = namespace == ResolveResult::Bound(Namespace(ASSERTION));
        match event {
            Event::Start(tag) => reading.open(&tag, of_saml)?,
            Event::Empty(tag) => {
                reading.open(&tag, of_saml)?;
                reading.close();
            }
            Event::End(_) => reading.close(),
            Event::Text(text) => reading.text(&text.xml10_content())?,
            Event::CData(text) => reading.text(&text.xml10_content())?,
            Event::GeneralRef(entity) => reading.text(&character(&entity)?)?,
            Event::DocType(_) => return Err(Error::Declares),
            Event::Eof => return reading.finish(),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
        }
    }
}

/// What an entity stands for: a character by its number, or one of the five that every document has.
fn character(entity: &BytesRef<'_>) -> Result<String, Error> {
    match entity.resolve_char_ref().map_err(|_| Error::NotXml)? {
        Some(character) => Ok(character.into()),
        None => resolve_predefined_entity(entity).map(str::to_owned).ok_or(Error::Declares),
    }
}

/// The attributes that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Roles,
    Duration,
}

/// An element that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    Statement,
    Attribute(Option<Wanted>),
    Value(Wanted),
    Other,
}

/// What has been read so far.
#[derive(Debug, Default)]
struct Reading {
    open: Vec<Element>,
    /// The document's one element has been seen.
    begun: bool,
    encrypted: bool,
    has_roles: bool,
    value: String,
    offer: Offer,
}

impl Reading {
    fn open(&mut self, tag: &BytesStart<'_>, of_saml: bool) -> Result<(), Error> {
        if self.open.len() == DEEPEST {
            return Err(Error::TooDeep);
        }
        if self.open.is_empty() && self.begun {
            return Err(Error::NotXml);
        }
        self.begun = true;
        let name = tag.local_name();
        let element = match (name.as_ref(), self.open.last()) {
            _ if !of_saml => Element::Other,
            ("EncryptedAssertion", _) => {
                self.encrypted = true;
                Element::Other
            }
            ("AttributeStatement", _) => Element::Statement,
            ("Attribute", Some(Element::Statement)) => Element::Attribute(wanted(tag)?),
            ("AttributeValue", Some(Element::Attribute(Some(wanted)))) => Element::Value(*wanted),
            _ => Element::Other,
        };
        self.has_roles |= element == Element::Attribute(Some(Wanted::Roles));
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) {
        let Some(Element::Value(wanted)) = self.open.pop() else { return };
        let value = std::mem::take(&mut self.value);
        match wanted {
            Wanted::Roles => self.offer.roles.extend(role(value.trim())),
            Wanted::Duration => self.offer.duration = value.trim().parse().ok().or(self.offer.duration),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Error> {
        match self.open.last() {
            Some(Element::Value(_)) => self.value.push_str(text),
            Some(_) => {}
            // Outside the document's element there is nothing but space.
            None if text.trim_matches('\u{feff}').trim().is_empty() => {}
            None => return Err(Error::NotXml),
        }
        Ok(())
    }

    fn finish(self) -> Result<Offer, Error> {
        match (self.begun && self.open.is_empty(), self.has_roles) {
            (false, _) => Err(Error::NotXml),
            (true, true) => Ok(self.offer),
            (true, false) if self.encrypted => Err(Error::Encrypted),
            (true, false) => Err(Error::NoRoles),
        }
    }
}

/// Which of the attributes that matter this one is, by its name.
fn wanted(tag: &BytesStart<'_>) -> Result<Option<Wanted>, Error> {
    let Some(name) = tag.try_get_attribute("Name").map_err(|_| Error::NotXml)? else { return Ok(None) };
    let name = name.normalized_value(XmlVersion::Implicit1_0).map_err(|_| Error::Declares)?;
    Ok(match name.as_ref() {
        ROLE => Some(Wanted::Roles),
        SESSION_DURATION => Some(Wanted::Duration),
        _ => None,
    })
}

/// A role and its provider, in either order; `None` if the two are not that.
fn role(value: &str) -> Option<Role> {
    // Names may have commas of their own.
    let (comma, _) = value.match_indices(',').find(|(at, _)| value[at + 1..].trim_start().starts_with("arn:"))?;
    let (one, other) = (value[..comma].trim(), value[comma + 1..].trim());
    let (provider, arn) = if resource(one)?.2.starts_with("role/") { (other, one) } else { (one, other) };
    let (partition, account, path) = resource(arn)?;
    resource(provider)?.2.strip_prefix("saml-provider/")?;
    let path = path.strip_prefix("role/").filter(|path| !path.is_empty())?;
    Some(Role {
        arn: arn.to_owned(),
        provider: provider.to_owned(),
        partition: Partition::of_word(partition)?,
        account: account.to_owned(),
        path: path.to_owned(),
    })
}

/// The partition, account and resource of an ARN of IAM: `arn:<partition>:iam::<account>:<resource>`.
fn resource(arn: &str) -> Option<(&str, &str, &str)> {
    let mut parts = arn.splitn(6, ':');
    let (Some("arn"), Some(partition), Some("iam"), Some(""), Some(account), Some(resource)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    Some((partition, account, resource))
}

impl Role {
    /// Its name, which is unique in its account whatever its path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether this is what somebody calls the role: its name, with its path or without, or its ARN.
    pub fn is_called(&self, name: &str) -> bool {
        name == self.name() || name.trim_start_matches('/') == self.path || name == self.arn
    }

    /// Whether users are vouched for by the provider of this name.
    fn is_by(&self, provider: &str) -> bool {
        self.provider == provider || self.provider.rsplit('/').next() == Some(provider)
    }
}

/// The name with its path, and the account: `team/Developer (111122223333)`.
impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.path, self.account)
    }
}

impl Offer {
    /// The role of this name in this account; where several providers vouch for its users, by this one.
    pub fn find(&self, account: &str, name: &str, provider: &str) -> Option<&Role> {
        let mut found = self.roles.iter().filter(|role| role.account == account && role.is_called(name));
        let first = found.clone().next();
        found.find(|role| role.is_by(provider)).or(first)
    }
}

#[cfg(test)]
mod tests;
