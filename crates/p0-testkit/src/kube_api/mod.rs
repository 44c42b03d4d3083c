//! A stand-in for the API of a Kubernetes cluster: enough of it for the real `kubectl` to look at objects, and for roles,
//! bindings, service accounts and their tokens to have their effect. It keeps objects, and runs nothing.

mod answers;
mod attributes;
mod eks;
mod objects;
mod rbac;
mod resources;

use crate::{
    StandIn,
    stand_in::{Answer, Gate, Recorded},
    tls::{Identity, Validity},
    watch::Watch,
};
use eks::{AccessEntry, Eks};
use jiff::{SignedDuration, Timestamp};
use objects::Objects;
use rbac::User;
use resources::Resource;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};
use url::Url;

/// The stand-in, on the loopback, with a certificate that an authority of its own has signed.
///
/// It begins with the namespaces `default` and `shop`, with the cluster roles `view`, `edit` and `cluster-admin` and the role
/// `deployer` in `shop`, and with a pod `web`, a pod `db` and a secret `password` in either namespace.
#[derive(Debug)]
pub struct KubeApi {
    server: StandIn,
    state: Arc<Watch<State>>,
}

/// What the stand-in knows.
#[derive(Debug, Default)]
struct State {
    objects: Objects,
    /// Of users, by token.
    users: BTreeMap<String, User>,
    /// Of service accounts, by token.
    accounts: BTreeMap<String, AccountToken>,
    eks: Option<Eks>,
    /// Why tokens were refused.
    refusals: Vec<String>,
    /// Answers that are held back: method, a part of the path, and until when.
    holds: Vec<(String, String, Gate)>,
    is_away: bool,
    clock_ahead: SignedDuration,
    tokens: u32,
}

/// A token of a service account.
#[derive(Debug)]
struct AccountToken {
    namespace: String,
    name: String,
    /// Of the account for which it was made: not of a later one of the same name.
    uid: Value,
    expires: Timestamp,
}

impl State {
    #[expect(clippy::disallowed_methods, reason = "the kit is not part of the program")]
    fn now(&self) -> Timestamp {
        Timestamp::now() + self.clock_ahead
    }

    /// A token that nobody can guess, and that says what it is in a failed test.
    fn new_token(&mut self, whose: &str) -> String {
        use std::hash::{BuildHasher, RandomState};
        self.tokens += 1;
        let whose: String = whose.chars().filter(char::is_ascii_alphanumeric).collect();
        format!(
            "stand-in.{whose}.{:016x}{:016x}",
            RandomState::new().hash_one(self.tokens),
            RandomState::new().hash_one(0)
        )
    }
}

impl KubeApi {
    /// Starts one.
    pub fn start() -> Self {
        Self::with(Validity::Lasting)
    }

    /// One whose certificates expired long ago.
    pub fn with_expired_certificates() -> Self {
        Self::with(Validity::Expired)
    }

    fn with(validity: Validity) -> Self {
        let state = Arc::new(Watch::new(State::default()));
        let shared = Arc::clone(&state);
        let server = StandIn::by_request_tls(Identity::signed(validity), move |request| answer(&shared, request));
        let api = Self { server, state };
        for document in beginning() {
            api.put(&document);
        }
        api
    }

    /// Where it is: `https://localhost:PORT/`.
    pub fn url(&self) -> &Url {
        self.server.url()
    }

    /// The certificate of its authority, in PEM.
    pub fn authority(&self) -> &str {
        self.server.certificate()
    }

    /// A new token of a user in these groups; `system:masters` may do everything.
    pub fn user(&self, name: &str, groups: &[&str]) -> String {
        self.state.update(|state| {
            let token = state.new_token(name);
            let groups = groups.iter().copied().chain(["system:authenticated"]).map(str::to_owned).collect();
            state.users.insert(token.clone(), User { name: name.into(), groups });
            token
        })
    }

    /// Lets people in as EKS does: by tokens for the cluster of this name, looked up at this Security Token Service (plain
    /// HTTP). Nobody is known until [`Self::access_entry`] says so.
    pub fn authenticate_as_eks(&self, cluster: &str, sts: &Url) {
        let eks = Eks { cluster: cluster.into(), sts: sts.clone(), entries: BTreeMap::new() };
        self.state.update(|state| state.eks = Some(eks));
    }

    /// Whom a role (`arn:aws:iam::…:role/…`) or user is in a cluster on EKS; `{{SessionName}}` in the name stands for the
    /// session's.
    #[track_caller]
    pub fn access_entry(&self, arn: &str, username: &str, groups: &[&str]) {
        let entry = AccessEntry { username: username.into(), groups: groups.iter().map(|g| (*g).to_owned()).collect() };
        self.state.update(|state| {
            let eks = state.eks.as_mut().expect("a cluster on EKS");
            eks.entries.insert(arn.into(), entry);
        });
    }

    /// Puts an object into the cluster, as a manifest has it.
    #[track_caller]
    pub fn put(&self, document: &Value) {
        let resource =
            Resource::from_document(document).unwrap_or_else(|| panic!("the stand-in has no such kind: {document}"));
        let namespace = document["metadata"]["namespace"].as_str().map(str::to_owned);
        self.state.update(|state| state.objects.put(resource, namespace.as_deref(), document.clone()));
    }

    /// The objects with this label.
    pub fn labelled(&self, label: &str, value: &str) -> Vec<Value> {
        self.state.lock().objects.labelled(label, value)
    }

    /// Why tokens were refused, oldest first.
    pub fn refusals(&self) -> Vec<String> {
        self.state.lock().refusals.clone()
    }

    /// Does what the next such request asks, but holds the answer back until the gate is opened.
    pub fn hold(&self, method: &str, part_of_path: &str) -> Gate {
        let gate = Gate::new();
        self.state.update(|state| state.holds.push((method.into(), part_of_path.into(), gate.clone())));
        gate
    }

    /// Breaks every connection from now on.
    pub fn go_away(&self) {
        self.state.update(|state| state.is_away = true);
    }

    /// Answers again.
    pub fn come_back(&self) {
        self.state.update(|state| state.is_away = false);
    }

    /// Sets its clock this much ahead, in seconds; behind if it is negative.
    pub fn turn_clock(&self, seconds: i64) {
        self.state.update(|state| state.clock_ahead = SignedDuration::from_secs(seconds));
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.server.requests()
    }

    /// A kubeconfig with one context, `stand-in`, for the bearer of this token.
    pub fn kubeconfig(&self, token: &str) -> String {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let authority = BASE64_STANDARD.encode(self.authority());
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "stand-in",
            "clusters": [{"name": "stand-in", "cluster": {
                "server": self.url().as_str(), "certificate-authority-data": authority}}],
            "users": [{"name": "bearer", "user": {"token": token}}],
            "contexts": [{"name": "stand-in", "context": {"cluster": "stand-in", "user": "bearer"}}],
        })
        .to_string()
    }
}

/// What a cluster has before anybody comes.
fn beginning() -> Vec<Value> {
    let role = |kind: &str, name: &str, namespace: Option<&str>, rules: Value| {
        let mut metadata = json!({"name": name});
        if let Some(namespace) = namespace {
            metadata["namespace"] = namespace.into();
        }
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, "rules": rules})
    };
    let view = json!({"apiGroups": [""], "resources": ["configmaps", "pods", "pods/log", "services"], "verbs": ["get", "list"]});
    let nodes = json!({"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list"]});
    let edit =
        json!({"apiGroups": ["", "apps"], "resources": ["*"], "verbs": ["get", "list", "create", "update", "delete"]});
    let all =
        json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]}]);
    let deploy = json!([{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "patch"]}]);
    let mut documents = vec![
        role("ClusterRole", "view", None, json!([view, nodes])),
        role("ClusterRole", "edit", None, json!([edit])),
        role("ClusterRole", "cluster-admin", None, all),
        role("Role", "deployer", Some("shop"), deploy),
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}}),
    ];
    for namespace in ["default", "shop"] {
        documents.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
        for (kind, name) in [("Pod", "web"), ("Pod", "db"), ("Secret", "password")] {
            let metadata = json!({"name": name, "namespace": namespace});
            let mut document = json!({"apiVersion": "v1", "kind": kind, "metadata": metadata});
            if kind == "Pod" {
                document["spec"] = json!({"containers": [{"name": "main", "image": "example.com/main"}]});
            }
            documents.push(document);
        }
    }
    documents
}

/// Answers one request.
fn answer(state: &Watch<State>, request: &Recorded) -> Answer {
    if state.lock().is_away {
        return Answer::raw("").reset();
    }
    let answer = answers::to(state, request);
    let hold = state.update(|state| {
        let is_held =
            |(method, part, _): &(String, String, Gate)| *method == request.method && request.target.contains(part);
        state.holds.iter().position(is_held).map(|index| state.holds.remove(index).2)
    });
    match hold {
        Some(gate) => answer.held_by(&gate),
        None => answer,
    }
}

#[cfg(test)]
mod tests;
