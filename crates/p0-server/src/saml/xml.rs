//! Builds XML directly in canonical form (Exclusive XML Canonicalization 1.0), so that the signed and the sent text are
//! the same.
//!
//! Namespaces are declared at the first use of their prefix, attributes are sorted, and empty elements have an end tag. Values
//! are escaped; names are literals.

use std::{collections::BTreeMap, fmt::Write};

/// The namespaces, by prefix.
const NAMESPACES: [(&str, &str); 4] = [
    ("ds", "http://www.w3.org/2000/09/xmldsig#"),
    ("md", "urn:oasis:names:tc:SAML:2.0:metadata"),
    ("saml2", "urn:oasis:names:tc:SAML:2.0:assertion"),
    ("saml2p", "urn:oasis:names:tc:SAML:2.0:protocol"),
];

/// An element. Its name has a prefix, its attributes' names have none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    name: &'static str,
    attributes: BTreeMap<&'static str, String>,
    content: Vec<Node>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// Makes an empty element.
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, attributes: BTreeMap::new(), content: Vec::new() }
    }

    /// Sets an attribute.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.insert(name, value.into());
        self
    }

    /// Appends an element.
    pub(super) fn child(self, child: Element) -> Self {
        self.children([child])
    }

    /// Appends elements.
    pub(super) fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.content.extend(children.into_iter().map(Node::Element));
        self
    }

    /// Appends text.
    pub(super) fn text(mut self, text: impl Into<String>) -> Self {
        self.content.push(Node::Text(text.into()));
        self
    }

    /// Returns the canonical form of the element as a root.
    pub(super) fn canonical(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, &mut Vec::new());
        out
    }

    fn write(&self, out: &mut String, declared: &mut Vec<&'static str>) {
        let outer = declared.len();
        out.push('<');
        out.push_str(self.name);
        let namespace = NAMESPACES.iter().find(|(prefix, _)| self.name.split(':').next() == Some(*prefix));
        if let Some((prefix, uri)) = namespace.filter(|(prefix, _)| !declared.contains(prefix)) {
            declared.push(prefix);
            write_attribute(out, &format!("xmlns:{prefix}"), uri);
        }
        for (name, value) in &self.attributes {
            write_attribute(out, name, value);
        }
        out.push('>');
        for node in &self.content {
            match node {
                Node::Element(child) => child.write(out, declared),
                Node::Text(text) => escape(out, text, |c| match c {
                    '&' => Some("&amp;"),
                    '<' => Some("&lt;"),
                    '>' => Some("&gt;"),
                    '\r' => Some("&#xD;"),
                    _ => None,
                }),
            }
        }
        out.push_str("</");
        out.push_str(self.name);
        out.push('>');
        declared.truncate(outer);
    }
}

fn write_attribute(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, " {name}=\"");
    escape(out, value, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    });
    out.push('"');
}

/// Characters that XML 1.0 does not allow become U+FFFD.
fn escape(out: &mut String, text: &str, special: impl Fn(char) -> Option<&'static str>) {
    for c in text.chars() {
        match (special(c), c) {
            (Some(escaped), _) => out.push_str(escaped),
            (None, '\t' | '\n' | ' '..='\u{fffd}' | '\u{10000}'..) => out.push(c),
            (None, _) => out.push(char::REPLACEMENT_CHARACTER),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_are_declared_at_first_use() {
        let inner = Element::new("saml2:Assertion").with("Version", "2.0").with("ID", "_1");
        let root = Element::new("saml2p:Response").children([Element::new("saml2:Issuer"), inner.clone()]).text("x");
        assert_eq!(
            root.canonical(),
            "<saml2p:Response xmlns:saml2p=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
             <saml2:Issuer xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"></saml2:Issuer>\
             <saml2:Assertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_1\" Version=\"2.0\">\
             </saml2:Assertion>x</saml2p:Response>"
        );
        assert!(root.canonical().contains(&inner.canonical()), "a part is written as it is by itself");
    }

    #[test]
    fn values_are_escaped() {
        let element = Element::new("ds:X").with("a", "<\"'&>\t\r\n\u{1}").text("]]><b>'\"&amp;\r\n\t\u{0}\u{ffff}é😀");
        assert_eq!(
            element.canonical(),
            "<ds:X xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" a=\"&lt;&quot;'&amp;>&#x9;&#xD;&#xA;\u{fffd}\">\
             ]]&gt;&lt;b&gt;'\"&amp;amp;&#xD;\n\t\u{fffd}\u{fffd}é😀</ds:X>"
        );
    }
}
