use super::*;
use crate::{
    TestEnv,
    need::{self, Need},
};

const KUBECTL: [Need; 1] = [Need::Program("kubectl")];

/// `kubectl` as the bearer of a token.
fn kubectl(env: &TestEnv, api: &KubeApi, token: &str, line: &str) -> crate::Output {
    let config = env.write("kubeconfig", &api.kubeconfig(token));
    env.run("kubectl").args(line.split_ascii_whitespace()).env("KUBECONFIG", config).run()
}

/// `kubectl create`, from a manifest.
fn create(env: &TestEnv, api: &KubeApi, token: &str, document: &Value) -> crate::Output {
    env.write("manifest.json", &document.to_string());
    kubectl(env, api, token, "create --validate=false -f manifest.json")
}

/// A document that `kubectl`'s own commands would send as protobuf.
fn post(env: &TestEnv, api: &KubeApi, token: &str, path: &str, document: &Value) -> crate::Output {
    env.write("document.json", &document.to_string());
    kubectl(env, api, token, &format!("create --raw {path} -f document.json"))
}

fn account(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}})
}

fn binding(kind: &str, namespace: Option<&str>, role: (&str, &str), subject: Value) -> Value {
    let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": role.0, "name": role.1});
    let metadata = json!({"name": "made-by-a-test", "namespace": namespace});
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, "roleRef": role,
           "subjects": [subject]})
}

#[test]
fn kubectl_looks_at_objects_and_is_told_what_it_may_not() {
    if !need::all(&KUBECTL) {
        return;
    }
    let (env, api) = (TestEnv::new(""), KubeApi::start());
    let admin = api.user("admin", &["system:masters"]);
    kubectl(&env, &api, &admin, "version").success().stdout_has("Server Version: v1.32.0").ignore_stderr();
    kubectl(&env, &api, &admin, "get pods").success().stdout_has("web").stdout_has("db");
    let whoami = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    post(&env, &api, &admin, "/apis/authentication.k8s.io/v1/selfsubjectreviews", &whoami)
        .success()
        .stdout_has("system:masters");
    kubectl(&env, &api, &admin, "get pod nobody")
        .code(1)
        .stderr_has("Error from server (NotFound): pods \"nobody\" not found");
    create(&env, &api, &admin, &account("robot")).success().ignore_stdout();
    create(&env, &api, &admin, &account("robot")).code(1).stderr_has("AlreadyExists");
    let ada = json!({"kind": "User", "name": "ada"});
    let looks = binding("RoleBinding", Some("default"), ("ClusterRole", "view"), ada);
    create(&env, &api, &admin, &looks).success().ignore_stdout();
    let ada = api.user("ada", &[]);
    kubectl(&env, &api, &ada, "get pod web -o name").success().stdout_is("pod/web\n");
    kubectl(&env, &api, &ada, "logs web").success().stdout_is("a line of the log\n");
    for (resource, allowed) in [("pods", "\"allowed\":true"), ("secrets", "\"allowed\":false")] {
        let spec = json!({"resourceAttributes": {"namespace": "default", "verb": "get", "resource": resource}});
        let may = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": spec});
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        post(&env, &api, &ada, path, &may).success().stdout_has(allowed);
    }
    kubectl(&env, &api, &ada, "get secrets").code(1).stderr_has(
        "secrets is forbidden: User \"ada\" cannot list resource \"secrets\" in API group \"\" in the namespace \"default\"",
    );
    kubectl(&env, &api, &ada, "get pods -n shop").code(1).stderr_has("(Forbidden)");
    kubectl(&env, &api, "none", "get pods").code(1).stderr_has("Unauthorized");
    assert_eq!(api.refusals().last().map(String::as_str), Some("nobody knows this token"));
}

#[test]
fn the_token_of_a_service_account_is_as_good_as_the_account() {
    if !need::all(&KUBECTL) {
        return;
    }
    let (env, api) = (TestEnv::new(""), KubeApi::start());
    let admin = api.user("admin", &["system:masters"]);
    create(&env, &api, &admin, &account("robot")).success().ignore_stdout();
    let robot = json!({"kind": "ServiceAccount", "namespace": "default", "name": "robot"});
    api.put(&binding("RoleBinding", Some("shop"), ("Role", "deployer"), robot));
    let token_for = |seconds: u32| {
        let document = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                              "spec": {"expirationSeconds": seconds}});
        post(&env, &api, &admin, "/api/v1/namespaces/default/serviceaccounts/robot/token", &document)
    };
    token_for(60).code(1).stderr_has("10 minutes");
    let token = token_for(600).success().json()["status"]["token"].as_str().unwrap().to_owned();
    kubectl(&env, &api, &token, "get deployment web -n shop -o name").success().stdout_is("deployment.apps/web\n");
    kubectl(&env, &api, &token, "get pods -n shop").code(1).stderr_has("system:serviceaccount:default:robot");
    api.turn_clock(601);
    kubectl(&env, &api, &token, "get deployment web -n shop").code(1).stderr_has("Unauthorized");
    api.turn_clock(0);
    kubectl(&env, &api, &admin, "delete serviceaccount robot").success().ignore_stdout();
    create(&env, &api, &admin, &account("robot")).success().ignore_stdout();
    kubectl(&env, &api, &token, "get deployment web -n shop").code(1).stderr_has("Unauthorized");
}

#[test]
fn nobody_grants_what_they_may_not_grant() {
    if !need::all(&KUBECTL) {
        return;
    }
    let (env, api) = (TestEnv::new(""), KubeApi::start());
    api.put(&binding("ClusterRoleBinding", None, ("ClusterRole", "edit"), json!({"kind": "User", "name": "ada"})));
    let ada = api.user("ada", &[]);
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "all"},
                      "rules": []});
    create(&env, &api, &ada, &role).code(1).stderr_has("cannot create resource \"roles\"");
    let rules = json!([{"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "verbs": ["create"]}]);
    api.put(&json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "edit"}, "rules": rules}));
    create(&env, &api, &ada, &role).code(1).stderr_has("not currently held");
}

#[test]
fn its_certificate_is_its_authoritys_and_can_be_expired() {
    if !need::all(&KUBECTL) {
        return;
    }
    let env = TestEnv::new("");
    let (api, other) = (KubeApi::start(), KubeApi::with_expired_certificates());
    let admin = other.user("admin", &["system:masters"]);
    kubectl(&env, &other, &admin, "get pods").code(1).stderr_has("expired");
    let config = api.kubeconfig(&admin).replace(api.url().as_str(), KubeApi::start().url().as_str());
    let config = env.write("kubeconfig", &config);
    env.run("kubectl").args(["get", "pods"]).env("KUBECONFIG", config).run().code(1).ignore_stderr();
}
