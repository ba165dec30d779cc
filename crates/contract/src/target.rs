//! The server under test and its configuration.

use super::dialect::Dialect;
use super::promise::{Stop, ensure};
use super::response::{Response, To};
use super::wire::{Wire, WireError};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The default time limit of a run.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The time for a server to read the first part of a request.
const PAUSE: Duration = Duration::from_millis(200);

/// The server under test. `None` means the stage's default; a check that would take too long or too
/// many connections with the default is then skipped.
#[derive(Debug, Clone)]
pub struct Target {
    /// The address of the server.
    pub address: SocketAddr,
    /// The stage whose contract applies, 1 to 10.
    pub stage: u8,
    /// Its `--request-timeout` (default 10 s).
    pub request_timeout: Option<Duration>,
    /// Its `--idle-timeout` (default 75 s).
    pub idle_timeout: Option<Duration>,
    /// Its `--max-connections` (default 10,000).
    pub max_connections: Option<usize>,
    /// Its `--queue` (default 100, from stage 8 on 1,000).
    pub queue: Option<usize>,
    /// Its `--workers` (default 1 in stage 5, 4 in stage 6, 16 from stage 7 on).
    pub workers: Option<usize>,
    /// The timeout of an exchange.
    pub patience: Duration,
    /// The end of the run: no exchange lasts longer.
    pub until: Instant,
    /// Its habits, which [`run`](crate::run) learns.
    pub dialect: Dialect,
}

impl Target {
    /// Creates a target with the stage's defaults.
    #[must_use]
    pub fn new(address: SocketAddr, stage: u8) -> Self {
        Self {
            address,
            stage,
            request_timeout: None,
            idle_timeout: None,
            max_connections: None,
            queue: None,
            workers: None,
            patience: Duration::from_secs(5),
            until: Instant::now() + TIME_LIMIT,
            dialect: Dialect::contract(stage),
        }
    }

    pub(crate) fn open(&self) -> Result<Wire, WireError> {
        self.open_for(self.patience)
    }

    fn open_for(&self, limit: Duration) -> Result<Wire, WireError> {
        let left = self.until.saturating_duration_since(Instant::now());
        // A time limit of zero is refused by the socket.
        Wire::open(self.address, limit.min(left).max(Duration::from_millis(1)))
    }

    /// Opens a connection with time enough to wait for the server's `timeout`.
    pub(crate) fn open_beyond(&self, timeout: Duration) -> Result<Wire, WireError> {
        self.open_for(timeout * 3 + self.patience)
    }

    /// Returns true if an event was accepted.
    pub(crate) fn has_accepted(&self, got: &Response) -> bool {
        self.dialect.accepted == Some(got.status)
    }

    /// Expects the server's answer to an unknown path.
    pub(crate) fn ensure_not_found(&self, got: &Response) -> Result<(), Stop> {
        ensure(got.status == self.dialect.not_found, got.to_string())
    }

    /// Expects the server's answer to a body that is no event.
    pub(crate) fn ensure_refused(&self, got: &Response) -> Result<(), Stop> {
        ensure(self.dialect.refused == Some(got.status), got.to_string())
    }

    /// Expects the end of a connection after an error, if that is a habit of the server.
    pub(crate) fn ensure_closed(&self, wire: &mut Wire) -> Result<(), Stop> {
        if self.dialect.closes { Ok(wire.end_within(self.closing())?) } else { Ok(()) }
    }

    /// Returns the time in which a connection is closed, and not by the idle timeout.
    pub(crate) fn closing(&self) -> Duration {
        self.idle_timeout.map_or(self.patience, |idle| self.patience.min(idle / 2))
    }

    /// Sends a request in two parts, the second when the server has had time to read the first: parts
    /// sent at once may arrive as one. Returns the answer, even if it comes too early.
    pub(crate) fn ask_in_parts(&self, request: &[u8]) -> Result<Response, WireError> {
        let (first, second) = request.split_at(request.len() / 2);
        let mut wire = self.open()?;
        wire.send(first)?;
        if !wire.is_readable_within((self.request_timeout() / 4).min(PAUSE))? {
            // Ignore errors: the server may have answered early, and that answer counts.
            let _ = wire.send(second);
        }
        wire.answer(To::Other)
    }

    pub(crate) fn request_timeout(&self) -> Duration {
        self.request_timeout.unwrap_or(Duration::from_secs(10))
    }

    pub(crate) fn idle_timeout(&self) -> Duration {
        self.idle_timeout.unwrap_or(Duration::from_secs(75))
    }

    pub(crate) fn queue(&self) -> usize {
        self.queue.unwrap_or(if self.stage < 8 { 100 } else { 1000 })
    }

    pub(crate) fn workers(&self) -> usize {
        self.workers.unwrap_or(match self.stage {
            5 => 1,
            6 => 4,
            _ => 16,
        })
    }
}
