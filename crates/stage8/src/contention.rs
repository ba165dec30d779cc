//! Lock contention, logged once a second: nothing else shows it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

#[derive(Default)]
pub struct Contention {
    /// Wait and hold times of the jobs done since the last report. This lock is held for a push.
    done: Mutex<Vec<(Duration, Duration)>>,
}

impl Contention {
    pub fn record(&self, wait: Duration, hold: Duration) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).push((wait, hold));
    }

    /// Logs one line for every second in which jobs were done.
    pub async fn report(self: Arc<Self>) {
        let mut second = interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            second.tick().await;
            let jobs =
                std::mem::take(&mut *self.done.lock().unwrap_or_else(PoisonError::into_inner));
            if jobs.is_empty() {
                continue;
            }
            let (done, (mut waits, mut holds)): (_, (Vec<_>, Vec<_>)) =
                (jobs.len(), jobs.into_iter().unzip());
            let (wait, hold) = (median(&mut waits), median(&mut holds));
            tracing::info!("{done} jobs done, median wait {wait:.2?}, hold {hold:.2?}");
        }
    }
}

fn median(times: &mut [Duration]) -> Duration {
    let middle = times.len() / 2;
    *times.select_nth_unstable(middle).1
}
