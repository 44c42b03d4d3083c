//! The bottom line of stderr's terminal, for `indicatif` to draw on.
//!
//! The cursor rests in the first column. There, the `^C` that the terminal echoes cannot wrap, and when a narrower window
//! breaks the line in two, erasing from the cursor on still removes all of it.

use console::Term;
use indicatif::TermLike;
use std::{
    io::{self, Write},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The columns that the line may fill. The last one stays free, because some terminals break a line that fills it.
pub(super) fn width() -> u16 {
    Term::stderr().size().1.saturating_sub(1).max(1)
}

/// A terminal of one line, which is redrawn only while this process is in the foreground.
#[derive(Debug, Default)]
pub(super) struct LineTerm(Mutex<Line>);

#[derive(Debug, Default)]
struct Line {
    /// What has been written since the last flush.
    text: String,
    is_drawn: bool,
}

impl LineTerm {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TermLike for LineTerm {
    fn width(&self) -> u16 {
        width()
    }

    /// Of several bars, `indicatif` draws as many as fit.
    fn height(&self) -> u16 {
        1
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.line().text.push_str(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.line().text.clear();
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let mut line = self.line();
        let text = std::mem::take(&mut line.text);
        // indicatif pads the line with spaces.
        let text = text.trim_end();
        let was_drawn = std::mem::replace(&mut line.is_drawn, !text.is_empty());
        if !in_foreground() {
            // What was drawn has scrolled away from the cursor, so it cannot be erased later.
            line.is_drawn = false;
            return Ok(());
        }
        if text.is_empty() && !was_drawn {
            return Ok(());
        }
        // First the text, then what it does not cover: the other way round would flicker. Lines do not wrap in between
        // (DECAWM), because a terminal is narrower for a moment before it tells so. One write, so that no echo comes
        // in between.
        let text = format!("\r\x1b[?7l{text}\x1b[J\x1b[?7h\r");
        let mut stderr = io::stderr().lock();
        // A terminal that is gone is no reason to stop waiting, and indicatif would panic.
        drop(stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush()));
        Ok(())
    }
}

/// Whether this process may draw: a job that draws from the background disturbs the shell's prompt or, after
/// `stty tostop`, is stopped.
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
