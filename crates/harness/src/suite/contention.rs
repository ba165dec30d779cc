//! Lock waits and holds, as stages 7 and 8 log them each second.

use super::{Outcome, Stage};
use crate::books::{Books, wait_for, wait_for_balances};

/// Keeps ten workers busy for a few seconds with different users, and returns the median waits and holds
/// that the server logs.
fn waits_and_holds(stage: Stage) -> Result<Vec<(f64, f64)>, Box<dyn std::error::Error>> {
    let server = stage.start("--work 0s --hold 20ms --workers 10 --queue 1000")?;
    let books = Books::keep(server.address(), 10, 100, 10, 100);
    assert_eq!(books.accepted, 100, "{books:?}");
    wait_for_balances(&server, &books.sums)?;
    wait_for("a report of the last jobs", || {
        let reports = parse(&server.stderr());
        let done: u64 = reports.iter().map(|report| report.0).sum();
        Ok(if done == 100 {
            Ok(reports.into_iter().map(|(_, wait, hold)| (wait, hold)).collect())
        } else {
            Err(server.stderr())
        })
    })
}

/// Parses jobs, wait and hold in milliseconds from each `N jobs done, median wait 1.23ms, hold 4.56ms`.
fn parse(stderr: &str) -> Vec<(u64, f64, f64)> {
    let report = |line: &str| {
        let (before, after) = line.split_once(" jobs done, median wait ")?;
        let (wait, hold) = after.split_once(", hold ")?;
        let done = before.rsplit(' ').next()?.parse().ok()?;
        Some((done, milliseconds(wait)?, milliseconds(hold)?))
    };
    stderr.lines().filter_map(report).collect()
}

/// Parses a duration as formatted by `{:?}`.
fn milliseconds(text: &str) -> Option<f64> {
    let units = [("ns", 1e-6), ("µs", 1e-3), ("ms", 1.0), ("s", 1e3)];
    let (number, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.trim().strip_suffix(unit)?, factor)))?;
    Some(number.parse::<f64>().ok()? * factor)
}

pub(super) fn one_lock(stage: Stage) -> Outcome {
    let reports = waits_and_holds(stage)?;
    assert!(reports.iter().all(|(_, hold)| *hold >= 20.0), "{reports:?}");
    // Nine others wait before each job, except at the end.
    assert!(reports.iter().any(|(wait, hold)| wait > &(3.0 * hold)), "{reports:?}");
    Ok(())
}

pub(super) fn shards(stage: Stage) -> Outcome {
    let reports = waits_and_holds(stage)?;
    assert!(reports.iter().all(|(wait, hold)| *hold >= 20.0 && wait < hold), "{reports:?}");
    Ok(())
}
