//! A real terminal: a program sees a tty, the test sees what a person would.

use crate::{Invocation, LIMIT, Output, process::Process, watch::Watch};
use pty_process::{Size, blocking::Pty};
use std::{
    io::{Read, Write},
    num::NonZero,
    process::Stdio,
    sync::Arc,
    thread,
    time::Duration,
};

/// A key that is not a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Interrupt: the terminal sends SIGINT to the foreground group.
    CtrlC,
    /// End of input.
    CtrlD,
    /// Return.
    Enter,
    /// Cursor up.
    Up,
    /// Cursor down.
    Down,
    /// Escape.
    Escape,
    /// Delete to the left.
    Backspace,
    /// Completion.
    Tab,
}

impl Key {
    const fn bytes(self) -> &'static [u8] {
        match self {
            Self::CtrlC => b"\x03",
            Self::CtrlD => b"\x04",
            Self::Enter => b"\r",
            Self::Up => b"\x1b[A",
            Self::Down => b"\x1b[B",
            Self::Escape => b"\x1b",
            Self::Backspace => b"\x7f",
            Self::Tab => b"\t",
        }
    }
}

/// What has been written to the terminal.
struct Shown {
    parser: vt100::Parser,
    raw: Vec<u8>,
    ended: bool,
}

/// A program in a terminal of its own, as the leader of its session. Dropping it kills it with its group.
pub struct Terminal {
    name: String,
    pty: Arc<Pty>,
    process: Process,
    shown: Arc<Watch<Shown>>,
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terminal").field("name", &self.name).field("screen", &self.screen()).finish_non_exhaustive()
    }
}

impl Invocation {
    /// Starts it in a terminal of 24 rows and 80 columns.
    #[track_caller]
    pub fn terminal(self) -> Terminal {
        Terminal::start(self, 24, 80, false)
    }

    /// Starts it in a terminal of this size.
    #[track_caller]
    pub fn terminal_of(self, rows: u16, columns: u16) -> Terminal {
        Terminal::start(self, rows, columns, false)
    }

    /// Starts it in a terminal, but with its stdout in a pipe, as in `p0 ls … | cat`.
    #[track_caller]
    pub fn terminal_piped(self) -> Terminal {
        Terminal::start(self, 24, 80, true)
    }
}

impl Terminal {
    #[track_caller]
    fn start(invocation: Invocation, rows: u16, columns: u16, piped: bool) -> Self {
        let mut command = invocation.command;
        if !command.get_envs().any(|(name, _)| name == "TERM") {
            command.env("TERM", "xterm-256color");
        }
        let name = format!("{:?}", command.get_program());
        let (pty, pts) = pty_process::blocking::open().expect("a pseudo-terminal");
        pty.resize(Size::new(rows, columns)).expect("the terminal's size");
        let command = pty_process::blocking::Command::from(command);
        let command = if piped { command.stdout(Stdio::piped()) } else { command };
        let child = command.spawn(pts).unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        let pty = Arc::new(pty);
        let parser = vt100::Parser::new(cells(rows), cells(columns), 1000);
        let shown = Arc::new(Watch::new(Shown { parser, raw: Vec::new(), ended: false }));
        let (from, to) = (Arc::clone(&pty), Arc::clone(&shown));
        thread::spawn(move || {
            let mut piece = [0; 8192];
            // Reading fails once no process has the terminal open. Linux can report that before it has delivered the last
            // output (n_tty_read looks for input, then whether the other side is closed), so the end is the second failure.
            let mut failed = false;
            loop {
                let n = match (&*from).read(&mut piece) {
                    Ok(n @ 1..) => n,
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                    Ok(0) | Err(_) if failed => break,
                    Ok(0) | Err(_) => {
                        failed = true;
                        continue;
                    }
                };
                to.update(|shown| {
                    shown.parser.process(&piece[..n]);
                    shown.raw.extend_from_slice(&piece[..n]);
                });
            }
            to.update(|shown| shown.ended = true);
        });
        Self { name, pty, process: Process::adopt(child), shown }
    }

    /// The text on the screen, without trailing blanks.
    pub fn screen(&self) -> String {
        self.shown.lock().parser.screen().contents()
    }

    /// Every byte that was written to the terminal, control sequences included.
    pub fn raw(&self) -> Vec<u8> {
        self.shown.lock().raw.clone()
    }

    /// Waits until this is on the screen, and returns all of that.
    #[track_caller]
    pub fn wait_for(&self, text: &str) -> String {
        let screen = self.shown.wait(LIMIT, |shown| {
            let screen = shown.parser.screen().contents();
            if screen.contains(text) { Some(Some(screen)) } else { shown.ended.then_some(None) }
        });
        match screen.flatten() {
            Some(screen) => screen,
            None => panic!("{text:?} did not come on the screen of {}\n--- screen\n{}\n---", self.name, self.screen()),
        }
    }

    /// Waits until these characters have been written, control sequences included.
    #[track_caller]
    pub fn wait_for_raw(&self, text: &str) {
        let has = |raw: &[u8]| raw.windows(text.len()).any(|piece| piece == text.as_bytes());
        let written = self.shown.wait(LIMIT, |shown| has(&shown.raw).then_some(()));
        assert!(written.is_some(), "{text:?} was not written by {}: {:?}", self.name, self.screen());
    }

    /// Waits until this is no longer on the screen.
    #[track_caller]
    pub fn wait_gone(&self, text: &str) {
        let gone = self.shown.wait(LIMIT, |shown| (!shown.parser.screen().contents().contains(text)).then_some(()));
        assert!(gone.is_some(), "{text:?} stays on the screen of {}\n--- screen\n{}\n---", self.name, self.screen());
    }

    /// Waits until what is typed is no longer shown. A program asks for a secret a moment before it is ready for one.
    #[track_caller]
    pub fn wait_for_hidden_input(&self) {
        let shows = || {
            let modes = rustix::termios::tcgetattr(&*self.pty).expect("the terminal's modes").local_modes;
            modes.contains(rustix::termios::LocalModes::ECHO)
        };
        let moment = Watch::new(());
        let tries = LIMIT.as_millis() / 10;
        let hidden = (0..tries).any(|_| !shows() || moment.wait(Duration::from_millis(10), |()| None::<()>).is_some());
        assert!(hidden, "{} shows what is typed\n--- screen\n{}\n---", self.name, self.screen());
    }

    /// Types text.
    pub fn type_text(&self, text: &str) {
        (&*self.pty).write_all(text.as_bytes()).expect("a terminal that takes input");
    }

    /// Presses a key.
    pub fn press(&self, key: Key) {
        (&*self.pty).write_all(key.bytes()).expect("a terminal that takes input");
    }

    /// Changes the window's size; the foreground group is told (SIGWINCH).
    pub fn resize(&self, rows: u16, columns: u16) {
        self.shown.update(|shown| shown.parser.screen_mut().set_size(cells(rows), cells(columns)));
        self.pty.resize(Size::new(rows, columns)).expect("the terminal's size");
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Waits for the end. The screen counts as looked at; a piped stdout does not.
    #[track_caller]
    pub fn finish(self) -> Output {
        let Some((status, left)) = self.process.wait(LIMIT) else {
            panic!("{} did not end\n--- screen\n{}\n---", self.name, self.screen());
        };
        self.shown.wait(LIMIT, |shown| shown.ended.then_some(()));
        let stdout = self.process.state.update(|state| std::mem::take(&mut state.stdout));
        Output::new(format!("{} in a terminal", self.name), status, stdout, self.raw(), left).ignore_stderr()
    }
}

fn cells(number: u16) -> NonZero<u16> {
    NonZero::new(number).expect("a terminal that is not empty")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TestEnv;

    #[test]
    fn a_program_sees_a_terminal_and_its_size() {
        let env = TestEnv::new("p0");
        let terminal = env.run("sh").args(["-c", "tty; stty size; read x; stty size; echo got $x"]).terminal_of(10, 60);
        terminal.wait_for("10 60");
        assert!(terminal.screen().contains("/dev/pts/"));
        terminal.resize(20, 50);
        terminal.type_text("it");
        terminal.press(Key::Enter);
        terminal.wait_for("20 50");
        terminal.wait_for("got it");
        terminal.finish().success();
    }

    #[test]
    fn ctrl_c_reaches_the_foreground() {
        let env = TestEnv::new("p0");
        let script = "trap 'echo interrupted; exit 130' INT; echo ready; while :; do sleep 0.05; done";
        let terminal = env.run("sh").args(["-c", script]).terminal();
        terminal.wait_for("ready");
        terminal.press(Key::CtrlC);
        terminal.wait_for("interrupted");
        terminal.finish().code(130);
    }

    #[test]
    fn stdout_can_be_a_pipe() {
        let env = TestEnv::new("p0");
        let script = "[ -t 0 ] && [ ! -t 1 ] && [ -t 2 ] && echo data && echo talk >&2";
        let terminal = env.run("sh").args(["-c", script]).terminal_piped();
        terminal.wait_for("talk");
        terminal.finish().success().stdout_is("data\n");
    }
}
