//! The contexts that `p0 kubeconfig` makes: their names, what stays in them, and what `remove` takes out.

use crate::{
    harness::ASKER,
    kubeconfig::{Clusters, VIEW, here},
};
use serde_json::{Value, json};

const EDIT: &str = "p0-dev/ClusterRole/edit";

impl Clusters {
    fn set_up(&self, role: &str, more: &[&str]) -> p0_testkit::Output {
        self.p0(&["--cluster", "dev", "--role", role]).args(more).run().success()
    }

    /// What kubectl makes of the kubeconfig.
    fn config(&self) -> Value {
        self.kubectl("config view --raw -o json").run().success().json()
    }

    /// What an entry holds beside its name.
    #[track_caller]
    fn entry(&self, list: &str, name: &str) -> Value {
        let config = self.config();
        let entries = config[list].as_array().cloned().unwrap_or_default();
        let entry = entries.into_iter().find(|entry| entry["name"] == name);
        entry.unwrap_or_else(|| panic!("no {list} named {name}: {config:#}"))[list.trim_end_matches('s')].clone()
    }

    fn names(&self, list: &str) -> Vec<String> {
        let config = self.config();
        let entries = config[list].as_array().cloned().unwrap_or_default();
        entries.iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
    }

    fn kubectl_config(&self, words: &[&str]) {
        self.kubectl("config").args(words).run().success().ignore_stdout();
    }
}

#[test]
fn each_role_has_its_own_context_and_the_other_one_stays() {
    let Some(clusters) = here() else { return };
    clusters.set_up("ClusterRole/view", &[]).ignore_stderr().stdout_is(&format!("{VIEW}\n"));
    let user = clusters.entry("users", VIEW);
    let edit = clusters.set_up("ClusterRole/edit", &[]).stdout_is(&format!("{EDIT}\n"));
    edit.stderr_has(&format!("To switch back: kubectl config use-context {VIEW}\n"));
    assert_eq!(clusters.entry("users", VIEW), user, "the context for viewing has not changed");
    assert!(user["exec"]["args"].as_array().unwrap().contains(&json!("ClusterRole / view")));
    assert!(clusters.entry("users", EDIT)["exec"]["args"].as_array().unwrap().contains(&json!("ClusterRole / edit")));
    assert_eq!(clusters.config()["current-context"], EDIT);
    clusters.kubectl(&format!("--context {VIEW} get pod web -o name")).run().success().stdout_is("pod/web\n");
    clusters.kubectl_config(&["use-context", VIEW]);
    clusters.kubectl("get pod web -o name").run().success().stdout_is("pod/web\n");
}

#[test]
fn settings_made_with_kubectl_survive_the_next_run() {
    let Some(clusters) = here() else { return };
    let role = "Role/shop/deployer";
    let name = "p0-dev/Role/shop/deployer";
    let set_up = || drop(clusters.set_up(role, &[]).ignore_stderr().ignore_stdout());
    set_up();
    assert_eq!(clusters.entry("contexts", name)["namespace"], "shop");
    clusters.kubectl_config(&["set-context", name, "--namespace=default"]);
    // kubectl forgets the name of the server with its address.
    let proxy = "--proxy-url=socks5://127.0.0.1:1";
    clusters.kubectl_config(&["set-cluster", name, proxy, "--server=https://old.example.com"]);
    clusters.kubectl_config(&["set-cluster", name, "--tls-server-name=api"]);
    clusters.kubectl_config(&["set-credentials", name, "--exec-env=EXTRA=1"]);
    set_up();
    assert_eq!(clusters.entry("contexts", name)["namespace"], "default");
    let cluster = clusters.entry("clusters", name);
    assert_eq!((&cluster["proxy-url"], &cluster["tls-server-name"]), (&json!("socks5://127.0.0.1:1"), &json!("api")));
    assert!(cluster["server"].as_str().unwrap().starts_with("https://localhost:"), "{cluster}");
    let env = clusters.entry("users", name)["exec"]["env"].clone();
    assert!(env.as_array().unwrap().contains(&json!({"name": "EXTRA", "value": "1"})), "{env}");
    let text = clusters.read_own();
    set_up();
    assert_eq!(clusters.read_own(), text, "nothing changes twice");
    clusters.kubectl_config(&["unset", &format!("contexts.{name}.namespace")]);
    set_up();
    assert_eq!(clusters.entry("contexts", name).get("namespace"), None);
}

#[test]
fn removing_a_renamed_context_leaves_nothing_behind() {
    let Some(clusters) = here() else { return };
    for words in [&["remove", "--all"][..], &["remove", "--cluster", "dev"], &["remove", "--context", "mine"]] {
        clusters.view(&[]).success().ignore_stderr().ignore_stdout();
        clusters.kubectl_config(&["rename-context", VIEW, "mine"]);
        clusters.kubectl("get pod web -o name").run().success().stdout_is("pod/web\n");
        clusters.p0(words).run().success().stdout_is("").stderr_has("Removed the context mine.\n");
        for list in ["contexts", "clusters", "users"] {
            assert_eq!(clusters.names(list), Vec::<String>::new(), "{words:?}");
        }
        assert!(!clusters.read_own().contains("p0.dev"), "{}", clusters.read_own());
    }
    // The same where kubectl has deleted the context.
    clusters.view(&[]).success().ignore_stderr().ignore_stdout();
    clusters.kubectl("config delete-context").arg(VIEW).run().success().ignore_stdout().ignore_stderr();
    let removed = clusters.p0(&["remove", "--cluster", "dev"]).run().success().stdout_is("");
    removed.stderr_has(&format!("Removed the cluster and the user {VIEW}, which no context used.\n"));
    assert_eq!((clusters.names("clusters"), clusters.names("users")), (vec![], vec![]));
}

#[test]
fn entries_that_another_context_uses_stay_until_it_is_removed() {
    let Some(clusters) = here() else { return };
    clusters.view(&[]).success().ignore_stderr().ignore_stdout();
    clusters.kubectl_config(&["set-context", "mine", &format!("--cluster={VIEW}"), &format!("--user={VIEW}")]);
    clusters.p0(&["remove", "--all"]).run().success().stdout_is("").stderr_has(&format!("Removed the context {VIEW}."));
    clusters.kubectl("--context mine get pod web -o name").run().success().stdout_is("pod/web\n");
    clusters.kubectl("config delete-context mine").run().success().ignore_stdout().ignore_stderr();
    clusters.p0(&["remove", "--all"]).run().success().stdout_is("").ignore_stderr();
    assert_eq!((clusters.names("clusters"), clusters.names("users")), (vec![], vec![]));
}

#[test]
fn remove_says_which_context_is_current_afterwards() {
    let Some(clusters) = here() else { return };
    clusters.write_own("contexts: [{name: home, context: {}}]\ncurrent-context: home\n");
    let before = clusters.read_own();
    let set_up = |role| drop(clusters.set_up(role, &[]).ignore_stderr().ignore_stdout());
    let remove = |words: &[&str]| clusters.p0(&["remove"]).args(words).run().success();
    set_up("ClusterRole/view");
    set_up("ClusterRole/edit");
    // Back and forth does not lose the one from before.
    set_up("ClusterRole/view");
    let removed = remove(&["--context", VIEW]).stdout_is("");
    removed.stderr_is(&format!("Removed the context {VIEW}.\nThe current context is {EDIT}.\n"));
    set_up("ClusterRole/view");
    remove(&["--context", EDIT]).stdout_is("").stderr_has(&format!("The current context is {VIEW}.\n"));
    let document = remove(&["--all", "--json"]).ignore_stderr().json();
    assert_eq!(document, json!({"removed": [VIEW], "currentContext": "home"}));
    assert!(clusters.read_own().starts_with(before.trim_end()), "{}", clusters.read_own());
    set_up("ClusterRole/view");
    clusters.kubectl_config(&["delete-context", "home"]);
    let removed = remove(&["--all"]).stdout_is("");
    removed.stderr_has("There is no current context. To choose one: kubectl config use-context <name>\n");
}

#[test]
fn reused_name_is_announced_unless_another_context_would_change_with_it() {
    let Some(clusters) = here() else { return };
    clusters.set_up("ClusterRole/view", &["--context", "work"]).ignore_stderr().stdout_is("work\n");
    let reused = clusters.set_up("ClusterRole/edit", &["--context", "work"]).stdout_is("work\n");
    reused.stderr_has("Until now it was for the cluster dev as ClusterRole / view.\n");
    clusters.kubectl_config(&["rename-context", "work", "mine"]);
    let requests = clusters.scene.requests().len();
    let words = ["--cluster", "dev", "--role", "Role/shop/deployer", "--context", "work"];
    let refused = clusters.p0(&words).run().code(1).stdout_is("");
    refused
        .stderr_has("Error: Cannot change the context 'work': the context 'mine' uses its cluster or its user.\n")
        .stderr_has("--context");
    assert_eq!(clusters.scene.requests().len(), requests);
    clusters.set_up("ClusterRole/edit", &["--context", "work"]).ignore_stderr().stdout_is("work\n");
}

#[test]
fn context_of_an_earlier_version_stays_and_is_mentioned() {
    let Some(clusters) = here() else { return };
    // As an earlier version made it.
    clusters.set_up("ClusterRole/view", &["--context", "p0-dev"]).ignore_stderr().stdout_is("p0-dev\n");
    clusters.kubectl_config(&["set-context", "p0-dev", "--namespace=shop"]);
    let view = clusters.view(&[]).success().stdout_is(&format!("{VIEW}\n"));
    view.stderr_has("that context stays. To remove it: p0 kubeconfig remove --context p0-dev\n");
    assert_eq!(clusters.entry("contexts", VIEW)["namespace"], "shop", "a namespace set with kubectl is taken over");
    clusters.kubectl("--context p0-dev get pod web -o name").run().success().ignore_stdout();
    // That for other access is not touched.
    assert!(!clusters.set_up("ClusterRole/edit", &[]).ignore_stdout().stderr().contains("earlier version"));
    clusters
        .p0(&["remove", "--cluster", "dev"])
        .run()
        .success()
        .stdout_is("")
        .stderr_has("Removed the context p0-dev.");
    assert_eq!(clusters.names("contexts"), Vec::<String>::new());
}

#[test]
fn name_that_belongs_to_another_sign_in_is_refused_before_the_request() {
    let Some(clusters) = here() else { return };
    clusters.view(&[]).success().ignore_stderr().ignore_stdout();
    let (text, requests) = (clusters.read_own(), clusters.scene.requests().len());
    let home = clusters.scene.file("other-home").display().to_string();
    let set_up = || clusters.p0(&["--cluster", "dev", "--role", "ClusterRole/view"]);
    let refused = set_up().args(["--org", "other"]).run().code(1).stdout_is("");
    refused.stderr_has(&format!("Cannot change the context '{VIEW}': it belongs to the organisation example.\n"));
    let refused = set_up().env("P0_HOME", &home).run().code(1).stdout_is("");
    refused
        .stderr_has("it belongs to the sign-in without P0_HOME.\n")
        .stderr_has(&format!("p0 kubeconfig remove --context {VIEW}\n"));
    assert_eq!((clusters.read_own(), clusters.scene.requests().len()), (text, requests));
    set_up().args(["--context", "other"]).env("P0_HOME", &home).run().success().ignore_stdout().ignore_stderr();
    let other = set_up().args(["--context", "other"]).env("P0_APP_URL", "http://127.0.0.1:9").env("P0_HOME", &home);
    other.run().code(1).stdout_is("").stderr_has("it belongs to the sign-in with P0_APP_URL=http://127.0.0.1:");
    set_up().args(["--context", "other"]).run().code(1).stdout_is("").stderr_has(&format!("with P0_HOME={home}.\n"));
}

#[test]
fn kubectl_needs_no_variable_that_was_set_at_the_set_up() {
    let Some(clusters) = here() else { return };
    let env = &clusters.scene.env;
    let token = env.write("private/token", &clusters.scene.token(ASKER));
    let home = clusters.scene.file("home of p0").display().to_string();
    let set_up = env.p0(["kubeconfig", "--cluster", "dev", "--role", "ClusterRole/view"]);
    let set_up = set_up.args(["--token-file", "private/token"]).env("P0_HOME", &home).run().success();
    assert!(!set_up.ignore_stdout().stderr().contains("is not stored"));
    let exec = clusters.entry("users", VIEW)["exec"].clone();
    let args: Vec<&str> = exec["args"].as_array().unwrap().iter().map(|arg| arg.as_str().unwrap()).collect();
    assert_eq!(args[..4], ["--org", "example", "--token-file", token.to_str().unwrap()]);
    assert!(exec["env"].as_array().unwrap().contains(&json!({"name": "P0_HOME", "value": home})), "{exec}");
    assert!(env.files_with(clusters.scene.token(ASKER).as_bytes()).iter().all(|path| path.ends_with("token")));
    for kept in [true, false] {
        if !kept {
            std::fs::remove_dir_all(format!("{home}/state/vault")).unwrap();
        }
        let kubectl = env.run("kubectl").args(["get", "pod", "web", "-o", "name"]);
        let kubectl = kubectl.env_remove("P0_APP_URL").env_remove("P0_ORG").run();
        match kept {
            true => drop(kubectl.success().stdout_is("pod/web\n")),
            // The access has to be set up again, by the same sign-in.
            false => {
                drop(kubectl.code(1).stdout_is("").stderr_has("Your access to the cluster dev as ClusterRole / view"))
            }
        }
    }
    let by_variable =
        clusters.p0(&["--cluster", "dev", "--role", "ClusterRole/view", "--context", "x"]).run().success();
    by_variable.ignore_stdout().stderr_has("The token of this run is not stored. Set P0_API_TOKEN");
}
