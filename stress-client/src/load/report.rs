//! The result of a run, in the shape of its JSON.

use super::plan::Plan;
use super::remarks;
use super::tally::{Errors, Tally};
use hdrhistogram::Histogram;
use serde::Serialize;
use std::time::Instant;

/// What a run measured. `sent` = `accepted` + `rejected` + `errors.total`, always.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The version of this shape: 1. Fields may be added to it, none is renamed.
    pub schema: u32,
    /// Requests sent, those that ended in an error among them.
    pub sent: u64,
    /// Requests answered "accepted".
    pub accepted: u64,
    /// Requests answered "rejected".
    pub rejected: u64,
    /// All others.
    pub errors: Errors,
    /// From the start of the run to its last answer.
    pub seconds: f64,
    /// `sent` a second.
    pub rate: f64,
    /// Latency of each outcome on its own: a fast rejection never flatters accepted work.
    pub latency_ms: Latencies,
    /// Open loop only: from the moment a request was due to the moment it was sent. It is part of
    /// the latency.
    pub send_lag_ms: Option<Latency>,
    /// Open loop only: requests that fell due and were never sent, because the run ended first.
    pub unsent: u64,
    /// Whether the run was ended from outside before it was done.
    pub interrupted: bool,
    /// What a reader of the figures should know, one sentence each.
    pub remarks: Vec<String>,
}

/// The latency of each outcome; `None` without samples.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Latencies {
    /// Of the accepted requests.
    pub accepted: Option<Latency>,
    /// Of the rejected ones.
    pub rejected: Option<Latency>,
    /// Of those that ended in an error.
    pub error: Option<Latency>,
}

/// A latency in milliseconds, from the moment a request was sent (open loop: due) to the last byte
/// of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// The arithmetic mean.
    pub mean: f64,
    /// Half of the requests took no longer.
    pub p50: f64,
    /// Nine of ten took no longer.
    pub p90: f64,
    /// 99 of 100 took no longer.
    pub p99: f64,
    /// 999 of 1,000 took no longer.
    pub p999: f64,
    /// None took longer.
    pub max: f64,
}

impl Latency {
    fn of(histogram: &Histogram<u64>) -> Option<Self> {
        let at = |quantile| milliseconds(histogram.value_at_quantile(quantile) as f64);
        (!histogram.is_empty()).then(|| Self {
            mean: milliseconds(histogram.mean()),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: milliseconds(histogram.max() as f64),
        })
    }
}

impl Report {
    /// The report of a run that began at `start`; `due` is how many requests of an open loop fell
    /// due.
    pub(super) fn new(
        plan: &Plan,
        tally: &Tally,
        start: Instant,
        due: u64,
        interrupted: bool,
    ) -> Self {
        let sent = tally.sent();
        let seconds = tally.last_done.map_or(0.0, |done| (done - start).as_secs_f64());
        let unsent = due.saturating_sub(sent);
        Self {
            schema: 1,
            sent,
            accepted: tally.accepted.len(),
            rejected: tally.rejected.len(),
            errors: tally.errors,
            seconds: rounded(seconds, 1e6),
            rate: rounded(if seconds > 0.0 { sent as f64 / seconds } else { 0.0 }, 10.0),
            latency_ms: Latencies {
                accepted: Latency::of(&tally.accepted),
                rejected: Latency::of(&tally.rejected),
                error: Latency::of(&tally.error),
            },
            send_lag_ms: plan.rate.and_then(|_| Latency::of(&tally.send_lag)),
            unsent,
            interrupted,
            remarks: remarks::on(plan, tally, start, unsent),
        }
    }
}

fn milliseconds(microseconds: f64) -> f64 {
    rounded(microseconds / 1000.0, 1000.0)
}

fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}
