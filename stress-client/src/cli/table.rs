//! A report as a table for people.

use std::fmt::Write;
use stress_client::load::{Errors, Latency, Plan, Report};

/// The whole table, ending in a line break.
pub fn of(plan: &Plan, report: &Report) -> String {
    let mut table = headline(plan, report);
    table += "\n\n             count       %   latency in ms\n";
    table +=
        "                              mean       p50       p90       p99     p99.9       max\n";
    for (name, count, latency) in [
        ("accepted", report.accepted, report.latency_ms.accepted),
        ("rejected", report.rejected, report.latency_ms.rejected),
        ("errors", report.errors.total, report.latency_ms.error),
    ] {
        table += &row(name, count, report.sent, latency);
    }
    if report.errors.total > 0 {
        table += &format!("\nerrors by cause: {}\n", causes(&report.errors));
    }
    if let Some(lag) = report.send_lag_ms {
        table += &format!(
            "\nsent after it was due, in ms: p50 {:.3}, p99 {:.3}, max {:.3}\n",
            lag.p50, lag.p99, lag.max
        );
    }
    for (n, remark) in report.remarks.iter().enumerate() {
        table += if n == 0 { "\n" } else { "" };
        table += &format!("note: {remark}\n");
    }
    table += &super::histogram::of(report);
    table
}

fn headline(plan: &Plan, report: &Report) -> String {
    format!(
        "{}{} requests to {} in {:.2} s: {} a second, {}",
        if report.interrupted { "interrupted: " } else { "" },
        thousands(report.sent),
        plan.url,
        report.seconds,
        thousands(report.rate.round() as u64),
        match plan.rate {
            Some(rate) =>
                format!("of {rate} asked for (open loop, at most {} connections)", plan.concurrency),
            None => format!("over {} connections (closed loop)", plan.concurrency),
        }
    )
}

fn row(name: &str, count: u64, sent: u64, latency: Option<Latency>) -> String {
    let percent = 100.0 * count as f64 / sent.max(1) as f64;
    let mut row = format!("{name:<8} {:>9} {percent:>6.1}%", thousands(count));
    if let Some(latency) = latency {
        for value in
            [latency.mean, latency.p50, latency.p90, latency.p99, latency.p999, latency.max]
        {
            // A `String` takes whatever is written.
            let _ = write!(row, " {value:>9.2}");
        }
    }
    row + "\n"
}

fn causes(errors: &Errors) -> String {
    let causes: Vec<_> = [
        ("refused", errors.refused),
        ("reset", errors.reset),
        ("closed", errors.closed),
        ("timeout", errors.timeout),
        ("status", errors.status),
        ("body", errors.body),
        ("other", errors.other),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(name, count)| format!("{name} {}", thousands(count)))
    .collect();
    format!(
        "{} (never sent {}, fate unknown {})",
        causes.join(", "),
        thousands(errors.not_sent),
        thousands(errors.unknown)
    )
}

/// `12937` as `12,937`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn digits_are_grouped_in_threes() {
        for (number, shown) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (12937, "12,937"), (1_234_567, "1,234,567")]
        {
            assert_eq!(thousands(number), shown);
        }
    }
}
