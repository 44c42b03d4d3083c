//! Waiting for a request, with progress, until its access is usable, it has another end, or time is up.

use super::{Access, history, outcome};
use crate::{
    clock,
    ctx::Ctx,
    error::Result,
    interrupt::Interrupt,
    ui::{progress::Progress, time},
};
use p0_client::{Client, Progress as News, Until, Wait};
use p0_wire::request::{Outcome, Status};
use std::time::Instant;

/// How many approvers a line of progress names.
const NAMED: usize = 3;

/// Waits, and lays what the service last said over what it said before.
pub async fn until_usable(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    access: &mut Access,
    deadline: Instant,
) -> Result<()> {
    let ended = |status: &Status| !matches!(status.outcome(), Outcome::Undecided | Outcome::Approved);
    if matches!(access.request.status, Status::Done | Status::DoneNotified) || ended(&access.request.status) {
        return Ok(());
    }
    let mut approved = false;
    let mut progress = Progress::start(&ctx.ui, Some(deadline));
    announce(&mut progress, &mut approved, &access.request.status);
    progress.step(&step(&access.request.status, &[]));
    let mut news = |news: News<'_>| {
        if let News::Heartbeat { status: Some(status), .. } = news {
            announce(&mut progress, &mut approved, status);
        }
        if let Some(text) = text(&news) {
            progress.step(&text);
        }
    };
    let wait = Wait { id: &access.id, first: access.document.clone(), until: Until::Usable, deadline: Some(deadline) };
    let followed = tokio::select! {
        followed = client.follow(wait, &mut news) => followed.map_err(|error| outcome::broken_off(&access.id, error))?,
        () = interrupt.pressed() => return Err(outcome::interrupted(&access.id).into()),
    };
    if let Some(request) = followed.request {
        access.request = request;
        access.document = followed.document;
    }
    announce(&mut progress, &mut approved, &access.request.status);
    drop(progress);
    history::update(ctx, client.org(), &access.id, &access.request);
    if followed.timed_out {
        return Err(outcome::undecided(&access.id, followed.lost.as_ref()).into());
    }
    if let Some(end) = usable_until(access) {
        ctx.ui.say(end);
    }
    Ok(())
}

/// Says once that the request was approved.
fn announce(progress: &mut Progress, approved: &mut bool, status: &Status) {
    if status.outcome() == Outcome::Approved && !*approved {
        *approved = true;
        progress.say("Your request was approved");
    }
}

/// `Usable until 15:30 (in 1h).`
fn usable_until(access: &Access) -> Option<String> {
    let end = time::from_millis(access.request.expiry_timestamp?)?;
    let now = clock::now();
    (access.request.status.outcome() == Outcome::Approved)
        .then(|| format!("Usable until {} ({}).", time::local(now, end), time::relative(now, end)))
}

/// The progress line for a piece of news.
fn text(news: &News<'_>) -> Option<String> {
    match news {
        News::Heartbeat { status: Some(status), approvers } => Some(step(status, approvers)),
        News::Lost { why, next_try } if next_try.is_zero() => {
            Some(format!("Connection lost ({why}); connecting again"))
        }
        News::Lost { why, next_try } => Some(format!("Connection lost ({why}); next try {}", time::soon(*next_try))),
        _ => None,
    }
}

fn step(status: &Status, approvers: &[String]) -> String {
    match status {
        Status::New => "Waiting for the request to be routed".into(),
        _ if status.outcome() == Outcome::Approved => "Waiting for access to be provisioned".into(),
        _ => match names(approvers) {
            Some(names) => format!("Waiting for approval by {names}"),
            None => "Waiting for approval".into(),
        },
    }
}

/// `a`, `a or b`, `a, b or c`, `a, b, c or 2 others`.
fn names(approvers: &[String]) -> Option<String> {
    let mut names: Vec<String> = approvers.iter().take(NAMED).cloned().collect();
    let others = approvers.len() - names.len();
    if others > 0 {
        names.push(format!("{others} other{}", if others == 1 { "" } else { "s" }));
    }
    let last = names.pop()?;
    Some(if names.is_empty() { last } else { format!("{} or {last}", names.join(", ")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_approvers_are_named() {
        let of = |n: usize| names(&["a", "b", "c", "d", "e"].map(str::to_owned)[..n]);
        assert_eq!(of(0), None);
        assert_eq!(of(1).as_deref(), Some("a"));
        assert_eq!(of(2).as_deref(), Some("a or b"));
        assert_eq!(of(3).as_deref(), Some("a, b or c"));
        assert_eq!(of(4).as_deref(), Some("a, b, c or 1 other"));
        assert_eq!(of(5).as_deref(), Some("a, b, c or 2 others"));
    }

    #[test]
    fn every_step_has_its_words() {
        assert_eq!(step(&Status::PendingApproval, &["a@example.com".into()]), "Waiting for approval by a@example.com");
        assert_eq!(step(&Status::Approved, &[]), "Waiting for access to be provisioned");
        assert_eq!(step(&Status::New, &[]), "Waiting for the request to be routed");
    }
}
