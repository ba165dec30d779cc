//! How late sleeps end on this machine: a part of it, and not of any server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// No sleep that is watched is longer, so that there are some in each second.
const SLEEP_MAX: Duration = Duration::from_millis(20);

/// A thread that does nothing but sleep, and writes down how late it woke up.
pub struct Lateness {
    stop: Arc<AtomicBool>,
    watching: JoinHandle<Vec<Duration>>,
}

impl Lateness {
    /// Watches sleeps of this length, or of 20 ms if that is shorter: how late one ends does not
    /// depend on how long it was.
    pub fn watch(sleep: Duration) -> Self {
        let sleep = sleep.min(SLEEP_MAX);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let watching = thread::spawn(move || {
            let mut late = Vec::new();
            while !stopped.load(Relaxed) {
                let begin = Instant::now();
                thread::sleep(sleep);
                late.push(begin.elapsed().saturating_sub(sleep));
            }
            late
        });
        Self { stop, watching }
    }

    /// Ends it: by how much half of the sleeps were late at least. `None` when there was none.
    pub fn median(self) -> Option<Duration> {
        self.stop.store(true, Relaxed);
        let mut late = self.watching.join().unwrap_or_default();
        middle(&mut late)
    }
}

pub(crate) fn middle(times: &mut [Duration]) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}
