//! The server under check, as far as its configuration shows from outside.

use super::wire::{Trouble, Wire};
use std::net::SocketAddr;
use std::time::Duration;

/// A server under check. What is `None` is the stage's default, and a check that would need very
/// long or very much with the default is skipped; given, it is run whatever it takes.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where the server listens.
    pub address: SocketAddr,
    /// The stage whose contract it is to keep, 1 to 10.
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
    /// How long one exchange may take.
    pub patience: Duration,
}

impl Target {
    /// A server of that stage with the stage's defaults.
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
            patience: Duration::from_secs(30),
        }
    }

    pub(crate) fn open(&self) -> Result<Wire, Trouble> {
        Wire::open(self.address, self.patience)
    }

    /// A connection on which the server's own deadline `timeout` is waited for.
    pub(crate) fn open_beyond(&self, timeout: Duration) -> Result<Wire, Trouble> {
        Wire::open(self.address, timeout * 3 + self.patience)
    }

    pub(crate) fn request_timeout(&self) -> Duration {
        self.request_timeout.unwrap_or(Duration::from_secs(10))
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
