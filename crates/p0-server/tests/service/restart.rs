//! What was begun is finished after a restart, and nothing is lost.

use crate::support::{HOUR, ORGANISATION, START, Server, eventually};
use p0_server::clock::Clock;
use serde_json::json;
use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

/// An organisation in a file, with a tool that is granted by a script.
fn configuration(folder: &Path, script: &str) -> String {
    let store = format!("kind = \"file\"\npath = {:?}", folder.join("p0.db"));
    let command = ["/bin/sh", "-c", script];
    format!(
        "{}\n[integrations.tool]\nprovisioner = {{ kind = \"command\", command = {command:?} }}\n\
         [integrations.tool.access_types.use]\nlabel = \"Use it\"\n",
        ORGANISATION.replace("kind = \"memory\"", &store),
    )
}

/// Notes each action in a file.
fn noting(folder: &Path) -> String {
    let log = folder.join("log");
    format!("case $(cat) in *'\"action\":\"grant\"'*) echo grant;; *) echo revoke;; esac >> {}", log.display())
}

fn log(folder: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    text.lines().map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn provisioning_that_was_cut_off_is_resumed() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Clock::manual(START);
    let hanging = format!("touch {}; sleep 1000", folder.path().join("begun").display());
    let server = Server::with(&configuration(folder.path(), &hanging), clock.clone()).await;
    let id = server.user("dev").request("tool use").await;
    eventually(async || folder.path().join("begun").try_exists().expect("a folder").then_some(())).await;
    server.stop().await;

    let server = Server::with(&configuration(folder.path(), &noting(folder.path())), clock).await;
    assert_eq!(server.user("dev").outcome(&id).await["status"], "DONE");
    assert_eq!(server.user("dev").request("tool use").await, id);
    assert_eq!(log(folder.path()), ["grant"]);
    server.stop().await;
}

/// Where a process finds the folder of the service that it runs for [`a_killed_service_loses_nothing`].
const FOLDER: &str = "P0_SERVER_TEST_FOLDER";

#[test]
#[expect(clippy::disallowed_methods, reason = "how the other test hands over its folder")]
fn runs_until_it_is_killed_where_it_is_asked_to() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let hanging = format!("touch {}; exec sleep 5", folder.join("begun").display());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let server = Server::with(&configuration(folder, &hanging), Clock::system()).await;
        let dev = server.user("dev");
        let ids = [dev.request("tool use").await, dev.request("gcloud role editor").await];
        eventually(async || folder.join("begun").try_exists().expect("a folder").then_some(())).await;
        std::fs::write(folder.join("ids.new"), ids.join("\n")).expect("writes");
        std::fs::rename(folder.join("ids.new"), folder.join("ids")).expect("renames");
        std::future::pending::<()>().await;
    });
}

#[tokio::test]
async fn a_killed_service_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut process = Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", "restart::runs_until_it_is_killed_where_it_is_asked_to"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("runs");
    let ids = eventually(async || std::fs::read_to_string(folder.path().join("ids")).ok()).await;
    process.kill().expect("is killed");
    process.wait().expect("has ended");

    let server = Server::with(&configuration(folder.path(), &noting(folder.path())), Clock::system()).await;
    let (dev, manager) = (server.user("dev"), server.user("manager"));
    let [tool, editor] = ids.lines().collect::<Vec<_>>()[..] else { panic!("{ids}") };
    assert_eq!(dev.outcome(tool).await["status"], "DONE");
    assert_eq!(log(folder.path()), ["grant"]);
    assert_eq!(dev.request("gcloud role editor").await, editor);
    assert_eq!(manager.decide(editor, "approve", json!({})).await.brief(), (200, ""));
    assert_eq!(dev.outcome(editor).await["status"], "DONE");
    server.stop().await;
}

#[tokio::test]
async fn what_fell_due_while_it_was_down_is_carried_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Clock::manual(START);
    let configuration = configuration(folder.path(), &noting(folder.path()));
    let server = Server::with(&configuration, clock.clone()).await;
    let active = server.user("dev").request("tool use --requested-duration 1h").await;
    server.user("dev").outcome(&active).await;
    let pending = server.user("dev").request("gcloud role editor").await;
    server.stop().await;
    assert_eq!(log(folder.path()), ["grant"]);

    clock.advance(25 * HOUR);
    let server = Server::with(&configuration, clock).await;
    server.user("dev").until(&active, "EXPIRED").await;
    server.user("dev").until(&pending, "EXPIRED").await;
    eventually(async || (log(folder.path()) == ["grant", "revoke"]).then_some(())).await;
    server.stop().await;
}

#[tokio::test]
async fn what_could_not_be_granted_is_tried_again_then_given_up_and_undone() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Clock::manual(START);
    let tries = folder.path().join("tries");
    let script = format!(
        "case $(cat) in *'\"action\":\"grant\"'*) echo >> {0}; echo no such machine >&2; exit 1;; esac; touch {0}.undone",
        tries.display()
    );
    let server = Server::with(&configuration(folder.path(), &script), clock.clone()).await;
    let dev = server.user("dev");
    let id = dev.request("tool use").await;
    for attempt in 1..=5 {
        eventually(async || {
            let text = std::fs::read_to_string(&tries).unwrap_or_default();
            (text.lines().count() == attempt).then_some(())
        })
        .await;
        if attempt < 5 {
            assert_eq!(dev.show(&id).await["request"]["status"], "APPROVED");
            // Whenever the pause begins, it is over before long.
            let turned = clock.clone();
            let turning = tokio::spawn(async move {
                loop {
                    turned.advance(Duration::from_millis(500));
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            });
            eventually(async || {
                let text = std::fs::read_to_string(&tries).unwrap_or_default();
                (text.lines().count() > attempt).then_some(())
            })
            .await;
            turning.abort();
        }
    }
    let outcome = dev.outcome(&id).await;
    assert_eq!(outcome["status"], "ERRORED");
    assert_eq!(
        outcome["error"]["message"],
        "Could not provision the access: the provisioning command failed (exit code 1): no such machine"
    );
    eventually(async || folder.path().join("tries.undone").try_exists().expect("a folder").then_some(())).await;
    server.stop().await;
}

#[tokio::test]
async fn undoing_is_tried_until_it_succeeds_and_new_access_waits_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Clock::manual(START);
    let stuck = folder.path().join("stuck");
    std::fs::write(&stuck, "").expect("writes");
    let script = format!(
        "input=$(cat); case $input in *'\"action\":\"revoke\"'*) if [ -e {0} ]; then echo >> {0}.tries; exit 1; fi;; esac; \
         printf %s \"$input\" | ({1})",
        stuck.display(),
        noting(folder.path())
    );
    let server = Server::with(&configuration(folder.path(), &script), clock.clone()).await;
    let dev = server.user("dev");
    let first = dev.request("tool use").await;
    dev.outcome(&first).await;
    assert_eq!(dev.decide(&first, "relinquish", json!({})).await.brief(), (200, ""));
    eventually(async || folder.path().join("stuck.tries").try_exists().expect("a folder").then_some(())).await;
    let second = dev.request("tool use").await;
    assert_ne!(second, first);
    assert_eq!(dev.show(&second).await["request"]["status"], "APPROVED");
    std::fs::remove_file(&stuck).expect("removes");
    let turned = clock.clone();
    let turning = tokio::spawn(async move {
        loop {
            turned.advance(Duration::from_millis(500));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert_eq!(dev.outcome(&second).await["status"], "DONE");
    turning.abort();
    assert_eq!(log(folder.path()), ["grant", "revoke", "grant"]);
    server.stop().await;
}

#[tokio::test]
async fn what_was_administered_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let configuration = configuration(folder.path(), "true");
    let server = Server::with(&configuration, Clock::manual(START)).await;
    let owner = server.user("owner");
    assert_eq!(owner.delete("/policy/name/viewer").await.brief(), (204, ""));
    assert_eq!(owner.put("/settings/max-access-duration", json!({"time": 2, "unit": "h"})).await.brief(), (204, ""));
    assert_eq!(owner.put("/settings/roles/viewer/bindings/users/dev@example.com", json!({})).await.brief(), (204, ""));
    server.stop().await;

    let server = Server::with(&configuration, Clock::manual(START)).await;
    let owner = server.user("owner");
    assert_eq!(owner.get("/policy/name/viewer").await.brief(), (404, "Not found: no access policy is called viewer"));
    assert_eq!(owner.get("/settings").await.body["maxAccessDuration"], json!({"time": 2, "unit": "h"}));
    let bindings = owner.get("/settings/roles/viewer/bindings").await.body;
    assert_eq!(bindings, json!({"users": ["dev@example.com", "viewer@example.com"], "groups": []}));
    server.stop().await;
}
