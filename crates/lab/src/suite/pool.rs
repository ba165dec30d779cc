//! The pool of workers: that there are as many as asked for, and that they work side by side.

use super::{Outcome, Stage};
use crate::books::{event, wait_for};
use std::time::Instant;

/// The threads of a process by name, as Linux tells them.
#[cfg(target_os = "linux")]
pub(super) fn threads(stage: Stage) -> Outcome {
    for workers in [1, 5] {
        let server = stage.start(&format!("--workers {workers}"))?;
        let due: Vec<String> = (0..workers).map(|number| number.to_string()).collect();
        // A thread gives itself its name, a moment after it was started.
        wait_for("workers by name", || {
            let mut names = Vec::new();
            for task in std::fs::read_dir(format!("/proc/{}/task", server.process_id()))? {
                let name = std::fs::read_to_string(task?.path().join("comm"))?;
                names.extend(name.trim().strip_prefix("worker-").map(str::to_owned));
            }
            names.sort();
            Ok(if names == due { Ok(()) } else { Err(format!("{names:?}")) })
        })?;
    }
    Ok(())
}

pub(super) fn at_the_same_time(stage: Stage) -> Outcome {
    let server = stage.start("--work 500ms --hold 0s --workers 4")?;
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
    // One after the other, the last would be done after four times as long as the first.
    let (first, last) = (done(1)?, done(4)?);
    assert!(last < first * 2, "the first after {first:?}, the last after {last:?}");
    Ok(())
}
