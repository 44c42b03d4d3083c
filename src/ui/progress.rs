//! Progress on stderr: one line that is redrawn at a terminal, a line per step elsewhere.

use super::{
    Ui,
    clean::clean_line,
    line_term::{self, LineTerm},
    symbols::Symbols,
    time,
};
use crate::clock;
use console::{measure_text_width, truncate_str};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::{
    fmt::Write,
    sync::OnceLock,
    time::{Duration, Instant},
};

/// How often the line is redrawn.
const TICK: Duration = Duration::from_millis(100);
/// The times are left out where they would leave the message fewer columns than this.
const LEAST_MESSAGE: usize = 20;

/// All bars of the process. The terminal has one line for them, which shows the first.
static BARS: OnceLock<MultiProgress> = OnceLock::new();

/// Shows what is waited for, for how long, and how long it may still take. Gone when dropped.
pub struct Progress {
    ui: Ui,
    bar: Option<ProgressBar>,
    started: Instant,
    deadline: Option<Instant>,
    shown: String,
}

impl Progress {
    /// Starts to show a wait that ends at the deadline.
    pub fn start(ui: &Ui, deadline: Option<Instant>) -> Self {
        let started = clock::instant();
        let bar = ui.animated().then(|| {
            let bars = BARS.get_or_init(|| {
                MultiProgress::with_draw_target(ProgressDrawTarget::term_like(Box::new(LineTerm::default())))
            });
            let bar = bars.insert(0, ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()));
            bar.set_style(style(ui.symbols(), String::new(), started, deadline));
            bar.enable_steady_tick(TICK);
            bar
        });
        Self { ui: ui.clone(), bar, started, deadline, shown: String::new() }
    }

    /// What is waited for now. Saying the same again shows nothing new.
    pub fn step(&mut self, text: &str) {
        let text = clean_line(text);
        if text == self.shown {
            return;
        }
        match &self.bar {
            Some(bar) => {
                bar.set_style(style(self.ui.symbols(), text.clone(), self.started, self.deadline));
                bar.force_draw();
            }
            None => self.ui.say(&text),
        }
        self.shown = text;
    }

    /// A line that stays, above the line that is redrawn.
    pub fn say(&self, line: &str) {
        self.ui.say(line);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Writes to a terminal while the line is out of the way.
pub(super) fn above<T>(write: impl FnOnce() -> T) -> T {
    match BARS.get() {
        Some(bars) => bars.suspend(write),
        None => write(),
    }
}

fn style(symbols: &'static Symbols, message: String, started: Instant, deadline: Option<Instant>) -> ProgressStyle {
    // One key for message and times: indicatif fits the message into the space that the times leave, but it never drops
    // the times.
    let status = move |_: &ProgressState, out: &mut dyn Write| {
        let times = times(symbols, started, clock::instant(), deadline);
        let columns = usize::from(line_term::width()).saturating_sub(1);
        // Writing to a string in memory cannot fail.
        let _ = out.write_str(&fit(&message, &times, columns, symbols.ellipsis));
    };
    // The last frame is the one of a finished bar, which is cleared instead.
    let frames = [symbols.spinner, &[" "]].concat();
    ProgressStyle::with_template("{spinner}{status}")
        .expect("the template is well formed")
        .tick_strings(&frames)
        .with_key("status", status)
}

/// The times of a wait, in full and shortened.
fn times(symbols: &Symbols, started: Instant, now: Instant, deadline: Option<Instant>) -> Vec<String> {
    let elapsed = time::length(now.saturating_duration_since(started));
    match deadline {
        Some(deadline) => {
            let left = format!("{} left", time::length(deadline.saturating_duration_since(now)));
            vec![format!("{elapsed}{}{left}", symbols.separator), left]
        }
        None => vec![elapsed],
    }
}

/// What follows the spinner in this many columns: the first of the times that leaves the message enough room, and as
/// much of the message as fits.
fn fit(message: &str, times: &[String], columns: usize, ellipsis: &str) -> String {
    let room = columns.saturating_sub(1);
    if room == 0 || message.is_empty() {
        return String::new();
    }
    let least = measure_text_width(message).min(LEAST_MESSAGE);
    let suffix = times.iter().map(|time| format!("  {time}")).find(|time| measure_text_width(time) + least <= room);
    let suffix = suffix.unwrap_or_default();
    let message = shorten(message, room - measure_text_width(&suffix), ellipsis);
    format!(" {message}{suffix}")
}

/// Cuts the text to this many columns. Where hardly anything else would fit, no mark shows the cut.
fn shorten(text: &str, columns: usize, ellipsis: &str) -> String {
    let mark = if measure_text_width(ellipsis) * 3 <= columns { ellipsis } else { "" };
    truncate_str(text, columns, mark).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "Waiting for approval by owner@example.com";

    fn line(message: &str, width: usize) -> String {
        let times = ["3s, 9m 57s left".into(), "9m 57s left".into()];
        // The spinner takes one column, and the last one stays free.
        format!("*{}", fit(message, &times, width.saturating_sub(2), "..."))
    }

    #[test]
    fn a_wide_terminal_shows_message_and_times() {
        assert_eq!(line(MESSAGE, 80), format!("* {MESSAGE}  3s, 9m 57s left"));
    }

    #[test]
    fn a_narrow_terminal_shortens_the_times_before_the_message() {
        assert_eq!(line(MESSAGE, 40), "* Waiting for appro...  3s, 9m 57s left");
        assert_eq!(line(MESSAGE, 36), "* Waiting for appro...  9m 57s left");
        assert_eq!(line(MESSAGE, 30), "* Waiting for approval by ...");
        assert_eq!(line(MESSAGE, 20), "* Waiting for ap...");
        assert_eq!(line(MESSAGE, 8), "* Waiti");
        assert_eq!(line("Short", 21), "* Short  9m 57s left");
    }

    #[test]
    fn no_width_panics_or_overflows_and_each_shows_the_message() {
        for message in [MESSAGE, "x", "日本語の承認を待っています", "e\u{301}e\u{301}e\u{301}", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦"]
        {
            for width in 0..=200 {
                let line = line(message, width);
                assert!(measure_text_width(&line) < width.max(2), "{width}: {line}");
                let start = message.chars().next().expect("a character");
                assert!(width < 5 || line.contains(start), "{width}: {line}");
            }
        }
    }

    #[test]
    fn a_wait_without_a_message_shows_the_spinner() {
        assert_eq!(line("", 80), "*");
    }
}
