//! Remarks on the validity of a report, one sentence each.

use super::latency::Latency;
use super::outcome::Cause;
use super::plan::Plan;
use super::report::Report;
use super::retry::RETRY_AFTER_MAX;
use super::tally::Tally;
use std::time::{Duration, Instant};

/// An open loop misses its rate if it takes longer than planned by more than this ratio and this
/// time.
const LATE_RATIO_MAX: f64 = 1.02;
const LATE_MAX: Duration = Duration::from_millis(20);
/// A response time is remarkable if it exceeds the service time by more than this ratio and this
/// time.
const GAP_RATIO: f64 = 2.0;
const GAP_MIN_MS: f64 = 5.0;
/// A wait for the last answers is remarkable above this time, in seconds, and this share of the
/// time spent sending.
const WAIT_MIN: f64 = 0.5;
const WAIT_RATIO: f64 = 0.1;

/// Collects the remarks on a finished run.
pub(crate) fn collect(report: &Report, tally: &Tally, missed_rate: Option<String>) -> Vec<String> {
    [
        gave_up(report, tally),
        missed_rate,
        long_wait(report),
        queueing(report),
        slow_connects(report),
        unsent(report),
        no_ports(report),
        shortened_waits(tally),
        busy_before(report),
        accepted_invalid(report),
        tally.example.as_ref().map(|text| format!("one of the errors: {text}")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Returns a remark if an open loop took longer than planned to send each event for the first time.
pub(crate) fn missed_rate(plan: &Plan, tally: &Tally, measured_from: Instant) -> Option<String> {
    if !plan.is_open() {
        return None;
    }
    let planned = tally.last_due?.saturating_duration_since(measured_from).as_secs_f64();
    let took = tally.last_sent?.saturating_duration_since(measured_from).as_secs_f64();
    let late = took > planned * LATE_RATIO_MAX && took > planned + LATE_MAX.as_secs_f64();
    late.then(|| {
        let what = match plan.rate {
            Some(rate) => format!(
                "{rate} requests a second were scheduled and {:.3} were sent",
                rate * planned / took
            ),
            None => format!("{planned:.2} s were scheduled and {took:.2} s needed"),
        };
        format!(
            "the rate was not kept: {what}, because all {} connections (--concurrency) were in use; \
             the wait for one is part of the latency",
            plan.concurrency,
        )
    })
}

fn gave_up(report: &Report, tally: &Tally) -> Option<String> {
    let (_, cause) = tally.last_error.filter(|_| report.gave_up)?;
    Some(format!(
        "stopped after {} consecutive errors, the last of them: {}",
        report.asked.errors_in_a_row,
        match cause {
            Cause::Refused => "connection refused",
            Cause::Reset => "connection reset",
            Cause::Closed => "connection closed before the answer",
            Cause::Timeout => "timeout",
            Cause::Status => "an answer with a status code that is not in the contract",
            Cause::Body => "an answer with a body that is not in the contract",
            Cause::Ports => "no local port left for another connection",
            Cause::Other => "an answer that is not HTTP",
        }
    ))
}

fn queueing(report: &Report) -> Option<String> {
    let service = report.service_ms?;
    let pairs = [
        ("accepted", report.latency_ms.accepted, service.accepted),
        ("rejected", report.latency_ms.rejected, service.rejected),
        ("failed", report.latency_ms.error, service.error),
    ];
    let is_wide = |response: f64, service: f64| {
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
            quantiles.into_iter().find(|(_, response, service)| is_wide(*response, *service))?;
        Some(format!(
            "the {quantile} of {outcome} requests is {response:.1} ms in response time and \
             {service:.1} ms in service time; the difference is the wait to be sent",
        ))
    })
}

/// Returns a remark if the last answer came long after the last request.
fn long_wait(report: &Report) -> Option<String> {
    let wait = report.seconds - report.sending_seconds;
    (wait > WAIT_MIN && wait > report.sending_seconds * WAIT_RATIO).then(|| {
        format!(
            "the last answer came {wait:.2} s after the {:.2} s spent sending, from which the rates \
             are computed",
            report.sending_seconds
        )
    })
}

fn slow_connects(report: &Report) -> Option<String> {
    let connections = &report.connections;
    (connections.slow > 0).then(|| {
        format!(
            "{} of {} connects took over 0.9 s (at most {:.1} s): the server's accept queue was full \
             and the kernel sent the SYN again; the service time does not include it",
            connections.slow,
            connections.opened,
            connections.connect_ms.map_or(0.0, |connect| connect.max / 1000.0),
        )
    })
}

fn shortened_waits(tally: &Tally) -> Option<String> {
    (tally.shortened_waits > 0).then(|| {
        format!(
            "{} answers had a Retry-After above {limit} s; their requests were retried after {limit} s",
            tally.shortened_waits,
            limit = RETRY_AFTER_MAX.as_secs()
        )
    })
}

fn no_ports(report: &Report) -> Option<String> {
    (report.errors.ports > 0).then(|| {
        format!(
            "{} connections could not be opened, because this machine had no local port left. The port \
             of a closed connection is free again after a minute; a server that keeps its connections \
             open needs few ports",
            report.errors.ports
        )
    })
}

fn unsent(report: &Report) -> Option<String> {
    (report.unsent > 0).then(|| {
        format!(
            "{} requests were due and never sent: the run ended while all {} connections were in use",
            report.unsent, report.asked.concurrency
        )
    })
}

fn busy_before(report: &Report) -> Option<String> {
    report.busy_before.then(|| {
        "the first requests were already rejected: the server was busy before this run, so restart \
         it or wait until its queue is empty"
            .to_owned()
    })
}

fn accepted_invalid(report: &Report) -> Option<String> {
    (report.invalid.taken > 0).then(|| {
        format!(
            "{} of {} invalid requests were accepted or rejected like valid events",
            report.invalid.taken, report.invalid.sent
        )
    })
}
