//! SAML documents: a response with a signed assertion for AWS, and the provider's
//! metadata (SAML 2.0 core and metadata; XML Signature 1.1;
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html>).

use super::{SamlError, key::Signer, xml::Element};
use crate::catalog::Partition;
use crate::{clock::Timestamp, oidc::secret};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, time::Duration};

/// The validity of an assertion: the maximum that AWS accepts.
const LIFETIME: Duration = Duration::from_secs(300);
/// The tolerated clock difference to AWS.
const SKEW: Duration = Duration::from_secs(60);
/// The minimum and maximum duration of a session at AWS.
const SHORTEST_SESSION: Duration = Duration::from_secs(15 * 60);
const LONGEST_SESSION: Duration = Duration::from_secs(12 * 60 * 60);
/// The maximum duration for which every role can be assumed.
const USUAL_SESSION: Duration = Duration::from_secs(60 * 60);
/// The maximum length of a session name.
const LONGEST_SESSION_NAME: usize = 64;
const SHORTEST_SESSION_NAME: usize = 2;

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";
const NAME_FORMAT: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
pub(super) const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";
const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// The content of an assertion.
#[derive(Debug, Clone)]
pub(super) struct Visit<'a> {
    /// The issuer (entity id).
    pub(super) entity: &'a str,
    /// The partition of the audience.
    pub(super) partition: Partition,
    /// The user's email address.
    pub(super) email: &'a str,
    /// When the user authenticated.
    pub(super) authenticated_at: Timestamp,
    /// The values of the `Role` attribute.
    pub(super) roles: &'a BTreeSet<String>,
    /// When the last of the grants behind the roles ends, or `None` for standing access.
    pub(super) access_ends_at: Option<Timestamp>,
    /// The current time.
    pub(super) now: Timestamp,
}

impl Visit<'_> {
    /// Makes the response (XML) with a signed assertion.
    pub(super) fn response(&self, signer: &Signer) -> Result<String, SamlError> {
        let status = Element::new("saml2p:StatusCode").with("Value", SUCCESS);
        let response = Element::new("saml2p:Response")
            .with("ID", id())
            .with("Version", "2.0")
            .with("IssueInstant", time(self.now))
            .with("Destination", self.partition.assertion_consumer())
            .child(self.issuer())
            .child(Element::new("saml2p:Status").child(status))
            .child(self.signed(signer)?);
        Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", response.canonical()))
    }

    /// Makes the assertion. The schema requires the signature after the issuer.
    fn signed(&self, signer: &Signer) -> Result<Element, SamlError> {
        let id = id();
        let assertion = Element::new("saml2:Assertion")
            .with("ID", &id)
            .with("Version", "2.0")
            .with("IssueInstant", time(self.now))
            .child(self.issuer());
        let statements = [self.subject(), self.conditions(), self.authentication(), self.attributes()];
        let unsigned = assertion.clone().children(statements.clone());
        Ok(assertion.child(signature(&id, &unsigned, signer)?).children(statements))
    }

    fn issuer(&self) -> Element {
        Element::new("saml2:Issuer").text(self.entity)
    }

    fn subject(&self) -> Element {
        let data = Element::new("saml2:SubjectConfirmationData")
            .with("NotOnOrAfter", time(self.now.plus(LIFETIME)))
            .with("Recipient", self.partition.assertion_consumer());
        Element::new("saml2:Subject")
            .child(Element::new("saml2:NameID").with("Format", EMAIL).text(self.email))
            .child(Element::new("saml2:SubjectConfirmation").with("Method", BEARER).child(data))
    }

    fn conditions(&self) -> Element {
        let audience = Element::new("saml2:Audience").text(self.partition.audience());
        Element::new("saml2:Conditions")
            .with("NotBefore", time(self.now.minus(SKEW)))
            .with("NotOnOrAfter", time(self.now.plus(LIFETIME)))
            .child(Element::new("saml2:AudienceRestriction").child(audience))
    }

    /// Limits the session to the access, as far as AWS's minimum allows.
    fn authentication(&self) -> Element {
        let class = Element::new("saml2:AuthnContextClassRef").text(UNSPECIFIED);
        Element::new("saml2:AuthnStatement")
            .with("AuthnInstant", time(self.authenticated_at))
            .with("SessionIndex", id())
            .with("SessionNotOnOrAfter", time(self.now.plus(self.session())))
            .child(Element::new("saml2:AuthnContext").child(class))
    }

    fn attributes(&self) -> Element {
        let console = self.session().min(USUAL_SESSION).as_secs().to_string();
        Element::new("saml2:AttributeStatement").children([
            attribute("Role", self.roles.iter().cloned()),
            attribute("RoleSessionName", [session_name(self.email)]),
            attribute("SessionDuration", [console]),
        ])
    }

    /// Returns the session duration.
    fn session(&self) -> Duration {
        let left = self.access_ends_at.map_or(LONGEST_SESSION, |end| self.now.until(end));
        left.clamp(SHORTEST_SESSION, LONGEST_SESSION)
    }
}

fn attribute(name: &str, values: impl IntoIterator<Item = String>) -> Element {
    let values = values.into_iter().map(|value| Element::new("saml2:AttributeValue").text(value));
    Element::new("saml2:Attribute")
        .with("Name", format!("{ATTRIBUTES}{name}"))
        .with("NameFormat", NAME_FORMAT)
        .children(values)
}

/// Makes an enveloped signature of the element with this id (XML Signature 1.1).
fn signature(id: &str, element: &Element, signer: &Signer) -> Result<Element, SamlError> {
    let digest = STANDARD.encode(Sha256::digest(element.canonical()));
    let algorithm = |name, algorithm: &str| Element::new(name).with("Algorithm", algorithm);
    let transforms = [algorithm("ds:Transform", ENVELOPED), algorithm("ds:Transform", EXCLUSIVE_C14N)];
    let reference = Element::new("ds:Reference")
        .with("URI", format!("#{id}"))
        .child(Element::new("ds:Transforms").children(transforms))
        .child(algorithm("ds:DigestMethod", SHA256))
        .child(Element::new("ds:DigestValue").text(digest));
    let signed = Element::new("ds:SignedInfo")
        .child(algorithm("ds:CanonicalizationMethod", EXCLUSIVE_C14N))
        .child(algorithm("ds:SignatureMethod", RSA_SHA256))
        .child(reference);
    let value = signer.sign(&signed.canonical())?;
    Ok(Element::new("ds:Signature")
        .child(signed)
        .child(Element::new("ds:SignatureValue").text(value))
        .child(key_info(signer)))
}

fn key_info(signer: &Signer) -> Element {
    let certificate = Element::new("ds:X509Certificate").text(signer.certificate());
    Element::new("ds:KeyInfo").child(Element::new("ds:X509Data").child(certificate))
}

/// Makes the metadata. `sign_in` is the single sign-on URL.
pub(super) fn metadata(entity: &str, sign_in: &str, signer: &Signer) -> String {
    let descriptor = Element::new("md:IDPSSODescriptor")
        .with("WantAuthnRequestsSigned", "false")
        .with("protocolSupportEnumeration", PROTOCOL)
        .child(Element::new("md:KeyDescriptor").with("use", "signing").child(key_info(signer)))
        .child(Element::new("md:NameIDFormat").text(EMAIL))
        .child(Element::new("md:SingleSignOnService").with("Binding", REDIRECT).with("Location", sign_in));
    let document = Element::new("md:EntityDescriptor").with("entityID", entity).child(descriptor).canonical();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{document}")
}

/// Makes an XML id, which must not begin with a digit.
fn id() -> String {
    format!("_{}", secret::random_id())
}

/// Formats a time as xs:dateTime, in whole seconds.
fn time(time: Timestamp) -> String {
    time.whole_seconds().rfc3339()
}

/// Makes the session name that AWS logs: 2 to 64 letters, digits, and `_+=,.@-`.
fn session_name(email: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let name: String = email.chars().take(LONGEST_SESSION_NAME).map(|c| if fits(c) { c } else { '-' }).collect();
    format!("{name:-<SHORTEST_SESSION_NAME$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_name_is_the_email_address() {
        assert_eq!(session_name("ada+test@example.com"), "ada+test@example.com");
        assert_eq!(session_name("o'hara/ä@example.com"), "o-hara--@example.com");
        assert_eq!(session_name("a"), "a-");
        assert_eq!(session_name(&"x".repeat(200)).len(), 64);
    }

    #[test]
    fn session_is_limited_to_the_access() {
        let roles = BTreeSet::new();
        let now = Timestamp(1_750_000_000_000);
        let session = |left: Option<u64>| {
            let access_ends_at = left.map(|seconds| now.plus(Duration::from_secs(seconds)));
            let visit = Visit {
                entity: "https://p0.example.com/x",
                partition: Partition::Aws,
                email: "ada@example.com",
                authenticated_at: now,
                roles: &roles,
                access_ends_at,
                now,
            };
            let attributes = visit.attributes().canonical();
            let (_, duration) = attributes.split_once("SessionDuration").expect("the attribute");
            assert!(duration.contains(&format!(">{}<", visit.session().as_secs().min(3600))), "{duration}");
            visit.session().as_secs()
        };
        assert_eq!(session(Some(2_000)), 2_000);
        assert_eq!(session(Some(10)), 900, "AWS knows no shorter one");
        assert_eq!(session(Some(1_000_000)), 43_200);
        assert_eq!(session(None), 43_200);
    }
}
