//! Stage 10's configurations, and its counters.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use harness::server::{PATIENCE, Server};
use serde::Serialize;

/// Rejects nothing, even while the worker is preempted.
pub const OPEN: [&str; 8] = ["--queue", "100000", "--workers", "1", "--work", "0s", "--hold", "0s"];
/// Completes nothing: one event is with the worker, one in the queue, and all others are rejected.
pub const FULL: [&str; 8] = ["--queue", "1", "--workers", "1", "--work", "1h", "--hold", "0s"];

/// The time without a change after which the counters are final.
const STABLE_TIME: Duration = Duration::from_millis(100);

/// The server's own counts of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ServerCounters {
    pub received: u64,
    pub accepted: u64,
    pub rejected: u64,
}

impl ServerCounters {
    /// Reads the counters once they are stable: requests in transit are received after the client's
    /// end.
    pub fn read_stable(server: &Server) -> io::Result<ServerCounters> {
        let begin = Instant::now();
        let mut before = ServerCounters::read(server)?;
        loop {
            thread::sleep(STABLE_TIME);
            let now = ServerCounters::read(server)?;
            if now == before {
                return Ok(now);
            }
            if begin.elapsed() > PATIENCE {
                return Err(io::Error::other("requests still arrive after the client has ended"));
            }
            before = now;
        }
    }

    fn read(server: &Server) -> io::Result<ServerCounters> {
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
        Ok(ServerCounters { received, accepted, rejected })
    }
}

impl Display for ServerCounters {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ServerCounters { received, accepted, rejected } = self;
        write!(f, "received {received}: accepted {accepted}, rejected {rejected}")
    }
}
