//! The output of the tour: text on standard output, or on standard error when standard output is
//! for JSON; progress on standard error.

use crate::experiments::Failure;
use std::fmt::Display;
use std::io::{self, BufRead, IsTerminal, Write};
use std::time::{Duration, Instant};

/// The interval of progress messages at a terminal, where each replaces the last, and in a file.
const TERMINAL_INTERVAL: Duration = Duration::from_millis(100);
const FILE_INTERVAL: Duration = Duration::from_secs(5);
/// The width of a progress message. One wider than the terminal could not be replaced.
const WIDTH: usize = 79;

/// The standard streams.
pub(super) struct Terminal {
    is_terminal: bool,
    text_on_stderr: bool,
    /// The time of the last progress message, until it is cleared.
    shown: Option<Instant>,
    is_closed: bool,
}

impl Terminal {
    /// Creates a terminal; text goes to standard error when standard output is for JSON.
    pub fn new(text_on_stderr: bool) -> Self {
        let is_terminal = io::stderr().is_terminal();
        Self { is_terminal, text_on_stderr, shown: None, is_closed: false }
    }

    /// Prints text.
    pub fn print(&mut self, text: impl Display) -> Result<(), Failure> {
        self.clear();
        if self.text_on_stderr {
            // Ignore errors: standard error may be closed.
            let _ = write!(io::stderr(), "{text}");
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        let written = write!(stdout, "{text}").and_then(|()| stdout.flush());
        self.is_closed |= written.is_err();
        written.map_err(|error| format!("cannot write to standard output: {error}").into())
    }

    /// Prints a line to standard error, if that is open.
    pub fn print_error(&mut self, line: impl Display) {
        self.clear();
        let _ = writeln!(io::stderr(), "{line}");
    }

    /// Returns true if standard output is closed.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Shows a progress message in place of the last, unless that is very recent.
    pub fn show_progress(&mut self, message: &str) {
        let interval = if self.is_terminal { TERMINAL_INTERVAL } else { FILE_INTERVAL };
        if self.shown.is_some_and(|shown| shown.elapsed() < interval) {
            return;
        }
        self.shown = Some(Instant::now());
        let message: String = message.chars().take(WIDTH).collect();
        let _ = if self.is_terminal {
            write!(io::stderr(), "\r\x1b[2K{message}")
        } else {
            writeln!(io::stderr(), "{message}")
        };
    }

    /// Waits for Enter, or the end of the input.
    pub fn wait(&mut self, next: &dyn Display) -> Result<(), Failure> {
        self.ask(&format!("[Enter: {next}] ")).map(drop)
    }

    /// Asks for a line; returns `None` at the end of the input.
    pub fn ask(&mut self, question: &str) -> Result<Option<String>, Failure> {
        self.print(question)?;
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line)?;
        if read == 0 || !io::stdin().is_terminal() {
            self.print("\n")?; // the input has no echo that ends the line
        }
        Ok((read > 0).then(|| line.trim().to_owned()))
    }

    fn clear(&mut self) {
        if self.shown.take().is_some() && self.is_terminal {
            let _ = write!(io::stderr(), "\r\x1b[2K");
        }
    }
}
