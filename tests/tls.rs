//! TLS: whom commands trust, and commands that answer from what is kept and need none.

use crate::harness::{ORGANISATION, env};
use p0_testkit::{Answer, Identity, KubeApi, Service, StandIn, TestEnv};
use std::fs;

/// What AWS's Security Token Service answers when a role is assumed.
const ASSUMED: &str = "<AssumeRoleWithSAMLResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
    <AssumeRoleWithSAMLResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>x</SecretAccessKey>\
    <SessionToken>y</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
    </AssumeRoleWithSAMLResult></AssumeRoleWithSAMLResponse>";

/// A user of a service that is reached by https, and the service.
fn user_of(identity: &Identity, config: &str) -> (TestEnv, Service) {
    let mut env = env();
    let cert = env.write("cert.pem", &identity.certificate);
    let key = env.write("key.pem", &identity.key);
    let service = env.serve(&format!("{ORGANISATION}\n{config}\n[tls]\ncert = {cert:?}\nkey = {key:?}\n"));
    assert_eq!(service.url().scheme(), "https");
    env.use_service(&service);
    env.set("P0_API_TOKEN", service.access_token("asker@example.com", "correct horse battery staple"));
    let authority = env.write("ca.pem", &identity.authority);
    env.set("SSL_CERT_FILE", authority);
    (env, service)
}

/// From now on, a command that sets up TLS fails.
fn break_tls(env: &mut TestEnv) {
    let file = env.write("broken.pem", "this is not a certificate");
    env.set("SSL_CERT_FILE", &file);
    let output = env.p0(["ls", "gcloud", "role", "names"]).run();
    output
        .code(1)
        .stdout_is("")
        .stderr_has(&format!("from {}: there is no certificate in PEM format in it.", file.display()));
}

#[test]
fn kept_aws_credentials_are_handed_out_without_tls() {
    let sts = StandIn::by_request(|_| Answer::status(200).header("content-type", "text/xml").body(ASSUMED));
    let (mut env, _service) = user_of(
        &Identity::on_loopback(),
        "[[policies]]\nname = \"accounts\"\nrequestor = { type = \"any\" }\n\
         resource = { type = \"integration\", service = \"aws\" }\n\
         approval = [{ type = \"auto\", services = [\"web\"] }]\n\
         [integrations.aws]\nprovisioner = { kind = \"simulated\", delay_ms = 20 }\n\
         [integrations.aws.installed.111122223333]\n\
         login = { type = \"federated\", provider = { type = \"okta\", appId = \"0oa1example1aws\", \
         identityProvider = \"p0\", method = { type = \"saml\" } } }\n\
         [integrations.aws.resources]\naccount = [{ key = \"111122223333\", value = \"development\" }]\n\
         role = [{ key = \"arn:aws:iam::111122223333:role/Developer\", value = \"Developer\", parent = \"111122223333\" }]\n",
    );
    env.set("AWS_ENDPOINT_URL_STS", sts.url().as_str().trim_end_matches('/'));
    let words = ["aws", "credential-process", "role", "Developer", "--account", "development"];
    env.p0(words).run().success().ignore_stderr().stdout_has("ASIAEXAMPLE");
    break_tls(&mut env);
    env.p0(words).run().success().ignore_stderr().stdout_has("ASIAEXAMPLE");
    assert_eq!(sts.requests().len(), 1);
}

#[test]
fn kept_cluster_token_is_handed_out_without_tls() {
    let api = KubeApi::start();
    let files = env();
    let ca = files.write("ca.pem", api.authority());
    let token = files.write("cluster-token", &api.user("p0", &["system:masters"]));
    let (mut env, _service) = user_of(
        &Identity::on_loopback(),
        &format!(
            "[[policies]]\nname = \"clusters\"\nrequestor = {{ type = \"any\" }}\n\
             resource = {{ type = \"integration\", service = \"k8s\" }}\n\
             approval = [{{ type = \"auto\", services = [\"web\"] }}]\n\
             [integrations.k8s.installed.dev]\nlabel = \"development\"\n\
             [integrations.k8s.provisioner]\nkind = \"kubernetes\"\n\
             [integrations.k8s.provisioner.clusters]\n\
             dev = {{ server = \"{}\", ca = {ca:?}, token_file = {token:?} }}\n\
             [integrations.k8s.resources]\ncluster = [{{ key = \"dev\" }}]\nrole = [{{ key = \"ClusterRole / view\" }}]\n",
            api.url()
        ),
    );
    let access = ["--cluster", "dev", "--role", "ClusterRole/view"];
    env.p0(["kubeconfig"].iter().chain(&access)).run().success().ignore_stdout().ignore_stderr();
    let made = api.requests().len();
    break_tls(&mut env);
    let output = env.p0(["kubeconfig", "credential"].iter().chain(&access)).run();
    output.success().ignore_stderr().stdout_has("\"ExecCredential\"");
    assert_eq!(api.requests().len(), made);
}

#[test]
fn host_that_is_known_to_be_foreign_is_resolved_without_tls() {
    let (mut env, _service) = user_of(&Identity::on_loopback(), "");
    let words = ["-q", "--no-input", "ssh-resolve", "--", "web.example.com"];
    env.p0(words).run().code(1).stdout_is("").stderr_is("");
    break_tls(&mut env);
    let known = env.p0(["--debug", "--no-input", "ssh-resolve", "--", "web.example.com"]).run();
    known.code(1).stdout_is("").stderr_has("was asked about before").lacks("broken.pem");
}

#[test]
fn ssl_cert_file_that_is_missing_or_is_not_a_file_is_named() {
    let (mut env, _service) = user_of(&Identity::on_loopback(), "");
    let missing = env.work_dir().join("missing.pem");
    let pipe = env.work_dir().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (file, why) in [
        (&missing, "No such file or directory (os error 2)."),
        (&pipe, "it is not a file."),
        (&env.work_dir(), "it is not a file."),
    ] {
        env.set("SSL_CERT_FILE", file);
        let output = env.p0(["ls", "gcloud", "role", "names"]).run();
        output
            .code(1)
            .stdout_is("")
            .stderr_has(&format!("Cannot read certificates for SSL_CERT_FILE from {}: {why}", file.display()));
    }
}

#[test]
fn ssl_cert_dir_adds_to_ssl_cert_file_whatever_its_files_are_called() {
    let (ours, other) = (Identity::on_loopback(), Identity::on_loopback());
    let (mut env, _service) = user_of(&ours, "");
    let file = env.write("other.pem", &other.authority);
    env.set("SSL_CERT_FILE", file);
    let output = env.p0(["ls", "gcloud", "role", "names"]).run();
    output.code(1).stdout_is("").stderr_has("certificate is not trusted");
    env.write("certs/company.pem", &ours.authority);
    let certs = env.work_dir().join("certs");
    let dirs = std::env::join_paths([env.work_dir().join("missing"), certs]).unwrap();
    env.set("SSL_CERT_DIR", dirs);
    env.p0(["ls", "gcloud", "role", "names"]).run().success().ignore_stdout().ignore_stderr();
}

/// AWS-LC's jitter entropy takes 20 ms of each command that uses TLS; `.cargo/config.toml` switches it off.
#[test]
fn program_is_built_without_jitter_entropy() {
    let program = fs::read(env!("CARGO_BIN_EXE_p0")).unwrap();
    let has = |name: &[u8]| program.windows(name.len()).any(|bytes| bytes == name);
    assert!(has(b"CRYPTO_sysrand"), "the program has AWS-LC and its symbols");
    assert!(!has(b"jent_entropy_init"), "AWS_LC_SYS_NO_JITTER_ENTROPY was not set for the build");
}
