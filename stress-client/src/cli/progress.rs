//! Shows the counts of a run on a line of the terminal, and warns when a run will take long.

use super::table::thousands;
use load::{Counts, Live, Plan};
use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const REDRAW_EVERY: Duration = Duration::from_millis(100);
/// The time after which to estimate how long a run takes.
const ESTIMATE_AFTER: Duration = Duration::from_secs(3);
/// The estimated duration above which to warn.
const LONG_RUN: Duration = Duration::from_secs(60);
const BAR_WIDTH: usize = 24;

/// The progress line, updated from its own thread.
pub struct Progress {
    finished: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts the thread.
    pub fn start(plan: &Plan, live: &Arc<Live>) -> Self {
        let (finished, wait) = mpsc::channel();
        let (plan, live) = (plan.clone(), live.clone());
        let has_terminal = super::stderr_has_escapes();
        let update = move || {
            let mut has_estimated = false;
            while wait.recv_timeout(REDRAW_EVERY) == Err(RecvTimeoutError::Timeout) {
                let Some(elapsed) = live.elapsed() else {
                    continue;
                };
                let counts = live.counts();
                if !has_estimated && elapsed >= ESTIMATE_AFTER && !live.is_stopped() {
                    has_estimated = true;
                    if let Some(warning) = warn_if_long(&plan, counts.total(), elapsed) {
                        draw(has_terminal, "");
                        super::print_stderr(warning);
                    }
                }
                draw(has_terminal, &line(&plan, counts, elapsed));
            }
            draw(has_terminal, "");
        };
        Self {
            finished,
            // If no thread can be started, run without a progress line.
            thread: thread::Builder::new().spawn(update).ok(),
        }
    }

    /// Clears the line.
    pub fn finish(self) {
        drop(self.finished);
        if let Some(thread) = self.thread {
            let _ = thread.join();
        }
    }
}

/// Replaces the line on the terminal.
fn draw(has_terminal: bool, line: &str) {
    if has_terminal {
        // A line that wraps cannot be replaced: leave the last column free.
        let line: String = line.chars().take(width().saturating_sub(1)).collect();
        let _ = write!(std::io::stderr(), "\r\x1b[K{line}");
    }
}

/// Returns the number of columns of the terminal, or 80 if it is unknown.
fn width() -> usize {
    #[cfg(unix)]
    if let Ok(size) = rustix::termios::tcgetwinsize(std::io::stderr())
        && size.ws_col > 0
    {
        return size.ws_col.into();
    }
    80
}

fn line(plan: &Plan, counts: Counts, elapsed: Duration) -> String {
    let Counts { accepted, rejected, errors } = counts;
    let bar = plan.requests.map_or_else(String::new, |requests| {
        let done = (counts.total() as f64 / requests as f64 * BAR_WIDTH as f64) as usize;
        format!("[{:<BAR_WIDTH$}] ", "=".repeat(done.min(BAR_WIDTH)))
    });
    format!(
        "{bar}{:.0} s  accepted {}  rejected {}  errors {}",
        elapsed.as_secs_f64(),
        thousands(accepted),
        thousands(rejected),
        thousands(errors),
    )
}

/// Returns a warning if the run will take longer than [`LONG_RUN`] at its rate so far.
fn warn_if_long(plan: &Plan, done: u64, elapsed: Duration) -> Option<String> {
    let requests = plan.requests?;
    if done == 0 {
        return Some(format!(
            "no answer in {:.0} s; each request may take up to --timeout {}",
            elapsed.as_secs_f64(),
            humantime::format_duration(plan.timeout)
        ));
    }
    let rate = done as f64 / elapsed.as_secs_f64();
    let left = requests.saturating_sub(done) as f64 / rate;
    let planned_end = plan.duration.unwrap_or(Duration::MAX).as_secs_f64();
    let total = (elapsed.as_secs_f64() + left).min(planned_end);
    (total > LONG_RUN.as_secs_f64()).then(|| {
        format!(
            "at {rate:.1} requests a second this run will take about {:.0} min: lower --requests \
             {requests}, set --duration, or press Ctrl-C for a report of the requests so far",
            (total / 60.0).ceil()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_minutes_is_announced_and_a_short_one_is_not() {
        let plan = |requests, duration: Option<u64>| Plan {
            requests,
            duration: duration.map(Duration::from_secs),
            ..Plan::default()
        };
        let three = Duration::from_secs(3);
        for (plan, done, expected) in [
            (plan(Some(5000), None), 6, Some("42 min")),
            (plan(Some(5000), None), 4000, None),
            (plan(Some(5000), Some(30)), 6, None),
            (plan(Some(5000), Some(600)), 6, Some("10 min")),
            (plan(Some(5000), None), 0, Some("no answer")),
            (plan(None, Some(600)), 6, None),
        ] {
            let warning = warn_if_long(&plan, done, three);
            assert_eq!(warning.is_some(), expected.is_some(), "{plan:?} {warning:?}");
            assert!(warning.unwrap_or_default().contains(expected.unwrap_or_default()));
        }
    }
}
