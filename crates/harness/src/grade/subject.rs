//! The server under test: a command that starts it.

use crate::server::{Exit, Launch, PATIENCE, Server};
use contract::Stop;
use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The placeholder for a port in a command, for servers without `--listen`.
pub const PORT: &str = "{port}";
/// The number of bytes kept of each output of the server.
const OUTPUT_MAX: usize = 1024 * 1024;

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
        self.start_by(&[], knobs, &[])
    }

    /// Starts the server with these knobs and further arguments, which are not separated.
    ///
    /// # Errors
    /// As [`Subject::start`].
    pub(crate) fn start_with(&self, knobs: &str, more: &[&str]) -> Result<Server, Stop> {
        self.start_by(&[], knobs, more)
    }

    /// Starts the server through another program.
    ///
    /// # Errors
    /// As [`Subject::start`].
    pub(crate) fn start_by(
        &self,
        wrapper: &[&str],
        knobs: &str,
        more: &[&str],
    ) -> Result<Server, Stop> {
        let port = if self.has_port() { Some(free_port()?) } else { None };
        let address = port.map_or("127.0.0.1:0".to_owned(), |port| format!("127.0.0.1:{port}"));
        let command = self.command(wrapper, &address, knobs, more);
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let launch =
            Launch { command: &command, port, until: Some(self.until), output_max: OUTPUT_MAX };
        Server::launch(&launch).map_err(|error| {
            let words = [&[knobs][..], more].concat().join(" ");
            Stop::Failed(match words.trim() {
                "" => format!("started without a flag: {error}"),
                words => format!("started with `{words}`: {error}"),
            })
        })
    }

    /// Runs the server with these knobs until it ends by itself.
    ///
    /// # Errors
    /// [`Stop::Failed`] when it does not end.
    pub fn run_to_end(&self, knobs: &str) -> Result<Exit, Stop> {
        self.run_by(&[], knobs, &[])
    }

    /// Runs the server through another program, with these knobs and further arguments, until it
    /// ends by itself.
    ///
    /// # Errors
    /// As [`Subject::run_to_end`].
    pub(crate) fn run_by(
        &self,
        wrapper: &[&str],
        knobs: &str,
        more: &[&str],
    ) -> Result<Exit, Stop> {
        let port = if self.has_port() { free_port()? } else { 0 };
        self.run(&self.command(wrapper, &format!("127.0.0.1:{port}"), knobs, more))
    }

    /// Runs the server with this address and these knobs until it ends by itself.
    ///
    /// # Errors
    /// As [`Subject::run_to_end`].
    pub(crate) fn run_at(&self, address: &str, knobs: &str) -> Result<Exit, Stop> {
        self.run(&self.command(&[], address, knobs, &[]))
    }

    fn run(&self, command: &[String]) -> Result<Exit, Stop> {
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        Ok(Server::run_within(&command, self.soon(), OUTPUT_MAX)?)
    }

    /// Returns the time limit for anything that a server should do at once.
    #[must_use]
    pub fn patience(&self) -> Duration {
        PATIENCE.min(self.until.saturating_duration_since(Instant::now()))
    }

    /// Returns a shorter limit, for what a faulty server never does: the time is better spent on the
    /// other checks.
    pub(crate) fn soon(&self) -> Duration {
        self.patience().min(Duration::from_secs(10))
    }

    /// Returns true if the server does not write its address.
    pub(crate) fn has_port(&self) -> bool {
        self.command.iter().any(|word| word.contains(PORT))
    }

    fn command(&self, wrapper: &[&str], address: &str, knobs: &str, more: &[&str]) -> Vec<String> {
        let (_, port) = address.rsplit_once(':').unwrap_or_default();
        let mut command: Vec<String> = wrapper.iter().map(|&word| word.to_owned()).collect();
        command.extend(self.command.iter().map(|word| word.replace(PORT, port)));
        if !self.has_port() {
            command.extend(["--listen".to_owned(), address.to_owned()]);
        }
        command.extend(knobs.split_whitespace().chain(more.iter().copied()).map(str::to_owned));
        command
    }
}

/// Returns a port that is free, and that was not returned before.
fn free_port() -> io::Result<u16> {
    static USED: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    // The listeners of used ports are held meanwhile, or the same port may come again and again.
    let mut listeners = Vec::new();
    loop {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        if USED.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
            return Ok(port);
        }
        listeners.push(listener);
    }
}
