//! What one core has measured, in fixed memory: counts, and a histogram for each outcome and each of
//! the two latencies. The tallies of all cores are added up when the run is over.

use super::counts::Counts;
use super::outcome::{Cause, Outcome};
use super::schedule::Slot;
use super::transport::Connect;
use hdrhistogram::Histogram;
use std::time::{Duration, Instant};

/// Latencies are kept in microseconds, to three significant digits, up to one day.
const LATENCY_MAX_US: u64 = 24 * 60 * 60 * 1_000_000;
/// A connect that took longer had its first SYN dropped, because the server's accept queue was full:
/// it is sent again after a second (RFC 6298 §2), and after two and four more.
const SLOW_CONNECT: Duration = Duration::from_millis(900);

/// One request, from the moment it was due to its last byte.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) slot: Slot,
    /// Since when its connection had nothing else to do.
    pub(crate) free: Instant,
    /// When the connection took it up.
    pub(crate) sent: Instant,
    pub(crate) connect: Connect,
    pub(crate) done: Instant,
    pub(crate) outcome: Outcome,
    /// Whether it was made to be refused.
    pub(crate) invalid: bool,
}

/// How long the requests of one outcome took, in microseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Timings {
    /// From the moment a request was due to the last byte of its answer.
    pub response: Histogram<u64>,
    /// From the moment it could be sent, its connection open, to the last byte of its answer.
    pub service: Histogram<u64>,
}

/// What was measured so far.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tally {
    pub(crate) counts: Counts,
    /// The warm-up's, which are in no other figure.
    pub(crate) warmup: Counts,
    /// Events, however often each was sent; the warm-up's among them.
    pub(crate) events: u64,
    /// Requests that sent an event once more.
    pub(crate) again: u64,
    /// Events that have come out for good.
    pub(crate) settled: u64,
    /// Those of them that were rejected or never sent, and had no further attempt.
    pub(crate) exhausted: u64,
    pub(crate) accepted: Timings,
    pub(crate) rejected: Timings,
    pub(crate) error: Timings,
    pub(crate) connect: Histogram<u64>,
    pub(crate) slow_connects: u64,
    /// From the moment a request was due to the moment a connection took it up.
    pub(crate) send_lag: Histogram<u64>,
    /// The part of it during which that connection had nothing else to do: the client's own.
    pub(crate) own_lag: Histogram<u64>,
    /// The run's first answers, as many as there are connections: all of them, and the rejections.
    pub(crate) opening: u64,
    pub(crate) opening_rejected: u64,
    /// Events sent for the first time, without the warm-up's.
    pub(crate) first_sent: u64,
    /// When an event was last sent for the first time.
    pub(crate) last_sent: Option<Instant>,
    /// When a request was last sent, or tried to be.
    pub(crate) last_tried: Option<Instant>,
    pub(crate) last_done: Option<Instant>,
    /// Answers that asked for a longer wait than a run has.
    pub(crate) waits_cut: u64,
    /// One of the errors, in its own words.
    pub(crate) example: Option<String>,
    pub(crate) last_error: Option<(Instant, Cause)>,
}

impl Timings {
    fn new() -> Self {
        Self { response: histogram(), service: histogram() }
    }

    /// Adds others' times to these.
    pub fn add(&mut self, other: &Self) {
        add(&mut self.response, &other.response);
        add(&mut self.service, &other.service);
    }
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            counts: Counts::default(),
            warmup: Counts::default(),
            events: 0,
            again: 0,
            settled: 0,
            exhausted: 0,
            accepted: Timings::new(),
            rejected: Timings::new(),
            error: Timings::new(),
            connect: histogram(),
            slow_connects: 0,
            send_lag: histogram(),
            own_lag: histogram(),
            opening: 0,
            opening_rejected: 0,
            first_sent: 0,
            last_sent: None,
            last_tried: None,
            last_done: None,
            waits_cut: 0,
            example: None,
            last_error: None,
        }
    }

    /// Counts one request; `is_first` says whether it is one of the whole run's first answers.
    pub(crate) fn record(&mut self, exchange: &Exchange, is_first: bool) {
        let Exchange { slot, free, sent, done, outcome, .. } = *exchange;
        match slot.attempt {
            0 => self.events += 1,
            _ => self.again += 1,
        }
        if is_first {
            self.opening += 1;
            self.opening_rejected += u64::from(matches!(outcome, Outcome::Rejected(_)));
        }
        if let Outcome::Error(cause, _) = outcome {
            self.last_error = Some((done, cause));
        }
        if slot.warm {
            self.warmup.record(outcome, exchange.invalid);
            return;
        }
        self.counts.record(outcome, exchange.invalid);
        let mut ready = sent;
        if let Connect::Stands { began, stood } = exchange.connect {
            self.connect.saturating_record(microseconds(stood, began));
            self.slow_connects += u64::from(stood - began > SLOW_CONNECT);
            ready = stood;
        }
        let timings = match outcome {
            Outcome::Accepted => &mut self.accepted,
            Outcome::Rejected(_) => &mut self.rejected,
            Outcome::Error(..) => &mut self.error,
        };
        timings.response.saturating_record(microseconds(done, slot.due));
        timings.service.saturating_record(microseconds(done, ready));
        self.send_lag.saturating_record(microseconds(sent, slot.due));
        self.own_lag.saturating_record(microseconds(sent, slot.due.max(free)));
        if slot.attempt == 0 {
            self.first_sent += 1;
            self.last_sent = self.last_sent.max(Some(sent));
        }
        self.last_tried = self.last_tried.max(Some(sent));
        self.last_done = self.last_done.max(Some(done));
    }

    /// Whether the run's first answers were all rejections.
    pub(crate) fn is_busy_before(&self) -> bool {
        self.opening > 0 && self.opening_rejected == self.opening
    }

    /// Adds another core's tally.
    pub(crate) fn add(&mut self, other: &Self) {
        self.counts += other.counts;
        self.warmup += other.warmup;
        self.events += other.events;
        self.again += other.again;
        self.settled += other.settled;
        self.exhausted += other.exhausted;
        self.accepted.add(&other.accepted);
        self.rejected.add(&other.rejected);
        self.error.add(&other.error);
        add(&mut self.connect, &other.connect);
        self.slow_connects += other.slow_connects;
        add(&mut self.send_lag, &other.send_lag);
        add(&mut self.own_lag, &other.own_lag);
        self.opening += other.opening;
        self.opening_rejected += other.opening_rejected;
        self.first_sent += other.first_sent;
        self.last_sent = self.last_sent.max(other.last_sent);
        self.last_tried = self.last_tried.max(other.last_tried);
        self.last_done = self.last_done.max(other.last_done);
        self.waits_cut += other.waits_cut;
        if self.example.is_none() {
            self.example.clone_from(&other.example);
        }
        if other.last_error.map(|(at, _)| at) > self.last_error.map(|(at, _)| at) {
            self.last_error = other.last_error;
        }
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LATENCY_MAX_US, 3).expect("the bounds are constants, and valid")
}

fn add(mine: &mut Histogram<u64>, theirs: &Histogram<u64>) {
    mine.add(theirs).expect("all histograms have the same bounds");
}

fn microseconds(later: Instant, earlier: Instant) -> u64 {
    let elapsed: Duration = later.saturating_duration_since(earlier);
    u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
}
