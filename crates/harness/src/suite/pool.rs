//! The worker pool: its size, and that workers run concurrently.

use super::{Outcome, Stage};
use crate::books::{event, wait_for};
#[cfg(target_os = "linux")]
use crate::process;
use std::time::Instant;

#[cfg(target_os = "linux")]
pub(super) fn threads(stage: Stage) -> Outcome {
    for workers in [1, 5] {
        let server = stage.start(&format!("--workers {workers}"))?;
        let expected: Vec<String> = (0..workers).map(|number| number.to_string()).collect();
        wait_for("workers by name", || {
            let threads = process::threads(server.process_id())?;
            let workers = threads.iter().filter_map(|name| name.strip_prefix("worker-"));
            let mut names: Vec<&str> = workers.collect();
            names.sort_unstable();
            Ok(if names == expected { Ok(()) } else { Err(format!("{names:?}")) })
        })?;
    }
    Ok(())
}

pub(super) fn at_the_same_time(stage: Stage) -> Outcome {
    let server = stage.start("--work 2s --hold 0s --workers 4")?;
    let begin = Instant::now();
    for user in ["a", "b", "c", "d"] {
        assert_eq!(server.request("POST", "/", &event(user, 1))?.status, 202);
    }
    let done = |count: usize| {
        wait_for("jobs done", || {
            let balances = server.balances()?;
            let elapsed = begin.elapsed();
            Ok(if balances.len() >= count { Ok(elapsed) } else { Err(format!("{balances:?}")) })
        })
    };
    // In sequence, the last would take four times as long as the first.
    let (first, last) = (done(1)?, done(4)?);
    assert!(last < first * 2, "the first after {first:?}, the last after {last:?}");
    Ok(())
}
