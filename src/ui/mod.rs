//! The only code that prints. Data goes to stdout, messages to stderr.

pub mod clean;
mod line_term;
pub mod log;
pub mod progress;
pub mod prompt;
mod reader;
mod symbols;
pub mod table;
pub mod time;

use crate::{
    env_vars::EnvVars,
    error::Failure,
    global_args::{ColorChoice, GlobalArgs},
};
use clean::clean;
use console::{Style, Term};
use serde_json::json;
use std::{
    fs::File,
    io::{self, IsTerminal, Write},
    sync::Arc,
};
use symbols::Symbols;

/// The streams of this process, and what may be done with each.
#[derive(Debug, Clone)]
pub struct Ui {
    /// stdout is one JSON document, or one a line.
    pub json: bool,
    quiet: bool,
    no_input: bool,
    color: bool,
    dumb: bool,
    symbols: &'static Symbols,
    stdin_terminal: bool,
    stdout_terminal: bool,
    stderr_terminal: bool,
    /// The terminal to which messages go instead of stderr.
    terminal: Option<Arc<File>>,
}

impl Ui {
    /// The streams as the flags and the environment want them used.
    pub fn new(flags: &GlobalArgs, env: &EnvVars) -> Self {
        let stderr_terminal = io::stderr().is_terminal();
        Self {
            json: flags.json,
            quiet: flags.quiet,
            no_input: flags.no_input,
            color: match flags.color {
                ColorChoice::Always => understands_styles() || !stderr_terminal,
                ColorChoice::Never => false,
                ColorChoice::Auto => stderr_terminal && !env.no_color && !env.dumb_terminal && understands_styles(),
            },
            dumb: env.dumb_terminal,
            symbols: Symbols::choose(env),
            stdin_terminal: io::stdin().is_terminal(),
            stdout_terminal: io::stdout().is_terminal(),
            stderr_terminal,
            terminal: None,
        }
    }

    /// The same streams, used as a nested command's flags want them.
    #[cfg(feature = "serve")]
    #[must_use]
    pub fn with_flags(&self, flags: &GlobalArgs, env: &EnvVars) -> Self {
        let inner = Self::new(flags, env);
        Self {
            json: self.json || inner.json,
            quiet: self.quiet || inner.quiet,
            no_input: self.no_input || inner.no_input,
            color: if flags.color == ColorChoice::Auto { self.color } else { inner.color },
            ..inner
        }
    }

    /// The same streams, without prompts.
    #[must_use]
    pub fn without_input(&self) -> Self {
        Self { no_input: true, ..self.clone() }
    }

    /// Whether p0 may prompt: a person can answer, and allows it.
    pub fn may_prompt(&self) -> bool {
        self.stdin_terminal && self.stderr_terminal && !self.no_input && !self.json
    }

    /// These streams for a command whose stderr another program captures: messages go to the terminal, if there is one.
    /// Failures still go to stderr.
    #[must_use]
    pub fn behind_a_program(&self) -> Self {
        #[cfg(unix)]
        if !self.stderr_terminal {
            let terminal = File::options().read(true).write(true).open("/dev/tty");
            return Self { terminal: terminal.ok().map(Arc::new), ..self.clone() };
        }
        self.clone()
    }

    /// Whether a person sees instructions, such as an address to open in a browser.
    pub fn may_instruct(&self) -> bool {
        (self.terminal.is_some() || self.may_prompt()) && !self.no_input
    }

    /// Whether the user forbids prompts.
    pub fn no_input(&self) -> bool {
        self.no_input
    }

    /// Whether progress can be drawn.
    pub fn animated(&self) -> bool {
        self.stderr_terminal && !self.quiet && !self.dumb && understands_styles()
    }

    /// The symbols that the terminal can show.
    pub fn symbols(&self) -> &'static Symbols {
        self.symbols
    }

    /// Whether a person reads stdout.
    pub fn stdout_is_terminal(&self) -> bool {
        self.stdout_terminal
    }

    /// Prints a message, unless `--quiet` is set. Control characters are removed.
    pub fn say(&self, line: impl AsRef<str>) {
        if !self.quiet {
            self.stderr(&clean(line.as_ref()));
        }
    }

    /// Prints a warning, even with `--quiet`.
    pub fn warn(&self, line: impl AsRef<str>) {
        let line = clean(line.as_ref());
        self.stderr(&format!("{} {line}", self.style(Style::new().yellow().bold()).apply_to("Warning:")));
    }

    /// Prints a line of a tool that is running. The tool may have put the terminal into raw mode, in which a new line needs a
    /// carriage return.
    pub fn relay(&self, line: impl AsRef<str>) {
        let end = if self.stderr_terminal { "\r" } else { "" };
        self.write_line(&format!("{}{end}", clean(line.as_ref())));
    }

    /// A style, if colour is wanted on stderr.
    pub fn style(&self, style: Style) -> Style {
        style.for_stderr().force_styling(self.color)
    }

    fn stderr(&self, message: &str) {
        self.write_line(&self.symbols.adapt(message));
    }

    fn write_line(&self, line: &str) {
        // If stderr is closed, the error cannot be reported anywhere.
        drop(progress::above(|| match &self.terminal {
            Some(terminal) => writeln!(terminal.as_ref(), "{line}"),
            None => writeln!(io::stderr().lock(), "{line}"),
        }));
    }

    /// A line of data. Text from outside is cleaned.
    pub fn data(&self, line: impl AsRef<str>) -> io::Result<()> {
        write(format!("{}\n", clean(line.as_ref())).as_bytes())
    }

    /// A line of data with a name in front, such as `Status       active`.
    pub fn field(&self, name: &str, text: &str) -> io::Result<()> {
        self.data(format!("{name:<14}{}", clean::clean_line(text)))
    }

    /// Bytes of our own making, such as a completion script, as they stand.
    pub fn raw(&self, bytes: &[u8]) -> io::Result<()> {
        write(bytes)
    }

    /// A document on stdout: laid out for a person, on one line for a program.
    pub fn document(&self, document: &impl serde::Serialize) -> io::Result<()> {
        let text = match self.stdout_terminal {
            true => serde_json::to_string_pretty(document)?,
            false => serde_json::to_string(document)?,
        };
        write(format!("{}\n", clean::clean_json(&text)).as_bytes())
    }

    /// A document on a line of its own, one of many.
    pub fn document_line(&self, document: &impl serde::Serialize) -> io::Result<()> {
        write(format!("{}\n", clean::clean_json(&serde_json::to_string(document)?)).as_bytes())
    }

    /// A table on stdout: aligned at a terminal, tab-separated elsewhere.
    pub fn table(&self, table: &table::Table) -> io::Result<()> {
        let text = if self.stdout_terminal {
            let size = Term::stdout().size_checked();
            table.aligned(size.map_or(usize::MAX, |(_, columns)| columns.into()))
        } else {
            table.tab_separated()
        };
        self.raw(text.as_bytes())
    }

    /// The end of a command that failed: on stderr, and with `--json` a document on stdout.
    pub fn failure(&self, failure: &Failure) {
        if self.json {
            let document = json!({
                "error": failure.message,
                "kind": failure.kind.as_str(),
                "exitCode": failure.kind.code(),
                "hints": failure.hints,
            });
            match self.document(&document) {
                // Where stdout cannot be written to, stderr is the only place left for the error.
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {}
                _ => return,
            }
        }
        let message = clean(failure.message.trim_end());
        // Services return help as an error of several lines. It is printed as it is.
        if message.contains('\n') {
            self.stderr(&message);
        } else {
            let label = self.style(Style::new().red().bold()).apply_to("Error:");
            self.stderr(&format!("{label} {message}"));
        }
        for hint in &failure.hints {
            self.stderr(&format!("  {}", clean(hint)));
        }
    }
}

/// Whether the terminal understands the sequences for colours: on Windows its console has to be told to, and old ones
/// cannot (<https://learn.microsoft.com/windows/console/console-virtual-terminal-sequences>).
#[cfg(windows)]
fn understands_styles() -> bool {
    console::Term::stderr().features().colors_supported()
}

#[cfg(not(windows))]
fn understands_styles() -> bool {
    true
}

fn write(bytes: &[u8]) -> io::Result<()> {
    let written = progress::above(|| {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes).and_then(|()| stdout.flush())
    });
    written.map_err(cannot_write)
}

/// An error of stdout, which says so and keeps its kind.
pub fn cannot_write(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("Cannot write to stdout: {error}"))
}
