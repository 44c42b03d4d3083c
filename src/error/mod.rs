//! What can go wrong, as the user sees it: a kind, which is the exit code; a message; and hints, each a thing to do.

mod api;

pub use api::{CHECK_NETWORK, hints_for_any_host, sentence};

use std::{fmt, process::ExitCode};

/// The kinds of ends, by exit code (docs/exit-codes.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An error; also access that has expired or was revoked.
    Error,
    /// The request was denied.
    Denied,
    /// No decision came before the deadline.
    Undecided,
    /// The words of the command are wrong.
    Usage,
    /// Not signed in, and no way to sign in here.
    NotSignedIn,
    /// The tool is there but cannot be run.
    ToolNotRunnable,
    /// The tool was not found.
    ToolNotFound,
    /// Interrupted by the user.
    Interrupted,
}

impl Kind {
    /// The process's exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Error => 1,
            Self::Denied => 2,
            Self::Undecided => 4,
            Self::Usage => 64,
            Self::NotSignedIn => 77,
            Self::ToolNotRunnable => 126,
            Self::ToolNotFound => 127,
            Self::Interrupted => 130,
        }
    }

    /// The word for it in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Denied => "denied",
            Self::Undecided => "undecided",
            Self::Usage => "usage",
            Self::NotSignedIn => "not-signed-in",
            Self::ToolNotRunnable => "tool-not-runnable",
            Self::ToolNotFound => "tool-not-found",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A designed error. The message says what happened; each hint is one thing to do about it.
#[derive(Debug)]
pub struct Failure {
    /// Its kind, and so the exit code.
    pub kind: Kind,
    /// What happened: one sentence, or the service's own text.
    pub message: String,
    /// What to do next, one thing a line.
    pub hints: Vec<String>,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new() }
    }

    /// A failure of the plain kind.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Kind::Error, message)
    }

    /// A failure to use the command as it is meant.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Adds a thing to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// How a command ended, when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Done,
    /// The outcome has been shown already; only the exit code is left to give.
    Code(u8),
}

impl End {
    /// Nothing reads stdout any more, and the outcome is not known: 128 and SIGPIPE, which is what shells report for a
    /// program that this signal ends. Success would mean that the access is usable.
    pub const CLOSED_PIPE: Self = Self::Code(141);
}

impl From<End> for ExitCode {
    fn from(end: End) -> Self {
        match end {
            End::Done => Self::SUCCESS,
            End::Code(code) => Self::from(code),
        }
    }
}

/// What a command gives back.
pub type Result<T = End> = anyhow::Result<T>;

/// The one place where an error of any origin becomes a failure with a kind and hints.
pub fn classify(error: anyhow::Error) -> Failure {
    match error.downcast::<Failure>() {
        Ok(failure) => failure,
        Err(error) => match error.downcast::<p0_client::Error>() {
            Ok(error) => api::failure(error),
            Err(error) => Failure::error(chain(&error)),
        },
    }
}

/// The error and its causes on one line.
fn chain(error: &anyhow::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        // Many errors repeat their cause in their own text.
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
    }
    parts.join(": ")
}
