use super::*;

fn encoded(xml: impl AsRef<[u8]>) -> SecretString {
    STANDARD.encode(xml).into()
}

/// A response with these elements in its attribute statement.
fn response(attributes: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<saml2p:Response xmlns:saml2p="urn:oasis:names:tc:SAML:2.0:protocol" ID="id1" Version="2.0">
  <saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ID="id2">
    <saml2:Issuer>https://id.example.com</saml2:Issuer>
    <saml2:AttributeStatement>{attributes}</saml2:AttributeStatement>
  </saml2:Assertion>
</saml2p:Response>
"#
    )
}

fn roles_attribute(values: &[&str]) -> String {
    let values: String =
        values.iter().map(|value| format!("<saml2:AttributeValue>{value}</saml2:AttributeValue>")).collect();
    format!(r#"<saml2:Attribute Name="{ROLE}">{values}</saml2:Attribute>"#)
}

fn offered(attributes: &str) -> Result<Offer, Error> {
    read(&encoded(response(attributes)))
}

const PROVIDER: &str = "arn:aws:iam::111122223333:saml-provider/okta";

#[test]
fn roles_are_read_in_either_order_with_their_paths_and_partitions() {
    let offer = offered(&roles_attribute(&[
        "arn:aws:iam::111122223333:saml-provider/okta,arn:aws:iam::111122223333:role/Developer",
        " arn:aws:iam::444455556666:role/team/blue/Admin , arn:aws:iam::444455556666:saml-provider/okta ",
        "arn:aws-us-gov:iam::777788889999:role/Gov,arn:aws-us-gov:iam::777788889999:saml-provider/okta",
        "arn:aws-cn:iam::000011112222:role/Cn&#x2d;1,arn:aws-cn:iam::000011112222:saml-provider/okta",
    ]))
    .expect("roles");
    let shown: Vec<_> = offer.roles.iter().map(|role| (role.to_string(), role.partition)).collect();
    assert_eq!(
        shown,
        [
            ("Developer (111122223333)".to_owned(), Partition::Commercial),
            ("team/blue/Admin (444455556666)".to_owned(), Partition::Commercial),
            ("Gov (777788889999)".to_owned(), Partition::GovCloud),
            ("Cn-1 (000011112222)".to_owned(), Partition::China),
        ]
    );
    let admin = &offer.roles[1];
    assert_eq!(admin.provider, "arn:aws:iam::444455556666:saml-provider/okta");
    for name in ["Admin", "team/blue/Admin", "/team/blue/Admin", "arn:aws:iam::444455556666:role/team/blue/Admin"] {
        assert_eq!(offer.find("444455556666", name, "okta"), Some(admin), "{name}");
        assert_eq!(offer.find("111122223333", name, "okta"), None, "{name}");
    }
    for name in ["admin", "blue/Admin", "team/blue", "", "Admin "] {
        assert_eq!(offer.find("444455556666", name, "okta"), None, "{name}");
    }
}

#[test]
fn one_role_as_a_single_value_is_one_role() {
    let one = offered(&roles_attribute(&[&format!("{PROVIDER},arn:aws:iam::111122223333:role/Only")]));
    assert_eq!(one.expect("a role").roles[0].name(), "Only");
    let cdata = format!("<![CDATA[{PROVIDER},arn:aws:iam::111122223333:role/Only]]>");
    assert_eq!(offered(&roles_attribute(&[&cdata])).expect("a role").roles.len(), 1);
    let commented = format!("{PROVIDER},arn:aws:iam::111122223333:role/On<!-- x -->ly");
    assert_eq!(offered(&roles_attribute(&[&commented])).expect("a role").roles[0].name(), "Only");
}

#[test]
fn a_comma_in_a_name_is_a_part_of_it() {
    let (role, provider) = ("arn:aws:iam::111122223333:role/a,b", "arn:aws:iam::111122223333:saml-provider/c,d");
    for value in [format!("{role},{provider}"), format!("{provider} , {role}")] {
        let offer = offered(&roles_attribute(&[&value])).expect("roles");
        let found = offer.find("111122223333", "a,b", "c,d").expect("the role");
        assert_eq!((found.arn.as_str(), found.provider.as_str()), (role, provider));
    }
}

#[test]
fn with_several_providers_the_configured_one_counts() {
    let of = |provider: &str| {
        format!("arn:aws:iam::111122223333:saml-provider/{provider},arn:aws:iam::111122223333:role/Developer")
    };
    let offer = offered(&roles_attribute(&[&of("old"), &of("okta")])).expect("roles");
    let provider = |name: &str| offer.find("111122223333", "Developer", name).map(|role| role.provider.as_str());
    assert_eq!(provider("okta"), Some(PROVIDER));
    assert_eq!(provider(PROVIDER), Some(PROVIDER));
    assert_eq!(provider("renamed"), Some("arn:aws:iam::111122223333:saml-provider/old"));
}

#[test]
fn values_that_are_no_roles_are_left_out() {
    let offer = offered(&roles_attribute(&[
        "",
        "Developer",
        "arn:aws:iam::111122223333:role/Alone",
        "arn:aws:iam::111122223333:role/A,arn:aws:iam::111122223333:role/B",
        "arn:aws:iam::111122223333:saml-provider/a,arn:aws:iam::111122223333:saml-provider/b",
        "arn:aws-moon:iam::111122223333:role/A,arn:aws-moon:iam::111122223333:saml-provider/okta",
        "arn:aws:iam::111122223333:role/,arn:aws:iam::111122223333:saml-provider/okta",
        "arn:aws:s3:::role/x,arn:aws:iam::111122223333:saml-provider/okta",
    ]));
    assert_eq!(offer.expect("an attribute").roles, []);
}

#[test]
fn a_session_s_length_is_read() {
    let duration = |value: &str| {
        let attribute = format!(
            r#"<saml2:Attribute Name="{SESSION_DURATION}"><saml2:AttributeValue>{value}</saml2:AttributeValue></saml2:Attribute>"#
        );
        offered(&(attribute + &roles_attribute(&[]))).expect("an offer").duration
    };
    assert_eq!(duration("28800"), Some(28_800));
    assert_eq!(duration("a while"), None);
    assert_eq!(duration("99999999999"), None);
}

#[test]
fn without_the_attribute_there_are_no_roles() {
    let other = r#"<saml2:Attribute Name="email"><saml2:AttributeValue>x</saml2:AttributeValue></saml2:Attribute>"#;
    assert_eq!(offered(""), Err(Error::NoRoles));
    assert_eq!(offered(other), Err(Error::NoRoles));
    // What stands elsewhere is not an attribute of the assertion.
    let elsewhere = response("").replace("<saml2:Issuer>", &(roles_attribute(&[]) + "<saml2:Issuer>"));
    assert_eq!(read(&encoded(elsewhere)), Err(Error::NoRoles));
    let unbound = response(&roles_attribute(&[])).replace("SAML:2.0:assertion", "SAML:1.0:assertion");
    assert_eq!(read(&encoded(unbound)), Err(Error::NoRoles));
    assert_eq!(offered("<saml2:EncryptedAssertion/>"), Err(Error::Encrypted));
}

#[test]
fn what_declares_anything_is_refused() {
    let roles = roles_attribute(&[&format!("{PROVIDER},arn:aws:iam::111122223333:role/&who;")]);
    assert_eq!(offered(&roles), Err(Error::Declares));
    let dtd = |declarations: &str| {
        response(&roles).replace("<saml2p:Response", &format!("<!DOCTYPE x {declarations}><saml2p:Response"))
    };
    for declarations in [
        "",
        r#"[<!ENTITY who "Admin">]"#,
        r#"SYSTEM "http://127.0.0.1/x.dtd""#,
        r#"[<!ENTITY who SYSTEM "file:///etc/passwd">]"#,
        r#"[<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY who "&b;&b;&b;">]"#,
    ] {
        assert_eq!(read(&encoded(dtd(declarations))), Err(Error::Declares), "{declarations}");
    }
    assert_eq!(offered(r#"<saml2:Attribute Name="&who;"/>"#), Err(Error::Declares));
}

#[test]
fn what_is_not_xml_is_refused() {
    for text in [
        "",
        "   ",
        "hello",
        "{\"json\": true}",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>tail",
        "<a b=\"1\" b>",
        "\u{0}",
        "<a>&#xffffffff;</a>",
        "<!-- only -->",
    ] {
        assert_eq!(read(&encoded(text)).err().filter(|error| *error != Error::NoRoles), Some(Error::NotXml), "{text}");
    }
    assert_eq!(read(&encoded(b"\xff\xfe<")), Err(Error::NotXml));
    let whole = response(&roles_attribute(&[]));
    assert_eq!(read(&encoded(&whole[..whole.len() - 30])), Err(Error::NotXml));
    assert_eq!(read(&"not base64!".into()), Err(Error::Encoding));
    let lines: String = STANDARD
        .encode(&whole)
        .as_bytes()
        .chunks(76)
        .flat_map(|line| [line, b"\r\n"])
        .flatten()
        .map(|b| *b as char)
        .collect();
    assert!(read(&lines.into()).is_ok());
}

#[test]
fn what_is_too_long_or_too_deep_is_refused() {
    let long = response(&roles_attribute(&[&"x".repeat(10 * 1024 * 1024)]));
    assert_eq!(read(&encoded(long)), Err(Error::TooLong));
    let barely = response(&roles_attribute(&[&"x".repeat(LARGEST)]));
    assert_eq!(read(&encoded(barely)), Err(Error::TooLong));
    assert_eq!(read(&encoded("<a>".repeat(100_000))), Err(Error::TooDeep));
    assert_eq!(Error::TooLong.to_string(), "it has more than 1024 KiB");
}
