//! The status stream, and riding out what happens to it.

use crate::fixture::{Counted, Hand, IDLE, Script, Stage, Step, answer, answer_with, cut, open, stream};
use async_trait::async_trait;
use p0_client::{Error, Followed, Network, Progress, Tokens, TokensError, Until, Wait};
use p0_wire::request::{Outcome, Status};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

const BEAT: &str = "{\"type\":\"heartbeat\"}\n";
const DONE: &str = "{\"type\":\"data\",\"data\":{\"request\":{\"status\":\"DONE\",\"generated\":{\"name\":\"x\"}}}}\n";
/// A heartbeat that takes a minute, see [`follow`].
const SLOW: &str = "{\"type\":\"heartbeat\",\"status\":\"PENDING_APPROVAL\"}\n";

/// Follows `r1` for 10,000 seconds, and writes down what happens. Nothing takes time but heartbeats that say where the
/// request stands: a minute each.
async fn follow(stage: &Stage, until: Until) -> (Result<Followed, Error>, Vec<String>) {
    follow_for(stage, until, 10_000).await
}

async fn follow_for(stage: &Stage, until: Until, seconds: u64) -> (Result<Followed, Error>, Vec<String>) {
    let mut events = Vec::new();
    let wait = Wait { id: "r1", first: Value::Null, until, deadline: stage.hand.after(seconds) };
    let followed = stage
        .client
        .follow(wait, &mut |progress| {
            events.push(told(&progress));
            if matches!(progress, Progress::Heartbeat { status: Some(_), .. }) {
                stage.hand.pass(Duration::from_secs(60));
            }
        })
        .await;
    (followed, events)
}

fn told(progress: &Progress<'_>) -> String {
    match progress {
        Progress::Connected => "connected".into(),
        Progress::Heartbeat { status, approvers } => match status {
            Some(status) => format!("{status} {}", approvers.join(",")),
            None => "beat".into(),
        },
        Progress::Lost { why: Error::Network { failure, .. }, next_try } => format!("{failure:?} {next_try:?}"),
        Progress::Lost { why, next_try } => format!("{why} {next_try:?}"),
    }
}

/// Plays one script; what comes of it.
async fn outcome(script: Script) -> Followed {
    let stage = Stage::new(vec![script]).await;
    follow(&stage, Until::Usable).await.0.expect("an outcome")
}

/// Plays one script; the error that comes of it.
async fn error(script: Script) -> String {
    let stage = Stage::new(vec![script]).await;
    let error = follow(&stage, Until::Usable).await.0.expect_err("an error");
    assert_eq!(stage.server.lines().len(), 1, "an error ends the wait");
    error.to_string().replace(&stage.host(), "HOST")
}

#[tokio::test]
async fn the_first_data_is_the_outcome_merged_over_the_first_answer() {
    let data = r#"{"type":"data","data":{"request":{"status":"DONE","novel":[1]},"more":true}}"#;
    let stage = Stage::new(vec![stream(&[BEAT, BEAT, data, "\n"])]).await;
    let first = json!({"id": "r1", "message": "Asked", "request": {"status": "NEW", "principal": "p"}, "old": 1});
    let wait = Wait { id: "r1", first, until: Until::Usable, deadline: None };
    let followed = stage.client.follow(wait, &mut |_| ()).await.expect("an outcome");
    assert_eq!(followed.outcome, Outcome::Approved);
    assert!(followed.usable && !followed.timed_out);
    assert_eq!(
        followed.document.to_string(),
        r#"{"id":"r1","message":"Asked","request":{"status":"DONE","novel":[1]},"old":1,"more":true}"#
    );
    assert_eq!(followed.request.expect("a request").extra["novel"], json!([1]));
    let sent = &stage.server.received()[0];
    assert_eq!(sent.line, "GET /o/acme/command/r1/poll");
    assert_eq!(sent.header("authorization"), Some("Bearer token-1"));
}

#[tokio::test]
async fn every_end_of_a_request_is_an_outcome() {
    for (status, expected) in [
        ("DONE", Outcome::Approved),
        ("DONE_NOTIFIED", Outcome::Approved),
        ("DENIED", Outcome::Denied),
        ("DENIED_NOTIFIED", Outcome::Denied),
        ("EXPIRED", Outcome::Expired),
        ("REVOKED", Outcome::Revoked),
    ] {
        let data = format!("{{\"type\":\"data\",\"data\":{{\"request\":{{\"status\":\"{status}\"}}}}}}\n");
        let followed = outcome(stream(&[&data])).await;
        assert_eq!((followed.outcome, followed.usable), (expected, expected == Outcome::Approved), "{status}");
    }
    let errored = r#"{"type":"data","data":{"request":{"status":"ERRORED","error":{"message":"no quota"}}}}"#;
    let followed = outcome(stream(&[errored, "\n"])).await;
    assert_eq!(followed.outcome, Outcome::Errored);
    assert_eq!(followed.request.and_then(|request| request.error).expect("a reason").message, "no quota");
}

#[tokio::test]
async fn lines_in_pieces_and_with_either_end() {
    let text = "{\"type\":\"data\",\"data\":{\"request\":{\"status\":\"DONE\",\"reason\":\"é☃\"}}}\r\n";
    let mut script = vec![open(), Step::Send(b"{\"type\":\"heartbeat\"}\r\n\r\n{\"ty".to_vec())];
    script.push(Step::Send(b"pe\":\"heartbeat\"}\n".to_vec()));
    script.extend(text.bytes().map(|byte| Step::Send(vec![byte])));
    let stage = Stage::new(vec![script]).await;
    let (followed, events) = follow(&stage, Until::Usable).await;
    let request = followed.expect("an outcome").request.expect("a request");
    assert_eq!(request.reason.as_deref(), Some("é☃"));
    assert_eq!(events, ["connected", "beat", "beat"]);
}

#[tokio::test]
async fn chunked_streams_are_streams() {
    let chunk = |text: &str| Step::Send(format!("{:x}\r\n{text}\r\n", text.len()).into_bytes());
    let head = Step::Send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec());
    let (one, two) = DONE.split_at(20);
    assert!(outcome(vec![head, chunk(BEAT), chunk(one), chunk(two)]).await.usable);
}

#[tokio::test]
async fn heartbeats_can_say_how_far_it_is() {
    let pending = "{\"type\":\"heartbeat\",\"status\":\"PENDING_APPROVAL\",\"approvers\":[\"b@example.com\"]}\n";
    let stage = Stage::new(vec![stream(&[pending, "{\"type\":\"novel\",\"error\":\"x\"}\n", DONE])]).await;
    let (followed, events) = follow(&stage, Until::Usable).await;
    assert!(followed.expect("an outcome").usable);
    assert_eq!(events, ["connected", "PENDING_APPROVAL b@example.com"]);
}

#[tokio::test]
async fn one_document_without_a_line_end_is_an_ordinary_answer() {
    assert!(outcome(answer(200, r#"{"ok":true,"request":{"status":"DONE"}}"#)).await.usable);
    assert!(outcome(stream(&[BEAT, DONE.trim_end()])).await.usable);
    assert_eq!(error(answer(200, r#"{"error":"No such request"}"#)).await, "No such request");
    assert_eq!(error(answer(200, r#"{"error":{"message":"No such request"}}"#)).await, "No such request");
}

#[tokio::test]
async fn an_error_in_any_of_its_places() {
    assert_eq!(error(answer(404, r#"{"error":"No such request"}"#)).await, "No such request");
    assert_eq!(error(answer(500, "<html>")).await, "HTTP Error: 500 Internal Server Error");
    assert_eq!(error(stream(&["{\"error\":\"body\"}\n"])).await, "body");
    assert_eq!(error(stream(&[BEAT, "{\"type\":\"error\",\"error\":\"segment\"}\n"])).await, "segment");
    assert_eq!(error(stream(&["{\"type\":\"data\",\"data\":{\"error\":\"data\"}}\n"])).await, "data");
    let elsewhere = answer_with(302, &[("location", "https://sign-in.example.com/?token=t")], "");
    assert_eq!(error(elsewhere).await, "HOST redirects to https://sign-in.example.com, which is not followed");
}

#[tokio::test]
async fn what_is_no_stream_says_why() {
    let invalid = "HOST sent an invalid response: ";
    for (script, why) in [
        (stream(&["<html>\n"]), "it is an HTML page, not a line of a status stream"),
        (stream(&["welcome"]), "it is plain text, not a line of a status stream"),
        (stream(&[BEAT, "{\"type\":\"hea\n", DONE]), "a line of the status stream ends in the middle"),
        (
            stream(&[r#"{"type":"data","data":{"request":{"status":7}}}"#, "\n"]),
            "request.status: invalid type: integer `7`, expected a string",
        ),
        (stream(&["{\"ok\":true}\n"]), "its data has no request"),
    ] {
        assert_eq!(error(script).await, format!("{invalid}{why}"));
    }
}

#[tokio::test]
async fn a_line_beyond_all_measure_is_refused() {
    let mut script = vec![open()];
    script.extend((0..20).map(|_| Step::Send(vec![b'a'; 64 * 1024])));
    assert_eq!(error(script).await, "HOST sent an answer of more than 1048576 bytes");
}

#[tokio::test]
async fn a_stream_that_ends_too_soon_is_joined_again() {
    // The first held for a minute, so there is no pause after it; the others ended at once.
    let held = vec![open(), Step::Send(SLOW.into())];
    let stage =
        Stage::new(vec![held, stream(&[]), stream(&[BEAT]), stream(&["{\"type\":\"da"]), stream(&[DONE])]).await;
    let (followed, events) = follow(&stage, Until::Usable).await;
    let followed = followed.expect("an outcome");
    assert!(followed.usable && followed.lost.is_none());
    assert_eq!(
        events,
        [
            "connected",
            "PENDING_APPROVAL ",
            "connected",
            "Ended 1s",
            "connected",
            "beat",
            "Ended 2s",
            "connected",
            "Cut 4s",
            "connected",
        ]
    );
    assert_eq!(stage.hand.pauses(), [1_000, 2_000, 4_000]);
    assert!(stage.server.lines().iter().all(|line| line == "GET /o/acme/command/r1/poll"), "nothing was asked twice");
}

#[tokio::test]
async fn a_service_that_restarts_is_waited_for() {
    let reset = vec![open(), Step::Send(SLOW.into()), Step::Reset];
    let mut script = vec![reset];
    script.extend((0..12).map(|_| answer(503, "")));
    script.push(answer_with(429, &[("retry-after", "20")], ""));
    script.push(stream(&[DONE]));
    let stage = Stage::new(script).await;
    let (followed, events) = follow(&stage, Until::Usable).await;
    assert!(followed.expect("an outcome").usable);
    assert_eq!(events[..4], ["connected", "PENDING_APPROVAL ", "Cut 1s", "HTTP Error: 503 Service Unavailable 2s"]);
}

#[tokio::test]
async fn a_service_that_was_never_there_is_given_up() {
    let stage = Stage::nobody().await;
    let (followed, events) = follow(&stage, Until::Usable).await;
    let error = followed.expect_err("nobody there");
    assert!(matches!(error, Error::Network { failure: Network::Refused, .. }), "{error}");
    assert_eq!(events, ["Refused 1s", "Refused 2s", "Refused 4s", "Refused 3s"]);
    assert_eq!(stage.hand.pauses(), [1_000, 2_000, 4_000, 3_000]);
}

#[tokio::test]
async fn the_deadline_is_no_error() {
    let stage = Stage::new((0..99).map(|_| answer(503, "")).collect()).await;
    let (followed, _) = follow_for(&stage, Until::Usable, 100).await;
    let followed = followed.expect("the deadline");
    assert!(followed.timed_out && !followed.usable);
    assert_eq!((followed.outcome, followed.status), (Outcome::Undecided, None));
    assert_eq!(followed.lost.expect("why").to_string(), "HTTP Error: 503 Service Unavailable");
    assert_eq!(stage.hand.pauses().iter().sum::<u128>(), 100_000, "the last pause ends at the deadline");
}

#[tokio::test]
async fn a_request_that_waits_until_the_deadline() {
    let pending = "{\"type\":\"heartbeat\",\"status\":\"PENDING_APPROVAL\"}\n";
    let stage = Stage::new(vec![vec![open(), Step::Send(pending.into()), Step::Hold]]).await;
    let hand = stage.hand.clone();
    let first = json!({"id": "r1", "request": {"status": "NEW"}});
    let wait = Wait { id: "r1", first, until: Until::Usable, deadline: hand.after(600) };
    let end = |progress: Progress<'_>| {
        if matches!(progress, Progress::Heartbeat { .. }) {
            hand.fall_silent();
        }
    };
    let followed = stage.client.follow(wait, &mut { end }).await.expect("the deadline");
    assert!(followed.timed_out);
    assert_eq!((followed.outcome, followed.status), (Outcome::Undecided, Some(Status::PendingApproval)));
    assert_eq!(followed.document.to_string(), r#"{"id":"r1","request":{"status":"PENDING_APPROVAL"}}"#);
    assert!(followed.lost.is_none());
}

/// Also what a laptop finds that was suspended: a connection that nobody holds any more.
#[tokio::test]
async fn a_stream_that_falls_silent_is_joined_again() {
    let silent = vec![open(), Step::Send(BEAT.into()), Step::Hold];
    let stage = Stage::new(vec![silent, stream(&[DONE])]).await;
    let hand = stage.hand.clone();
    let mut events = Vec::new();
    let wait = Wait { id: "r1", first: Value::Null, until: Until::Usable, deadline: None };
    let on = &mut |progress: Progress<'_>| {
        events.push(told(&progress));
        if matches!(progress, Progress::Heartbeat { .. }) {
            hand.fall_silent();
        }
    };
    let before = hand.after(0);
    assert!(stage.client.follow(wait, on).await.expect("an outcome").usable);
    assert_eq!(hand.after(0), before.map(|before| before + IDLE));
    assert_eq!(events, ["connected", "beat", "connected"]);
    assert!(hand.pauses().is_empty());
}

#[tokio::test]
async fn an_answer_that_never_begins_is_asked_for_again() {
    let hand = Hand::new();
    let script = vec![vec![Step::Late(hand.clone()), Step::Hold], stream(&[DONE])];
    let stage = Stage::by(hand, script, Counted::new(1), |_| ()).await;
    let (followed, events) = follow(&stage, Until::Usable).await;
    assert!(followed.expect("an outcome").usable);
    assert_eq!(events, ["TimedOut 1s", "connected"]);
}

#[tokio::test]
async fn approved_in_the_first_data_is_an_outcome() {
    for status in ["APPROVED", "APPROVED_NOTIFIED"] {
        let data = format!("{{\"type\":\"data\",\"data\":{{\"request\":{{\"status\":\"{status}\"}}}}}}\n");
        for until in [Until::Usable, Until::Decided, Until::Known] {
            let stage = Stage::new(vec![stream(&[BEAT, &data])]).await;
            let followed = follow(&stage, until).await.0.expect("an outcome");
            assert_eq!((followed.outcome, followed.usable, followed.timed_out), (Outcome::Approved, false, false));
            assert_eq!(stage.server.lines().len(), 1, "{status}");
        }
    }
}

#[tokio::test]
async fn approved_in_a_heartbeat_is_no_outcome_for_who_needs_the_access() {
    let approved = "{\"type\":\"heartbeat\",\"status\":\"APPROVED\"}\n";
    let stage = Stage::new(vec![stream(&[approved, BEAT, DONE])]).await;
    let followed = follow(&stage, Until::Usable).await.0.expect("an outcome");
    assert_eq!((followed.outcome, followed.usable), (Outcome::Approved, true));
}

/// A laptop that moves to another network meets all of these for a while.
#[tokio::test]
async fn a_service_that_was_there_is_waited_for_through_permanent_failures() {
    let no_http = || vec![Step::Send(b"SSH-2.0-OpenSSH_9.9\r\n\r\n".to_vec())];
    let stage = Stage::new(vec![stream(&[BEAT]), no_http(), no_http(), stream(&[DONE])]).await;
    let (followed, events) = follow(&stage, Until::Usable).await;
    assert!(followed.expect("an outcome").usable);
    assert_eq!(events, ["connected", "beat", "Ended 1s", "NotHttp 2s", "NotHttp 4s", "connected"]);

    let stage = Stage::new(vec![no_http()]).await;
    assert!(follow(&stage, Until::Usable).await.0.is_err(), "it was never there");
    assert!(stage.hand.pauses().is_empty());
}

#[tokio::test]
async fn a_stream_whose_bytes_trickle_without_a_line_is_joined_again() {
    let trickle = vec![open(), Step::Send(format!("{BEAT}{{\"ty").into_bytes()), Step::Hold];
    let stage = Stage::new(vec![trickle, stream(&[DONE])]).await;
    let hand = stage.hand.clone();
    let mut events = Vec::new();
    let wait = Wait { id: "r1", first: Value::Null, until: Until::Usable, deadline: None };
    let on = &mut |progress: Progress<'_>| {
        events.push(told(&progress));
        if matches!(progress, Progress::Heartbeat { .. }) {
            hand.pass(IDLE);
        }
    };
    assert!(stage.client.follow(wait, on).await.expect("an outcome").usable);
    assert_eq!(events, ["connected", "beat", "connected"]);
}

#[tokio::test]
async fn a_heartbeat_that_says_approved_is_a_decision() {
    let approved = "{\"type\":\"heartbeat\",\"status\":\"APPROVED\"}\n";
    let stage = Stage::new(vec![vec![open(), Step::Send(approved.into()), Step::Hold]]).await;
    let followed = follow(&stage, Until::Decided).await.0.expect("an outcome");
    assert_eq!((followed.outcome, followed.timed_out), (Outcome::Approved, false));
}

#[tokio::test]
async fn data_that_decides_nothing_is_no_outcome() {
    let pending = "{\"type\":\"data\",\"data\":{\"request\":{\"status\":\"PENDING_APPROVAL\"}}}\n";
    let stage = Stage::new(vec![stream(&[pending]), stream(&[pending]), stream(&[DONE])]).await;
    assert!(follow(&stage, Until::Decided).await.0.expect("an outcome").usable);
    assert_eq!(stage.hand.pauses(), [250, 500]);
}

#[tokio::test]
async fn a_token_that_expires_during_the_wait_is_renewed() {
    let expired = || answer(401, r#"{"error":"Token expired"}"#);
    let held = || vec![open(), Step::Send(SLOW.into())];
    let script = vec![held(), expired(), held(), expired(), stream(&[DONE])];
    let stage = Stage::with(script, Counted::new(3), |_| ()).await;
    let (followed, events) = follow(&stage, Until::Usable).await;
    assert!(followed.expect("an outcome").usable);
    assert_eq!(events, ["connected", "PENDING_APPROVAL ", "connected", "PENDING_APPROVAL ", "connected"]);
    let sent = stage.server.received();
    let bearers: Vec<_> = sent.iter().filter_map(|sent| sent.header("authorization")).collect();
    assert_eq!(bearers, ["Bearer token-1", "Bearer token-1", "Bearer token-2", "Bearer token-2", "Bearer token-3"]);

    let stage = Stage::with(vec![expired(), expired()], Counted::new(2), |_| ()).await;
    let error = follow(&stage, Until::Usable).await.0.expect_err("refused");
    assert!(matches!(error, Error::Unauthorized { text } if text == "Token expired"));
}

/// Has no token twice: first for want of a network, then for good.
#[derive(Default)]
struct Moody(AtomicUsize);

#[async_trait]
impl Tokens for Moody {
    async fn bearer(&self) -> Result<SecretString, TokensError> {
        match self.0.fetch_add(1, Ordering::SeqCst) {
            0 => Err(Error::Network { host: "id.example.com".into(), failure: Network::DnsUnavailable }.into()),
            1 => Ok("a-token".into()),
            _ => Err("the keyring is locked".into()),
        }
    }

    async fn renewed(&self, _rejected: &SecretString) -> Result<Option<SecretString>, TokensError> {
        Ok(None)
    }
}

#[tokio::test]
async fn a_renewal_that_the_network_prevents_is_ridden_out_and_no_other() {
    let stage = Stage::with(vec![stream(&[])], Arc::new(Moody::default()), |_| ()).await;
    let (followed, events) = follow(&stage, Until::Usable).await;
    assert_eq!(events, ["DnsUnavailable 1s", "connected", "Ended 2s"]);
    let error = followed.expect_err("no token");
    assert!(matches!(error, Error::Tokens(_)));
    assert_eq!(error.to_string(), "the keyring is locked");
}

#[tokio::test]
async fn one_look_takes_whatever_comes_first() {
    let pending = "{\"type\":\"heartbeat\",\"status\":\"PENDING_APPROVAL\"}\n";
    let holding = |text: &str| vec![open(), Step::Send(text.into()), Step::Hold];
    for (script, outcome) in [
        (holding(pending), Outcome::Undecided),
        (holding(DONE), Outcome::Approved),
        // A bare heartbeat says nothing of the request.
        (holding(&format!("{BEAT}{DONE}")), Outcome::Approved),
    ] {
        let stage = Stage::new(vec![script]).await;
        let followed = stage.client.poll_once("r1", Duration::from_secs(600)).await.expect("an answer");
        assert_eq!((followed.outcome, followed.timed_out), (outcome, false));
    }
    for script in [vec![Step::Hold], holding(BEAT)] {
        let stage = Stage::new(vec![script]).await;
        stage.hand.fall_silent();
        assert!(stage.client.poll_once("r1", Duration::from_secs(600)).await.expect("no answer").timed_out);
    }
}

#[tokio::test]
async fn a_wait_can_run_as_a_task_of_its_own() {
    let stage = Stage::new(vec![cut(), stream(&[DONE])]).await;
    let client = stage.client.clone();
    let wait = Wait { id: "r1", first: Value::Null, until: Until::Usable, deadline: None };
    let task = tokio::spawn(async move { client.follow(wait, &mut |_| ()).await });
    assert!(task.await.expect("no panic").expect("an outcome").usable);
}

/// Eight retries are for a service of which nobody knows whether it is there at all.
#[tokio::test]
async fn a_service_that_answered_the_command_is_waited_for_until_the_deadline() {
    let mut script: Vec<_> = (0..12).map(|_| cut()).collect();
    script.push(stream(&[DONE]));
    let stage = Stage::new(script).await;
    let first = serde_json::json!({"id": "r1", "request": {"status": "NEW"}});
    let wait = Wait { id: "r1", first, until: Until::Usable, deadline: stage.hand.after(10_000) };
    assert!(stage.client.follow(wait, &mut |_| ()).await.expect("an outcome").usable);
}
