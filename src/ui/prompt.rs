//! Prompts, shown only where a person can answer.

use super::{
    Ui,
    clean::{clean, clean_line},
};
use crate::error::{Failure, Kind};
use dialoguer::{Confirm, theme::SimpleTheme};
#[cfg(unix)]
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;
use std::io;
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use tokio::sync::oneshot;

impl Ui {
    /// Tells the user what to do now. Without it they could not go on, so it is shown even when they want quiet.
    pub fn instruct(&self, line: impl AsRef<str>) {
        self.stderr(&clean(line.as_ref()));
    }

    /// Asks for a secret, which is not shown. Can be dropped while it waits, which restores the terminal. Only where
    /// [`Ui::may_prompt`].
    #[cfg(unix)]
    pub async fn secret(&self, prompt: &str) -> Result<SecretString, Failure> {
        let hidden = Hidden::start().map_err(|error| Failure::error(format!("Cannot ask: {error}")))?;
        let answer = self.answer(prompt).await;
        drop(hidden);
        answer.map(SecretString::from)
    }

    /// Asks for a secret, which is not shown. On Windows, it cannot be dropped while it waits.
    #[cfg(not(unix))]
    pub async fn secret(&self, prompt: &str) -> Result<SecretString, Failure> {
        dialoguer::Password::with_theme(&SimpleTheme)
            .with_prompt(self.symbols.adapt(&clean_line(prompt)))
            .interact()
            .map(SecretString::from)
            .map_err(|error| cannot_ask(&error))
    }

    /// Asks a question until it is answered, and can be dropped while it waits. Only where [`Ui::may_prompt`].
    pub async fn answer(&self, prompt: &str) -> Result<String, Failure> {
        loop {
            let line = self.line(&format!("{prompt}:")).await?;
            let answer = line.trim_end_matches(['\r', '\n']);
            if !answer.is_empty() {
                return Ok(answer.to_owned());
            }
        }
    }

    /// Asks for a yes or a no, of which one is the default. Only where [`Ui::may_prompt`].
    pub fn confirm(&self, prompt: &str, default: bool) -> Result<bool, Failure> {
        Confirm::with_theme(&SimpleTheme)
            .with_prompt(self.symbols.adapt(&clean_line(prompt)))
            .default(default)
            .interact()
            .map_err(|error| cannot_ask(&error))
    }

    /// Asks for a line, and can be dropped while it waits. Only where [`Ui::may_prompt`].
    pub async fn line(&self, prompt: &str) -> Result<String, Failure> {
        self.stderr(&clean_line(prompt));
        let line = read_line().await.map_err(|error| Failure::error(format!("Cannot ask: {error}")))?;
        if line.is_empty() {
            return Err(Failure::new(Kind::Interrupted, "There was no answer."));
        }
        Ok(line)
    }

    /// Asks a question to be answered with yes or no, no being the answer of who just presses return. Can be dropped
    /// while it waits. Only where [`Ui::may_prompt`].
    pub async fn agrees(&self, question: &str) -> Result<bool, Failure> {
        let answer = self.line(&format!("{question} [y/N]")).await?;
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }
}

fn cannot_ask(error: &dialoguer::Error) -> Failure {
    Failure::error(format!("Cannot ask: {error}"))
}

/// Reads a line on its own thread, which ends when the caller stops waiting.
async fn read_line() -> io::Result<String> {
    let (done, read) = oneshot::channel();
    #[cfg(unix)]
    let (_waiting, gone) = UnixStream::pair()?;
    let answer = move || {
        // A terminal becomes readable when the line is complete. If the caller has stopped waiting, the line is left for the
        // next reader.
        #[cfg(unix)]
        if !super::reader::wait_for(&io::stdin(), rustix::event::PollFlags::IN, &gone)? {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    };
    // The caller may have stopped waiting.
    std::thread::Builder::new().name("prompt".into()).spawn(move || drop(done.send(answer())))?;
    read.await.map_err(io::Error::other)?
}

/// For as long as it lives, the terminal does not show what is typed, except the end of a line.
#[cfg(unix)]
struct Hidden(Termios);

#[cfg(unix)]
impl Hidden {
    fn start() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        hidden.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(io::stdin(), OptionalActions::Flush, &hidden)?;
        Ok(Self(before))
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        if let Err(error) = tcsetattr(io::stdin(), OptionalActions::Now, &self.0) {
            tracing::debug!(%error, "the terminal still hides what is typed");
        }
    }
}
