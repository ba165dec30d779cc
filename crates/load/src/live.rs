//! Shows a run to other threads, and lets them end it.

use super::latency::Distributions;
use super::outcome::Outcome;
use super::tally::{Tally, Timings};
use super::transport::OpenCount;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The handle to a run: its counts so far, and methods to end it early.
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
    open: OnceLock<Arc<OpenCount>>,
}

/// The outcomes of the finished requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// The number of requests accepted.
    pub accepted: u64,
    /// The number of requests rejected.
    pub rejected: u64,
    /// The number of requests that ended in an error.
    pub errors: u64,
}

/// Everything measured up to a moment, without the warm-up.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The number of finished requests.
    pub sent: u64,
    /// The number of accepted requests.
    pub accepted: u64,
    /// The number of rejected requests.
    pub rejected: u64,
    /// The number of requests that ended in an error.
    pub errors: u64,
    /// The number of open connections.
    pub connections: u64,
    /// The latencies.
    pub times: Distributions,
}

impl Sample {
    /// Returns the part after an earlier sample.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let mut times = self.times.clone();
        times.subtract(&before.times);
        Self {
            sent: self.sent - before.sent,
            accepted: self.accepted - before.accepted,
            rejected: self.rejected - before.rejected,
            errors: self.errors - before.errors,
            connections: self.connections,
            times,
        }
    }
}

impl Counts {
    /// Returns the number of finished requests.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.accepted + self.rejected + self.errors
    }
}

impl Live {
    /// Ends the run gracefully: sends no more requests and waits for those in flight.
    pub fn stop(&self) {
        self.stopped.store(true, Relaxed);
    }

    /// Ends the run at once: requests in flight count as errors of unknown fate.
    pub fn abort(&self) {
        self.aborted.store(true, Relaxed);
        self.stop();
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.aborted.load(Relaxed)
    }

    /// Returns true once [`stop`](Self::stop) or [`abort`](Self::abort) was called.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }

    /// Returns true once the run has ended itself after consecutive errors.
    #[must_use]
    pub fn has_given_up(&self) -> bool {
        self.gave_up.load(Relaxed)
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.is_stopped() || self.has_given_up()
    }

    /// Returns the time since the start of the run; `None` before it.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        self.started.get().map(Instant::elapsed)
    }

    /// Returns the counts so far, including the warm-up. Each is exact, but they are not a snapshot
    /// of one instant.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            accepted: self.accepted.load(Relaxed),
            rejected: self.rejected.load(Relaxed),
            errors: self.errors.load(Relaxed),
        }
    }

    /// Returns the latencies of the accepted requests so far; `None` before the run has begun.
    /// Blocks each core while it copies, so do not call it more often than about once a second.
    #[must_use]
    pub fn accepted_timings(&self) -> Option<Timings> {
        self.tally().map(|tally| tally.times.accepted)
    }

    /// Returns everything measured so far; `None` before the start. It copies all latencies, which
    /// delays each core.
    #[must_use]
    pub fn sample(&self) -> Option<Sample> {
        let tally = self.tally()?;
        Some(Sample {
            sent: tally.counts.sent(),
            accepted: tally.counts.accepted,
            rejected: tally.counts.rejections.total(),
            errors: tally.counts.errors.total,
            connections: self.open.get().map_or(0, |open| open.now()),
            times: tally.times,
        })
    }

    pub(crate) fn start(&self, at: Instant, tallies: &[Arc<Mutex<Tally>>], open: &Arc<OpenCount>) {
        let _ = self.open.set(open.clone());
        // A second run with the same `Live` keeps the start of the first.
        let _ = self.started.set(at);
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(tallies);
    }

    /// Counts one finished request and returns the number of those before it. Gives up after
    /// `errors_in_a_row` consecutive errors, unless that is 0.
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
