//! The report of a run, as it is serialized to JSON.

use super::counts::{Counts, Errors, Invalid, Rejections};
use super::latency::{Distributions, Histograms, Latencies, Latency};
use super::limit::{Evidence, Limit};
use super::plan::{Asked, Plan};
use super::remarks;
use super::tally::Tally;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// A rate counts as kept if at most 1 / this of the due events is unsent when the run ends.
const UNSENT_PART_MAX: u64 = 50;

/// The version of the JSON. Fields may be added; none is renamed.
pub const SCHEMA: u32 = 1;

/// The report of a run. `sent` always equals `accepted` + `rejected` + `errors.total`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Report {
    /// The schema version: 1. Fields may be added; none is renamed.
    pub schema: u32,
    /// The settings of the run.
    pub asked: Asked,
    /// The number of requests, including errors and, like all figures, excluding the warm-up.
    pub sent: u64,
    /// The number of requests accepted.
    pub accepted: u64,
    /// The number of requests rejected.
    pub rejected: u64,
    /// The rejected requests by reason.
    pub rejections: Rejections,
    /// All other requests, by cause.
    pub errors: Errors,
    /// The requests that were invalid on purpose; the counts above include them.
    pub invalid: Invalid,
    /// The retries.
    pub retries: Retries,
    /// The requests of the warm-up; no other figure includes them.
    pub warmup: Warmup,
    /// With several URLs, the requests to each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<UrlCounts>,
    /// The time from the start of the run, or the end of its warm-up, to the last answer.
    pub seconds: f64,
    /// The time spent sending: to the last request, plus the mean interval between two. The rest of
    /// `seconds` is the wait for the last answers.
    pub sending_seconds: f64,
    /// The number of requests per second while sending, without those that could not be sent.
    pub rate: f64,
    /// The number of accepted requests per second while sending.
    pub accepted_per_second: f64,
    /// The latencies by outcome. Closed loop: service times. Open loop: response times, from the
    /// due time of a request.
    pub latency_ms: Latencies,
    /// The histograms behind `latency_ms`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub histograms: Option<Histograms>,
    /// Open loop only: the service times, from the time at which a request could be sent.
    pub service_ms: Option<Latencies>,
    /// The connections of the run.
    pub connections: Connections,
    /// Open loop only: the delay from the due time of a request until a connection sent it. The
    /// latency includes it.
    pub send_lag_ms: Option<Latency>,
    /// Open loop only: the number of events due during the run, without the warm-up. Each was sent
    /// at least once, or is one of the `unsent`.
    pub due: Option<u64>,
    /// Open loop only: the number of events that were due and not sent, because the run ended.
    pub unsent: u64,
    /// True if a signal ended the run early.
    pub interrupted: bool,
    /// True if the first requests were already rejected, so that the server was busy before the
    /// run.
    pub busy_before: bool,
    /// True if the run ended itself early, after consecutive errors.
    pub gave_up: bool,
    /// The limiting factor of the run.
    pub limit: Limit,
    /// The comparison with the server's metrics, if requested.
    pub reconciled: Option<crate::reconcile::Reconciled>,
    /// Remarks on the validity of the figures, one sentence each.
    pub remarks: Vec<String>,
    /// With repeats: all runs, in order. The other fields are those of the run with the median
    /// rate.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<Report>,
    /// The full latency distributions; not in the JSON.
    #[serde(skip)]
    pub distributions: Option<Box<Distributions>>,
}

/// The retries of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Retries {
    /// The number of events, including the warm-up; each was sent once or more often.
    pub events: u64,
    /// The number of requests that were retries.
    pub again: u64,
    /// The number of events that were rejected or never sent, and had no attempt left.
    pub exhausted: u64,
    /// The number of events that still waited for a retry when the run ended.
    pub abandoned: u64,
}

/// The requests of the warm-up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Warmup {
    /// The number of requests.
    pub sent: u64,
    /// The number of requests accepted.
    pub accepted: u64,
    /// The rejected requests by reason.
    pub rejections: Rejections,
    /// All other requests, by cause.
    pub errors: Errors,
    /// The requests that were invalid on purpose.
    pub invalid: Invalid,
}

/// The connections of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Connections {
    /// The maximum number requested.
    pub asked: u64,
    /// The maximum number open at a time.
    pub peak: u64,
    /// The number opened, without the warm-up.
    pub opened: u64,
    /// The number of connects that took over 0.9 s: the server's accept queue was full, so that its
    /// kernel dropped the first SYN.
    pub slow: u64,
    /// The connect times. The response time includes them, the service time does not.
    pub connect_ms: Option<Latency>,
}

/// The facts about a finished run that are not in its tally.
pub(crate) struct Course {
    /// The start of the run, or the end of its warm-up.
    pub(crate) measured_from: Instant,
    /// The number of due events of an open loop, without the warm-up.
    pub(crate) due_events: u64,
    /// The time at which the run was ended with requests left to send.
    pub(crate) cut_at: Option<Instant>,
    pub(crate) peak_connections: u64,
    pub(crate) interrupted: bool,
    pub(crate) gave_up: bool,
    pub(crate) client_cpu: Option<Duration>,
    pub(crate) machine_share: Option<f64>,
    pub(crate) throttled_share: Option<f64>,
}

impl Report {
    pub(crate) fn new(plan: &Plan, tally: Tally, course: &Course) -> Self {
        let is_open = plan.is_open();
        let Counts { accepted, rejections, errors, invalid } = tally.counts;
        let sent = tally.counts.sent();
        let seconds = tally
            .last_done
            .map_or(0.0, |done| done.saturating_duration_since(course.measured_from).as_secs_f64());
        let sending = tally
            .last_tried
            .map_or(Duration::ZERO, |last| last.saturating_duration_since(course.measured_from));
        // While all connections wait for an answer, a run still counts as sending until its end.
        let cut = course
            .cut_at
            .map_or(Duration::ZERO, |at| at.saturating_duration_since(course.measured_from));
        let sending_seconds =
            sending_seconds(plan, sent, sending.as_secs_f64(), seconds).max(cut.as_secs_f64());
        let per_second = |count: u64| {
            let rate = count as f64 / sending_seconds;
            if rate.is_finite() { rounded(rate, 1e4) } else { 0.0 }
        };
        let unsent = course.due_events.saturating_sub(tally.first_sent);
        let if_open = |latency: Option<Latency>| latency.filter(|_| is_open);
        let send_lag_ms = if_open(Latency::from_histogram(&tally.send_lag));
        let own_lag_ms = if_open(Latency::from_histogram(&tally.own_lag));
        let response = Latencies::new(&tally.times, |timings| &timings.response);
        let service = Latencies::new(&tally.times, |timings| &timings.service);
        let missed_rate = remarks::missed_rate(plan, &tally, course.measured_from);
        let is_rate_kept = missed_rate.is_none() && unsent <= course.due_events / UNSENT_PART_MAX;
        let limit = Limit::new(&Evidence {
            sent: sent + tally.warmup.sent(),
            ports_left: errors.ports + tally.warmup.errors.ports == 0,
            seconds: seconds + plan.warmup.as_secs_f64(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            client_cpu: course.client_cpu,
            machine_share: course.machine_share,
            throttled_share: course.throttled_share,
            rate_kept: is_open.then_some(is_rate_kept),
            behind_ms: send_lag_ms.map(|lag| lag.max),
            own_lag_p99_ms: own_lag_ms.map(|lag| lag.p99),
        });
        let mut report = Self {
            schema: SCHEMA,
            asked: plan.into(),
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
            urls: UrlCounts::all(plan, &tally.urls),
            seconds: rounded(seconds, 1e6),
            sending_seconds: rounded(sending_seconds, 1e6),
            rate: per_second(sent - errors.not_sent.min(sent)),
            accepted_per_second: per_second(accepted),
            histograms: None,
            latency_ms: if is_open { response } else { service },
            service_ms: is_open.then_some(service),
            connections: Connections {
                asked: plan.concurrency,
                peak: course.peak_connections,
                opened: tally.connect.len(),
                slow: tally.slow_connects,
                connect_ms: Latency::from_histogram(&tally.connect),
            },
            send_lag_ms,
            due: is_open.then_some(course.due_events),
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
        report.remarks = remarks::collect(&report, &tally, missed_rate);
        report.distributions = Some(Box::new(tally.times));
        report
    }

    /// Combines several runs: the report of the run with the median rate (the slower of the middle
    /// two), with all runs, in order, as its `runs`. Returns `None` for no runs.
    #[must_use]
    pub fn from_runs(runs: Vec<Report>) -> Option<Report> {
        let mut by_rate: Vec<&Report> = runs.iter().collect();
        // Prefer runs that were not interrupted.
        if runs.iter().any(|run| !run.interrupted) {
            by_rate.retain(|run| !run.interrupted);
        }
        by_rate.sort_by(|a, b| a.rate.total_cmp(&b.rate));
        let median = (*by_rate.get(by_rate.len().checked_sub(1)? / 2)?).clone();
        let runs = if runs.len() > 1 { runs } else { Vec::new() };
        Some(Report { runs, ..median })
    }
}

/// The requests to one of several URLs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct UrlCounts {
    /// The URL.
    pub url: String,
    /// The number of requests.
    pub sent: u64,
    /// The number of accepted requests.
    pub accepted: u64,
    /// The number of rejected requests.
    pub rejected: u64,
    /// The errors by cause and fate.
    pub errors: Errors,
}

impl UrlCounts {
    /// Returns the counts of each URL; none if there is only one.
    fn all(plan: &Plan, counts: &[Counts]) -> Vec<Self> {
        if counts.len() < 2 {
            return Vec::new();
        }
        let counts = plan.all_urls().zip(counts).map(|(url, counts)| Self {
            url: crate::server::redact(url),
            sent: counts.sent(),
            accepted: counts.accepted,
            rejected: counts.rejections.total(),
            errors: counts.errors,
        });
        counts.collect()
    }
}

/// Returns the time spent sending `sent` requests, the last of them after `last` seconds: one
/// interval for each request. For a single request it is the interval of the rate, or else the time
/// to its answer.
fn sending_seconds(plan: &Plan, sent: u64, last: f64, seconds: f64) -> f64 {
    match (sent, plan.rate) {
        (0, _) => 0.0,
        (1, Some(rate)) => (1.0 / rate).max(last),
        (_, None) if plan.shape.is_some() => last.max(f64::MIN_POSITIVE),
        (1, None) => seconds,
        // In a closed loop each connection sends its first request at the start, without an
        // interval. With few requests for each connection, the time to the last answer is more
        // accurate.
        (_, None) if sent / 2 < plan.concurrency => seconds,
        (_, None) => last * sent as f64 / (sent - plan.concurrency) as f64,
        (_, Some(_)) => last * sent as f64 / (sent - 1) as f64,
    }
}

pub(crate) fn rounded(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_runs_are_reported_as_the_median_run() {
        let run = |rate| Report { rate, ..Report::default() };
        assert_eq!(Report::from_runs(vec![]), None);
        assert_eq!(Report::from_runs(vec![run(5.0)]), Some(run(5.0)));
        for (rates, middle) in [(&[9.0, 1.0, 5.0][..], 5.0), (&[4.0, 3.0, 2.0, 1.0], 2.0)] {
            let report = Report::from_runs(rates.iter().copied().map(run).collect()).unwrap();
            assert_eq!(report.rate, middle);
            assert_eq!(report.runs.iter().map(|run| run.rate).collect::<Vec<_>>(), rates);
        }
    }
}
