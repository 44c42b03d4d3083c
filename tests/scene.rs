//! A scene: a service, and the people at it, each with a token, so that nobody has to sign in first.

use crate::harness::{ASKER, ORGANISATION, PASSWORD, env};
use p0_testkit::{Front, Invocation, LIMIT, Output, Service, TestEnv};
use serde_json::Value;
use std::{cell::RefCell, collections::BTreeMap, ffi::OsStr, fs, path::PathBuf, thread, time::Duration};

/// Decides on what the asker asks for.
pub(crate) const REVIEWER: &str = "reviewer@example.com";
/// Administers, and sees everything.
pub(crate) const OWNER: &str = "owner@example.com";
/// Is in no group, so that no policy lets them ask for anything.
pub(crate) const OUTSIDER: &str = "outsider@example.com";

/// How a group of Okta is granted and taken back: each call is noted in `runs`, and waits until there is a file `go`.
/// It outlasts neither the test's directory nor the longest test.
pub(crate) const HELD: &str = r#"{ cat; echo; } >> runs
n=0; while [ -e runs ] && [ ! -e go ] && [ $n -lt 3000 ]; do sleep 0.02; n=$((n + 1)); done
"#;
/// Provisioning that fails for good.
pub(crate) const BROKEN: &str = r#"cat > /dev/null; echo '{"error": "the directory says no", "retry": false}'"#;

/// The environment of a test, and the service that it knows.
pub(crate) struct Scene {
    pub(crate) env: TestEnv,
    pub(crate) service: Service,
    tokens: RefCell<BTreeMap<&'static str, String>>,
}

impl Scene {
    /// With the organisation of the tests, in memory.
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    /// With that organisation, changed.
    pub(crate) fn with(change: impl FnOnce(&mut toml::Table)) -> Self {
        Self::within(env(), change)
    }

    /// The same in an environment that has something already.
    pub(crate) fn within(mut env: TestEnv, change: impl FnOnce(&mut toml::Table)) -> Self {
        let mut config: toml::Table = ORGANISATION.parse().unwrap();
        change(&mut config);
        let service = env.serve(&config.to_string());
        env.use_service(&service);
        Self { env, service, tokens: RefCell::default() }
    }

    /// With the store in a file, which outlasts the service.
    pub(crate) fn lasting() -> Self {
        Self::with(|config| drop(config.insert("store".into(), toml::toml! { kind = "file" path = "p0.db" }.into())))
    }

    /// With so many more roles, `roles/custom.001` and so on.
    pub(crate) fn with_roles(count: usize) -> Self {
        Self::with(|config| {
            let roles = config["integrations"]["gcloud"]["resources"]["role"].as_array_mut().unwrap();
            for n in 1..=count {
                let key = format!("roles/custom.{n:03}");
                roles.push(toml::Table::from_iter([("key".into(), key.as_str().into())]).into());
            }
        })
    }

    /// A server in front of the service, by which everybody comes to it from now on.
    pub(crate) fn put_front(&mut self) -> Front {
        let front = Front::before(self.service.url());
        self.env.set("P0_APP_URL", front.url().as_str().trim_end_matches('/'));
        front
    }

    /// A person's token.
    pub(crate) fn token(&self, who: &'static str) -> String {
        let token = || self.service.access_token(who, PASSWORD);
        self.tokens.borrow_mut().entry(who).or_insert_with(token).clone()
    }

    /// `p0` as the asker.
    pub(crate) fn p0(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Invocation {
        self.p0_as(ASKER, args)
    }

    /// `p0` as anybody.
    pub(crate) fn p0_as(&self, who: &'static str, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Invocation {
        self.env.p0(args).env("P0_API_TOKEN", self.token(who))
    }

    /// `p0` as the asker, with the words of a line.
    pub(crate) fn line(&self, line: &str) -> Invocation {
        self.p0(line.split_ascii_whitespace())
    }

    /// The asker's request that waits for the reviewer.
    pub(crate) fn pending(&self) -> String {
        id(&self.line("request gcloud role editor").run().success().ignore_stderr())
    }

    /// The asker's access that is usable.
    pub(crate) fn usable(&self) -> String {
        id(&self.line("request gcloud role viewer --wait").run().success().ignore_stderr())
    }

    /// How groups of Okta are granted and taken back from now on: a shell script.
    pub(crate) fn provision(&self, script: &str) {
        self.env.write("provision.sh", script);
    }

    /// Lets provisioning that is [`HELD`] go on.
    pub(crate) fn let_go(&self) {
        self.env.write("go", "");
    }

    /// Waits until provisioning that is [`HELD`] has been started so often.
    #[track_caller]
    pub(crate) fn wait_for_runs(&self, count: usize) {
        let runs = || fs::read_to_string(self.file("runs")).unwrap_or_default().lines().count();
        eventually("provisioning starts", || runs() >= count);
        assert_eq!(runs(), count, "provisioning was started too often");
    }

    /// What the service knows of a request.
    #[track_caller]
    pub(crate) fn show(&self, id: &str) -> Value {
        self.p0_as(OWNER, ["show", id, "--json"]).run().success().json()
    }

    /// Where a request stands.
    #[track_caller]
    pub(crate) fn status(&self, id: &str) -> String {
        self.show(id)["request"]["status"].as_str().unwrap().to_owned()
    }

    /// Every request that the service knows.
    #[track_caller]
    pub(crate) fn requests(&self) -> Vec<Value> {
        self.p0_as(OWNER, ["requests", "--json"]).run().success().json()["requests"].as_array().unwrap().clone()
    }

    /// A file where programs run.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.env.work_dir().join(name)
    }
}

/// Adds clusters to an organisation, as the integration `k8s`; everybody gets what they ask for there.
pub(crate) fn add_clusters(config: &mut toml::Table, k8s: &str) {
    config["integrations"].as_table_mut().unwrap().insert("k8s".into(), k8s.parse::<toml::Table>().unwrap().into());
    let policy = toml::toml! {
        name = "clusters"
        requestor = { type = "group", groups = [{ id = "everybody" }] }
        resource = { type = "integration", service = "k8s" }
        approval = [{ type = "auto", services = ["web"] }]
    };
    config["policies"].as_array_mut().unwrap().push(policy.into());
}

/// The id that a command printed: alphanumeric, alone on stdout.
#[track_caller]
pub(crate) fn id(output: &Output) -> String {
    let id = output.stdout().strip_suffix('\n').unwrap_or_default();
    assert!(!id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric()), "an id was expected\n{output}");
    id.to_owned()
}

/// Waits for what another process does, and tells nobody of.
#[track_caller]
pub(crate) fn eventually(what: &str, done: impl FnMut() -> bool) {
    eventually_within(LIMIT, what, done);
}

/// The same, for what takes longer or less long.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "a pause between two looks, the last of which is the limit")]
pub(crate) fn eventually_within(limit: Duration, what: &str, mut done: impl FnMut() -> bool) {
    let pause = Duration::from_millis(20);
    let tries = limit.as_millis() / pause.as_millis();
    for _ in 0..tries {
        if done() {
            return;
        }
        thread::sleep(pause);
    }
    panic!("{what}: not within {limit:?}");
}
