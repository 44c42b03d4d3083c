//! When a call is made again, and when it must not be.

use crate::fixture::{Counted, Hand, SUBMITTED, Stage, Step, answer, answer_with, cut, open, words};
use p0_client::{Error, Network};
use std::sync::{Arc, Mutex};

#[tokio::test]
async fn what_passes_is_tried_again_with_growing_waits() {
    let script = vec![answer(429, ""), answer(502, "<html>"), answer(503, ""), answer(504, ""), cut()];
    let script = script.into_iter().chain([answer(200, SUBMITTED)]).collect();
    let stage = Stage::new(script).await;
    assert_eq!(stage.client.request(&words("x")).await.expect("submitted").id, "r1");
    assert_eq!(stage.hand.pauses(), [1_000, 2_000, 4_000, 8_000, 16_000]);
}

#[tokio::test]
async fn after_eight_retries_it_is_over_and_each_was_told() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = told.clone();
    let script = (0..20).map(|_| answer(503, r#"{"error":"Draining"}"#)).collect();
    let stage = Stage::with(script, Counted::new(1), |options| {
        options.on_retry = Some(Arc::new(move |retrying| {
            let line = format!("{} {}/{} {:?}", retrying.why, retrying.retry, retrying.of, retrying.wait);
            sink.lock().expect("not poisoned").push(line);
        }));
    })
    .await;
    let error = stage.client.request(&words("x")).await.expect_err("too often");
    assert!(matches!(&error, Error::Service { text, status: 503 } if text == "Draining"));
    assert_eq!(stage.server.lines().len(), 9);
    assert_eq!(stage.hand.pauses(), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    let told = told.lock().expect("not poisoned");
    assert_eq!((told.len(), told[0].as_str(), told[7].as_str()), (8, "Draining 1/8 1s", "Draining 8/8 30s"));
}

#[tokio::test]
async fn what_does_not_pass_is_not_tried_again() {
    for status in [400, 403, 404, 409, 418, 500, 501] {
        let stage = Stage::new(vec![answer(status, "")]).await;
        assert_eq!(stage.client.account().await.expect_err("an error").status(), Some(status));
        assert_eq!(stage.server.lines().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn the_wait_that_the_service_asks_for_is_waited() {
    let date = ("date", "Wed, 01 Jan 2025 12:00:00 GMT");
    let stage = Stage::new(vec![
        answer_with(429, &[("retry-after", "7")], ""),
        answer_with(503, &[date, ("retry-after", "Wed, 01 Jan 2025 12:01:00 GMT")], ""),
        answer_with(429, &[("retry-after", "soon")], ""),
        answer(200, "{}"),
    ])
    .await;
    stage.client.account().await.expect("an answer");
    // Half a second each is the jitter on top; the last says nothing, so it is the third wait of the usual row.
    assert_eq!(stage.hand.pauses(), [7_500, 60_500, 4_000]);
}

#[tokio::test]
async fn no_wait_goes_beyond_the_deadline() {
    let stage = Stage::new(vec![answer_with(429, &[("retry-after", "120")], "")]).await;
    let client = stage.client.until(stage.hand.after(60));
    assert_eq!(client.account().await.expect_err("no time").to_string(), "HTTP Error: 429 Too Many Requests");
    assert!(stage.hand.pauses().is_empty());

    let stage = Stage::new((0..20).map(|_| answer(503, "")).collect()).await;
    let client = stage.client.until(stage.hand.after(10));
    assert!(client.account().await.is_err());
    assert_eq!(stage.hand.pauses(), [1_000, 2_000, 4_000]);
}

#[tokio::test]
async fn a_senseless_wait_is_not_waited() {
    let script = vec![answer_with(429, &[("retry-after", "86400")], r#"{"error":"Come back tomorrow"}"#)];
    let stage = Stage::new(script).await;
    assert_eq!(stage.client.account().await.expect_err("too long").to_string(), "Come back tomorrow");
    assert!(stage.hand.pauses().is_empty());
}

#[tokio::test]
async fn a_call_after_the_deadline_is_not_made() {
    let stage = Stage::new(vec![]).await;
    let client = stage.client.until(stage.hand.after(0));
    let error = client.approve("r1", None).await.expect_err("too late");
    assert!(matches!(error, Error::Network { failure: Network::TimedOut, .. }), "{error}");
    assert!(stage.server.received().is_empty());
}

/// The service answers a repeated request with the one that is there.
#[tokio::test]
async fn a_request_cut_after_it_was_received_is_repeated_and_yields_one_id() {
    let again = SUBMITTED.replace(r#""isPreexisting":false"#, r#""isPreexisting":true"#);
    let half = vec![Step::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{\"ok\":tr".to_vec())];
    let stage = Stage::new(vec![cut(), half, answer(200, &again)]).await;
    let submitted = stage.client.request(&words("gcloud role viewer")).await.expect("submitted");
    assert_eq!((submitted.id.as_str(), submitted.is_preexisting, submitted.repeated), ("r1", true, true));
    let sent = stage.server.received();
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|each| each.body == sent[0].body));
}

/// Only a call that may have been carried out makes its repetition one: these certainly were not.
#[tokio::test]
async fn a_request_that_was_refused_and_made_again_is_no_repetition() {
    let script = vec![answer(429, ""), answer(503, r#"{"error":"Draining"}"#), answer(200, SUBMITTED)];
    let stage = Stage::new(script).await;
    assert!(!stage.client.request(&words("gcloud role viewer")).await.expect("submitted").repeated);
    assert_eq!(stage.server.received().len(), 3);

    let stage = Stage::new(vec![answer(502, "<html>"), answer(200, SUBMITTED)]).await;
    assert!(stage.client.request(&words("gcloud role viewer")).await.expect("submitted").repeated);
}

#[tokio::test]
async fn a_decision_cut_after_it_was_sent_is_not_repeated() {
    let half = vec![Step::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{\"ok\":tr".to_vec())];
    for script in [cut(), half] {
        let stage = Stage::new(vec![script]).await;
        let error = stage.client.approve("r1", None).await.expect_err("uncertain");
        assert!(matches!(&error, Error::Uncertain { advice, .. } if advice == "check with `p0 show r1`"));
        assert_eq!(
            error.to_string(),
            format!(
                "the connection was cut before the answer was complete ({}); it was not repeated, \
                 as it may have been carried out: check with `p0 show r1`",
                stage.host()
            )
        );
        assert_eq!(stage.server.lines().len(), 1);
    }
}

#[tokio::test]
async fn a_decision_lost_behind_a_gateway_is_not_repeated() {
    for status in [502, 503, 504] {
        let stage = Stage::new(vec![answer(status, "<html>")]).await;
        let error = stage.client.revoke("r1").await.expect_err("uncertain");
        assert!(matches!(error, Error::Uncertain { .. }), "{error}");
        assert_eq!(error.status(), Some(status));
        assert_eq!(stage.server.lines().len(), 1);
    }
    // The service's own word leaves no doubt.
    let stage = Stage::new(vec![answer(503, r#"{"error":"Not now"}"#)]).await;
    assert_eq!(stage.client.revoke("r1").await.expect_err("refused").to_string(), "Not now");
}

#[tokio::test]
async fn a_decision_that_was_not_carried_out_is_repeated() {
    let stage = Stage::new(vec![answer(429, ""), answer(200, "")]).await;
    stage.client.deny("r1", None).await.expect("denied");
    assert_eq!(stage.server.lines().len(), 2);

    let stage = Stage::nobody().await;
    let error = stage.client.deny("r1", None).await.expect_err("nobody there");
    assert!(matches!(error, Error::Network { failure: Network::Refused, .. }), "{error}");
    assert_eq!(stage.hand.pauses(), [1_000, 2_000, 4_000, 3_000], "it never answered, so it is given up after 10 s");
}

#[tokio::test]
async fn a_service_that_has_answered_is_tried_eight_times_when_it_refuses_connections() {
    let stage = Stage::new(vec![answer(200, "{}")]).await;
    stage.client.account().await.expect("an answer");
    stage.server.close();
    let error = stage.client.account().await.expect_err("nobody there");
    assert!(matches!(error, Error::Network { failure: Network::Refused | Network::Cut, .. }), "{error}");
    assert_eq!(stage.hand.pauses().len(), 8);
}

#[tokio::test]
async fn a_call_that_timed_out_is_not_repeated() {
    let hand = Hand::new();
    let script = vec![vec![open(), Step::Send(b"{\"o".to_vec()), Step::Late(hand.clone()), Step::Hold]];
    let stage = Stage::by(hand, script, Counted::new(1), |_| ()).await;
    let error = stage.client.request(&words("x")).await.expect_err("its body pauses for too long");
    assert!(matches!(error, Error::Network { failure: Network::TimedOut, .. }), "{error}");
    assert!(stage.hand.pauses().is_empty());
    assert_eq!(stage.server.lines().len(), 1);
}

#[tokio::test]
async fn a_decision_that_timed_out_is_uncertain() {
    let hand = Hand::new();
    let script = vec![vec![open(), Step::Late(hand.clone()), Step::Hold]];
    let stage = Stage::by(hand, script, Counted::new(1), |_| ()).await;
    let error = stage.client.approve("r1", None).await.expect_err("uncertain");
    assert!(matches!(&error, Error::Uncertain { .. }), "{error}");
}

#[tokio::test]
async fn writes_are_not_repeated_either() {
    let stage = Stage::new((0..3).map(|_| cut()).collect()).await;
    let mut advices = Vec::new();
    for error in [
        stage.client.allow(&words("gcloud role viewer")).await.expect_err("uncertain"),
        stage.client.remove_rule("oncall").await.expect_err("uncertain"),
        stage.client.extend("r1", None).await.expect_err("uncertain"),
    ] {
        match error {
            Error::Uncertain { advice, .. } => advices.push(advice),
            other => panic!("{other}"),
        }
    }
    assert_eq!(
        advices,
        [
            "to be sure, allow it again: that adds nothing if it was",
            "check with `p0 policies`",
            "check with `p0 show r1`"
        ]
    );
    assert_eq!(stage.server.lines().len(), 3);
}
