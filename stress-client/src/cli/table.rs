//! Formats a report as a table.

use hdrhistogram::Histogram;
use load::reconcile::Reconciled;
use load::{
    Connections, Engine, Errors, Invalid, Latencies, Latency, LimitedBy, Plan, Rejections, Report,
    Retries, Timings, UrlCounts, Warmup,
};
use std::fmt::Write;

const CLOSED_LOOP: &str = "\
note: in a closed loop each connection sends its next request only after an answer, so requests delayed
      by a stall are neither sent nor measured (coordinated omission); --rate sends them on schedule
";

/// Renders the table with these percentiles, ending in a line break.
pub fn render(plan: &Plan, report: &Report, percentiles: &[f64]) -> String {
    let mut table = headline(plan, report);
    let kind = match report.service_ms {
        Some(_) => "response time in ms, from the moment a request was due",
        None => "service time in ms",
    };
    table += &format!("\n\n             count       %   {kind}\n");
    let primary: fn(&Timings) -> &Histogram<u64> = match report.service_ms {
        Some(_) => |timings| &timings.response,
        None => |timings| &timings.service,
    };
    table += &section(report, &report.latency_ms, percentiles, primary);
    if let Some(service) = &report.service_ms {
        table += "\n                             service time in ms, from the moment it was sent\n";
        table += &section(report, service, percentiles, |timings| &timings.service);
    }
    table += "\n";
    for url in &report.urls {
        let UrlCounts { url, sent, accepted, rejected, errors } = url;
        let counts = [("accepted", *accepted), ("rejected", *rejected), ("errors", errors.total)];
        table += &format!("{url}: {} requests ({})\n", thousands(*sent), join_counts(&counts));
    }
    for line in [
        (report.errors.total > 0).then(|| format!("errors by cause: {}", causes(&report.errors))),
        reasons(&report.rejections),
        warmup(&report.warmup),
        retries(report),
        invalid(&report.invalid),
        report.send_lag_ms.map(|lag| {
            let Latency { p50, p99, max, .. } = lag;
            format!("delay before sending, in ms: p50 {p50:.3}, p99 {p99:.3}, max {max:.3}")
        }),
        Some(connections(report)),
        Some(limit(report)),
        (report.accepted > 0)
            .then(|| format!("accepted a second: {}", per_second(report.accepted_per_second))),
        report.reconciled.as_ref().map(books),
    ] {
        table.extend(line.map(|line| line + "\n"));
    }
    for remark in &report.remarks {
        table += &format!("note: {remark}\n");
    }
    if !plan.is_open() {
        table += CLOSED_LOOP;
    }
    table + &super::histogram::render(report)
}

/// Renders one row for each outcome.
fn section(
    report: &Report,
    latencies: &Latencies,
    percentiles: &[f64],
    pick: fn(&Timings) -> &Histogram<u64>,
) -> String {
    let mut section = format!("{:24} {:>9}", "", "mean");
    for percent in percentiles {
        let name = if *percent == 0.0 { "min".to_owned() } else { format!("p{percent}") };
        let _ = write!(section, " {name:>9}");
    }
    section += &format!(" {:>9}\n", "max");
    let all = report.distributions.as_deref();
    for (name, count, latency, times) in [
        ("accepted", report.accepted, latencies.accepted, all.map(|all| &all.accepted)),
        ("rejected", report.rejected, latencies.rejected, all.map(|all| &all.rejected)),
        ("errors", report.errors.total, latencies.error, all.map(|all| &all.error)),
    ] {
        let figures = latency.map(|latency| {
            let at = |percent: &f64| {
                let microseconds = times.map(|times| pick(times).value_at_percentile(*percent));
                microseconds.map_or(f64::NAN, |microseconds| microseconds as f64 / 1000.0)
            };
            let middle = percentiles.iter().map(at);
            [latency.mean].into_iter().chain(middle).chain([latency.max]).collect()
        });
        section += &row(name, count, report.sent, figures);
    }
    section
}

fn headline(plan: &Plan, report: &Report) -> String {
    let ended = match report {
        Report { interrupted: true, .. } => "interrupted: ",
        Report { gave_up: true, .. } => "stopped early: ",
        _ => "",
    };
    let engine = if plan.engine == Engine::Raw { ", engine raw" } else { "" };
    format!(
        "{ended}{} requests to {} in {:.2} s: {} a second, {}{engine}",
        thousands(report.sent),
        match report.urls.len() {
            0 => report.asked.url.clone(),
            several => format!("{several} URLs"),
        },
        report.seconds,
        per_second(report.rate),
        match (plan.rate, &plan.shape) {
            (Some(rate), _) =>
                format!("of {rate} asked for (open loop, at most {} connections)", plan.concurrency),
            (None, Some(shape)) =>
                format!("as {shape} (open loop, at most {} connections)", plan.concurrency),
            (None, None) => format!("over {} connections (closed loop)", plan.concurrency),
        }
    )
}

fn reasons(rejections: &Rejections) -> Option<String> {
    let other = rejections.total() - rejections.server_busy;
    (other > 0).then(|| {
        let reasons = join_counts(&[
            ("server_busy", rejections.server_busy),
            ("shutting_down", rejections.shutting_down),
            ("too_many_users", rejections.too_many_users),
            ("too_many_connections", rejections.too_many_connections),
            ("other", rejections.other),
        ]);
        format!("rejected by reason: {reasons}")
    })
}

fn warmup(warmup: &Warmup) -> Option<String> {
    let Warmup { sent, accepted, rejections, errors, .. } = warmup;
    (*sent > 0).then(|| {
        let (rejected, errors) = (rejections.total(), errors.total);
        let counts =
            join_counts(&[("accepted", *accepted), ("rejected", rejected), ("errors", errors)]);
        format!("warm-up, not in the figures: {} requests ({counts})", thousands(*sent))
    })
}

fn retries(report: &Report) -> Option<String> {
    let Retries { events, again, exhausted, abandoned } = report.retries;
    (again + exhausted + abandoned > 0).then(|| {
        let mut line = format!(
            "retries: {} events took {} requests, {:.2} each; {} were given up",
            thousands(events),
            thousands(events + again),
            (events + again) as f64 / events.max(1) as f64,
            thousands(exhausted),
        );
        if abandoned > 0 {
            line += &format!(", {} still had retries left at the end", thousands(abandoned));
        }
        line
    })
}

fn invalid(invalid: &Invalid) -> Option<String> {
    (invalid.sent > 0).then(|| {
        format!(
            "invalid requests: {}, of which {} were refused",
            thousands(invalid.sent),
            thousands(invalid.refused)
        )
    })
}

fn connections(report: &Report) -> String {
    let Connections { asked, peak, opened, connect_ms, .. } = report.connections;
    let took = connect_ms.map_or_else(String::new, |Latency { p50, max, .. }| {
        format!(" (median connect time {p50:.2} ms, max {max:.2})")
    });
    format!("connections: at most {peak} of {asked} at a time, {} opened{took}", thousands(opened))
}

/// Formats the limiting factor of the run and its figures.
fn limit(report: &Report) -> String {
    let limit = &report.limit;
    let percent = |share: Option<f64>| match share {
        Some(share) => format!("{:.0} %", share * 100.0),
        None => "an unknown share".to_owned(),
    };
    let client = percent(limit.client_share);
    let verdict = match limit.by {
        LimitedBy::Nobody => "nothing: the rate was kept".to_owned(),
        LimitedBy::Server => {
            format!(
                "the server: the client waited for its answers (and used {client} of the cores)"
            )
        }
        LimitedBy::Client if report.errors.ports > 0 => {
            "the client: this machine ran out of local ports for its connections".to_owned()
        }
        LimitedBy::Client => format!(
            "the client: it used {client} of the cores and could not send faster; the server may do more"
        ),
        LimitedBy::Machine if limit.is_throttled() => format!(
            "the machine: a CPU quota throttled the client in {} of its periods",
            percent(limit.throttled_share)
        ),
        LimitedBy::Machine => format!(
            "the machine: its cores were {} busy, {client} with the client; on its own machine the \
             server may do more",
            percent(limit.machine_share)
        ),
        LimitedBy::Unknown => "unknown: too few requests, or no CPU times".to_owned(),
    };
    let cpu = limit
        .client_cpu_seconds_per_million
        .map_or_else(String::new, |cpu| format!("; {cpu:.1} s of CPU per million requests"));
    let behind = limit.behind_ms.map_or_else(String::new, |behind| {
        let own = limit.own_lag_p99_ms.unwrap_or_default();
        format!(
            "; at most {behind:.1} ms behind schedule, {own:.1} ms of it the client's own (p99)"
        )
    });
    format!("held back by: {verdict}{cpu}{behind}")
}

fn books(books: &Reconciled) -> String {
    match (books.agrees(), books.unknown) {
        (false, _) => "server metrics: they do NOT match, see below".to_owned(),
        (true, 0) => "server metrics: exact match".to_owned(),
        (true, unknown) => {
            format!("server metrics: match, within {unknown} requests of unknown fate")
        }
    }
}

fn row(name: &str, count: u64, sent: u64, figures: Option<Vec<f64>>) -> String {
    let percent = 100.0 * count as f64 / sent.max(1) as f64;
    let mut row = format!("{name:<8} {:>9} {percent:>6.1}%", thousands(count));
    for value in figures.into_iter().flatten() {
        // Writing to a `String` does not fail.
        let _ = write!(row, " {value:>9.2}");
    }
    row + "\n"
}

fn causes(errors: &Errors) -> String {
    let causes = join_counts(&[
        ("refused", errors.refused),
        ("reset", errors.reset),
        ("closed", errors.closed),
        ("timeout", errors.timeout),
        ("status", errors.status),
        ("body", errors.body),
        ("ports", errors.ports),
        ("other", errors.other),
    ]);
    format!(
        "{causes} (never sent {}, fate unknown {})",
        thousands(errors.not_sent),
        thousands(errors.unknown)
    )
}

/// Joins the counts that are not zero, each after its name.
fn join_counts(counts: &[(&str, u64)]) -> String {
    let counts = counts.iter().filter(|(_, count)| *count > 0);
    counts
        .map(|(name, count)| format!("{name} {}", thousands(*count)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Formats a rate to about three significant digits or whole numbers: `12,937`, `12.3`, `0.103`.
pub fn per_second(rate: f64) -> String {
    if rate < 100.0 { exact(rate) } else { thousands(rate.round() as u64) }
}

/// Formats a rate with one decimal place, or three below 10.
pub fn exact(rate: f64) -> String {
    if rate < 10.0 { format!("{rate:.3}") } else { format!("{rate:.1}") }
}

/// Formats `12937` as `12,937`.
pub fn thousands(number: u64) -> String {
    load::words::with_commas(&number.to_string())
}
