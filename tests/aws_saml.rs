//! The service as SAML identity provider, as other software sees it.

use crate::{
    aws_scene::{APP, assertion, attribute, get, saml_response, scene, scene_with, ticket},
    harness::ASKER,
    scene::{OWNER, Scene, eventually, id},
};
use p0_testkit::need::{self, Need};

const DEVELOPER: &str = "arn:aws:iam::111122223333:saml-provider/p0,arn:aws:iam::111122223333:role/Developer";
const READER: &str = "arn:aws:iam::111122223333:saml-provider/p0,arn:aws:iam::111122223333:role/team/a&amp;b/Reader";
const CLUSTER: &str = "arn:aws:iam::111122223333:saml-provider/p0,arn:aws:iam::111122223333:role/ClusterAccess";

fn roles(scene: &Scene) -> Vec<String> {
    attribute(&assertion(scene, &scene.token(ASKER)), "Role")
}

/// Access that is usable, by its request.
#[track_caller]
fn granted(scene: &Scene, line: &str) -> String {
    id(&scene.line(line).run().success().ignore_stderr())
}

#[test]
fn an_assertion_names_the_roles_that_are_held_and_no_others() {
    if !need::all(&[Need::Program("curl")]) {
        return;
    }
    let scene = scene();
    assert_eq!(roles(&scene), [""; 0], "nothing was asked for yet");

    let developer = granted(&scene, "request aws role Developer --wait");
    assert_eq!(roles(&scene), [DEVELOPER]);
    granted(&scene, "request aws role Reader --wait");
    granted(&scene, "request k8s resource ClusterRole/view --cluster dev-eks --wait");
    // Another account, with another login; and something of another kind.
    granted(&scene, "request aws role Deployer --wait");
    granted(&scene, "request aws permission-set ReadOnly --account production --wait");
    assert_eq!(roles(&scene), [CLUSTER, DEVELOPER, READER]);
    // Somebody else's are nobody's business.
    assert_eq!(attribute(&assertion(&scene, &scene.token(OWNER)), "Role"), [""; 0]);

    scene.p0(["relinquish", &developer]).run().success().ignore_stderr();
    eventually("the role is gone", || roles(&scene) == [CLUSTER, READER]);
}

#[test]
fn a_role_that_waits_for_approval_is_not_held() {
    if !need::all(&[Need::Program("curl")]) {
        return;
    }
    // Nobody is on call any more.
    let scene = scene_with(|config| {
        for user in config["users"].as_array_mut().unwrap() {
            user.as_table_mut().unwrap().remove("on_call");
        }
    });
    let pending = id(&scene.line("request aws role Developer").run().success().ignore_stderr());
    assert_eq!(scene.status(&pending), "PENDING_APPROVAL");
    assert_eq!(roles(&scene), [""; 0]);
}

#[test]
fn other_software_verifies_the_signature() {
    if !need::all(&[Need::Program("curl"), Need::Program("xmlsec1"), Need::Program("openssl")]) {
        return;
    }
    let scene = scene();
    granted(&scene, "request aws role Reader --wait");
    let response = assertion(&scene, &scene.token(ASKER));

    let metadata = get(&scene, &format!("app/{APP}/sso/saml/metadata"));
    let certificate = metadata.stdout().split("<ds:X509Certificate>").nth(1).unwrap().split('<').next().unwrap();
    scene.env.write("certificate.b64", certificate);
    let to_pem = "base64 -d certificate.b64 | openssl x509 -inform der -out certificate.pem && \
                  openssl x509 -in certificate.pem -noout -checkend 31536000 -subject";
    let described = scene.env.run("sh").args(["-c", to_pem]).run().success();
    assert!(described.stdout().contains("CN = http://127.0.0.1") || described.stdout().contains("CN=http://127.0.0.1"));

    let verify = |name: &str, response: &str| {
        scene.env.write(name, response);
        let arguments = ["--verify", "--pubkey-cert-pem", "certificate.pem", "--id-attr:ID"];
        scene.env.run("xmlsec1").args(arguments).args(["urn:oasis:names:tc:SAML:2.0:assertion:Assertion", name]).run()
    };
    verify("response.xml", &response).success().ignore_stderr();
    // Any change is noticed.
    for (from, to) in [("role/team", "role/other"), (ASKER, "owner@example.com"), ("urn:amazon:webservices", "urn:x")] {
        let forged = response.replace(from, to);
        assert_ne!(forged, response);
        assert!(!verify("forged.xml", &forged).ignore_stderr().status().success(), "{from}");
    }
    let entity = format!("{}app/{APP}/sso/saml/metadata", scene.service.url());
    assert!(metadata.stdout().contains(&format!("entityID=\"{entity}\"")), "{metadata}");
    assert!(response.contains(&format!(">{entity}</saml2:Issuer>")), "{response}");
    assert_eq!(attribute(&response, "RoleSessionName"), [ASKER]);
    assert!(response.contains("Recipient=\"https://signin.aws.amazon.com/saml\""), "{response}");
    assert!(response.contains("<saml2:Audience>urn:amazon:webservices</saml2:Audience>"), "{response}");
}

#[test]
fn the_key_outlasts_the_service() {
    if !need::all(&[Need::Program("curl")]) {
        return;
    }
    let mut scene = scene_with(|config| {
        config.insert("store".into(), toml::toml! { kind = "file" path = "p0.db" }.into());
    });
    let metadata = |scene: &Scene| {
        get(scene, &format!("app/{APP}/sso/saml/metadata")).stdout().split("\r\n\r\n").nth(1).unwrap().to_owned()
    };
    let before = metadata(&scene);
    scene.service.kill_9();
    scene.service.restart();
    assert_eq!(metadata(&scene), before);
    let unknown = get(&scene, "app/other/sso/saml/metadata");
    assert!(unknown.stdout().starts_with("HTTP/1.1 404"), "{unknown}");
}

#[test]
fn the_page_posts_the_assertion_once_and_says_so_afterwards() {
    if !need::all(&[Need::Program("curl")]) {
        return;
    }
    let scene = scene();
    let address = format!("login/token/sso?token={}", ticket(&scene, &scene.token(ASKER)));
    let page = get(&scene, &address);
    saml_response(page.stdout());
    for expected in [
        "form-action 'self' https://signin.aws.amazon.com/saml",
        "script-src 'sha256-",
        "cache-control: no-store",
        "<form method=\"post\" action=\"https://signin.aws.amazon.com/saml\">",
        "name=\"RelayState\"",
    ] {
        assert!(page.stdout().contains(expected), "{expected}: {page}");
    }
    for address in [address.as_str(), "login/token/sso?token=x", "login/token/sso"] {
        let refused = get(&scene, address);
        assert!(refused.stdout().starts_with("HTTP/1.1 403"), "{refused}");
        assert!(refused.stdout().contains("p0 aws role assume"), "{refused}");
    }
}

#[test]
fn govcloud_has_its_own_names() {
    if !need::all(&[Need::Program("curl")]) {
        return;
    }
    let scene = scene_with(|config| {
        let resources = config["integrations"]["aws"]["resources"].as_table_mut().unwrap();
        let account = resources["account"].as_array_mut().unwrap()[0].as_table_mut().unwrap();
        account.insert("properties".into(), toml::toml! { partition = "aws-us-gov" }.into());
        let role = resources["role"].as_array_mut().unwrap()[0].as_table_mut().unwrap();
        role.insert("key".into(), "arn:aws-us-gov:iam::111122223333:role/Developer".into());
    });
    granted(&scene, "request aws role Developer --wait");
    let response = assertion(&scene, &scene.token(ASKER));
    let expected = DEVELOPER.replace("arn:aws:", "arn:aws-us-gov:");
    assert_eq!(attribute(&response, "Role"), [expected]);
    assert!(response.contains("Recipient=\"https://signin.amazonaws-us-gov.com/saml\""), "{response}");
    assert!(response.contains("<saml2:Audience>urn:amazon:webservices:govcloud</saml2:Audience>"), "{response}");
}
