//! Detects whether the machine allowed a measurement to be judged, for tests, experiments and
//! transcripts.
//!
//! A count or a time that depends on the machine's speed says something about a server only where
//! sleeps end on time and processor time is left. Otherwise the measurement is *not judged*, and
//! the reason is reported.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use load::CpuWatch;

/// The longest sleep that is measured, so that there are many in each second.
const SLEEP_MAX: Duration = Duration::from_millis(20);
/// The mean lateness of sleeps, as a share of their length, from which on it affects a measurement.
const LATE_SHARE_MAX: f64 = 0.03;

/// Watches the machine during a measurement.
#[derive(Debug)]
pub struct Watch {
    sleep: Duration,
    cpu: CpuWatch,
    stop: Arc<AtomicBool>,
    sleeping: JoinHandle<Duration>,
}

impl Watch {
    /// Starts watching a measurement that depends on sleeps of this length.
    #[must_use]
    pub fn start(sleep: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        // The lateness of a sleep does not depend on its length.
        let short = sleep.min(SLEEP_MAX);
        let sleeping = thread::spawn(move || mean_lateness(short, &stopped));
        Self { sleep, cpu: CpuWatch::start(), stop, sleeping }
    }

    /// Stops watching. Returns a sentence when the machine interfered.
    #[must_use]
    pub fn finish(self) -> Option<String> {
        self.stop.store(true, Relaxed);
        let busy = self.cpu.held_up();
        let late = self.sleeping.join().unwrap_or_default();
        busy.or_else(|| {
            let too_late = late > self.sleep.mul_f64(LATE_SHARE_MAX);
            too_late
                .then(|| format!("sleeps of {:?} ended {late:.1?} late, on average", self.sleep))
        })
    }
}

impl Default for Watch {
    /// Starts watching a measurement that depends on no sleep in particular.
    fn default() -> Self {
        Self::start(SLEEP_MAX)
    }
}

/// Returns the mean lateness of repeated sleeps until `stopped` is set.
fn mean_lateness(sleep: Duration, stopped: &AtomicBool) -> Duration {
    let (mut late, mut sleeps) = (Duration::ZERO, 0);
    while !stopped.load(Relaxed) {
        let begin = Instant::now();
        thread::sleep(sleep);
        late += begin.elapsed().saturating_sub(sleep);
        sleeps += 1;
    }
    late / sleeps.max(1)
}
