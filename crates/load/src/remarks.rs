//! What a reader of the figures should know before believing them: one sentence each.

use super::outcome::Cause;
use super::plan::Plan;
use super::report::{Latency, Report};
use super::retry::RETRY_AFTER_MAX;
use super::tally::Tally;
use std::time::{Duration, Instant};

/// An open loop that took this much longer than planned did not keep its rate.
const LATE_RATIO_MAX: f64 = 1.02;
/// Nor is a run late that ends within this of its plan, however short it was.
const LATE_MAX: Duration = Duration::from_millis(20);
/// A response time so much longer than the service time is worth a word, beyond `GAP_MIN_MS`.
const GAP_RATIO: f64 = 2.0;
const GAP_MIN_MS: f64 = 5.0;
/// A wait for the last answers of more than this, in seconds, and of the time spent sending, is told.
const WAIT_MIN: f64 = 0.5;
const WAIT_RATIO: f64 = 0.1;

/// The remarks on a finished run.
pub(crate) fn on(report: &Report, tally: &Tally, missed_rate: Option<String>) -> Vec<String> {
    [
        gave_up(report, tally),
        missed_rate,
        waited(report),
        gap(report),
        slow_connects(report),
        unsent(report),
        ports(report),
        waits_cut(tally),
        busy_before(report),
        taken(report),
        tally.example.as_ref().map(|words| format!("one of the errors: {words}")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Says so when an open loop took longer than planned to send each event for the first time.
pub(crate) fn missed_rate(plan: &Plan, tally: &Tally, measured_from: Instant) -> Option<String> {
    let (rate, pacer) = (plan.rate?, plan.pacer().ok()??);
    let last = pacer.due(tally.events.checked_sub(1)?);
    let planned = last.saturating_sub(plan.warmup).as_secs_f64();
    let took = tally.last_sent?.saturating_duration_since(measured_from).as_secs_f64();
    let late = took > planned * LATE_RATIO_MAX && took > planned + LATE_MAX.as_secs_f64();
    late.then(|| {
        format!(
            "the rate was not kept: {rate} requests a second were asked for and {:.3} were sent, \
             because no more than {} connections may be open; the wait for one is part of the \
             latency",
            rate * planned / took,
            plan.concurrency,
        )
    })
}

fn gave_up(report: &Report, tally: &Tally) -> Option<String> {
    let (_, cause) = tally.last_error.filter(|_| report.gave_up)?;
    Some(format!(
        "given up after {} errors in a row, the last of them: {}",
        report.asked.errors_in_a_row,
        match cause {
            Cause::Refused => "connection refused, nobody listens there any more",
            Cause::Reset => "the connection was reset",
            Cause::Closed => "the connection was closed before the answer",
            Cause::Timeout => "no answer in time",
            Cause::Status => "an answer with a status code that the contract does not have",
            Cause::Body => "an answer with a body that the contract does not have",
            Cause::Ports => "no local port left for one more connection",
            Cause::Other => "no answer in HTTP",
        }
    ))
}

fn gap(report: &Report) -> Option<String> {
    let service = report.service_ms?;
    let pairs = [
        ("accepted", report.latency_ms.accepted, service.accepted),
        ("rejected", report.latency_ms.rejected, service.rejected),
        ("failed", report.latency_ms.error, service.error),
    ];
    let wide = |response: f64, service: f64| {
        response > service * GAP_RATIO && response - service > GAP_MIN_MS
    };
    pairs.into_iter().find_map(|(outcome, response, service)| {
        let (response, service): (Latency, Latency) = (response?, service?);
        let quantiles = [
            ("p50", response.p50, service.p50),
            ("p90", response.p90, service.p90),
            ("p99", response.p99, service.p99),
            ("p99.9", response.p999, service.p999),
        ];
        let (quantile, response, service) =
            quantiles.into_iter().find(|(_, response, service)| wide(*response, *service))?;
        Some(format!(
            "the {quantile} of {outcome} requests is {response:.1} ms from the moment they were \
             due, and {service:.1} ms from the moment they were sent: the difference is how long \
             they waited to be sent, which the service time alone would hide",
        ))
    })
}

/// Says so when the run went on for long after its last request.
fn waited(report: &Report) -> Option<String> {
    let waited = report.seconds - report.sending_seconds;
    (waited > WAIT_MIN && waited > report.sending_seconds * WAIT_RATIO).then(|| {
        format!(
            "the last answer came {waited:.2} s after sending was over, which is in no rate: it took \
             {:.2} s",
            report.sending_seconds
        )
    })
}

fn slow_connects(report: &Report) -> Option<String> {
    let connections = &report.connections;
    (connections.slow > 0).then(|| {
        format!(
            "{} of {} connects took over 0.9 s (at most {:.1} s): the kernel's accept queue was \
             full and the SYN had to be sent again, which is no latency of the server's and not in \
             the service time",
            connections.slow,
            connections.opened,
            connections.connect_ms.map_or(0.0, |connect| connect.max / 1000.0),
        )
    })
}

fn waits_cut(tally: &Tally) -> Option<String> {
    (tally.waits_cut > 0).then(|| {
        format!(
            "{} answers asked for a wait of more than {} s (Retry-After), and were sent again after that",
            tally.waits_cut,
            RETRY_AFTER_MAX.as_secs()
        )
    })
}

fn ports(report: &Report) -> Option<String> {
    (report.errors.ports > 0).then(|| {
        format!(
            "{} connections could not be opened, because this machine had no local port left: not the \
             server's doing. Ports of closed connections are free again after a minute; a server that \
             keeps its connections open needs few",
            report.errors.ports
        )
    })
}

fn unsent(report: &Report) -> Option<String> {
    (report.unsent > 0).then(|| {
        format!(
            "{} requests fell due and were never sent: the run ended while all {} connections \
             were busy",
            report.unsent, report.asked.concurrency
        )
    })
}

fn busy_before(report: &Report) -> Option<String> {
    report.busy_before.then(|| {
        "the very first requests were already rejected: the server was busy before this run, so \
         restart it or let it drain"
            .to_owned()
    })
}

fn taken(report: &Report) -> Option<String> {
    (report.invalid.taken > 0).then(|| {
        format!(
            "{} of {} requests that were no events were taken for events",
            report.invalid.taken, report.invalid.sent
        )
    })
}
