//! The result of a run, in the shape of its JSON.

use super::counts::{Counts, Errors, Invalid, Rejections};
use super::limit::{Evidence, Limit};
use super::plan::{Asked, Plan};
use super::remarks;
use super::tally::{Tally, Timings};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// The version of this shape. Fields may be added to it, none is renamed.
pub const SCHEMA: u32 = 1;

/// What a run measured. `sent` = `accepted` + `rejected` + `errors.total`, always.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Report {
    /// The version of this shape: 1. Fields may be added to it, none is renamed.
    pub schema: u32,
    /// What was asked for.
    pub asked: Asked,
    /// Requests sent, those that ended in an error among them; without the warm-up, as all figures.
    pub sent: u64,
    /// Requests answered "accepted".
    pub accepted: u64,
    /// Requests answered "rejected".
    pub rejected: u64,
    /// The rejected ones by the reason given.
    pub rejections: Rejections,
    /// All others.
    pub errors: Errors,
    /// Those that were made to be refused; each is in the counts above as well.
    pub invalid: Invalid,
    /// What was sent more than once.
    pub retries: Retries,
    /// What was sent before anything counted; in none of the other figures.
    pub warmup: Warmup,
    /// From the start of the run, or the end of its warm-up, to its last answer.
    pub seconds: f64,
    /// The part of that spent sending: to the last request, and one more interval between two of them. What
    /// is left of `seconds` is the wait for the last answers.
    pub sending_seconds: f64,
    /// Requests a second while sending, without those that could not be sent.
    pub rate: f64,
    /// `accepted` a second, over the same time.
    pub accepted_per_second: f64,
    /// Closed loop: service times. Open loop: response times, from the moment a request was due. Each
    /// outcome on its own: a fast rejection never flatters accepted work.
    pub latency_ms: Latencies,
    /// Open loop only: service times, from the moment a request could be sent.
    pub service_ms: Option<Latencies>,
    /// The connections of the run.
    pub connections: Connections,
    /// Open loop only: from the moment a request was due to the moment a connection took it up. It is
    /// part of the latency.
    pub send_lag_ms: Option<Latency>,
    /// Open loop only: events that fell due while the run lasted, in the measured part of it. Each was sent,
    /// the first time at least, or is one of the `unsent`.
    pub due: Option<u64>,
    /// Open loop only: requests that fell due and were never sent, because the run ended first.
    pub unsent: u64,
    /// Whether the run was ended from outside before it was done.
    pub interrupted: bool,
    /// Whether the very first requests were already rejected: something was there before this run.
    pub busy_before: bool,
    /// Whether the run ended itself before it was done, after errors in a row.
    pub gave_up: bool,
    /// What held the run back.
    pub limit: Limit,
    /// What the server's own counts say to it, if they were asked for.
    pub reconciled: Option<crate::reconcile::Reconciled>,
    /// What a reader of the figures should know, one sentence each.
    pub remarks: Vec<String>,
    /// With repeats: every run by itself, in order. The fields beside it are those of the run with the
    /// median rate.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<Report>,
    /// Everything that was measured of each outcome; not in the JSON.
    #[serde(skip)]
    pub distributions: Option<Box<Distributions>>,
}

/// The whole distributions behind [`Latencies`].
#[derive(Debug, Clone, PartialEq)]
pub struct Distributions {
    /// Of the accepted requests.
    pub accepted: Timings,
    /// Of the rejected ones.
    pub rejected: Timings,
    /// Of those that ended in an error.
    pub error: Timings,
}

/// What was sent more than once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Retries {
    /// Events, each sent once or more often; the warm-up's among them.
    pub events: u64,
    /// Requests that sent an event once more.
    pub again: u64,
    /// Events that were rejected or never sent and had no further attempt.
    pub exhausted: u64,
    /// Events that were still to be sent once more when the run ended.
    pub abandoned: u64,
}

/// What was sent before anything counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Warmup {
    /// Requests sent.
    pub sent: u64,
    /// Requests answered "accepted".
    pub accepted: u64,
    /// The rejected ones by the reason given.
    pub rejections: Rejections,
    /// All others.
    pub errors: Errors,
    /// Those that were made to be refused.
    pub invalid: Invalid,
}

/// The connections of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Connections {
    /// The most that were asked for.
    pub asked: u64,
    /// The most that were open at a time.
    pub peak: u64,
    /// How many were opened for the requests that count, one after another.
    pub opened: u64,
    /// How many of these took over 0.9 s to open: the kernel dropped the first SYN, because the
    /// server's accept queue was full.
    pub slow: u64,
    /// How long it took to open them. It is part of the response time and not of the service time.
    pub connect_ms: Option<Latency>,
}

/// The latency of each outcome; `null` without samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Latencies {
    /// Of the accepted requests.
    pub accepted: Option<Latency>,
    /// Of the rejected ones.
    pub rejected: Option<Latency>,
    /// Of those that ended in an error.
    pub error: Option<Latency>,
}

/// A latency in milliseconds, to the last byte of the answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
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

/// What the engine knows of a finished run beside its tally.
pub(crate) struct Course {
    /// From when on requests counted.
    pub(crate) measured_from: Instant,
    /// Events of an open loop that fell due, without the warm-up's.
    pub(crate) due: u64,
    /// When the run was ended with requests left to be sent.
    pub(crate) cut_at: Option<Instant>,
    pub(crate) peak_connections: u64,
    pub(crate) interrupted: bool,
    pub(crate) gave_up: bool,
    pub(crate) client_cpu: Option<Duration>,
    pub(crate) machine_share: Option<f64>,
    pub(crate) throttled_share: Option<f64>,
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

impl Latencies {
    fn of(tally: &Tally, pick: impl Fn(&Timings) -> &Histogram<u64>) -> Self {
        let latency = |timings| Latency::of(pick(timings));
        Self {
            accepted: latency(&tally.accepted),
            rejected: latency(&tally.rejected),
            error: latency(&tally.error),
        }
    }
}

impl Report {
    pub(crate) fn new(plan: &Plan, tally: Tally, course: &Course) -> Self {
        let is_open = plan.rate.is_some();
        let Counts { accepted, rejections, errors, invalid } = tally.counts;
        let sent = tally.counts.sent();
        let seconds = tally
            .last_done
            .map_or(0.0, |done| done.saturating_duration_since(course.measured_from).as_secs_f64());
        let sending = tally
            .last_tried
            .map_or(Duration::ZERO, |last| last.saturating_duration_since(course.measured_from));
        // Where all connections wait, a run is sending until it is ended.
        let cut = course
            .cut_at
            .map_or(Duration::ZERO, |at| at.saturating_duration_since(course.measured_from));
        let sending_seconds =
            sending_seconds(plan, sent, sending.as_secs_f64(), seconds).max(cut.as_secs_f64());
        let a_second = |count: u64| {
            let rate = count as f64 / sending_seconds;
            if rate.is_finite() { rounded(rate, 1e4) } else { 0.0 }
        };
        // Never more were sent than fell due.
        let unsent = course.due - tally.first_sent.min(course.due);
        let open = |latency: Option<Latency>| latency.filter(|_| is_open);
        let send_lag_ms = open(Latency::of(&tally.send_lag));
        let own_lag_ms = open(Latency::of(&tally.own_lag));
        let response = Latencies::of(&tally, |timings| &timings.response);
        let service = Latencies::of(&tally, |timings| &timings.service);
        let missed_rate = remarks::missed_rate(plan, &tally, course.measured_from);
        let limit = Limit::of(&Evidence {
            sent: sent + tally.warmup.sent(),
            ports_left: errors.ports + tally.warmup.errors.ports == 0,
            seconds: seconds + plan.warmup.as_secs_f64(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            client_cpu: course.client_cpu,
            machine_share: course.machine_share,
            throttled_share: course.throttled_share,
            rate_kept: plan.rate.map(|_| missed_rate.is_none() && unsent <= few(course.due)),
            behind_ms: send_lag_ms.map(|lag| lag.max),
            own_lag_p99_ms: own_lag_ms.map(|lag| lag.p99),
        });
        let mut report = Self {
            schema: SCHEMA,
            asked: Asked::of(plan),
            sent,
            accepted,
            rejected: rejections.total(),
            rejections,
            errors,
            invalid,
            retries: Retries {
                events: tally.events,
                again: tally.again,
                exhausted: tally.exhausted,
                abandoned: tally.events - tally.settled,
            },
            warmup: Warmup {
                sent: tally.warmup.sent(),
                accepted: tally.warmup.accepted,
                rejections: tally.warmup.rejections,
                errors: tally.warmup.errors,
                invalid: tally.warmup.invalid,
            },
            seconds: rounded(seconds, 1e6),
            sending_seconds: rounded(sending_seconds, 1e6),
            rate: a_second(sent - errors.not_sent.min(sent)),
            accepted_per_second: a_second(accepted),
            latency_ms: if is_open { response } else { service },
            service_ms: is_open.then_some(service),
            connections: Connections {
                asked: plan.concurrency,
                peak: course.peak_connections,
                opened: tally.connect.len(),
                slow: tally.slow_connects,
                connect_ms: Latency::of(&tally.connect),
            },
            send_lag_ms,
            due: is_open.then_some(course.due),
            unsent,
            interrupted: course.interrupted,
            busy_before: tally.is_busy_before(),
            gave_up: course.gave_up,
            limit,
            reconciled: None,
            remarks: Vec::new(),
            runs: Vec::new(),
            distributions: None,
        };
        report.remarks = remarks::on(&report, &tally, missed_rate);
        report.distributions = Some(Box::new(Distributions {
            accepted: tally.accepted,
            rejected: tally.rejected,
            error: tally.error,
        }));
        report
    }
}

impl Report {
    /// One report of several runs: the run with the median rate (of two in the middle the slower), and
    /// all of them, in order, as its `runs`. `None` of no run at all.
    #[must_use]
    pub fn of_runs(runs: Vec<Report>) -> Option<Report> {
        let mut by_rate: Vec<&Report> = runs.iter().collect();
        // One that was ended early stands for no other, unless there is nothing else.
        if runs.iter().any(|run| !run.interrupted) {
            by_rate.retain(|run| !run.interrupted);
        }
        by_rate.sort_by(|a, b| a.rate.total_cmp(&b.rate));
        let median = (*by_rate.get(by_rate.len().checked_sub(1)? / 2)?).clone();
        let runs = if runs.len() > 1 { runs } else { Vec::new() };
        Some(Report { runs, ..median })
    }
}

/// The time that went into sending: the last of `sent` requests went out after `last` seconds, and each of
/// them has an interval of its own. A single one has that of its rate, or else the time to its answer.
fn sending_seconds(plan: &Plan, sent: u64, last: f64, seconds: f64) -> f64 {
    match (sent, plan.rate) {
        (0, _) => 0.0,
        (1, Some(rate)) => (1.0 / rate).max(last),
        (1, None) => seconds,
        // In a closed loop each connection sends once at the beginning, and then once for each answer. Of a
        // few requests each the answers are the better measure.
        (_, None) if sent / 2 < plan.concurrency => seconds,
        (_, None) => last * sent as f64 / (sent - plan.concurrency) as f64,
        (_, Some(_)) => last * sent as f64 / (sent - 1) as f64,
    }
}

/// So many of the requests that fell due may be left over when a run ends in the middle of things.
fn few(due: u64) -> u64 {
    due / 50
}

fn milliseconds(microseconds: f64) -> f64 {
    rounded(microseconds / 1000.0, 1000.0)
}

fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_runs_are_told_as_the_one_in_the_middle() {
        let run = |rate| Report { rate, ..Report::default() };
        assert_eq!(Report::of_runs(vec![]), None);
        assert_eq!(Report::of_runs(vec![run(5.0)]), Some(run(5.0)));
        for (rates, middle) in [(&[9.0, 1.0, 5.0][..], 5.0), (&[4.0, 3.0, 2.0, 1.0], 2.0)] {
            let report = Report::of_runs(rates.iter().copied().map(run).collect()).unwrap();
            assert_eq!(report.rate, middle);
            assert_eq!(report.runs.iter().map(|run| run.rate).collect::<Vec<_>>(), rates);
        }
    }
}
