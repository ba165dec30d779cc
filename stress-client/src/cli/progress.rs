//! While a run lasts: a line with its counts on a terminal, and a warning when it will take long.

use super::table::thousands;
use load::{Counts, Live, Plan};
use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const REDRAW_EVERY: Duration = Duration::from_millis(100);
/// When a run is judged long or not.
const JUDGE_AFTER: Duration = Duration::from_secs(3);
/// A run that will take longer than this is worth a warning.
const PATIENCE: Duration = Duration::from_secs(60);
const BAR_WIDTH: usize = 24;

/// Looks on from a thread of its own.
pub struct Progress {
    finished: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to look on.
    pub fn start(plan: &Plan, live: &Arc<Live>) -> Self {
        let (finished, wait) = mpsc::channel();
        let (plan, live) = (plan.clone(), live.clone());
        let draws = super::draws();
        let look_on = move || {
            let mut judged = false;
            while wait.recv_timeout(REDRAW_EVERY) == Err(RecvTimeoutError::Timeout) {
                let Some(elapsed) = live.elapsed() else {
                    continue;
                };
                let counts = live.counts();
                if !judged && elapsed >= JUDGE_AFTER && !live.is_stopped() {
                    judged = true;
                    if let Some(warning) = long_run(&plan, counts.total(), elapsed) {
                        draw(draws, "");
                        super::tell(warning);
                    }
                }
                draw(draws, &line(&plan, counts, elapsed));
            }
            draw(draws, "");
        };
        Self {
            finished,
            // Without a thread to spare there is no progress line, and the run is as good.
            thread: thread::Builder::new().spawn(look_on).ok(),
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
fn draw(draws: bool, line: &str) {
    if draws {
        // A line that wraps cannot be drawn over: the last column stays free.
        let line: String = line.chars().take(width().saturating_sub(1)).collect();
        let _ = write!(std::io::stderr(), "\r\x1b[K{line}");
    }
}

/// The columns of the terminal; 80 where it does not tell.
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

/// Says so when a run will take minutes, judged by what it has done so far.
fn long_run(plan: &Plan, done: u64, elapsed: Duration) -> Option<String> {
    let requests = plan.requests?;
    if done == 0 {
        return Some(format!(
            "no answer in {:.0} s: each request may take up to --timeout {}",
            elapsed.as_secs_f64(),
            humantime::format_duration(plan.timeout)
        ));
    }
    let rate = done as f64 / elapsed.as_secs_f64();
    let left = requests.saturating_sub(done) as f64 / rate;
    let planned_end = plan.duration.unwrap_or(Duration::MAX).as_secs_f64();
    let total = (elapsed.as_secs_f64() + left).min(planned_end);
    (total > PATIENCE.as_secs_f64()).then(|| {
        format!(
            "at {rate:.1} requests a second this run will take about {:.0} min: lower --requests \
             {requests}, set --duration, or press Ctrl-C for what was measured",
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
        for (plan, done, says) in [
            (plan(Some(5000), None), 6, Some("42 min")),
            (plan(Some(5000), None), 4000, None),
            (plan(Some(5000), Some(30)), 6, None),
            (plan(Some(5000), Some(600)), 6, Some("10 min")),
            (plan(Some(5000), None), 0, Some("no answer")),
            (plan(None, Some(600)), 6, None),
        ] {
            let said = long_run(&plan, done, three);
            assert_eq!(said.is_some(), says.is_some(), "{plan:?} {said:?}");
            assert!(said.unwrap_or_default().contains(says.unwrap_or_default()));
        }
    }
}
