//! The agent, and those who ask it for what they should not get.

use super::*;
use crate::integrations::ssh::key::KeyType;
use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use p0_testkit::hostile;
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};
use std::cell::Cell;

fn connection() -> Connection {
    Connection { key: Arc::new(UserKey::generate(KeyType::Ed25519).expect("a key")), forwarded: false, control: None }
}

fn message(number: u8, strings: &[&[u8]], end: &[u8]) -> Vec<u8> {
    message_of(number, strings, end)
}

fn message_of(number: u8, strings: &[impl AsRef<[u8]>], end: &[u8]) -> Vec<u8> {
    let mut message = vec![number];
    strings.iter().for_each(|string| put(&mut message, string.as_ref()));
    message.extend(end);
    message
}

fn bind(forwarding: u8) -> Vec<u8> {
    message(number::EXTENSION, &[b"session-bind@openssh.com", b"h", b"s", b"g"], &[forwarding])
}

#[test]
fn it_lists_one_key_and_signs_with_it() {
    let mut connection = connection();
    let blob = connection.key.blob().to_vec();
    let listed = connection.answer(&[number::REQUEST_IDENTITIES]);
    assert_eq!(listed[..5], [number::IDENTITIES_ANSWER, 0, 0, 0, 1]);
    assert!(listed[9..].starts_with(&blob));
    let signed = connection.answer(&message(number::SIGN_REQUEST, &[&blob, b"data"], &[0; 4]));
    assert_eq!(signed[0], number::SIGN_RESPONSE);
    let other = UserKey::generate(KeyType::Ed25519).expect("a key");
    assert_eq!(connection.answer(&message(number::SIGN_REQUEST, &[other.blob(), b"data"], &[0; 4])), [number::FAILURE]);
}

#[test]
fn it_takes_gives_and_locks_nothing() {
    let mut connection = connection();
    // Add, remove, remove all, smartcards, lock, unlock, constrained; SSH 1; what is no message.
    for number in (0..=255_u8).filter(|number| ![11, 13, 27].contains(number)) {
        assert_eq!(connection.answer(&message(number, &[b"x", b"y"], &[0; 4])), [number::FAILURE], "{number}");
    }
    for nonsense in [&[][..], &[13], &[13, 0, 0, 0, 9, 1], &[13, 255, 255, 255, 255], &[27], &[27, 0, 0, 0, 1, 65]] {
        assert_eq!(connection.answer(nonsense), [number::FAILURE], "{nonsense:?}");
    }
}

#[test]
fn a_forwarded_connection_gets_nothing() {
    let mut connection = connection();
    assert_eq!(connection.answer(&bind(0)), [number::SUCCESS]);
    assert_eq!(connection.answer(&[number::REQUEST_IDENTITIES])[4], 1);
    assert_eq!(connection.answer(&bind(1)), [number::SUCCESS]);
    assert_eq!(connection.answer(&bind(0)), [number::SUCCESS], "and stays what it is");
    assert_eq!(connection.answer(&[number::REQUEST_IDENTITIES]), [number::IDENTITIES_ANSWER, 0, 0, 0, 0]);
    let blob = connection.key.blob().to_vec();
    assert_eq!(connection.answer(&message(number::SIGN_REQUEST, &[&blob, b"data"], &[0; 4])), [number::FAILURE]);
}

#[tokio::test]
async fn it_ends_when_the_user_says_so_and_at_no_other_machine_s_word() {
    let dir = tempfile::tempdir().expect("a directory");
    let key = Arc::new(UserKey::generate(KeyType::Ed25519).expect("a key"));
    let serving = {
        let directory = dir.path().to_owned();
        tokio::spawn(async move { serve_while_used(&directory, key, Duration::from_secs(600)).await })
    };
    let held = loop {
        match hold(dir.path()).await {
            Some(held) => break held,
            None => tokio::task::yield_now().await,
        }
    };
    end(dir.path()).await;
    serving.await.expect("no panic").expect("ended");
    let mut held = held;
    assert_eq!(held.read(&mut [0; 1]).await.expect("closed"), 0);
    assert!(!socket(dir.path()).try_exists().expect("looked"));
    // There is none any more, which is as well.
    end(dir.path()).await;

    let ended = Arc::new(Notify::new());
    let (stays, _asked) = mpsc::unbounded_channel();
    let control = Control { ended: Arc::clone(&ended), stays };
    let mut connection = Connection { control: Some(control), ..connection() };
    assert_eq!(connection.answer(&bind(1)), [number::SUCCESS]);
    assert_eq!(connection.answer(&message(number::EXTENSION, &[END], &[])), [number::FAILURE]);
    // A session's own agent ends with the session alone.
    let mut connection = self::connection();
    assert_eq!(connection.answer(&message(number::EXTENSION, &[END], &[])), [number::FAILURE]);
}

/// What an answer is: a failure, the list of the one key or none, a signature, a success.
fn is_designed(answer: &[u8], blob: &[u8]) -> bool {
    match answer {
        [number::FAILURE] | [number::SUCCESS] | [number::IDENTITIES_ANSWER, 0, 0, 0, 0] => true,
        [number::IDENTITIES_ANSWER, 0, 0, 0, 1, rest @ ..] => take(rest).is_some_and(|(key, _)| key == blob),
        [number::SIGN_RESPONSE, rest @ ..] => take(rest).is_some_and(|(_, rest)| rest.is_empty()),
        _ => false,
    }
}

#[test]
fn whatever_comes_it_signs_with_its_own_key_alone() {
    let key = Arc::new(UserKey::generate(KeyType::Ed25519).expect("a key"));
    let other = UserKey::generate(KeyType::Ed25519).expect("a key");
    let number = prop_oneof![
        6 => select(vec![number::REQUEST_IDENTITIES, number::SIGN_REQUEST, number::EXTENSION]),
        1 => any::<u8>(),
    ];
    let (blob, name) = (key.blob().to_vec(), b"session-bind@openssh.com".to_vec());
    // A certificate begins like this; what follows makes none.
    let nearly = [b"\0\0\0\x20ssh-ed25519-cert-v01@openssh.com\0\0\0\0".as_slice(), &blob].concat();
    let known = select(vec![blob, other.blob().to_vec(), nearly, name, Vec::new()]);
    let string = prop_oneof![4 => known, 1 => hostile::bytes(200)];
    let any = (number, vec(string, 0..6), hostile::bytes(8), proptest::option::of(any::<Index>()));
    let any = any.prop_map(|(number, strings, end, cut)| {
        let mut message = message_of(number, &strings, &end);
        if let Some(at) = cut {
            message.truncate(at.index(message.len() + 1));
        }
        message
    });
    let ours = key.blob().to_vec();
    let well_made = hostile::bytes(200).prop_map(move |data| message(number::SIGN_REQUEST, &[&ours, &data], &[0; 4]));
    let message = prop_oneof![4 => any, 1 => well_made];
    let signed = Cell::new(0);
    proptest!(hostile::config(1_000), |(messages in vec(message, 1..6))| {
        let mut connection = Connection { key: Arc::clone(&key), forwarded: false, control: None };
        for message in messages {
            let forwarded = connection.forwarded;
            let answer = connection.answer(&message);
            prop_assert!(is_designed(&answer, key.blob()), "{:?} to {:?}", answer, message);
            prop_assert!(!forwarded || connection.forwarded, "forwarding is forgotten");
            if answer[0] == number::SIGN_RESPONSE {
                let (asked, rest) = take(&message[1..]).expect("a key");
                prop_assert!(!forwarded && asked == key.blob(), "{:?}", message);
                let (data, _) = take(rest).expect("data");
                let (signature, _) = take(&answer[1..]).expect("a signature");
                let (_, signature) = take(signature).expect("an algorithm");
                let (signature, _) = take(signature).expect("a signature");
                let public = UnparsedPublicKey::new(&ED25519, &key.blob()[19..]);
                prop_assert!(public.verify(data, signature).is_ok());
                signed.set(signed.get() + 1);
            }
        }
    });
    assert!(signed.get() > 50, "it was asked to sign {signed:?} times");
}

#[tokio::test]
async fn who_is_slow_or_says_nothing_keeps_nobody_waiting() {
    let dir = tempfile::tempdir().expect("a directory");
    let key = Arc::new(UserKey::generate(KeyType::Ed25519).expect("a key"));
    let agent = Agent::start(dir.path(), Arc::clone(&key)).expect("an agent");
    let connect = || UnixStream::connect(agent.socket());
    let mut slow = Vec::new();
    for begin in [&[][..], &[0, 4], &[0, 4, 0, 0], &[0, 4, 0, 0, 13], &[0, 0, 0, 9, 11, 1]].repeat(20) {
        let mut stream = connect().await.expect("a connection");
        stream.write_all(begin).await.expect("written");
        slow.push(stream);
    }
    assert!(hold(dir.path()).await.is_some(), "it answers all the same");
    // Two messages at once are two, and half of one that never ends is none.
    let mut both = connect().await.expect("a connection");
    both.write_all(&[0, 0, 0, 1, 11, 0, 0, 0, 1, 11, 0, 0, 0]).await.expect("written");
    both.shutdown().await.expect("shut down");
    let mut answers = Vec::new();
    both.read_to_end(&mut answers).await.expect("answers");
    assert_eq!(answers.len(), 2 * (4 + 1 + 4 + 4 + key.blob().len() + 4 + COMMENT.len()));
    // They are there to be taken up again, byte by byte.
    let mut last = slow.swap_remove(2);
    last.write_all(&vec![0; 256 * 1024]).await.expect("written");
    let mut answer = [0; 5];
    last.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(answer, [0, 0, 0, 1, number::FAILURE]);
}

#[tokio::test]
async fn more_connections_than_it_serves_wait_their_turn() {
    let dir = tempfile::tempdir().expect("a directory");
    let key = Arc::new(UserKey::generate(KeyType::Ed25519).expect("a key"));
    let agent = Agent::start(dir.path(), key).expect("an agent");
    let mut open = Vec::new();
    for _ in 0..MOST {
        open.push(hold(dir.path()).await.expect("a connection that is served"));
    }
    let mut waits = UnixStream::connect(agent.socket()).await.expect("a connection");
    waits.write_all(&[0, 0, 0, 1, number::REQUEST_IDENTITIES]).await.expect("written");
    let (mut answer, pause) = ([0; 5], Duration::from_millis(100));
    assert!(tokio::time::timeout(pause, waits.read_exact(&mut answer)).await.is_err(), "it is not served yet");
    open.pop();
    waits.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(answer[4], number::IDENTITIES_ANSWER);
}

#[tokio::test]
async fn a_message_that_is_too_long_ends_the_connection() {
    let dir = tempfile::tempdir().expect("a directory");
    let key = Arc::new(UserKey::generate(KeyType::Ed25519).expect("a key"));
    let agent = Agent::start(dir.path(), key).expect("an agent");
    for length in [0, u32::MAX, 256 * 1024 + 1] {
        let mut stream = UnixStream::connect(agent.socket()).await.expect("a connection");
        stream.write_all(&length.to_be_bytes()).await.expect("written");
        assert_eq!(stream.read(&mut [0; 1]).await.expect("read"), 0, "{length}");
    }
    let socket = agent.socket().to_owned();
    drop(agent);
    assert!(!socket.try_exists().expect("looked"));
}
