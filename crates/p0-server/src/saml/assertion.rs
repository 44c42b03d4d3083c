//! The documents: an assertion about somebody who visits AWS, signed, in its response; and the metadata by which AWS
//! knows the provider (SAML 2.0 core and metadata; XML Signature 1.1;
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html>).

use super::{SamlError, apps::Partition, key::Signer, xml::Element};
use crate::{clock::Timestamp, oidc::secret};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, time::Duration};

/// An assertion is good for so long, which is as long as AWS takes one.
const LIFETIME: Duration = Duration::from_secs(300);
/// So far may AWS's clock be behind ours.
const SKEW: Duration = Duration::from_secs(60);
/// The shortest and the longest session that AWS grants.
const SHORTEST_SESSION: Duration = Duration::from_secs(15 * 60);
const LONGEST_SESSION: Duration = Duration::from_secs(12 * 60 * 60);
/// A session of any role may last so long.
const USUAL_SESSION: Duration = Duration::from_secs(60 * 60);
/// The longest name that a session has.
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

/// What is said of a visitor.
#[derive(Debug, Clone)]
pub(super) struct Visit<'a> {
    /// Who says it.
    pub(super) entity: &'a str,
    /// To whom.
    pub(super) partition: Partition,
    /// An e-mail address.
    pub(super) email: &'a str,
    /// When they proved who they are.
    pub(super) authenticated_at: Timestamp,
    /// The values of the `Role` attribute.
    pub(super) roles: &'a BTreeSet<String>,
    /// When the last of the access that the roles come from ends; `None` if it stands.
    pub(super) access_ends_at: Option<Timestamp>,
    /// The time.
    pub(super) now: Timestamp,
}

impl Visit<'_> {
    /// The response that is posted to AWS: XML, with a signed assertion in it.
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

    /// The assertion, with the signature where the schema wants it: behind the issuer.
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

    /// No session outlasts the access by more than AWS makes it.
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

    /// How long a session may last.
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

/// An enveloped signature of the element with this identifier (XML Signature 1.1).
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

/// The metadata: who signs, and with which key. `sign_in` is where people would be sent to sign in.
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

/// An identifier as XML has them: it does not begin with a digit.
fn id() -> String {
    format!("_{}", secret::random_id())
}

/// As XML writes it, in whole seconds.
fn time(time: Timestamp) -> String {
    time.whole_seconds().rfc3339()
}

/// Who acts in a session, as AWS writes it into its logs: 2 to 64 letters, digits, and `_+=,.@-`.
fn session_name(email: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let name: String = email.chars().take(LONGEST_SESSION_NAME).map(|c| if fits(c) { c } else { '-' }).collect();
    format!("{name:-<SHORTEST_SESSION_NAME$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_named_after_its_person() {
        assert_eq!(session_name("ada+test@example.com"), "ada+test@example.com");
        assert_eq!(session_name("o'hara/ä@example.com"), "o-hara--@example.com");
        assert_eq!(session_name("a"), "a-");
        assert_eq!(session_name(&"x".repeat(200)).len(), 64);
    }

    #[test]
    fn a_session_ends_with_the_access() {
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
