//! The service grants access to a Kubernetes cluster for real: the stand-in for its API, and the real `kubectl`.

use crate::scene::{OUTSIDER, OWNER, Scene, add_clusters, eventually, id};
use p0_testkit::{
    KubeApi, Output,
    need::{self, Need},
};
use serde_json::{Value, json};
use tempfile::TempDir;

const NEEDS: [Need; 3] = [Need::Program("kubectl"), Need::Program("curl"), Need::Program("sqlite3")];
const REQUEST: &str = "p0.dev/request";

/// A cluster, and a service that grants access to it at once.
struct Cluster {
    scene: Scene,
    api: KubeApi,
    _files: TempDir,
}

impl Cluster {
    fn new() -> Self {
        let api = KubeApi::start();
        // What docs/service.md says that the service needs, and nothing more.
        let rule = |group: &str, resources: Value, verbs: &str| {
            let verbs: Vec<&str> = verbs.split(' ').collect();
            json!({"apiGroups": [group], "resources": resources, "verbs": verbs})
        };
        let rbac = "rbac.authorization.k8s.io";
        let rules = json!([
            rule(rbac, json!(["roles", "clusterroles"]), "get create patch delete escalate bind"),
            rule(rbac, json!(["rolebindings", "clusterrolebindings"]), "get create patch delete"),
            rule("", json!(["serviceaccounts"]), "get create patch delete"),
            rule("", json!(["serviceaccounts/token"]), "create"),
        ]);
        let document = |kind: &str, more: Value| {
            let mut document = json!({"apiVersion": format!("{rbac}/v1"), "kind": kind, "metadata": {"name": "p0"}});
            document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            document
        };
        api.put(&document("ClusterRole", json!({"rules": rules})));
        let subjects = json!([{"kind": "User", "name": "p0"}]);
        api.put(&document(
            "ClusterRoleBinding",
            json!({"roleRef": {"kind": "ClusterRole", "name": "p0"}, "subjects": subjects}),
        ));
        let token = api.user("p0", &[]);
        Self::with(api, &token)
    }

    /// The service comes as the bearer of this token.
    fn with(api: KubeApi, token: &str) -> Self {
        let authority = api.authority().to_owned();
        Self::trusting(api, token, &authority)
    }

    /// And trusts this authority.
    fn trusting(api: KubeApi, token: &str, authority: &str) -> Self {
        let files = tempfile::tempdir().unwrap();
        let (ca, token_file) = (files.path().join("ca.pem"), files.path().join("token"));
        std::fs::write(&ca, authority).unwrap();
        std::fs::write(&token_file, format!("{token}\n")).unwrap();
        let k8s = format!(
            r#"
            [provisioner]
            kind = "kubernetes"
            clusters.dev = {{ server = "{}", ca = {ca:?}, token_file = {token_file:?}, username = "oidc:{{principal}}" }}
            [provisioner.curated_roles]
            log-reader = [{{ apiGroups = [""], resources = ["pods/log"], verbs = ["get"] }}]
            [resources]
            cluster = [{{ key = "dev" }}]
            role = [{{ key = "ClusterRole / view" }}, {{ key = "ClusterRole / gone" }}, {{ key = "ClusterRole / cluster-admin" }},
                    {{ key = "Role / shop / deployer" }}, {{ key = "CuratedRole / log-reader" }}]
            "#,
            api.url()
        );
        let scene = Scene::with(|config| {
            config.insert("store".into(), toml::toml! { kind = "file" path = "p0.db" }.into());
            add_clusters(config, &k8s);
        });
        Self { scene, api, _files: files }
    }

    fn request(&self, role: &str, locator: &str) -> Output {
        let words = ["request", "k8s", "resource", role, "--locator", locator, "--wait"];
        self.scene.p0(words).run()
    }

    /// The access of a request that is granted.
    #[track_caller]
    fn granted(&self, role: &str, locator: &str) -> String {
        id(&self.request(role, locator).success().ignore_stderr())
    }

    fn credential_for(&self, who: &'static str, id: &str) -> (String, Value) {
        credential_for(&self.scene, who, id)
    }

    /// The asker's token.
    #[track_caller]
    fn token(&self, id: &str) -> String {
        let (status, credential) = self.credential_for(crate::harness::ASKER, id);
        assert_eq!((status.as_str(), &credential["type"]), ("200", &json!("kubernetes")), "{credential}");
        assert_eq!(credential["server"], self.api.url().as_str());
        assert_eq!(credential["certificateAuthority"], self.api.authority());
        credential["token"].as_str().unwrap().to_owned()
    }

    fn kubectl(&self, token: &str, line: &str) -> Output {
        let config = self.scene.env.write("kubeconfig", &self.api.kubeconfig(token));
        self.scene.env.run("kubectl").args(line.split_ascii_whitespace()).env("KUBECONFIG", config).run()
    }

    /// The kinds of what is in the cluster for a request.
    fn kinds(&self, id: &str) -> Vec<String> {
        let mut kinds: Vec<_> =
            self.api.labelled(REQUEST, id).iter().map(|object| object["kind"].as_str().unwrap().to_owned()).collect();
        kinds.sort();
        kinds
    }

    #[track_caller]
    fn is_gone(&self, id: &str) {
        eventually("what was granted is removed", || self.kinds(id).is_empty());
    }

    /// The request that somebody without the answer would look for.
    #[track_caller]
    fn only_request(&self) -> String {
        let requests = self.scene.requests();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests[0]["id"].as_str().unwrap().to_owned()
    }
}

/// What the service answers to a person who asks for the credential of a request, with its status.
fn credential_for(scene: &Scene, who: &'static str, id: &str) -> (String, Value) {
    let url = format!("{}o/example/permission-requests/{id}/credential", scene.service.url());
    let bearer = format!("authorization: Bearer {}", scene.token(who));
    let output = scene.env.run("curl").args(["-sS", "-w", "\n%{http_code}", "-X", "POST", "-H", &bearer, &url]).run();
    let output = output.success();
    let (body, status) = output.stdout().rsplit_once('\n').unwrap();
    (status.to_owned(), serde_json::from_str(body).unwrap())
}

#[test]
fn the_principal_gets_a_token_that_is_good_for_what_was_asked_and_nothing_else() {
    if !need::all(&NEEDS) {
        return;
    }
    let cluster = Cluster::new();
    let id = cluster.granted("clusterrole/view", "Pod / default / web");
    assert_eq!(cluster.kinds(&id), ["Role", "RoleBinding", "ServiceAccount"]);
    let objects = cluster.api.labelled("app.kubernetes.io/managed-by", "p0");
    assert_eq!(objects.len(), 3);
    assert!(objects.iter().all(|o| o["metadata"]["name"] == format!("p0-{}", id.to_lowercase())), "{objects:?}");
    let token = cluster.token(&id);
    cluster.kubectl(&token, "get pod web -o name").success().stdout_is("pod/web\n");
    cluster.kubectl(&token, "logs web").success().stdout_is("a line of the log\n");
    for (line, why) in [
        ("get pod db", "pods \"db\" is forbidden"),
        ("get pods", "cannot list resource \"pods\""),
        ("get secrets", "cannot list resource \"secrets\""),
        ("get pod web -n shop", "in the namespace \"shop\""),
        ("delete pod web", "cannot delete resource \"pods\""),
        ("get nodes", "at the cluster scope"),
    ] {
        cluster.kubectl(&token, line).code(1).stderr_has(why);
    }
    // Whoever signs in to the cluster by other ways has the same.
    let other_way = cluster.api.user("oidc:asker@example.com", &[]);
    cluster.kubectl(&other_way, "get pod web -o name").success().stdout_is("pod/web\n");
    // The token is nobody else's, and nowhere in clear.
    let shown = cluster.scene.show(&id);
    assert_eq!(shown["request"]["generated"]["serviceAccount"]["namespace"], "default");
    assert!(!shown.to_string().contains(&token));
    assert!(!cluster.scene.service.log().contains(&token));
    assert!(cluster.scene.env.files_with(token.as_bytes()).is_empty());
    let (status, answer) = cluster.credential_for(OWNER, &id);
    assert_eq!((status.as_str(), answer["error"].as_str()), ("403", Some("Only its principal can use this access")));
    let (status, answer) = cluster.credential_for(OUTSIDER, &id);
    assert_eq!(
        (status.as_str(), answer["error"].as_str()),
        ("404", Some(format!("Could not find request {id}").as_str()))
    );
    // Clients learn of the cluster without its being configured twice.
    let url = format!("{}o/example/integrations/k8s/config", cluster.scene.service.url());
    let bearer = format!("authorization: Bearer {}", cluster.scene.token(OUTSIDER));
    let known = cluster.scene.env.run("curl").args(["-sS", "-H", &bearer, &url]).run().success().json();
    let expected = json!({"clusterServer": cluster.api.url().as_str(), "label": "dev", "state": "installed"});
    assert_eq!(known["config"]["iam-write"]["dev"], expected);
    // Each that was made is an audit event.
    let count = "SELECT count(*) FROM events WHERE action = 'credential' AND document LIKE '%asker@example.com%'";
    cluster.scene.env.run("sqlite3").args(["p0.db", count]).run().success().stdout_is("1\n");
    // Given back, it is gone.
    cluster.scene.p0(["relinquish", &id]).run().success().ignore_stdout().ignore_stderr();
    cluster.is_gone(&id);
    cluster.kubectl(&token, "get pod web").code(1).stderr_has("Unauthorized");
    let (status, answer) = cluster.credential_for(crate::harness::ASKER, &id);
    assert_eq!(
        (status.as_str(), answer["error"].as_str()),
        ("400", Some(format!("Request {id} cannot be used: it has been revoked").as_str()))
    );
}

#[test]
fn every_form_of_a_role_is_granted_where_it_belongs() {
    if !need::all(&NEEDS) {
        return;
    }
    let cluster = Cluster::new();
    let deployer = cluster.token(&cluster.granted("Role/shop/deployer", "Deployment / * / web"));
    cluster.kubectl(&deployer, "get deployment web -n shop -o name").success().stdout_is("deployment.apps/web\n");
    cluster.kubectl(&deployer, "get deployments -n shop").code(1).stderr_has("(Forbidden)");
    let reader = cluster.token(&cluster.granted("curatedrole / log-reader", "pods / shop / *"));
    cluster.kubectl(&reader, "logs db -n shop").code(1).stderr_has("cannot get resource \"pods\"");
    let node = cluster.granted("view", "Node / node-1");
    assert_eq!(cluster.kinds(&node), ["ClusterRole", "ClusterRoleBinding", "ServiceAccount"]);
    cluster.kubectl(&cluster.token(&node), "get node node-1 -o name").success().stdout_is("node/node-1\n");
    let shop = cluster.token(&cluster.granted("ClusterRole / cluster-admin", "* / shop / *"));
    cluster.kubectl(&shop, "get secrets -n shop -o name").success().stdout_is("secret/password\n");
    cluster.kubectl(&shop, "get secrets").code(1).stderr_has("(Forbidden)");
    let all = cluster.scene.p0(["request", "k8s", "resource", "view", "--wait"]).run().success().ignore_stderr();
    cluster.kubectl(&cluster.token(&id(&all)), "get pods -n shop -o name").success().stdout_is("pod/db\npod/web\n");
}

#[test]
fn access_that_expires_is_removed() {
    if !need::all(&NEEDS) {
        return;
    }
    let cluster = Cluster::new();
    let words = ["request", "k8s", "resource", "view", "--wait", "--duration", "4s"];
    let id = id(&cluster.scene.p0(words).run().success().ignore_stderr());
    let token = cluster.token(&id);
    cluster.kubectl(&token, "get pods -o name").success().ignore_stdout();
    cluster.is_gone(&id);
    assert_eq!(cluster.scene.status(&id), "EXPIRED");
    cluster.kubectl(&token, "get pods").code(1).stderr_has("Unauthorized");
}

#[test]
fn a_crash_while_granting_leaves_nothing_behind() {
    if !need::all(&NEEDS) {
        return;
    }
    for step in ["/serviceaccounts/p0-", "/clusterroles/p0-", "/clusterrolebindings/p0-"] {
        let mut cluster = Cluster::new();
        let gate = cluster.api.hold("PATCH", step);
        cluster.scene.p0(["request", "k8s", "resource", "view"]).run().success().ignore_stdout().ignore_stderr();
        eventually("granting comes that far", || {
            cluster.api.requests().iter().any(|r| r.method == "PATCH" && r.target.contains(step))
        });
        cluster.scene.service.kill_9();
        gate.open();
        cluster.scene.service.restart();
        let id = cluster.only_request();
        cluster.scene.p0(["wait", &id]).run().success().ignore_stdout().ignore_stderr();
        assert_eq!(cluster.kinds(&id), ["ClusterRole", "ClusterRoleBinding", "ServiceAccount"]);
        cluster.scene.p0(["relinquish", &id]).run().success().ignore_stdout().ignore_stderr();
        cluster.is_gone(&id);
    }
}

#[test]
fn a_crash_while_taking_back_leaves_nothing_behind() {
    if !need::all(&NEEDS) {
        return;
    }
    let mut cluster = Cluster::new();
    let id = cluster.granted("view", "Pod / default / web");
    let gate = cluster.api.hold("DELETE", "/rolebindings/p0-");
    cluster.scene.p0(["relinquish", &id]).run().success().ignore_stdout().ignore_stderr();
    eventually("taking back begins", || cluster.api.requests().iter().any(|r| r.method == "DELETE"));
    cluster.scene.service.kill_9();
    gate.open();
    assert_eq!(cluster.kinds(&id), ["Role", "ServiceAccount"]);
    cluster.scene.service.restart();
    cluster.is_gone(&id);
}

#[test]
fn a_cluster_out_of_reach_is_tried_again_and_then_given_up() {
    if !need::all(&NEEDS) {
        return;
    }
    let cluster = Cluster::new();
    let id = cluster.granted("view", "Pod / default / web");
    cluster.api.go_away();
    let output = cluster.request("view", "Pod / default / db");
    output.code(1).ignore_stdout().stderr_has(&format!(
        "Could not provision the access: the cluster dev cannot be reached at {}: ",
        cluster.api.url()
    ));
    let (status, answer) = cluster.credential_for(crate::harness::ASKER, &id);
    assert_eq!(status, "502");
    assert!(answer["error"].as_str().unwrap().starts_with("the cluster dev cannot be reached"), "{answer}");
    // Taking back does not give up.
    cluster.scene.p0(["relinquish", &id]).run().success().ignore_stdout().ignore_stderr();
    cluster.scene.service.wait_for_log("retrying provisioning");
    assert_eq!(cluster.kinds(&id).len(), 3);
    cluster.api.come_back();
    cluster.is_gone(&id);
}

#[test]
fn a_certificate_that_nobody_vouches_for_ends_the_conversation() {
    let api = KubeApi::start();
    let token = api.user("p0", &["system:masters"]);
    let cluster = Cluster::trusting(api, &token, KubeApi::start().authority());
    cluster.request("view", "Pod / default / web").code(1).ignore_stdout().stderr_has("invalid peer certificate");
    assert_eq!(cluster.api.requests().len(), 0);
}

#[test]
fn what_the_cluster_forbids_is_told_in_its_words() {
    let api = KubeApi::start();
    let token = api.user("p0", &[]);
    let cluster = Cluster::with(api, &token);
    cluster.request("view", "Pod / default / web").code(1).ignore_stdout().stderr_has(
        "Could not provision the access: the cluster dev refuses: clusterroles.rbac.authorization.k8s.io \"view\" is \
         forbidden: User \"p0\" cannot get resource \"clusterroles\"",
    );
    assert_eq!(cluster.kinds(&cluster.only_request()), [""; 0]);
}

#[test]
fn what_makes_no_sense_is_refused_at_once() {
    let cluster = Cluster::new();
    for (role, locator, why) in [
        ("ClusterRole / gone", "Pod / default / web", "there is no ClusterRole / gone in the cluster dev"),
        ("view", "Secret / default / password", "ClusterRole / view allows nothing on Secret / default / password"),
        ("view", "Unicorn / default / u", "there is no kind Unicorn in the cluster dev"),
        ("view", "Pod / web", "Pod is in a namespace: ask for \"Pod / <namespace> / web\""),
        ("view", "Node / default / node-1", "Node is in no namespace: ask for \"Node / node-1\""),
        (
            "Role / shop / deployer",
            "Deployment / default / web",
            "Role / shop / deployer allows nothing on Deployment / default / web, which is not in the namespace shop",
        ),
        ("view", "Pod / nowhere / web", "the cluster dev refuses: namespaces \"nowhere\" not found"),
    ] {
        let output = cluster.request(role, locator).code(1).ignore_stdout();
        output.stderr_has(&format!("Could not provision the access: {why}"));
    }
    for (role, locator, why) in [
        ("Pod/view", "Pod / default / web", "Invalid role: Pod/view. It must have the form"),
        ("ClusterRole / veiw", "Pod / default / web", "Did you mean view?"),
        ("view", "Pod", "Invalid locator: Pod. It must have the form"),
        ("view", "Pod / default / web-*", "Invalid locator: Pod / default / web-*."),
    ] {
        cluster.request(role, locator).code(1).stdout_is("").stderr_has(why);
    }
    eventually("nothing is left behind", || cluster.api.labelled("app.kubernetes.io/managed-by", "p0").is_empty());
}

#[test]
fn a_token_that_is_replaced_is_used() {
    let mut cluster = Cluster::with(KubeApi::start(), "stale");
    let token = cluster.api.user("p0", &["system:masters"]);
    cluster.scene.p0(["request", "k8s", "resource", "view"]).run().success().ignore_stdout().ignore_stderr();
    eventually("the stale one is refused", || !cluster.api.refusals().is_empty());
    std::fs::write(cluster._files.path().join("token"), token).unwrap();
    let id = cluster.only_request();
    cluster.scene.p0(["wait", &id]).run().success().ignore_stdout().ignore_stderr();
    cluster.scene.service.stop().success();
}

#[test]
fn mistakes_in_the_configuration_are_told_before_anybody_asks() {
    let env = crate::harness::env();
    let check = |k8s: &str| {
        env.write("p0.toml", &format!("{}\n[integrations.k8s]\n{k8s}", crate::harness::ORGANISATION));
        env.p0(["serve", "--config", "p0.toml", "--check"]).run()
    };
    env.write("empty", "");
    for (k8s, why) in [
        (
            "provisioner = { kind = 'kubernetes', clusters = {} }",
            "p0.toml: integrations.k8s: provisioner: clusters is empty",
        ),
        (
            "provisioner = { kind = 'kubernetes', clusters.a = { kubeconfig = 'empty' } }\nresources.cluster = [{ key = 'b' }]",
            "integrations.k8s: provisioner: the cluster b has no entry in clusters",
        ),
        (
            "provisioner = { kind = 'kubernetes', clusters.a = { kubeconfig = 'none' } }",
            "integrations.k8s: provisioner.clusters.a: cannot read ",
        ),
        ("provisioner = { kind = 'kubernetes', clusters.a = { kubeconfig = 'empty' } }", "empty: it is empty"),
        (
            "provisioner = { kind = 'kubernetes', clusters.a = { server = 'https://k8s.example.com', ca = 'empty', token_file = 'empty' } }",
            "integrations.k8s: provisioner.clusters.a: the certificate authority is no PEM certificate",
        ),
        ("resources.role = [{ key = 'view' }]", "resources.role: view is none. Invalid role: view."),
        (
            "resources.role = [{ key = 'ClusterRole/view' }]",
            "resources.role: ClusterRole/view is written \"ClusterRole / view\"",
        ),
    ] {
        check(k8s).code(1).stdout_is("").stderr_has(why);
    }
}

#[test]
fn a_kubeconfig_says_how_a_cluster_is_reached() {
    let mut cluster = Cluster::with(KubeApi::start(), "unused");
    let token = cluster.api.user("p0", &["system:masters"]);
    cluster.scene.env.write("clusters/admin.yaml", &cluster.api.kubeconfig(&token));
    cluster.scene.service.configure(|config| {
        let dev = toml::toml! { kubeconfig = "clusters/admin.yaml" context = "stand-in" };
        config["integrations"]["k8s"]["provisioner"]["clusters"]["dev"] = dev.into();
    });
    cluster.scene.service.restart();
    let id = cluster.granted("view", "Pod / default / web");
    assert_eq!(cluster.kinds(&id), ["Role", "RoleBinding", "ServiceAccount"]);
}

#[test]
fn simulated_access_says_that_it_is() {
    let scene = Scene::new();
    scene.service.wait_for_log("access is simulated, and nothing granted, for gcloud");
    let shown = scene.show(&scene.usable());
    let notes: Vec<&Value> = shown["history"].as_array().unwrap().iter().map(|step| &step["note"]).collect();
    assert!(notes.contains(&&json!("Simulated: nothing was granted")), "{notes:?}");
    let id = scene.usable();
    scene.p0(["show", &id]).run().success().stdout_has("Simulated: nothing was granted").ignore_stderr();
    if need::all(&NEEDS) {
        let (status, answer) = credential_for(&scene, crate::harness::ASKER, &id);
        let why = "Not found: the integration gcloud hands out no credentials";
        assert_eq!((status.as_str(), answer["error"].as_str()), ("404", Some(why)));
    }
}
