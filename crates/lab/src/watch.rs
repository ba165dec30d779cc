//! Tells whether the machine let a measurement be judged, for tests, experiments and transcripts alike.
//!
//! A count or a time that depends on how fast the machine is says something of a server only where sleeps
//! end on time and processor time was to spare. Otherwise it is *not judged*, and the reason is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use load::CpuWatch;

/// No sleep that is watched is longer, so that there are some in each second.
const SLEEP_MAX: Duration = Duration::from_millis(20);
/// Sleeps that end later than by this share of their length, on average, change what is measured.
const LATE_SHARE_MAX: f64 = 0.03;

/// Watches the machine while something is measured.
#[derive(Debug)]
pub struct Watch {
    sleep: Duration,
    cpu: CpuWatch,
    stop: Arc<AtomicBool>,
    sleeping: JoinHandle<Duration>,
}

impl Watch {
    /// Watches for something that rests on sleeps of this length.
    #[must_use]
    pub fn start(sleep: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        // A long sleep ends no later than a short one.
        let short = sleep.min(SLEEP_MAX);
        let sleeping = thread::spawn(move || mean_lateness(short, &stopped));
        Self { sleep, cpu: CpuWatch::start(), stop, sleeping }
    }

    /// Ends it: why the machine was in the way, a sentence; `None` when it was not.
    #[must_use]
    pub fn held_up(self) -> Option<String> {
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
    /// Watches for something that rests on no sleep in particular.
    fn default() -> Self {
        Self::start(SLEEP_MAX)
    }
}

/// Sleeps again and again until it is stopped. One stall counts as much as many late wake-ups.
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
