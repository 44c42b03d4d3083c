//! Progress on stderr: one line that is redrawn at a terminal, a line per step elsewhere.

use super::{Ui, clean::clean_line, narrow::Narrow, time};
use crate::clock;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    fmt::Write,
    time::{Duration, Instant},
};

/// Shows what is waited for, for how long, and how long it may still take. Gone when dropped.
pub struct Progress {
    ui: Ui,
    bar: Option<ProgressBar>,
    shown: String,
}

impl Progress {
    /// Starts to show a wait that ends at the deadline.
    pub fn start(ui: &Ui, deadline: Option<Instant>) -> Self {
        let bar = ui.animated().then(|| {
            let started = clock::instant();
            let target = ProgressDrawTarget::term_like(Box::new(Narrow::stderr()));
            let bar = ProgressBar::with_draw_target(None, target);
            let style = ProgressStyle::with_template("{spinner} {wide_msg}  {clock}")
                .expect("the template is well formed")
                .with_key("clock", move |_: &indicatif::ProgressState, out: &mut dyn Write| {
                    // A clock that cannot be drawn is no reason to stop waiting.
                    let _ = out.write_str(&clock_text(started, deadline));
                });
            bar.set_style(style);
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Self { ui: ui.clone(), bar, shown: String::new() }
    }

    /// What is waited for now. Saying the same again shows nothing new.
    pub fn step(&mut self, text: &str) {
        let text = clean_line(text);
        if text == self.shown {
            return;
        }
        match &self.bar {
            Some(bar) => bar.set_message(text.clone()),
            None => self.ui.say(&text),
        }
        self.shown = text;
    }

    /// A line that stays, above the line that is redrawn.
    pub fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| self.ui.say(line)),
            None => self.ui.say(line),
        }
    }
}

fn clock_text(started: Instant, deadline: Option<Instant>) -> String {
    let now = clock::instant();
    let elapsed = time::length(now.saturating_duration_since(started));
    match deadline {
        Some(deadline) => format!("{elapsed} · {} left", time::length(deadline.saturating_duration_since(now))),
        None => elapsed,
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
