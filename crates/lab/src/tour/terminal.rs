//! What the tour says: words on standard output, or on standard error when the other is for JSON; and what is
//! going on, on standard error.

use crate::experiments::Failure;
use std::fmt::Display;
use std::io::{self, BufRead, IsTerminal, Write};
use std::time::{Duration, Instant};

/// How often a line is written over, and how often a new one is written where that cannot be done.
const LIVE: Duration = Duration::from_millis(100);
const DEAD: Duration = Duration::from_secs(5);
/// A line that is written over must not be wider than the terminal.
const WIDTH: usize = 79;

/// Standard output, standard error and standard input, and what they are.
pub(super) struct Terminal {
    live: bool,
    words_on_stderr: bool,
    shown: Option<Instant>,
    closed: bool,
}

impl Terminal {
    /// The streams of this process; words go to standard error when standard output is for JSON.
    pub fn new(words_on_stderr: bool) -> Self {
        Self { live: io::stderr().is_terminal(), words_on_stderr, shown: None, closed: false }
    }

    /// Writes words.
    pub fn say(&mut self, words: impl Display) -> Result<(), Failure> {
        self.clear();
        if self.words_on_stderr {
            let _ = write!(io::stderr(), "{words}"); // nobody has to read these
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        let written = write!(stdout, "{words}").and_then(|()| stdout.flush());
        self.closed |= written.is_err();
        written.map_err(|error| format!("cannot write to standard output: {error}").into())
    }

    /// Writes a line to standard error. When even that is closed there is nobody left to tell.
    pub fn tell(&mut self, line: impl Display) {
        self.clear();
        let _ = writeln!(io::stderr(), "{line}");
    }

    /// Whether nobody reads standard output any more.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Shows what is going on, in place of what was shown before.
    pub fn now(&mut self, line: &str) {
        let pause = if self.live { LIVE } else { DEAD };
        if self.shown.is_some_and(|shown| shown.elapsed() < pause) {
            return;
        }
        self.shown = Some(Instant::now());
        let line: String = line.chars().take(WIDTH).collect();
        let _ = match self.live {
            true => write!(io::stderr(), "\r\x1b[2K{line}"),
            false => writeln!(io::stderr(), "{line}"),
        };
    }

    /// Waits for Enter. At the end of the input it goes on at once.
    pub fn wait(&mut self, next: &dyn Display) -> Result<(), Failure> {
        self.ask(&format!("[Enter: {next}] ")).map(drop)
    }

    /// Asks for a line; `None` at the end of the input.
    pub fn ask(&mut self, question: &str) -> Result<Option<String>, Failure> {
        self.say(question)?;
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line)?;
        if read == 0 || !io::stdin().is_terminal() {
            self.say("\n")?; // nobody typed the end of the line
        }
        Ok((read > 0).then(|| line.trim().to_owned()))
    }

    fn clear(&mut self) {
        if self.shown.take().is_some() && self.live {
            let _ = write!(io::stderr(), "\r\x1b[2K");
        }
    }
}
