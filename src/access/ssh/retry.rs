//! Waiting for a grant to reach everything: how long, how often, and what the user sees of it.

use crate::{
    clock,
    ctx::Ctx,
    error::Failure,
    integrations::ssh::words::{self, QUOTED},
    ui::{progress::Progress, time},
};
use std::time::{Duration, Instant};

/// The first pause between two tries; each further one is half as long again.
const FIRST: Duration = Duration::from_millis(500);
const MOST: Duration = Duration::from_secs(5);

/// What is left of a provider's window.
pub(super) struct RetryWindow<'a> {
    ctx: &'a Ctx,
    window: Duration,
    end: Option<Instant>,
    pause: Duration,
    told: Option<&'static str>,
}

impl<'a> RetryWindow<'a> {
    /// For a window that begins with the first wait.
    pub(super) fn new(ctx: &'a Ctx, window: Duration) -> Self {
        Self { ctx, window, end: None, pause: FIRST, told: None }
    }

    /// Waits for a while, and shows for what; `false` where the window is over.
    pub(super) async fn wait(&mut self, waiting_for: &'static str) -> bool {
        let now = clock::instant();
        let end = *self.end.get_or_insert(now + self.window);
        if now + self.pause > end {
            return false;
        }
        let text = format!("Waiting for {waiting_for}");
        // A line that is drawn must be gone when `ssh` has the terminal; one that stays is said once.
        let drawn = self.ctx.ui.animated().then(|| {
            let mut progress = Progress::start(&self.ctx.ui, Some(end));
            progress.step(&text);
            progress
        });
        if drawn.is_none() && self.told.replace(waiting_for) != Some(waiting_for) {
            self.ctx.ui.say(text);
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 3 / 2).min(MOST);
        true
    }

    /// That it is over: what was waited for, the last that was heard, and what may be wrong.
    pub(super) fn over(&self, waiting_for: &str, said: &str, hints: Vec<String>) -> Failure {
        let last = words::last(said).unwrap_or("nothing was said");
        let last: String = last.chars().take(QUOTED).collect();
        let window = time::length(self.window);
        let over = Failure::error(format!("Waited {window} for {waiting_for}, in vain. The last answer was: {last}"))
            .hint("The access is there: try again in a while.");
        hints.into_iter().fold(over, Failure::hint)
    }
}
