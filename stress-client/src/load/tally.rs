//! What one core has measured: a histogram for each outcome, in fixed memory, and the errors by
//! cause. The tallies of all cores are added up when the run is over.

use super::outcome::{Cause, Fate, Outcome};
use hdrhistogram::Histogram;
use serde::Serialize;
use std::time::{Duration, Instant};

/// Latencies are kept in microseconds, to three significant digits, up to one day.
const LATENCY_MAX_US: u64 = 24 * 60 * 60 * 1_000_000;
/// How many of the run's first answers say whether the server was busy before it.
pub(super) const OPENING: u64 = 10;

/// How many requests ended in an error, by cause and by fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Errors {
    /// All of them; the causes add up to it, and so do the two fates.
    pub total: u64,
    /// Nobody listened.
    pub refused: u64,
    /// The connection was broken off.
    pub reset: u64,
    /// The connection was closed before the whole answer had come.
    pub closed: u64,
    /// No whole answer within the timeout.
    pub timeout: u64,
    /// An answer with a status code that the contract does not have.
    pub status: u64,
    /// A 2xx with a body that the contract does not have.
    pub body: u64,
    /// Anything else.
    pub other: u64,
    /// Those that certainly never left the client.
    pub not_sent: u64,
    /// Those that the server may have seen and may have done.
    pub unknown: u64,
}

impl Errors {
    fn record(&mut self, cause: Cause, fate: Fate) {
        self.total += 1;
        *match cause {
            Cause::Refused => &mut self.refused,
            Cause::Reset => &mut self.reset,
            Cause::Closed => &mut self.closed,
            Cause::Timeout => &mut self.timeout,
            Cause::Status => &mut self.status,
            Cause::Body => &mut self.body,
            Cause::Other => &mut self.other,
        } += 1;
        *match fate {
            Fate::NotSent => &mut self.not_sent,
            Fate::Unknown => &mut self.unknown,
        } += 1;
    }

    fn add(&mut self, other: &Self) {
        self.total += other.total;
        self.refused += other.refused;
        self.reset += other.reset;
        self.closed += other.closed;
        self.timeout += other.timeout;
        self.status += other.status;
        self.body += other.body;
        self.other += other.other;
        self.not_sent += other.not_sent;
        self.unknown += other.unknown;
    }
}

/// The three moments of one request.
pub(super) struct Times {
    pub(super) due: Instant,
    pub(super) sent: Instant,
    pub(super) done: Instant,
}

/// What was measured so far.
pub(super) struct Tally {
    pub(super) accepted: Histogram<u64>,
    pub(super) rejected: Histogram<u64>,
    pub(super) error: Histogram<u64>,
    /// From the moment a request was due to the moment it was sent.
    pub(super) send_lag: Histogram<u64>,
    pub(super) errors: Errors,
    /// How many of the run's first answers were rejections.
    pub(super) opening_rejected: u64,
    pub(super) last_sent: Option<Instant>,
    pub(super) last_done: Option<Instant>,
    /// One of the errors, in its own words.
    pub(super) example: Option<String>,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            accepted: histogram(),
            rejected: histogram(),
            error: histogram(),
            send_lag: histogram(),
            errors: Errors::default(),
            opening_rejected: 0,
            last_sent: None,
            last_done: None,
            example: None,
        }
    }

    /// Counts one request; `nth` is how many of the whole run had finished before it.
    pub(super) fn record(&mut self, outcome: Outcome, times: &Times, nth: u64) {
        let histogram = match outcome {
            Outcome::Accepted => &mut self.accepted,
            Outcome::Rejected => &mut self.rejected,
            Outcome::Error(cause, fate) => {
                self.errors.record(cause, fate);
                &mut self.error
            }
        };
        histogram.saturating_record(microseconds(times.done, times.due));
        self.send_lag.saturating_record(microseconds(times.sent, times.due));
        self.opening_rejected += u64::from(nth < OPENING && outcome == Outcome::Rejected);
        self.last_sent = self.last_sent.max(Some(times.sent));
        self.last_done = self.last_done.max(Some(times.done));
    }

    /// Adds another core's tally.
    pub(super) fn add(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.accepted, &other.accepted),
            (&mut self.rejected, &other.rejected),
            (&mut self.error, &other.error),
            (&mut self.send_lag, &other.send_lag),
        ] {
            mine.add(theirs).expect("all histograms have the same bounds");
        }
        self.errors.add(&other.errors);
        self.opening_rejected += other.opening_rejected;
        self.last_sent = self.last_sent.max(other.last_sent);
        self.last_done = self.last_done.max(other.last_done);
        if self.example.is_none() {
            self.example.clone_from(&other.example);
        }
    }

    /// How many requests were sent and have come out, one way or another.
    pub(super) fn sent(&self) -> u64 {
        self.accepted.len() + self.rejected.len() + self.errors.total
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LATENCY_MAX_US, 3).expect("the bounds are constants, and valid")
}

fn microseconds(later: Instant, earlier: Instant) -> u64 {
    let elapsed: Duration = later.saturating_duration_since(earlier);
    u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
}
