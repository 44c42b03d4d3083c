//! `p0 kubeconfig`: the real `kubectl` against the stand-in for a cluster, with tokens that the service hands out.

use crate::{
    aws_scene::{Signed, scene_with},
    harness::ASKER,
    scene::{OWNER, Scene, add_clusters, eventually, id},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use p0_testkit::{
    Answer, FakeBrowser, Invocation, KubeApi, Output, Running, StandIn,
    need::{self, Need},
};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
    time::Duration,
};
use tempfile::TempDir;

const NEEDS: [Need; 1] = [Need::Program("kubectl")];
/// The cluster's id, which need not be easy.
const ODD: &str = "eu/dev one";
/// The context for `ClusterRole/view` on the cluster `dev`.
pub(crate) const VIEW: &str = "p0-dev/ClusterRole/view";

/// Clusters, and a service that grants access to them at once.
pub(crate) struct Clusters {
    pub(crate) scene: Scene,
    api: KubeApi,
    _files: TempDir,
}

impl Clusters {
    fn new() -> Self {
        Self::of(KubeApi::start(), "")
    }

    /// `more`: of the cluster `dev`, as it is installed.
    fn of(api: KubeApi, more: &str) -> Self {
        let files = tempfile::tempdir().unwrap();
        let (ca, token_file) = (files.path().join("ca.pem"), files.path().join("token"));
        fs::write(&ca, api.authority()).unwrap();
        fs::write(&token_file, api.user("p0", &["system:masters"])).unwrap();
        let k8s = format!(
            r#"
            [provisioner]
            kind = "kubernetes"
            [provisioner.clusters]
            dev = {{ server = "{url}", ca = {ca:?}, token_file = {token_file:?} }}
            "{ODD}" = {{ server = "{url}", ca = {ca:?}, token_file = {token_file:?} }}
            gke = {{ server = "{url}", ca = {ca:?}, token_file = {token_file:?} }}
            [installed.dev]
            label = "development"
            {more}
            [installed.gke]
            hosting = {{ type = "gcp" }}
            [installed.later]
            state = "stage"
            [resources]
            cluster = [{{ key = "dev" }}, {{ key = "{ODD}" }}, {{ key = "gke" }}]
            role = [{{ key = "ClusterRole / view" }}, {{ key = "ClusterRole / edit" }}, {{ key = "Role / shop / deployer" }}]
            "#,
            url = api.url()
        );
        let scene = Scene::with(|config| add_clusters(config, &k8s));
        Self { scene, api, _files: files }
    }

    /// `p0 kubeconfig` with these words.
    pub(crate) fn p0(&self, words: &[&str]) -> Invocation {
        self.scene.p0(["kubeconfig"]).args(words)
    }

    /// The context of the cluster `dev` set up for `ClusterRole/view`.
    pub(crate) fn view(&self, more: &[&str]) -> Output {
        self.p0(&["--cluster", "dev", "--role", "ClusterRole/view"]).args(more).run()
    }

    pub(crate) fn kubectl(&self, line: &str) -> Invocation {
        let kubectl = self.scene.env.run("kubectl").args(line.split_ascii_whitespace());
        kubectl.env("P0_API_TOKEN", self.scene.token(ASKER))
    }

    /// What `kubectl` runs, asked in this version.
    fn plugin(&self, more: &[&str]) -> Invocation {
        self.p0(&["credential", "--cluster", "dev", "--role", "ClusterRole/view"]).args(more)
    }

    /// The user's own kubeconfig.
    pub(crate) fn own(&self) -> PathBuf {
        self.scene.env.home_dir().join(".kube/config")
    }

    pub(crate) fn write_own(&self, text: &str) {
        fs::create_dir_all(self.own().parent().unwrap()).unwrap();
        fs::write(self.own(), text).unwrap();
    }

    pub(crate) fn read_own(&self) -> String {
        fs::read_to_string(self.own()).unwrap()
    }

    /// As if what is kept had come to its end.
    fn forget(&self) {
        fs::remove_dir_all(self.scene.env.home_dir().with_file_name("state").join("p0/vault")).unwrap();
    }

    /// How many tokens of service accounts the cluster has made.
    fn tokens(&self) -> usize {
        self.api.requests().iter().filter(|request| request.target.ends_with("/token")).count()
    }
}

pub(crate) fn here() -> Option<Clusters> {
    need::all(&NEEDS).then(Clusters::new)
}

#[test]
fn kubectl_works_with_what_was_asked_for_and_with_nothing_else() {
    let Some(clusters) = here() else { return };
    let output =
        clusters.p0(&["--cluster", "dev", "--role", " clusterrole / view", "--resource", "Pod/shop/web"]).run();
    let output = output.success().stdout_is("p0-dev/ClusterRole/view@Pod/shop/web\n");
    output
        .stderr_has("kubectl uses the context p0-dev/ClusterRole/view@Pod/shop/web now, as written to ")
        .stderr_has("The access ends in");
    // The namespace of the resource is that of the context.
    clusters.kubectl("get pod web -o name").run().success().stdout_is("pod/web\n");
    let refused = clusters.kubectl("get pod db").run().code(1).stdout_is("");
    refused.stderr_has("forbidden");
    clusters.kubectl("get secrets").run().code(1).stdout_is("").stderr_has("forbidden");
    clusters.kubectl("config get-contexts -o name").run().success().stdout_is("p0-dev/ClusterRole/view@Pod/shop/web\n");
    assert_eq!(clusters.own().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    // The token is where secrets are kept, and nowhere else.
    let text = clusters.read_own();
    assert!(!text.contains("stand-in."), "{text}");
    let places = clusters.scene.env.files_with(b"stand-in.Request");
    assert!(places.iter().all(|path| path.starts_with("state/p0/secrets")), "{places:?}");
}

#[test]
fn a_cluster_may_be_called_anything() {
    let Some(clusters) = here() else { return };
    let output =
        clusters.p0(&["--cluster", ODD, "--role", "ClusterRole/view"]).run().success().ignore_stderr().ignore_stdout();
    output.stdout_is("p0-eu%2Fdev one/ClusterRole/view\n");
    clusters.kubectl("get pod web -o name").run().success().stdout_is("pod/web\n");
    let named = clusters.p0(&["--cluster", ODD, "--role", "ClusterRole/view", "--context", "a: 'b' #\u{fc}"]).run();
    named.success().ignore_stderr().stdout_is("a: 'b' #\u{fc}\n");
    clusters.kubectl("config current-context").run().success().stdout_is("a: 'b' #\u{fc}\n");
    clusters.kubectl("get pod web -o name").run().success().stdout_is("pod/web\n");
    for cluster in ["", " ", "a\nb"] {
        let output = clusters.p0(&["--cluster", cluster, "--role", "ClusterRole/view"]).run().code(64).stdout_is("");
        output.stderr_has("it is empty, or has control characters");
    }
}

#[test]
fn wrong_forms_are_answered_with_the_right_ones_before_anything_is_asked_for() {
    let Some(clusters) = here() else { return };
    for role in ["view", "ClusterRole", "Role/view", "ClusterRole/a b", "Group/x", ""] {
        let output = clusters.p0(&["--cluster", "dev", "--role", role]).run().code(64).stdout_is("");
        output.stderr_has("ClusterRole/<name>, such as ClusterRole/view").stderr_has("Role/<namespace>/<name>");
    }
    for resource in ["web", "Pod/", "a/b/c/d"] {
        let words = ["--cluster", "dev", "--role", "ClusterRole/view", "--resource", resource];
        clusters
            .p0(&words)
            .run()
            .code(64)
            .stdout_is("")
            .stderr_has("<kind>/<namespace>/<name>, such as Pod/default/web-0");
    }
    clusters.p0(&["--cluster", "dev"]).run().code(64).stdout_is("").stderr_has("--role <ROLE>");
    clusters.p0(&[]).run().code(64).stdout_is("").stderr_has("--cluster <ID>");
    clusters.p0(&["--cluster", "dev", "--role", "view", "--json"]).run().code(64).json()["error"].as_str().unwrap();
    assert_eq!(clusters.scene.requests().len(), 0);
}

#[test]
fn a_cluster_that_cannot_be_had_says_which_can() {
    let Some(clusters) = here() else { return };
    let set_up =
        |cluster| clusters.p0(&["--cluster", cluster, "--role", "ClusterRole/view"]).run().code(1).stdout_is("");
    set_up("nowhere")
        .stderr_is("Error: There is no cluster 'nowhere'.\n  Installed are: dev (development), eu/dev one, gke\n");
    set_up("later").stderr_has("Error: The cluster 'later' is not installed.\n  Installed are: dev (development)");
    set_up("gke")
        .stderr_has("Error: The cluster 'gke' runs on Google Kubernetes Engine")
        .stderr_has("  Supported are Amazon EKS, and clusters for which the service itself hands out tokens.\n")
        .stderr_has("p0 request k8s resource <role> --cluster gke --wait");
    assert_eq!(clusters.scene.requests().len(), 0);

    let scene = Scene::with(|config| drop(config["integrations"].as_table_mut().unwrap().remove("k8s")));
    let output = scene.p0(["kubeconfig", "--cluster", "dev", "--role", "ClusterRole/view"]).run().code(1).stdout_is("");
    output.stderr_has("Error: The organisation has not set up Kubernetes.");
}

#[test]
fn an_expired_authority_is_told_before_anything_is_asked_for() {
    if !need::all(&NEEDS) {
        return;
    }
    let api = KubeApi::with_expired_certificates();
    let more = format!("clusterServer = \"{}\"\nclusterCertificate = \"\"\"{}\"\"\"", api.url(), api.authority());
    let clusters = Clusters::of(api, &more);
    let output = clusters.view(&[]).code(1).stdout_is("");
    output
        .stderr_has("its certificate authority is of no use: it expired on ")
        .stderr_has("Check this machine's clock");
    assert_eq!(clusters.scene.requests().len(), 0);
}

const OWN: &str = "# mine
apiVersion: v1
kind: Config
clusters: # all of them
- name: home   # odd order
  cluster: {server: \"https://home.example.com\"}
users:
- name: me
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, args: [eks, get-token], interactiveMode: Never}
# contexts
contexts:
- {name: home, context: {cluster: home, user: me}}
- name: arn:aws:eks:us-east-1:111122223333:cluster/dev
  context: {cluster: home, user: me, namespace: x}
current-context: home # the usual
preferences: {}
";

#[test]
fn everything_else_in_the_kubeconfig_stays_and_remove_undoes_it() {
    let Some(clusters) = here() else { return };
    clusters.write_own(OWN);
    clusters.view(&[]).success().ignore_stderr().ignore_stdout();
    let text = clusters.read_own();
    for line in OWN.lines().filter(|line| !line.starts_with("current-context") && !line.starts_with("- {")) {
        assert!(text.contains(&format!("{line}\n")), "{line}\n{text}");
    }
    assert!(text.contains("current-context: p0-dev/ClusterRole/view # the usual\n"), "{text}");
    let contexts = clusters.kubectl("config get-contexts -o name").run().success();
    contexts.stdout_is("arn:aws:eks:us-east-1:111122223333:cluster/dev\nhome\np0-dev/ClusterRole/view\n");
    clusters.kubectl("get pod web -o name").run().success().stdout_is("pod/web\n");
    // Again: in place. Another role has a context of its own.
    clusters.view(&[]).success().ignore_stderr().ignore_stdout();
    assert_eq!(clusters.read_own(), text);
    let words = ["--cluster", "dev", "--role", "Role/shop/deployer", "--resource", "Deployment/shop/web"];
    clusters.p0(&words).run().success().ignore_stderr().ignore_stdout();
    let deployment = clusters.kubectl("get deployment web -o name").run().success();
    deployment.stdout_is("deployment.apps/web\n");

    let removed = clusters.p0(&["remove", "--cluster", "dev"]).run().success().stdout_is("");
    removed.stderr_is(
        "Removed the context p0-dev/ClusterRole/view.\n\
         Removed the context p0-dev/Role/shop/deployer@Deployment/shop/web.\n\
         The current context is home.\n",
    );
    assert_eq!(clusters.read_own(), OWN);
    let output = clusters.p0(&["remove", "--cluster", "dev"]).run().code(1).stdout_is("");
    output.stderr_is("Error: p0 has made no context for the cluster 'dev'.\n");
}

#[test]
fn kubectl_reads_whatever_was_written() {
    let Some(clusters) = here() else { return };
    let entry = "- name: home\n  cluster: {server: \"https://home.example.com\"}\n";
    let data = STANDARD.encode("x".repeat(1500));
    let big: String = (0..1000)
        .map(|n| format!("# {n}\n- name: c{n}\n  cluster:\n    server: https://home.example.com\n    certificate-authority-data: {data}\n"))
        .collect();
    for text in [
        String::new(),
        "# nothing yet".into(),
        "{}\n".into(),
        "apiVersion: v1\nkind: Config\nclusters: null\ncontexts: null\nusers: null\ncurrent-context: \"\"\npreferences: {}\n".into(),
        OWN.into(),
        OWN.replace('\n', "\r\n"),
        format!("clusters:\n{entry}---\nanother: document\n"),
        format!("x-common: &home {{server: \"https://home.example.com\"}}\nclusters:\n{entry}- name: b\n  cluster: *home\n"),
        r#"{"apiVersion":"v1","kind":"Config","clusters":[{"name":"home","cluster":{"server":"https://home.example.com"}}],"users":[]}"#.into(),
        format!("clusters:\n{big}"),
    ] {
        clusters.write_own(&text);
        clusters.view(&[]).success().ignore_stderr().ignore_stdout();
        let shown: String = text.chars().take(80).collect();
        let view = clusters.kubectl("config view -o json").run().success().json();
        let names = |list: &str| -> Vec<String> {
            let entries = view[list].as_array().cloned().unwrap_or_default();
            entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(view["current-context"], VIEW, "{shown}");
        assert_eq!(names("clusters").contains(&"home".into()), text.contains("home\"") || text.contains("name: home"), "{shown}");
        assert!(["clusters", "contexts", "users"].iter().all(|list| names(list).contains(&VIEW.into())), "{shown}");
        clusters.kubectl("get pod web -o name").run().success().stdout_is("pod/web\n");
        clusters.p0(&["remove", "--all"]).run().success().ignore_stderr().stdout_is("");
        clusters.kubectl("config view").run().success().ignore_stdout();
        if text.contains("current-context: home") {
            assert_eq!(clusters.read_own(), text);
        }
    }
}

#[test]
fn what_p0_has_not_made_is_neither_replaced_nor_removed() {
    let Some(clusters) = here() else { return };
    clusters.write_own(OWN);
    let output = clusters.view(&["--context", "home"]).code(1).stdout_is("");
    output.stderr_has("has clusters 'home' already, which p0 did not make.\n").stderr_has("--context");
    for words in [&["remove", "--context", "home"][..], &["remove", "--all"]] {
        clusters.p0(words).run().code(1).stdout_is("").stderr_has("Error: p0 has made no context");
    }
    clusters.p0(&["remove"]).run().code(64).stdout_is("").stderr_has("--cluster, --context or --all");
    assert_eq!(clusters.read_own(), OWN);
    clusters.view(&[]).success().ignore_stderr().ignore_stdout();
    let output = clusters.p0(&["remove", "--context", "x"]).run().code(1).stdout_is("");
    output.stderr_is("Error: p0 has made no context named 'x'.\n  It has made: p0-dev/ClusterRole/view\n");
}

#[test]
fn a_kubeconfig_that_is_none_is_left_alone_and_nothing_is_asked_for() {
    let Some(clusters) = here() else { return };
    for (text, why) in [
        ("clusters:\n\t- name: a\n", "it is not well-formed YAML: line 2: "),
        ("clusters: [\n", "it is not well-formed YAML: line "),
        ("just text\n", "it is not a kubeconfig: it is no map of settings"),
        ("clusters: {}\n", "it is not a kubeconfig: 'clusters' must be a list"),
        ("users: [{name: a}, {name: a}]\n", "it has two users named 'a'"),
    ] {
        clusters.write_own(text);
        let output = clusters.view(&[]).code(1).stdout_is("");
        output.stderr_has("/.kube/config is left as it is: ").stderr_has(why).stderr_has("--file");
        assert_eq!(clusters.read_own(), text);
    }
    fs::write(clusters.own(), b"\xff\xfek\0i\0").unwrap();
    clusters.view(&[]).code(1).stdout_is("").stderr_has("it is not UTF-8 text");
    assert_eq!(clusters.scene.requests().len(), 0);
    fs::remove_file(clusters.own()).unwrap();
    clusters.scene.env.run("mkfifo").arg(clusters.own()).run().success();
    clusters.view(&[]).code(1).stdout_is("").stderr_has("/.kube/config: it is not a regular file");
    assert_eq!(clusters.scene.requests().len(), 0);
    // What is written elsewhere does not meet it.
    clusters.view(&["--print"]).success().ignore_stderr().ignore_stdout();
}

#[test]
fn a_link_stays_and_a_read_only_file_is_not_replaced() {
    let Some(clusters) = here() else { return };
    let real = clusters.scene.env.write("dotfiles/kube", OWN);
    fs::create_dir_all(clusters.own().parent().unwrap()).unwrap();
    symlink(&real, clusters.own()).unwrap();
    clusters.view(&[]).success().ignore_stderr().ignore_stdout();
    assert!(clusters.own().symlink_metadata().unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().contains("p0-dev"));
    clusters.p0(&["remove", "--all"]).run().success().ignore_stderr().ignore_stdout();

    fs::set_permissions(&real, fs::Permissions::from_mode(0o444)).unwrap();
    let output = clusters.view(&[]).code(1).stdout_is("");
    output.stderr_has("/.kube/config is read-only.\n").stderr_has("--file").stderr_has("--print");
    assert_eq!(fs::read_to_string(&real).unwrap(), OWN);
    assert!(!clusters.own().with_extension("lock").try_exists().unwrap(), "no lock is left behind");
}

#[test]
fn kubectl_and_others_may_write_at_the_same_time() {
    let Some(clusters) = here() else { return };
    clusters.write_own(OWN);
    clusters.view(&[]).success().ignore_stderr().ignore_stdout();
    let p0 = clusters.scene.env.program().to_str().unwrap().to_owned();
    let set_up = format!("{p0} kubeconfig --cluster dev --role ClusterRole/view --context");
    let run = |script: &str| {
        let run = clusters.scene.env.run("sh").args(["-c", script]).env("P0_API_TOKEN", clusters.scene.token(ASKER));
        run.run().success().stdout_is("");
    };
    let contexts = || clusters.kubectl("config get-contexts -o name").run().success();
    // Of many at once none undoes another's change, and whoever reads meanwhile reads a whole file.
    run(&format!(
        "for n in 1 2 3 4 5 6; do {set_up} p$n >/dev/null 2>&1 || echo failed & done
         for n in 1 2 3 4 5 6; do kubectl config view >/dev/null || echo half a file; done; wait"
    ));
    let there = contexts();
    for n in 1..=6 {
        assert!(there.stdout().lines().any(|line| line == format!("p{n}")), "{there}");
    }
    // kubectl takes its lock only after it has read, so that it may undo what others do; nobody undoes what it does. It
    // does not wait for the lock, so it is asked until it has it.
    run(&format!(
        "(for n in 1 2 3 4 5 6; do {set_up} q$n >/dev/null 2>&1 || echo failed; done) &
         for n in 1 2 3 4 5 6; do until kubectl config set-context k$n --cluster=home >/dev/null 2>&1; do :; done; done; wait"
    ));
    let there = contexts();
    for n in 1..=6 {
        assert!(there.stdout().lines().any(|line| line == format!("k{n}")), "{there}");
    }
}

#[test]
fn a_lock_that_stays_is_told() {
    let Some(clusters) = here() else { return };
    clusters.write_own(OWN);
    let lock = clusters.own().with_file_name("config.lock");
    fs::write(&lock, "").unwrap();
    let output = clusters.view(&[]).code(1).stdout_is("");
    output.stderr_has("is being written by another program").stderr_has(&format!("rm {}", lock.display()));
    assert_eq!(clusters.read_own(), OWN);
    assert!(lock.try_exists().unwrap(), "it is somebody else's");
}

#[test]
fn several_files_are_changed_where_kubectl_would() {
    let Some(clusters) = here() else { return };
    let env = &clusters.scene.env;
    let [first, second, third] = ["a", "b", "c"].map(|name| env.work_dir().join(name));
    fs::write(&second, OWN).unwrap();
    fs::write(&third, "apiVersion: v1\nkind: Config\n").unwrap();
    let listed = std::env::join_paths([&first, &second, &third]).unwrap();
    let run =
        |words: &[&str]| clusters.p0(words).env("KUBECONFIG", &listed).run().success().ignore_stderr().ignore_stdout();
    run(&["--cluster", "dev", "--role", "ClusterRole/view"]);
    assert!(!first.try_exists().unwrap() && !clusters.own().try_exists().unwrap());
    assert!(fs::read_to_string(&second).unwrap().contains("p0-dev"));
    let kubectl = clusters.kubectl("get pod web -o name").env("KUBECONFIG", &listed).run().success();
    kubectl.stdout_is("pod/web\n");
    // An entry stays in the file that has it.
    run(&["remove", "--all"]);
    assert_eq!(fs::read_to_string(&second).unwrap(), OWN);
    let there = clusters.p0(&["--cluster", "dev", "--role", "ClusterRole/view", "--file"]).arg(&third).run().success();
    there.ignore_stderr().ignore_stdout();
    run(&["--cluster", "dev", "--role", "ClusterRole/view"]);
    assert!(fs::read_to_string(&third).unwrap().contains("p0-dev"));
    let current = fs::read_to_string(&second).unwrap();
    assert_eq!(current, OWN.replace("current-context: home", "current-context: p0-dev/ClusterRole/view"));
    run(&["remove", "--all"]);
    assert_eq!(fs::read_to_string(&second).unwrap(), OWN);
}

#[test]
fn a_kubeconfig_goes_to_stdout_or_to_another_file() {
    let Some(clusters) = here() else { return };
    let printed = clusters.view(&["--print"]).success().ignore_stderr();
    let path = clusters.scene.env.write("printed", printed.stdout());
    clusters.kubectl("get pod web -o name").env("KUBECONFIG", &path).run().success().stdout_is("pod/web\n");
    let json = clusters.view(&["--print", "--json"]).success().ignore_stderr().json();
    assert_eq!((&json["kind"], &json["current-context"]), (&json!("Config"), &json!(VIEW)));
    let other = clusters.scene.file("other");
    let told = clusters.view(&["--json", "--file", other.to_str().unwrap()]).success().ignore_stderr().json();
    assert_eq!((&told["context"], &told["file"]), (&json!(VIEW), &json!(other)));
    assert_eq!(told["role"], "ClusterRole / view");
    clusters.kubectl("get pod web -o name").env("KUBECONFIG", &other).run().success().stdout_is("pod/web\n");
    assert!(!clusters.own().try_exists().unwrap());
}

#[test]
fn a_tool_has_a_kubeconfig_of_its_own_while_it_runs() {
    let Some(clusters) = here() else { return };
    let script = "stat -c '%a' \"$KUBECONFIG\" \"$(dirname \"$KUBECONFIG\")\"; echo \"$KUBECONFIG\"; kubectl get pod web -o name";
    let check = |output: Output| {
        let lines: Vec<&str> = output.stdout().lines().collect();
        let [file, directory, path, pod] = lines[..] else { panic!("{output}") };
        assert_eq!((file, directory, pod), ("600", "700", "pod/web"), "{output}");
        assert!(!fs::exists(path).unwrap(), "{path} is left behind");
    };
    let request = ["request", "k8s", "resource", "ClusterRole/view", "--cluster", "dev", "--wait"];
    let output = clusters.scene.p0(request).args(["--", "sh", "-c", script]).run().success().ignore_stderr();
    check(output);
    let output = clusters.view(&["--", "sh", "-c", script]).success().ignore_stderr();
    check(output);
    // However it ends.
    for (tool, code) in [("kill -9 $$", 137), ("exit 3", 3), ("rm \"$KUBECONFIG\"", 0)] {
        clusters.view(&["--relinquish", "--", "sh", "-c", tool]).code(code).ignore_stderr().ignore_stdout();
    }
    clusters.view(&["--", "no-such-tool"]).code(127).stdout_is("").ignore_stderr();
    let left = clusters.scene.env.files().into_iter().filter(|path| path.to_string_lossy().contains("/run/"));
    assert_eq!(left.count(), 0);
    assert!(!clusters.own().try_exists().unwrap());
    for option in ["--print", "--request"] {
        let output = clusters.view(&[option, "--", "true"]).code(64).stdout_is("");
        output.stderr_has("A tool gets a kubeconfig of its own");
    }
}

#[test]
fn access_that_p0_has_no_way_to_still_runs_its_tool() {
    let Some(clusters) = here() else { return };
    let request = ["request", "k8s", "resource", "ClusterRole/view", "--cluster", "gke", "--wait", "--"];
    let output = clusters.scene.p0(request).args(["sh", "-c", "echo ${KUBECONFIG-none}"]).run().success();
    output.stdout_is("none\n").stderr_has("Warning: The tool gets no kubeconfig: The cluster 'gke' runs on Google");
}

#[test]
fn the_plugin_answers_in_the_version_that_it_is_asked_in() {
    let Some(clusters) = here() else { return };
    clusters.view(&[]).success().ignore_stderr().ignore_stdout();
    let info = |version: &str, interactive: bool| {
        json!({"apiVersion": format!("client.authentication.k8s.io/{version}"), "kind": "ExecCredential",
               "spec": {"interactive": interactive}})
        .to_string()
    };
    let asked = clusters.tokens();
    // From what is kept: neither the service nor the cluster is asked.
    clusters.api.go_away();
    for version in ["v1", "v1beta1"] {
        let answer = clusters.plugin(&[]).env("KUBERNETES_EXEC_INFO", info(version, false)).run().success().json();
        assert_eq!(answer["apiVersion"], format!("client.authentication.k8s.io/{version}"));
        assert_eq!(answer["kind"], "ExecCredential");
        let expires: jiff::Timestamp = answer["status"]["expirationTimestamp"].as_str().unwrap().parse().unwrap();
        assert!(expires.as_second() > 0 && answer["status"]["token"].as_str().unwrap().len() > 10);
    }
    assert_eq!(clusters.tokens(), asked);
    let output = clusters.plugin(&[]).env("KUBERNETES_EXEC_INFO", info("v1alpha1", false)).run().code(1).stdout_is("");
    output.stderr_has("client.authentication.k8s.io/v1alpha1");
    let output = clusters.plugin(&[]).env("KUBERNETES_EXEC_INFO", "{").run().code(1).stdout_is("");
    output.stderr_has("KUBERNETES_EXEC_INFO is not what kubectl says");
}

/// What `kubectl` says of whether somebody is there.
fn exec_info(interactive: bool) -> String {
    let spec = json!({"interactive": interactive});
    json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "spec": spec}).to_string()
}

#[test]
fn nobody_is_asked_to_sign_in_where_nobody_is_there() {
    let Some(mut clusters) = here() else { return };
    let browser = FakeBrowser::idle(&mut clusters.scene.env);
    let words = ["kubeconfig", "credential", "--cluster", "dev", "--role", "ClusterRole/view", "--request"];
    // At a terminal all the same, where the browser would be opened.
    let plugin =
        |interactive| clusters.scene.env.p0(words).env("KUBERNETES_EXEC_INFO", exec_info(interactive)).terminal();
    let alone = plugin(false);
    alone.wait_for("You are not signed in to example.");
    alone.finish().code(77);
    assert!(browser.addresses().is_empty());
    let asked = plugin(true);
    eventually("the browser is opened where somebody is there", || !browser.addresses().is_empty());
    drop(asked);
    assert_eq!(clusters.scene.requests().len(), 0);
}

#[test]
fn where_nobody_is_there_a_service_that_does_not_answer_holds_nobody_up() {
    let Some(mut clusters) = here() else { return };
    let request = id(&clusters
        .scene
        .p0(["request", "k8s", "resource", "ClusterRole/view", "--cluster", "dev", "--wait"])
        .run()
        .success()
        .ignore_stderr());
    let service = clusters.scene.service.id().to_string();
    clusters.scene.env.run("sh").args(["-c", &format!("kill -STOP {service}")]).run().success();
    // Each of its threads stops when it hears of it.
    eventually("the service has stopped", || {
        let mut threads = fs::read_dir(format!("/proc/{service}/task")).unwrap().map(|thread| thread.unwrap().path());
        threads.all(|thread: PathBuf| fs::read_to_string(thread.join("stat")).unwrap().contains(") T "))
    });
    // Of two clusters, so that neither waits for the other.
    let running: Vec<Running> = [("dev", ["--grant", &request].as_slice()), (ODD, &["--request"])]
        .into_iter()
        .map(|(cluster, more)| {
            let plugin = clusters.p0(&["credential", "--cluster", cluster, "--role", "ClusterRole/view"]).args(more);
            // A call alone may take a minute where somebody looks on.
            plugin.env("KUBERNETES_EXEC_INFO", exec_info(false)).limit(Duration::from_secs(45)).spawn()
        })
        .collect();
    let outputs: Vec<Output> = running.into_iter().map(Running::finish).collect();
    clusters.scene.service.kill_9();
    for output in outputs {
        output.code(1).stdout_is("").stderr_has("Error: ").stderr_has("Check your network");
    }
}

#[test]
fn access_that_is_given_back_gives_no_token_any_more() {
    let Some(clusters) = here() else { return };
    let is_kept = || clusters.plugin(&[]).run();
    clusters.view(&[]).success().ignore_stderr().ignore_stdout();
    is_kept().success().ignore_stderr().json();
    let request = clusters.scene.requests()[0]["id"].as_str().unwrap().to_owned();
    clusters.scene.p0(["relinquish", &request]).run().success().ignore_stderr().ignore_stdout();
    is_kept().code(1).stdout_is("").stderr_has("has ended");
    let words = ["request", "k8s", "resource", "ClusterRole/view", "--cluster", "dev", "--wait", "--relinquish", "--"];
    let own = "p0 kubeconfig credential --cluster dev --role ClusterRole/view";
    let own = own.replacen("p0", clusters.scene.env.program().to_str().unwrap(), 1);
    let tool = clusters.scene.p0(words).args(["sh", "-c", &own]).run().success().ignore_stderr();
    assert_eq!(tool.json()["kind"], "ExecCredential");
    is_kept().code(1).stdout_is("").stderr_has("has ended");
}

#[test]
fn access_that_has_ended_is_asked_for_again_by_those_who_agreed() {
    let Some(clusters) = here() else { return };
    let output = clusters.plugin(&[]).run().code(1).stdout_is("");
    output
        .stderr_has("Error: Your access to the cluster dev as ClusterRole / view has ended.\n")
        .stderr_has("p0 kubeconfig --cluster dev --role 'ClusterRole / view'");
    assert_eq!(clusters.scene.requests().len(), 0);
    clusters
        .view(&["--request", "--reason", "it's mine", "--duration", "2h"])
        .success()
        .ignore_stderr()
        .ignore_stdout();
    let request = clusters.scene.requests()[0]["id"].as_str().unwrap().to_owned();
    clusters.scene.p0(["relinquish", &request]).run().success().ignore_stderr().ignore_stdout();
    clusters
        .kubectl("config view --raw -o jsonpath={.users[0].user.exec.args}")
        .run()
        .success()
        .ignore_stderr()
        .stdout_has("--request");
    clusters.kubectl("get pod web -o name").run().success().ignore_stderr().stdout_is("pod/web\n");
    assert_eq!(clusters.scene.requests().len(), 2);
    let newest = clusters.scene.requests().into_iter().find(|one| one["id"] != request.as_str()).unwrap();
    let shown = clusters.scene.show(newest["id"].as_str().unwrap());
    assert_eq!(shown["request"]["status"], "DONE", "{shown}");
    assert!(shown.to_string().contains("it's mine"), "{shown}");
}

#[test]
fn of_many_at_once_one_asks() {
    let Some(clusters) = here() else { return };
    let p0 = clusters.scene.env.program().to_str().unwrap().to_owned();
    let script = format!(
        "for n in $(seq 200); do {p0} kubeconfig credential --cluster dev --role ClusterRole/view --request 2>/dev/null & done; wait"
    );
    let run = clusters.scene.env.run("sh").args(["-c", &script]).env("P0_API_TOKEN", clusters.scene.token(ASKER));
    let output = run.limit(std::time::Duration::from_secs(120)).run().success();
    let answers: Vec<&str> = output.stdout().lines().collect();
    assert_eq!(answers.len(), 200, "{output}");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "one token for all");
    assert_eq!((clusters.scene.requests().len(), clusters.tokens()), (1, 1));
}

#[test]
fn what_is_kept_needs_no_network() {
    let Some(mut clusters) = here() else { return };
    clusters.view(&[]).success().ignore_stderr().ignore_stdout();
    let first = clusters.plugin(&[]).run().success().json();
    clusters.scene.service.kill_9();
    assert_eq!(clusters.plugin(&[]).run().success().json(), first);
    clusters.p0(&["remove", "--all"]).run().success().stdout_is("").stderr_is(
        "Removed the context p0-dev/ClusterRole/view.\n\
         There is no current context. To choose one: kubectl config use-context <name>\n",
    );
}

#[test]
fn nobody_else_gets_the_access() {
    let Some(clusters) = here() else { return };
    clusters.view(&[]).success().ignore_stderr().ignore_stdout();
    // Not even what is kept.
    let words = ["kubeconfig", "credential", "--cluster", "dev", "--role", "ClusterRole/view"];
    let kept = clusters.scene.p0_as(OWNER, words).run().code(1).stdout_is("");
    kept.stderr_has("Error: Your access to the cluster dev as ClusterRole / view has ended.\n");
    let request = clusters.scene.requests()[0]["id"].as_str().unwrap().to_owned();
    clusters.forget();
    let words = ["kubeconfig", "credential", "--cluster", "dev", "--role", "ClusterRole/view", "--grant", &request];
    let theirs = clusters.scene.p0_as(OWNER, words).run().code(1).stdout_is("");
    theirs.ignore_stderr();
    let own = clusters.scene.p0(words).run().success().ignore_stderr().json();
    assert_eq!(own["kind"], Value::from("ExecCredential"));
    let done = id(&clusters
        .scene
        .p0(["request", "k8s", "resource", "ClusterRole/view", "--cluster", "dev", "--wait"])
        .run()
        .success()
        .ignore_stderr());
    assert_eq!(done, request);
}

/// A cluster of EKS, in a scene with AWS.
struct OnEks {
    signed: Signed,
    api: KubeApi,
    /// AWS, as far as it says where clusters are.
    eks: StandIn,
}

impl OnEks {
    /// `None` where it cannot be had. `is_described`: the service does not say where the cluster is, so that AWS is asked.
    fn new(is_described: bool) -> Option<Self> {
        if !need::all(&NEEDS) {
            return None;
        }
        let api = KubeApi::start();
        let (server, authority) = (api.url().to_string(), api.authority().to_owned());
        let signed = Signed::with(|config| {
            let arn = "arn:aws:eks:us-east-1:111122223333:cluster/dev-eks";
            let mut dev = toml::toml! { hosting = { type = "aws", arn = arn } };
            if !is_described {
                dev.insert("clusterServer".into(), server.clone().into());
                dev.insert("clusterCertificate".into(), STANDARD.encode(&authority).into());
            }
            let installed = toml::Table::from_iter([("dev-eks".to_owned(), dev.into())]);
            let k8s = config["integrations"]["k8s"].as_table_mut().unwrap();
            k8s.insert("installed".into(), installed.into());
            k8s["resources"]["role"] = toml::Value::try_from([json!({"key": "ClusterRole / view"})]).unwrap();
        })?;
        let described = json!({"cluster": {
            "name": "dev-eks", "endpoint": server, "certificateAuthority": {"data": STANDARD.encode(authority)}, "status": "ACTIVE",
        }});
        let eks = StandIn::by_request(move |request| {
            match request.target == "/clusters/dev-eks"
                && request.header("authorization").is_some_and(|it| it.contains("/us-east-1/eks/aws4_request"))
            {
                true => Answer::json(200, &described),
                false => Answer::status(403).done(),
            }
        });
        api.authenticate_as_eks("dev-eks", signed.moto.as_ref().unwrap().url());
        api.access_entry("arn:aws:iam::111122223333:role/ClusterAccess", "{{SessionName}}", &["system:masters"]);
        let mut this = Self { signed, api, eks };
        let url = this.eks.url().as_str().trim_end_matches('/').to_owned();
        this.signed.scene.env.set("AWS_ENDPOINT_URL_EKS", url);
        Some(this)
    }
}

#[test]
fn a_cluster_of_eks_takes_tokens_that_are_signed_here() {
    for is_described in [false, true] {
        let Some(OnEks { signed, api, eks }) = OnEks::new(is_described) else { return };
        let set_up =
            signed.line("kubeconfig --cluster dev-eks --role ClusterRole/view").run().success().ignore_stderr();
        set_up.stdout_is("p0-dev-eks/ClusterRole/view\n");
        assert_eq!(eks.requests().len(), usize::from(is_described));
        let kubectl = || signed.scene.env.run("kubectl").args(["get", "pod", "web", "-o", "name"]);
        let output = kubectl().run().success();
        output.stdout_is("pod/web\n");
        assert_eq!(api.refusals(), [""; 0]);
        kubectl().run().success().stdout_is("pod/web\n");
        // AWS was asked for credentials once; the token that they sign is kept where secrets are.
        let calls = signed.moto.as_ref().unwrap().calls();
        assert_eq!(calls.iter().filter(|call| call.contains("\"POST / ")).count(), 1, "{calls:?}");
        let text = fs::read_to_string(signed.scene.env.home_dir().join(".kube/config")).unwrap();
        assert!(!text.contains("k8s-aws-v1."), "{text}");
        assert!(signed.files_with("k8s-aws-v1.").is_empty());
    }
}

#[test]
fn of_many_at_once_one_asks_for_access_and_for_credentials() {
    let Some(OnEks { signed, .. }) = OnEks::new(false) else { return };
    let line = "kubeconfig credential --cluster dev-eks --role ClusterRole/view --request";
    let running: Vec<Running> = (0..100).map(|_| signed.line(line).limit(4 * p0_testkit::LIMIT).spawn()).collect();
    let answers: Vec<Value> = running.into_iter().map(|one| one.finish().success().ignore_stderr().json()).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "one token for all");
    let calls = signed.moto.as_ref().unwrap().calls();
    assert_eq!(calls.iter().filter(|call| call.contains("\"POST / ")).count(), 1, "{calls:?}");
    assert_eq!(signed.scene.requests().len(), 1);
}

#[test]
fn aws_that_does_not_say_where_the_cluster_is_says_why() {
    let Some(OnEks { signed, .. }) = OnEks::new(true) else { return };
    let refused = |status, kind: &str, date: &str| {
        let body = json!({"message": "User is not authorized to perform: eks:DescribeCluster"}).to_string();
        Answer::status(status).header("x-amzn-errortype", kind).header("date", date).body(body)
    };
    let now = "Sat, 01 Jan 2000 00:00:00 GMT";
    for (answer, why) in [
        (refused(403, "AccessDeniedException", ""), "eks:DescribeCluster\n  Tell whoever runs p0 in your organisation"),
        (refused(403, "InvalidSignatureException", now), "This machine's clock is off by "),
        (
            refused(404, "ResourceNotFoundException", ""),
            "There is no cluster 'dev-eks' in the account 111122223333 and region us-east-1.",
        ),
        (Answer::html(200, "<h1>hi</h1>"), "What AWS says of the cluster 'dev-eks' is not understood"),
        (Answer::raw("").reset(), "AWS cannot be asked where the cluster 'dev-eks' is: "),
    ] {
        let eks = StandIn::start([answer.repeated()]);
        let set_up = signed.line("kubeconfig --cluster dev-eks --role ClusterRole/view");
        let set_up = set_up.env("AWS_ENDPOINT_URL_EKS", eks.url().as_str()).run().code(1).stdout_is("");
        set_up.stderr_has(why);
    }
    let set_up = signed.line("kubeconfig --cluster dev-eks --role ClusterRole/view").env("AWS_ENDPOINT_URL_EKS", "x");
    set_up.run().code(64).stdout_is("").stderr_has("AWS_ENDPOINT_URL_EKS is no address");
}

#[test]
fn an_account_that_nobody_logs_in_to_is_told_before_anything_is_asked_for() {
    let arn = "arn:aws:eks:us-east-1:111122223333:cluster/dev-eks";
    for (login, why) in [
        (Some(toml::toml! { type = "iam" }), "people are IAM users"),
        (None, "How people sign in to the AWS account development (111122223333) is not set up"),
    ] {
        let scene = scene_with(|config| {
            let dev = toml::toml! { hosting = { type = "aws", arn = arn } };
            let installed = toml::Table::from_iter([("dev-eks".to_owned(), dev.into())]);
            config["integrations"]["k8s"].as_table_mut().unwrap().insert("installed".into(), installed.into());
            let account = config["integrations"]["aws"]["installed"]["111122223333"].as_table_mut().unwrap();
            account.remove("login");
            if let Some(login) = login {
                account.insert("login".into(), login.into());
            }
        });
        let output = scene.line("kubeconfig --cluster dev-eks --role ClusterRole/view").run().code(1).stdout_is("");
        output.stderr_has(why);
        assert_eq!(scene.requests().len(), 0);
    }
    let scene = scene_with(|config| {
        let dev =
            toml::toml! { hosting = { type = "aws", arn = "arn:aws:eks:us-east-1:999988887777:cluster/dev-eks" } };
        let installed = toml::Table::from_iter([("dev-eks".to_owned(), dev.into())]);
        config["integrations"]["k8s"].as_table_mut().unwrap().insert("installed".into(), installed.into());
    });
    let output = scene.line("kubeconfig --cluster dev-eks --role ClusterRole/view").run().code(1).stdout_is("");
    output.stderr_has("The AWS account '999988887777' is not installed.").stderr_has("development (111122223333)");
}
