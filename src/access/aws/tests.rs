use super::*;

const ACCOUNT: &str = "111122223333";

#[test]
fn the_request_is_the_service_s_words() {
    let principal = Principal { account_id: ACCOUNT.into(), name: Name::PermissionSet("ReadOnly".into()) };
    let line = |reason| words(&principal, reason).join("|");
    assert_eq!(line(None), "aws|permission-set|ReadOnly|--account|111122223333");
    assert_eq!(line(Some("--all of it")), "aws|permission-set|ReadOnly|--account|111122223333|--reason=--all of it");
}

#[test]
fn pauses_grow_to_a_quarter_of_a_minute() {
    let seconds: Vec<u64> = pauses().take(6).map(|pause| pause.as_secs()).collect();
    assert_eq!(seconds, [1, 2, 4, 8, 15, 15]);
}
