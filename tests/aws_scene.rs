//! A scene with AWS in it: an account with a federated login, behind the service as its identity provider, and one with
//! IAM Identity Center.

use crate::{
    harness::{ASKER, PASSWORD},
    scene::Scene,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use p0_testkit::{
    FakeBrowser, Invocation, Moto, Output,
    need::{self, Need},
};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The app that leads to AWS.
pub(crate) const APP: &str = "0oa1example1aws";
/// The account with the federated login, `development`.
pub(crate) const DEVELOPMENT: &str = "111122223333";
/// The account with the Identity Center, `production`.
pub(crate) const PRODUCTION: &str = "444455556666";

/// Where test.sh puts Python packages: moto, the AWS CLI and boto3.
pub(crate) const PYTHON: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../python");
/// What is there once they are installed.
pub(crate) const PACKAGES: Need = Need::File(concat!(env!("CARGO_TARGET_TMPDIR"), "/../python/installed"));

const AWS: &str = r#"
[[policies]]
name = "aws"
requestor = { type = "group", groups = [{ id = "everybody" }] }
resource = { type = "integration", service = "aws" }
approval = [{ type = "auto", services = ["web"] }]

[[policies]]
name = "k8s"
requestor = { type = "group", groups = [{ id = "everybody" }] }
resource = { type = "integration", service = "k8s" }
approval = [{ type = "auto", services = ["web"] }]

[integrations.aws]
provisioner = { kind = "simulated", delay_ms = 20 }

[integrations.aws.resources]
account = [
  { key = "111122223333", value = "development" },
  { key = "444455556666", value = "production", properties = { idc-id = "ssoins-0123456789abcdef", idc-region = "us-east-1" } },
]
role = [
  { key = "arn:aws:iam::111122223333:role/Developer", value = "Developer", parent = "111122223333" },
  { key = "arn:aws:iam::111122223333:role/team/a&b/Reader", value = "Reader", parent = "111122223333" },
  { key = "arn:aws:iam::444455556666:role/Deployer", value = "Deployer", parent = "444455556666" },
]
permission-set = [
  { key = "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-1111111111111111", value = "ReadOnly" },
]

[integrations.aws.installed.111122223333]
login = { type = "federated", provider = { type = "okta", appId = "0oa1example1aws", identityProvider = "p0", method = { type = "saml" } } }

[integrations.aws.installed.444455556666]
login = { type = "idc", parent = "444455556666", idcArn = "arn:aws:sso:::instance/ssoins-0123456789abcdef", idcRegion = "us-east-1", identityStoreId = "d-1234567890" }

[integrations.k8s]
provisioner = { kind = "simulated", delay_ms = 20 }

[integrations.k8s.resources]
cluster = [{ key = "dev-eks", properties = { account = "111122223333", arn = "arn:aws:eks:us-east-1:111122223333:cluster/dev-eks", role = "ClusterAccess" } }]
role = [{ key = "ClusterRole / view" }]
"#;

/// A scene with AWS in it.
pub(crate) fn scene() -> Scene {
    scene_with(|_| ())
}

/// The same, changed.
pub(crate) fn scene_with(change: impl FnOnce(&mut toml::Table)) -> Scene {
    Scene::with(|config| {
        add_aws(config);
        change(config);
    })
}

/// A scene in which the asker is signed in, moto plays AWS, and `aws` is the real AWS CLI.
pub(crate) struct Signed {
    // Ends before the environment that it is in.
    _browser: FakeBrowser,
    pub(crate) moto: Option<Moto>,
    pub(crate) scene: Scene,
}

impl Signed {
    /// `None` where it cannot be had.
    pub(crate) fn new() -> Option<Self> {
        Self::with(|_| ())
    }

    /// The same, changed.
    pub(crate) fn with(change: impl FnOnce(&mut toml::Table)) -> Option<Self> {
        if !need::all(&[PACKAGES]) {
            return None;
        }
        let mut signed = Self::without_moto(change);
        signed.moto = Some(Moto::start(&mut signed.scene.env, Path::new(PYTHON), DEVELOPMENT));
        signed.scene.env.tool("aws", &format!("#!/bin/sh\nexec '{PYTHON}/bin/aws' \"$@\"\n"));
        Some(signed)
    }

    /// Without anybody who plays AWS.
    pub(crate) fn without_moto(change: impl FnOnce(&mut toml::Table)) -> Self {
        let mut scene = scene_with(change);
        let browser = scene.env.browse_as(ASKER, PASSWORD);
        scene.env.p0(["login"]).run().success().ignore_stdout().ignore_stderr();
        scene.env.set("P0_AWS_ACCOUNT", "development");
        Self { _browser: browser, moto: None, scene }
    }

    /// `p0` as whoever is signed in, with the words of a line.
    pub(crate) fn line(&self, line: &str) -> Invocation {
        self.p0(line.split_ascii_whitespace())
    }

    /// `p0` as whoever is signed in.
    pub(crate) fn p0<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Invocation {
        self.scene.env.p0(words)
    }

    /// Calls of AWS so far, as far as moto plays it.
    pub(crate) fn calls(&self) -> usize {
        self.moto.as_ref().unwrap().calls().len()
    }

    /// Files that hold this, other than the store of secrets that tests choose.
    pub(crate) fn files_with(&self, text: &str) -> Vec<PathBuf> {
        let files = self.scene.env.files_with(text.as_bytes());
        files.into_iter().filter(|file| !file.starts_with("state/p0/secrets")).collect()
    }
}

/// Adds AWS to the organisation of the tests.
pub(crate) fn add_aws(config: &mut toml::Table) {
    let aws: toml::Table = AWS.parse().unwrap();
    let integrations = aws["integrations"].as_table().unwrap().clone();
    config["integrations"].as_table_mut().unwrap().extend(integrations);
    // Before the one that has a reviewer decide on anything.
    let mut policies = aws["policies"].as_array().unwrap().clone();
    policies.append(config["policies"].as_array_mut().unwrap());
    config.insert("policies".into(), policies.into());
}

/// What the service answers to a form at this path.
pub(crate) fn post(scene: &Scene, path: &str, fields: &[(&str, &str)]) -> Value {
    let url = scene.service.url().join(path).unwrap();
    let fields = fields.iter().flat_map(|(name, value)| ["--data-urlencode".into(), format!("{name}={value}")]);
    scene.env.run("curl").args(["--silent"]).args(fields).arg(url.as_str()).run().success().json()
}

/// What the service answers at this path.
pub(crate) fn get(scene: &Scene, path: &str) -> Output {
    let url = scene.service.url().join(path).unwrap();
    scene.env.run("curl").args(["--silent", "--include", url.as_str()]).run().success()
}

/// The token that opens the app for whoever has this access token.
pub(crate) fn ticket(scene: &Scene, access_token: &str) -> String {
    let answer = post(
        scene,
        "oauth2/v1/token",
        &[
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("client_id", "p0-cli"),
            ("audience", &format!("urn:okta:apps:{APP}")),
            ("requested_token_type", "urn:okta:oauth:token-type:web_sso_token"),
            ("subject_token", access_token),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ],
    );
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// The response that is posted to AWS, taken from the page.
pub(crate) fn saml_response(page: &str) -> String {
    let (_, rest) = page.split_once(r#"name="SAMLResponse" value=""#).unwrap_or_else(|| panic!("{page}"));
    String::from_utf8(STANDARD.decode(rest.split('"').next().unwrap()).unwrap()).unwrap()
}

/// The response about whoever has this access token.
pub(crate) fn assertion(scene: &Scene, access_token: &str) -> String {
    saml_response(get(scene, &format!("login/token/sso?token={}", ticket(scene, access_token))).stdout())
}

/// The texts of an attribute of an assertion, as they are written.
pub(crate) fn attribute(response: &str, name: &str) -> Vec<String> {
    let start = format!("Name=\"https://aws.amazon.com/SAML/Attributes/{name}\"");
    let (_, rest) = response.split_once(&start).unwrap_or_else(|| panic!("no {name} in {response}"));
    let values = rest.split("</saml2:Attribute>").next().unwrap();
    let values = values.split("<saml2:AttributeValue>").skip(1);
    values.map(|value| value.split('<').next().unwrap().to_owned()).collect()
}
