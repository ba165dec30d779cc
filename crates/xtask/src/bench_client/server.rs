//! Stage 10, and the truth: what its own counters say.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use harness::server::{PATIENCE, Server};
use serde::Serialize;

/// Nothing is rejected, not even when the worker is interrupted for a moment.
pub const OPEN: [&str; 8] = ["--queue", "100000", "--workers", "1", "--work", "0s", "--hold", "0s"];
/// Nothing is ever done: one event is with the worker, one in the queue, and all others are rejected.
pub const FULL: [&str; 8] = ["--queue", "1", "--workers", "1", "--work", "1h", "--hold", "0s"];

/// How long counters have stood still when the last request has been decided.
const STILL: Duration = Duration::from_millis(100);

/// What became of the events, by the server's own counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Books {
    pub received: u64,
    pub accepted: u64,
    pub rejected: u64,
}

impl Books {
    /// Once the client has gone: what it left on the wire is still received.
    pub fn at_rest(server: &Server) -> io::Result<Books> {
        let begin = Instant::now();
        let mut before = Books::now(server)?;
        loop {
            thread::sleep(STILL);
            let now = Books::now(server)?;
            if now == before {
                return Ok(now);
            }
            if begin.elapsed() > PATIENCE {
                return Err(io::Error::other("requests still come when their client has gone"));
            }
            before = now;
        }
    }

    fn now(server: &Server) -> io::Result<Books> {
        let metrics = server.metrics()?;
        let count = |name: &str| {
            metrics
                .get(name)
                .copied()
                .ok_or_else(|| io::Error::other(format!("no {name} in metrics")))
        };
        let (received, rejected) = (count("received")?, count("dropped")?);
        let accepted = received.checked_sub(rejected);
        let accepted = accepted.ok_or_else(|| io::Error::other("more dropped than received"))?;
        Ok(Books { received, accepted, rejected })
    }
}

impl Display for Books {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Books { received, accepted, rejected } = self;
        write!(f, "received {received}: accepted {accepted}, rejected {rejected}")
    }
}
