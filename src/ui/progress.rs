//! Progress on stderr: one line that is redrawn at a terminal, a line per step elsewhere.

use super::{Ui, clean::clean_line, status_line::StatusLine};
use std::time::Instant;

/// Shows what is waited for, for how long, and how long it may still take. Gone when dropped.
pub struct Progress {
    ui: Ui,
    line: Option<StatusLine>,
    shown: String,
}

impl Progress {
    /// Starts to show a wait that ends at the deadline.
    pub fn start(ui: &Ui, deadline: Option<Instant>) -> Self {
        let line = ui.animated().then(|| StatusLine::start(ui.symbols(), deadline));
        Self { ui: ui.clone(), line, shown: String::new() }
    }

    /// What is waited for now. Saying the same again shows nothing new.
    pub fn step(&mut self, text: &str) {
        let text = clean_line(text);
        if text == self.shown {
            return;
        }
        match &self.line {
            Some(line) => line.set_message(&text),
            None => self.ui.say(&text),
        }
        self.shown = text;
    }

    /// A line that stays, above the line that is redrawn.
    pub fn say(&self, line: &str) {
        self.ui.say(line);
    }
}
