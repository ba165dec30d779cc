//! The server under test: a command that starts it.

use crate::server::{Exit, PATIENCE, Server};
use contract::Stop;
use std::time::{Duration, Instant};

/// The placeholder for a port in a command, for servers without `--listen`.
pub const PORT: &str = "{port}";

/// A server under test.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The stage that it is graded as.
    pub stage: u8,
    /// The program and its arguments. An argument with `{port}` gets a free port in its place;
    /// without one, `--listen 127.0.0.1:0` is added.
    pub command: Vec<String>,
    /// The end of the grading.
    pub until: Instant,
}

impl Subject {
    /// Starts the server with these knobs, separated by white space, and waits until it listens.
    ///
    /// # Errors
    /// [`Stop::Failed`] when it does not start.
    pub fn start(&self, knobs: &str) -> Result<Server, Stop> {
        let knobs: Vec<&str> = knobs.split_whitespace().collect();
        Ok(Server::start_by(&self.command(), &knobs)?)
    }

    /// Runs the server with these knobs until it ends by itself.
    ///
    /// # Errors
    /// [`Stop::Failed`] when it does not end.
    pub fn run_to_end(&self, knobs: &str) -> Result<Exit, Stop> {
        let knobs: Vec<&str> = knobs.split_whitespace().collect();
        let command = self.command();
        let arguments = [&command[1..], &["--listen", "127.0.0.1:0"], &knobs].concat();
        Ok(Server::run_to_end(command[0], &arguments)?)
    }

    /// Returns the time limit for anything that a server should do at once.
    #[must_use]
    pub fn patience(&self) -> Duration {
        PATIENCE.min(self.until.saturating_duration_since(Instant::now()))
    }

    fn command(&self) -> Vec<&str> {
        self.command.iter().map(String::as_str).collect()
    }
}
