//! The whole table of contract checks.

use super::{Outcome, Stage};
use contract::Target;
use std::time::Duration;

/// Short enough to wait for, long enough for requests sent byte by byte on a busy machine.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(1500);
/// More than three times the request timeout, to distinguish the two.
const IDLE_TIMEOUT: Duration = Duration::from_millis(4600);
/// Well above the number of concurrent connections of the checks, and few enough to open.
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
        // A check that hangs must not block the whole suite.
        patience: Duration::from_secs(10),
        workers: Some(if stage.number == 5 { 1 } else { 4 }),
        ..Target::new(server.address(), stage.number)
    };
    let report = contract::run(&target, contract::table(), |_| {});
    assert!(!report.verdicts.is_empty(), "no check of the table holds for stage {}", stage.number);
    let failures: Vec<String> = report.failed().map(ToString::to_string).collect();
    assert!(report.passed(), "{}\n{}", failures.join("\n"), report.summary());
    Ok(())
}

/// Returns flags with jobs short enough for the events of the checks, and long enough to fill the
/// queue.
fn work(stage: Stage) -> String {
    match stage.number {
        3 => String::new(),
        4 => "--hold 10ms".into(),
        5 => "--work 20ms --queue 100".into(),
        _ => "--work 40ms --hold 0s --queue 100 --workers 4".into(),
    }
}
