//! The measurements of one core, in fixed memory: counts, and a histogram for each outcome and each
//! of the two latencies. The tallies of all cores are summed at the end of a run.

use super::counts::Counts;
use super::latency::Distributions;
use super::outcome::{Cause, Outcome};
use super::schedule::Slot;
use super::transport::Connect;
use hdrhistogram::Histogram;
use std::time::{Duration, Instant};

/// The maximum latency in a histogram: one day, in microseconds.
const LATENCY_MAX_US: u64 = 24 * 60 * 60 * 1_000_000;
/// The time above which a connect is slow: the server's accept queue was full, so that its kernel
/// dropped the first SYN, which the client's kernel sends again after one second (RFC 6298 §2), two
/// and four.
const SLOW_CONNECT: Duration = Duration::from_millis(900);

/// A request with its answer and its times.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) slot: Slot,
    /// The time since which its connection was idle.
    pub(crate) free: Instant,
    /// The time at which the connection took the request.
    pub(crate) sent: Instant,
    pub(crate) connect: Connect,
    pub(crate) done: Instant,
    pub(crate) outcome: Outcome,
    /// True if it was invalid on purpose.
    pub(crate) invalid: bool,
    /// The index of the URL it was sent to.
    pub(crate) url: usize,
}

/// The latencies of one outcome, in microseconds, to three significant digits.
#[derive(Debug, Clone, PartialEq)]
pub struct Timings {
    /// The time from the due time of a request to the last byte of its answer.
    pub response: Histogram<u64>,
    /// The time from the start of sending, with an open connection, to the last byte of the answer.
    pub service: Histogram<u64>,
}

/// The measurements so far.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tally {
    pub(crate) counts: Counts,
    /// The counts of the warm-up.
    pub(crate) warmup: Counts,
    /// The number of events, including the warm-up.
    pub(crate) events: u64,
    /// The number of requests that were retries.
    pub(crate) again: u64,
    /// The number of events that need no further attempt.
    pub(crate) settled: u64,
    /// The number of events that were rejected or never sent, and had no attempt left.
    pub(crate) exhausted: u64,
    pub(crate) times: Distributions,
    pub(crate) connect: Histogram<u64>,
    pub(crate) slow_connects: u64,
    /// The delay from the due time of a request until a connection took it.
    pub(crate) send_lag: Histogram<u64>,
    /// The part of that delay in which the connection was idle, so that the client caused it.
    pub(crate) own_lag: Histogram<u64>,
    /// The number of first answers, one for each connection, and of the rejections among them.
    pub(crate) opening: u64,
    pub(crate) opening_rejected: u64,
    /// The number of events sent, without the warm-up and without retries.
    pub(crate) first_sent: u64,
    /// The last time of a first attempt.
    pub(crate) last_sent: Option<Instant>,
    /// The last time of any attempt.
    pub(crate) last_tried: Option<Instant>,
    pub(crate) last_done: Option<Instant>,
    /// The number of retries with a `Retry-After` above the maximum.
    pub(crate) shortened_waits: u64,
    /// The text of one of the errors.
    pub(crate) example: Option<String>,
    pub(crate) last_error: Option<(Instant, Cause)>,
    /// The last due time of a first attempt.
    pub(crate) last_due: Option<Instant>,
    /// The counts of each URL, without the warm-up.
    pub(crate) urls: Vec<Counts>,
}

impl Timings {
    fn new() -> Self {
        Self { response: histogram(), service: histogram() }
    }

    /// Adds other timings to these.
    pub fn add(&mut self, other: &Self) {
        add(&mut self.response, &other.response);
        add(&mut self.service, &other.service);
    }

    /// Removes earlier timings, which are among these.
    pub(crate) fn subtract(&mut self, before: &Self) {
        for (mine, theirs) in
            [(&mut self.response, &before.response), (&mut self.service, &before.service)]
        {
            mine.subtract(theirs).expect("the earlier latencies are among these");
        }
    }
}

impl Tally {
    /// Creates an empty tally for a number of URLs.
    pub(crate) fn new(urls: usize) -> Self {
        Self {
            counts: Counts::default(),
            warmup: Counts::default(),
            events: 0,
            again: 0,
            settled: 0,
            exhausted: 0,
            times: Distributions {
                accepted: Timings::new(),
                rejected: Timings::new(),
                error: Timings::new(),
            },
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
            shortened_waits: 0,
            example: None,
            last_error: None,
            last_due: None,
            urls: vec![Counts::default(); urls],
        }
    }

    /// Records a request; `is_first` is true for the first answers of the run.
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
        self.urls[exchange.url].record(outcome, exchange.invalid);
        let mut ready = sent;
        if let Connect::Established { began, ended } = exchange.connect {
            self.connect.saturating_record(microseconds(ended, began));
            self.slow_connects += u64::from(ended - began > SLOW_CONNECT);
            ready = ended;
        }
        let timings = match outcome {
            Outcome::Accepted => &mut self.times.accepted,
            Outcome::Rejected(_) => &mut self.times.rejected,
            Outcome::Error(..) => &mut self.times.error,
        };
        timings.response.saturating_record(microseconds(done, slot.due));
        timings.service.saturating_record(microseconds(done, ready));
        self.send_lag.saturating_record(microseconds(sent, slot.due));
        self.own_lag.saturating_record(microseconds(sent, slot.due.max(free)));
        if slot.attempt == 0 {
            self.first_sent += 1;
            self.last_sent = self.last_sent.max(Some(sent));
            self.last_due = self.last_due.max(Some(slot.due));
        }
        self.last_tried = self.last_tried.max(Some(sent));
        self.last_done = self.last_done.max(Some(done));
    }

    /// Returns true if the first answers of the run were all rejections.
    pub(crate) fn is_busy_before(&self) -> bool {
        self.opening > 0 && self.opening_rejected == self.opening
    }

    /// Adds the tally of another core.
    pub(crate) fn add(&mut self, other: &Self) {
        self.counts += other.counts;
        self.warmup += other.warmup;
        self.events += other.events;
        self.again += other.again;
        self.settled += other.settled;
        self.exhausted += other.exhausted;
        self.times.add(&other.times);
        add(&mut self.connect, &other.connect);
        self.slow_connects += other.slow_connects;
        add(&mut self.send_lag, &other.send_lag);
        add(&mut self.own_lag, &other.own_lag);
        self.opening += other.opening;
        self.opening_rejected += other.opening_rejected;
        self.first_sent += other.first_sent;
        self.last_sent = self.last_sent.max(other.last_sent);
        self.last_due = self.last_due.max(other.last_due);
        self.urls.iter_mut().zip(&other.urls).for_each(|(mine, theirs)| *mine += *theirs);
        self.last_tried = self.last_tried.max(other.last_tried);
        self.last_done = self.last_done.max(other.last_done);
        self.shortened_waits += other.shortened_waits;
        if self.example.is_none() {
            self.example.clone_from(&other.example);
        }
        if other.last_error.map(|(at, _)| at) > self.last_error.map(|(at, _)| at) {
            self.last_error = other.last_error;
        }
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LATENCY_MAX_US, 3).expect("the constants are valid bounds")
}

fn add(mine: &mut Histogram<u64>, theirs: &Histogram<u64>) {
    mine.add(theirs).expect("all histograms have the same bounds");
}

fn microseconds(later: Instant, earlier: Instant) -> u64 {
    let elapsed: Duration = later.saturating_duration_since(earlier);
    u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
}
