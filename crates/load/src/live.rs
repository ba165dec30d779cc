//! A run seen, and stopped, from another thread while it lasts.

use super::outcome::Outcome;
use super::tally::{Tally, Timings};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Shared with a run: its counts so far, and the way to end it early.
#[derive(Debug, Default)]
pub struct Live {
    started: OnceLock<Instant>,
    stopped: AtomicBool,
    aborted: AtomicBool,
    gave_up: AtomicBool,
    accepted: AtomicU64,
    rejected: AtomicU64,
    errors: AtomicU64,
    finished: AtomicU64,
    errors_in_a_row: AtomicU64,
    tallies: Mutex<Vec<Arc<Mutex<Tally>>>>,
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

    /// Ends the run at once: what is in flight counts as an error of unknown fate.
    pub fn abort(&self) {
        self.aborted.store(true, Relaxed);
        self.stop();
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.aborted.load(Relaxed)
    }

    /// Whether the run was ended early from outside.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }

    /// Whether the run ended itself early, after errors in a row.
    #[must_use]
    pub fn has_given_up(&self) -> bool {
        self.gave_up.load(Relaxed)
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.is_stopped() || self.has_given_up()
    }

    /// How long the run has been sending; `None` before that.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        self.started.get().map(Instant::elapsed)
    }

    /// The counts so far, the warm-up's among them. Each is exact; they are not read at one instant.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            accepted: self.accepted.load(Relaxed),
            rejected: self.rejected.load(Relaxed),
            errors: self.errors.load(Relaxed),
        }
    }

    /// How long the accepted requests took so far; `None` before the run has begun. It holds each
    /// core up for the time of a copy: for people who look on, not for every millisecond.
    #[must_use]
    pub fn accepted_timings(&self) -> Option<Timings> {
        self.tally().map(|tally| tally.accepted)
    }

    pub(crate) fn start(&self, at: Instant, tallies: &[Arc<Mutex<Tally>>]) {
        // A second run with the same `Live` goes on counting from the first one's start.
        let _ = self.started.set(at);
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(tallies);
    }

    /// Counts one finished request and returns how many had finished before it. Gives up when it is
    /// the last of `errors_in_a_row` errors and no answer in between; 0 never does.
    pub(crate) fn record(&self, outcome: Outcome, errors_in_a_row: u64) -> u64 {
        let counter = match outcome {
            Outcome::Accepted => &self.accepted,
            Outcome::Rejected(_) => &self.rejected,
            Outcome::Error(..) => &self.errors,
        };
        counter.fetch_add(1, Relaxed);
        if matches!(outcome, Outcome::Error(..)) {
            if self.errors_in_a_row.fetch_add(1, Relaxed) + 1 == errors_in_a_row {
                self.gave_up.store(true, Relaxed);
            }
        } else if self.errors_in_a_row.load(Relaxed) > 0 {
            self.errors_in_a_row.store(0, Relaxed);
        }
        self.finished.fetch_add(1, Relaxed)
    }

    fn tally(&self) -> Option<Tally> {
        let tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        tallies
            .iter()
            .map(|tally| tally.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .reduce(|mut sum, tally| {
                sum.add(&tally);
                sum
            })
    }
}
