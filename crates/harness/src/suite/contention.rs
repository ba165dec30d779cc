//! Lock waits and holds, as stages 7 and 8 log them each second.

use super::{Outcome, Stage};
use crate::books::{Books, wait_for, wait_for_balances};
use crate::log;

/// Keeps ten workers busy for a few seconds with different users, and returns the median waits and
/// holds that the server logs.
fn waits_and_holds(stage: Stage) -> Result<Vec<(f64, f64)>, Box<dyn std::error::Error>> {
    let server = stage.start("--work 0s --hold 20ms --workers 10 --queue 1000")?;
    let books = Books::keep(server.address(), 10, 100, 10, 100);
    assert_eq!(books.accepted, 100, "{books:?}");
    wait_for_balances(&server, &books.sums)?;
    wait_for("a report of the last jobs", || {
        let reports = log::contention(&server.stderr());
        let done: u64 = reports.iter().map(|report| report.jobs).sum();
        Ok(if done == 100 {
            Ok(reports.iter().map(|report| (report.wait * 1e3, report.hold * 1e3)).collect())
        } else {
            Err(server.stderr())
        })
    })
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
