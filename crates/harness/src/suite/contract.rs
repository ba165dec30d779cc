//! The whole table of contract checks.

use super::{Outcome, Stage};
use contract::Target;
use std::time::Duration;

/// Low enough to be waited for, high enough for requests sent byte by byte on a busy machine.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(1500);
/// More than three times the request timeout, so that the two can be told apart.
const IDLE_TIMEOUT: Duration = Duration::from_millis(4600);
/// Many times what the checks have open at a time, few enough to be opened all.
const CONNECTIONS: usize = 128;

pub(super) fn checks(stage: Stage) -> Outcome {
    let server = match stage.number {
        1..=2 => stage.start("")?,
        _ => stage.start(&format!(
            "--request-timeout {}ms --idle-timeout {}ms --max-connections {CONNECTIONS} {}",
            REQUEST_TIMEOUT.as_millis(),
            IDLE_TIMEOUT.as_millis(),
            work(stage),
        ))?,
    };
    let target = Target {
        request_timeout: Some(REQUEST_TIMEOUT),
        idle_timeout: Some(IDLE_TIMEOUT),
        max_connections: Some(CONNECTIONS),
        queue: Some(100),
        // A check that hangs must not hold up the whole suite.
        patience: Duration::from_secs(10),
        workers: Some(if stage.number == 5 { 1 } else { 4 }),
        ..Target::new(server.address(), stage.number)
    };
    let report = contract::run(&target, contract::table(), |_| {});
    let failures: Vec<String> = report.failed().map(ToString::to_string).collect();
    assert!(report.passed(), "{}\n{}", failures.join("\n"), report.summary());
    Ok(())
}

/// Jobs short enough that the checks' few events are soon done, long enough for the queue to fill.
fn work(stage: Stage) -> String {
    match stage.number {
        3 => String::new(),
        4 => "--hold 10ms".into(),
        5 => "--work 20ms --queue 100".into(),
        _ => "--work 40ms --hold 0s --queue 100 --workers 4".into(),
    }
}
