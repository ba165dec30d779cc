//! A run seen, and stopped, from another thread while it lasts.

use super::outcome::Outcome;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Shared with a run: its counts so far, and the way to end it early.
#[derive(Debug, Default)]
pub struct Live {
    started: OnceLock<Instant>,
    stopped: AtomicBool,
    accepted: AtomicU64,
    rejected: AtomicU64,
    errors: AtomicU64,
    finished: AtomicU64,
}

/// How the requests that are finished came out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Answered "accepted".
    pub accepted: u64,
    /// Answered "rejected".
    pub rejected: u64,
    /// Everything else.
    pub errors: u64,
}

impl Counts {
    /// All requests that are finished.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.accepted + self.rejected + self.errors
    }
}

impl Live {
    /// Ends the run early: nothing more is sent, and what is in flight has its `timeout` still.
    pub fn stop(&self) {
        self.stopped.store(true, Relaxed);
    }

    /// Whether the run was ended early.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }

    /// How long the run has been sending; `None` before that.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        self.started.get().map(Instant::elapsed)
    }

    /// The counts so far. Each is exact; they are not read at one instant.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            accepted: self.accepted.load(Relaxed),
            rejected: self.rejected.load(Relaxed),
            errors: self.errors.load(Relaxed),
        }
    }

    pub(super) fn start(&self, at: Instant) {
        // A second run with the same `Live` goes on counting from the first one's start.
        let _ = self.started.set(at);
    }

    /// Counts one finished request and returns how many had finished before it.
    pub(super) fn record(&self, outcome: Outcome) -> u64 {
        let counter = match outcome {
            Outcome::Accepted => &self.accepted,
            Outcome::Rejected => &self.rejected,
            Outcome::Error(..) => &self.errors,
        };
        counter.fetch_add(1, Relaxed);
        self.finished.fetch_add(1, Relaxed)
    }
}
