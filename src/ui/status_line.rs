//! The line at the bottom of stderr's terminal that is redrawn in place.
//!
//! It belongs to the process, as stderr does: whatever else is written to the terminal goes above it. The cursor stays in
//! its first column, so when a narrower window breaks the line in two, erasing from the cursor on still removes all of it.

use super::symbols::Symbols;
use crate::{clock, ui::time};
use console::{Term, measure_text_width, truncate_str};
use std::{
    io::{self, Write},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How often the line is redrawn.
const TICK: Duration = Duration::from_millis(100);
/// The width of a terminal that does not tell its own.
const UNKNOWN_WIDTH: usize = 80;
/// The time is left out where it would leave the message fewer columns than this.
const LEAST_MESSAGE: usize = 20;

static SCREEN: Mutex<Screen> = Mutex::new(Screen { waits: Vec::new(), last_id: 0, is_drawn: false });
static ENDED: Condvar = Condvar::new();

/// What the terminal shows. Of several waits, the last that began is drawn.
struct Screen {
    waits: Vec<Wait>,
    last_id: u64,
    is_drawn: bool,
}

struct Wait {
    id: u64,
    message: String,
    symbols: &'static Symbols,
    started: Instant,
    deadline: Option<Instant>,
}

/// A wait that the line shows until this is dropped.
#[derive(Debug)]
pub(super) struct StatusLine {
    id: u64,
}

impl StatusLine {
    /// Starts to show a wait that ends at the deadline.
    pub(super) fn start(symbols: &'static Symbols, deadline: Option<Instant>) -> Self {
        let mut screen = screen();
        screen.last_id += 1;
        let id = screen.last_id;
        screen.waits.push(Wait { id, message: String::new(), symbols, started: clock::instant(), deadline });
        // Without the thread, the line is still drawn at each step.
        drop(std::thread::Builder::new().name("status-line".into()).spawn(move || redraw(id)));
        Self { id }
    }

    /// Changes what is waited for.
    pub(super) fn set_message(&self, message: &str) {
        let mut screen = screen();
        if let Some(wait) = screen.waits.iter_mut().find(|wait| wait.id == self.id) {
            message.clone_into(&mut wait.message);
        }
        screen.draw();
    }
}

impl Drop for StatusLine {
    fn drop(&mut self) {
        let mut screen = screen();
        screen.erase();
        screen.waits.retain(|wait| wait.id != self.id);
        screen.draw();
        ENDED.notify_all();
    }
}

/// Writes to a terminal while the line is out of the way.
pub(super) fn above<T>(write: impl FnOnce() -> T) -> T {
    let mut screen = screen();
    screen.erase();
    let written = write();
    screen.draw();
    written
}

/// Redraws the line until the wait is over.
fn redraw(id: u64) {
    let mut screen = screen();
    while screen.waits.iter().any(|wait| wait.id == id) {
        if screen.waits.last().is_some_and(|wait| wait.id == id) {
            screen.draw();
        }
        screen = ENDED.wait_timeout(screen, TICK).unwrap_or_else(PoisonError::into_inner).0;
    }
}

fn screen() -> MutexGuard<'static, Screen> {
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Screen {
    /// Draws the line, unless the terminal belongs to another job now.
    fn draw(&mut self) {
        let Some(wait) = self.waits.last() else { return };
        if !in_foreground() {
            // What was drawn has scrolled away from the cursor, so it cannot be erased later.
            self.is_drawn = false;
            return;
        }
        let width = Term::stderr().size_checked().map_or(UNKNOWN_WIDTH, |(_, columns)| columns.into());
        // First the text, then what it does not cover: the other way round would flicker. Lines do not wrap in between
        // (DECAWM), because a terminal is narrower for a moment before it tells so.
        write(&format!("\r\x1b[?7l{}\x1b[J\x1b[?7h\r", wait.line(clock::instant(), width)));
        self.is_drawn = true;
    }

    fn erase(&mut self) {
        if std::mem::take(&mut self.is_drawn) && in_foreground() {
            write("\r\x1b[J");
        }
    }
}

fn write(text: &str) {
    let mut stderr = io::stderr().lock();
    // A terminal that is gone is no reason to stop waiting.
    drop(stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()));
}

/// Whether this process may draw: the shell takes the terminal away from a job in the background, and a job that draws
/// there all the same disturbs the prompt or, after `stty tostop`, is stopped.
#[cfg(unix)]
fn in_foreground() -> bool {
    use rustix::{process::getpgrp, termios::tcgetpgrp};
    // This fails where stderr is not the controlling terminal. Then there is no job control either.
    tcgetpgrp(io::stderr()).map_or(true, |group| group == getpgrp())
}

/// Windows has no job control.
#[cfg(not(unix))]
fn in_foreground() -> bool {
    true
}

impl Wait {
    fn line(&self, now: Instant, width: usize) -> String {
        let elapsed = now.saturating_duration_since(self.started);
        let frame = (elapsed.as_millis() / TICK.as_millis()) as usize % self.symbols.spinner.len();
        let spinner = self.symbols.spinner[frame];
        let elapsed = time::length(elapsed);
        let times = match self.deadline {
            Some(deadline) => {
                let left = format!("{} left", time::length(deadline.saturating_duration_since(now)));
                vec![format!("{elapsed}{}{left}", self.symbols.separator), left]
            }
            None => vec![elapsed],
        };
        layout(spinner, &self.message, &times, width, self.symbols.ellipsis)
    }
}

/// The line for a terminal of this width: the first of the times that leaves the message enough room, and as much of the
/// message as fits. The last column stays free, because some terminals break a line that fills it.
fn layout(spinner: &str, message: &str, times: &[String], width: usize, ellipsis: &str) -> String {
    let room = width.saturating_sub(1).saturating_sub(measure_text_width(spinner) + 1);
    if room == 0 || message.is_empty() {
        return spinner.to_owned();
    }
    let least = measure_text_width(message).min(LEAST_MESSAGE);
    let suffix = times.iter().map(|time| format!("  {time}")).find(|time| measure_text_width(time) + least <= room);
    let suffix = suffix.unwrap_or_default();
    let message = shorten(message, room - measure_text_width(&suffix), ellipsis);
    format!("{spinner} {message}{suffix}")
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
        layout("*", message, &["3s, 9m 57s left".into(), "9m 57s left".into()], width, "...")
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
