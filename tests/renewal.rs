//! Sessions that many processes share: one renews, the rest wait for it, and whoever dies is followed by another.

use crate::idp::{Idp, claims, cloudflare, of, ping, tokens, unexchanged};
use p0_testkit::{Answer, Gate, stand_in::Recorded};
use serde_json::json;
use std::{
    collections::BTreeSet,
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Long enough for two hundred processes on a busy machine.
const LONG: Duration = Duration::from_secs(100);

fn is_renewal(request: &Recorded) -> bool {
    let (path, params) = of(request);
    path == "/env-1/as/token" && params.get("grant_type").is_some_and(|grant| grant == "refresh_token")
}

fn renewals(idp: &Idp) -> usize {
    idp.server.requests().iter().filter(|request| is_renewal(request)).count()
}

#[test]
fn two_hundred_processes_make_one_renewal() {
    // The answer comes when all of them are there, so that none comes late.
    let gate = Gate::new();
    let held = gate.clone();
    let idp = Idp::with(unexchanged(ping()), move |request| {
        is_renewal(request).then(|| {
            let body = tokens(2, &claims(request.header("host").unwrap(), "/env-1/as/token")).to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            Answer::raw(head).wait(&held).send(body)
        })
    });
    idp.env.p0(["login"]).run().success().ignore_stderr();
    idp.let_expire();
    let all: Vec<_> = (0..200).map(|_| idp.env.p0(["print-bearer-token"]).limit(LONG).spawn()).collect();
    gate.open();
    let tokens: BTreeSet<String> =
        all.into_iter().map(|one| one.finish().success().ignore_stderr().stdout().trim().to_owned()).collect();
    assert_eq!(tokens, BTreeSet::from(["provider-2".to_owned()]));
    assert_eq!(renewals(&idp), 1);
}

#[test]
fn whoever_is_killed_while_renewing_is_followed_by_another() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let idp = Idp::with(unexchanged(ping()), move |request| {
        (is_renewal(request) && count.fetch_add(1, Ordering::SeqCst) == 0).then(Answer::silence)
    });
    idp.env.p0(["login"]).run().success().ignore_stderr();
    idp.let_expire();
    let leader = idp.env.p0(["print-bearer-token"]).spawn();
    crate::scene::eventually("the leader renews", || asked.load(Ordering::SeqCst) == 1);
    let others: Vec<_> = (0..10).map(|_| idp.env.p0(["print-bearer-token"]).spawn()).collect();
    assert!(others.iter().all(p0_testkit::Running::is_running));
    leader.kill_9().killed_by(9).ignore_stderr();
    for other in others {
        other.finish().success().stdout_is("provider-2\n").ignore_stderr();
    }
    assert_eq!(renewals(&idp), 2, "the leader's, and one more");
    // The file of the lock stays, and means nothing.
    let lock = fs::File::open(idp.env.state_dir().join("p0/sessions/example.lock")).unwrap();
    lock.try_lock().unwrap();
}

#[test]
fn many_who_sign_in_at_once_open_one_page() {
    let mut idp = Idp::new(unexchanged(cloudflare()));
    let browser = idp.browser();
    let all: Vec<_> = (0..30).map(|_| idp.env.p0(["login"]).limit(LONG).spawn()).collect();
    for one in all {
        one.finish().success().stderr_has("to example as ada@example.com.");
    }
    assert_eq!(browser.addresses().len(), 1);
    assert_eq!(idp.calls("/token").len(), 1);
}

#[test]
fn a_session_is_renewed_before_it_ends_and_in_the_middle_of_a_wait() {
    // The first token is about to end: it is good for the command, and too old when the wait connects again.
    let idp = Idp::with(unexchanged(ping()), |request| {
        let (path, params) = of(request);
        let bearer = request.header("authorization").unwrap_or_default().to_owned();
        match path.as_str() {
            "/env-1/as/token" => {
                let renewed = params["grant_type"] == "refresh_token";
                let mut tokens =
                    tokens(if renewed { 2 } else { 1 }, &claims(request.header("host").unwrap(), "/env-1/as/token"));
                tokens["expires_in"] = if renewed { 3600 } else { 62 }.into();
                Some(Answer::json(200, &tokens))
            }
            "/o/example/command" => Some(Answer::json(
                200,
                &json!({"ok": true, "message": "", "id": "r1", "request": {"status": "NEW"}, "isPreexisting": false,
                        "isPersistent": false, "isPreapproved": false}),
            )),
            "/o/example/command/r1/poll" => Some(match bearer.as_str() {
                "Bearer provider-2" => {
                    let done = json!({"type": "data", "data": {"request": {"status": "DONE"}}});
                    Answer::status(200).stream().send(format!("{done}\n"))
                }
                _ => Answer::status(200).stream().send("{\"type\":\"heartbeat\"}\n"),
            }),
            _ => None,
        }
    });
    idp.env.p0(["login"]).run().success().ignore_stderr();
    let request = ["request", "gcloud", "role", "viewer", "--wait", "--timeout", "25s"];
    idp.env.p0(request).run().success().ignore_stdout().stderr_has("Your request was approved");
    assert_eq!(renewals(&idp), 1);
    assert_eq!(idp.token(), "provider-2");
}
