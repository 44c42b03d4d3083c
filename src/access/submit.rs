//! Making a request, and remembering it.

use super::{Access, history, history::Entry};
use crate::{
    clock,
    ctx::Ctx,
    error::{Failure, Kind, Result},
    interrupt::Interrupt,
};
use p0_client::{Answer, Client};
use p0_wire::{command::Submitted, request::Outcome};

/// What the caller does once the request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterSubmit {
    /// Reports the state of the request.
    Report,
    /// Waits; the wait reports the outcome.
    Wait,
    /// Waits, and then connects to a machine.
    Connect,
}

/// Submits the request in these words (`request …`, `grant …`), adds it to the history, and reports what the `next` step does
/// not report.
pub async fn submit(
    ctx: &Ctx,
    client: &Client,
    interrupt: &mut Interrupt,
    verb: &str,
    words: &[String],
    next: AfterSubmit,
) -> Result<Access> {
    let answer = tokio::select! {
        answer = call(client, verb, words) => answer?,
        () = interrupt.pressed() => {
            return Err(Failure::new(Kind::Interrupted, "Interrupted before the service answered.")
                .hint("Whether the request was made, you see with: p0 requests --mine").into());
        }
    };
    let title = title(words);
    let preexisting = is_preexisting(ctx, client.org(), &answer);
    history::remember(ctx, &entry(client, verb, &title, &answer.value));
    tell(ctx, &title, &answer.value, preexisting, next);
    let Answer { document, value, .. } = answer;
    Ok(Access { id: value.id, request: value.request, document, preexisting })
}

/// Whether the access was there, or asked for, before this run. The answer to a repeated call says so of what the
/// first one did as well: that is this run's, unless it is remembered from an earlier one.
fn is_preexisting(ctx: &Ctx, org: &str, answer: &Answer<Submitted>) -> bool {
    let remembered = || match history::is_known(ctx, org, &answer.id) {
        Ok(known) => known,
        Err(failure) => {
            ctx.ui.warn(failure.message);
            // Access that is kept can still be given back.
            true
        }
    };
    answer.is_preexisting && (!answer.repeated || remembered())
}

async fn call(
    client: &Client,
    verb: &str,
    words: &[String],
) -> std::result::Result<Answer<Submitted>, p0_client::Error> {
    match verb {
        "grant" => client.grant(words).await,
        _ => client.request(words).await,
    }
}

fn entry(client: &Client, verb: &str, title: &str, submitted: &Submitted) -> Entry {
    let mut entry = Entry {
        service: None,
        holder: None,
        id: submitted.id.clone(),
        org: client.org().to_owned(),
        title: title.to_owned(),
        granted_to: (verb == "grant").then(|| submitted.request.principal.clone().unwrap_or_default()),
        standing: submitted.is_persistent,
        at: clock::now().as_millisecond(),
        status: submitted.request.status.clone(),
        expires_at: None,
    };
    entry.update(&submitted.request);
    entry
}

/// Reports the state of the request, in the words that scripts for the existing client match.
fn tell(ctx: &Ctx, title: &str, submitted: &Submitted, preexisting: bool, next: AfterSubmit) {
    let outcome = submitted.request.status.outcome();
    let held = outcome == Outcome::Approved;
    // An outcome that is a failure is told as one.
    if !held && outcome != Outcome::Undecided {
        return;
    }
    match (preexisting, held) {
        (true, true) if next == AfterSubmit::Connect => ctx.ui.say("Existing access found.  Connecting to instance."),
        (true, true) => ctx.ui.say("Existing access found."),
        (true, false) => ctx.ui.say(format!("{title} was requested before and is not decided yet.")),
        _ if submitted.is_persistent => ctx.ui.say("This is standing access."),
        _ if submitted.is_preapproved => ctx.ui.say("This access was approved in advance."),
        _ if next != AfterSubmit::Report => {}
        _ if submitted.message.is_empty() => ctx.ui.say(format!("Requested {title}.")),
        _ => ctx.ui.say(&submitted.message),
    }
}

/// What was asked for: the words up to the first option.
fn title(words: &[String]) -> String {
    let words: Vec<&str> = words.iter().map(String::as_str).take_while(|word| !word.starts_with('-')).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_title_is_what_was_asked_for_and_not_how() {
        let title = |line: &str| super::title(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(title("gcloud role viewer --reason x"), "gcloud role viewer");
        assert_eq!(title("--reason x gcloud"), "");
    }
}
