//! The worker pool: its size.

use super::{Outcome, Stage};
use crate::books::wait_for;
use crate::process;

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
