//! Requests in a table, for `p0 requests` and `p0 status`.

use crate::ui::{table::Table, time};
use jiff::Timestamp;
use p0_wire::request::{Outcome, Request, Status};

/// One request, as a row needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub id: String,
    pub status: Status,
    /// It was withdrawn before anyone decided.
    pub withdrawn: bool,
    /// What was asked for.
    pub title: String,
    /// For whom, where that is worth a column.
    pub principal: Option<String>,
    /// When the access ends: milliseconds since the Unix epoch.
    pub expires_at: Option<i64>,
    /// When it was made: milliseconds since the Unix epoch.
    pub requested_at: i64,
}

/// The rows under headings. At a terminal times are relative, in a pipe RFC 3339.
pub fn table(rows: &[Row], now: Timestamp, terminal: bool) -> Table {
    let mut table = Table::new(["ID", "STATUS", "WHAT", "FOR", "REQUESTED", "ENDS"]);
    let when = |millis: Option<i64>| match millis.and_then(time::from_millis) {
        Some(at) if terminal => time::relative(now, at),
        Some(at) => time::rfc3339(at),
        None => String::new(),
    };
    for row in rows {
        let status = match terminal {
            true => word(&row.status, row.withdrawn),
            false => status(&row.status, row.withdrawn).to_owned(),
        };
        table.row([
            row.id.clone(),
            status,
            row.title.clone(),
            row.principal.clone().unwrap_or_default(),
            when(Some(row.requested_at)),
            when(row.expires_at),
        ]);
    }
    table
}

/// The status as the protocol spells it, which has no word of its own for what was withdrawn.
pub fn status(status: &Status, withdrawn: bool) -> &str {
    if withdrawn && *status == Status::Revoked { "WITHDRAWN" } else { status.as_str() }
}

/// The status of a request as people say it.
pub fn word_for(request: &Request) -> String {
    word(&request.status, request.withdrawn)
}

fn word(status: &Status, withdrawn: bool) -> String {
    match (status, status.outcome()) {
        (Status::Revoked, _) if withdrawn => "withdrawn".into(),
        (Status::Done | Status::DoneNotified, _) => "active".into(),
        (Status::PendingApproval, _) => "pending".into(),
        (Status::New, _) => "new".into(),
        (Status::Other(word), _) => word.to_lowercase(),
        (_, Outcome::Approved) => "approved".into(),
        (_, Outcome::Denied) => "denied".into(),
        (_, Outcome::Errored) => "failed".into(),
        (_, Outcome::Expired) => "expired".into(),
        (_, Outcome::Revoked) => "revoked".into(),
        (_, Outcome::Undecided) => "pending".into(),
    }
}
