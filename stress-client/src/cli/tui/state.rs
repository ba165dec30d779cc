//! The state that the screen shows, from the run and from the server's metrics.

use super::poll::Reading;
use super::series::{SECONDS, Series};
use hdrhistogram::Histogram;
use load::metrics::{Metrics, MetricsError};
use load::{Counts, Live, Plan};
use std::time::Duration;

/// The time after which to estimate the remaining time.
const ESTIMATE_AFTER: Duration = Duration::from_secs(2);

/// A run with its last minute.
pub struct State {
    pub plan: Plan,
    /// `None` until the run has begun.
    pub elapsed: Option<Duration>,
    /// True once the run was ended early.
    pub ending: bool,
    /// The counts since the run began.
    pub counts: Counts,
    /// Requests per second.
    pub rates: Rates,
    /// The latencies of accepted requests, in microseconds.
    pub times: Option<Histogram<u64>>,
    pub server: Server,
    /// The end of the last full second, and the counts at that time.
    pub(super) second: (Duration, Counts),
    /// The counts at the end of the warm-up.
    pub(super) warmup: Counts,
}

/// Requests per second, by outcome.
#[derive(Default)]
pub struct Rates {
    pub accepted: Series,
    pub rejected: Series,
    pub errors: Series,
}

/// The metrics of the server.
#[derive(Default)]
pub struct Server {
    /// The last reading; `None` before the first.
    pub now: Option<Result<Metrics, Missing>>,
    /// The number of pending events.
    pub pending: Series,
    /// The mean lock wait of the processed jobs, in nanoseconds.
    pub lock_wait: Series,
    /// The last reading of the second before.
    pub(super) second: Option<Metrics>,
    /// True if there was a reading in this second.
    pub(super) fresh: bool,
}

/// Reasons for missing metrics.
#[derive(Debug, PartialEq, Eq)]
pub enum Missing {
    /// The server has none.
    NotSupported,
    /// The last read failed.
    Failed(String),
}

impl State {
    /// Creates the state of a run that has not begun.
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            elapsed: None,
            ending: false,
            counts: Counts::default(),
            rates: Rates::default(),
            times: None,
            server: Server::default(),
            second: Default::default(),
            warmup: Counts::default(),
        }
    }

    /// Applies a reading of the server's metrics.
    pub fn apply(&mut self, reading: Reading) {
        self.server.fresh |= reading.is_ok();
        self.server.now = Some(reading.map_err(|error| match error {
            MetricsError::None(_) => Missing::NotSupported,
            error => Missing::Failed(error.to_string()),
        }));
    }

    /// Updates the state from the run.
    pub fn update(&mut self, live: &Live) {
        self.ending = live.is_stopped() || live.has_given_up();
        if let Some(elapsed) = live.elapsed()
            && self.advance(elapsed, live.counts())
        {
            // Copies all latencies, so only once a second.
            let is_open = self.plan.is_open();
            self.times = live
                .accepted_timings()
                .map(|timings| if is_open { timings.response } else { timings.service });
        }
    }

    /// Advances the state and returns true if a second is over.
    fn advance(&mut self, elapsed: Duration, counts: Counts) -> bool {
        self.elapsed = Some(elapsed);
        self.counts = counts;
        if elapsed < self.plan.warmup {
            self.warmup = counts;
        }
        let (last, before) = self.second;
        // After a pause in drawing, the counts are spread over several seconds.
        let seconds = (elapsed.as_secs() - last.as_secs()).min(SECONDS as u64);
        let took = (elapsed - last).as_secs_f64();
        let rate = |now: u64, before: u64| Some(((now - before) as f64 / took).round() as u64);
        for second in 1..=seconds {
            self.rates.accepted.push(rate(counts.accepted, before.accepted));
            self.rates.rejected.push(rate(counts.rejected, before.rejected));
            self.rates.errors.push(rate(counts.errors, before.errors));
            self.server.end_second(second == seconds);
        }
        if seconds > 0 {
            self.second = (elapsed, counts);
        }
        seconds > 0
    }

    /// Returns true during the warm-up.
    pub fn is_warming_up(&self) -> bool {
        self.elapsed.is_some_and(|elapsed| elapsed < self.plan.warmup)
    }

    /// Returns the progress from 0 to 1, by requests or by duration, whichever ends first.
    pub fn progress(&self) -> f64 {
        let measured = self.measured().as_secs_f64();
        let sent = self.counts.total() - self.warmup.total();
        let by_requests = self.plan.requests.map(|requests| sent as f64 / requests as f64);
        let by_duration = self.plan.duration.map(|duration| measured / duration.as_secs_f64());
        let done = by_requests.unwrap_or_default().max(by_duration.unwrap_or_default());
        done.clamp(0.0, 1.0)
    }

    /// Estimates the remaining time; `None` in the first seconds.
    pub fn remaining(&self) -> Option<Duration> {
        let (measured, done) = (self.measured(), self.progress());
        (measured >= ESTIMATE_AFTER && done > 0.0).then(|| {
            Duration::try_from_secs_f64(measured.as_secs_f64() * (1.0 - done) / done).ok()
        })?
    }

    fn measured(&self) -> Duration {
        self.elapsed.unwrap_or_default().saturating_sub(self.plan.warmup)
    }
}

impl Server {
    /// Appends the last reading of this second, or `None` without one.
    fn end_second(&mut self, is_last: bool) {
        let now = self.now.as_ref().and_then(|now| now.as_ref().ok().copied());
        let now = now.filter(|_| is_last && std::mem::take(&mut self.fresh));
        self.pending.push(now.map(|now| now.pending));
        self.lock_wait.push(now.zip(self.second).and_then(|(now, before)| {
            // After a restart of the server the counts start again at zero.
            let jobs = now.processed.checked_sub(before.processed)?;
            now.total_lock_wait_ns.checked_sub(before.total_lock_wait_ns)?.checked_div(jobs)
        }));
        self.second = now.or(self.second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(accepted: u64, rejected: u64) -> Counts {
        Counts { accepted, rejected, errors: 0 }
    }

    fn metrics(processed: u64, pending: u64, total_lock_wait_ns: u64) -> Reading {
        Ok(Metrics { processed, pending, total_lock_wait_ns, ..Metrics::default() })
    }

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_rate_is_a_count_divided_by_its_time() {
        let mut state = State::new(Plan::default());
        assert!(!state.advance(millis(900), counts(10, 0)));
        assert!(state.advance(millis(1000), counts(100, 50)));
        assert!(!state.advance(millis(1900), counts(300, 50)));
        assert!(state.advance(millis(2250), counts(350, 150)));
        assert_eq!(state.rates.accepted, Series::from([200, 100]));
        assert_eq!(state.rates.rejected, Series::from([80, 50]));
        assert_eq!(state.counts, counts(350, 150));
        // After a pause of the process there is still a value for each second.
        assert!(state.advance(millis(4750), counts(600, 150)));
        assert_eq!(state.rates.accepted, Series::from([100, 100, 200, 100]));
        assert!(state.advance(millis(3_600_000), counts(600, 150)));
        assert_eq!(state.rates.accepted, Series::from([0; SECONDS]));
    }

    #[test]
    fn the_progress_excludes_the_warm_up() {
        let plan = |requests, duration: Option<u64>| Plan {
            requests,
            duration: duration.map(Duration::from_secs),
            warmup: Duration::from_secs(1),
            ..Plan::default()
        };
        for (plan, done, left) in [
            (plan(Some(1000), None), 0.5, 4),
            (plan(None, Some(16)), 0.25, 12),
            (plan(Some(1000), Some(16)), 0.5, 4),
            (plan(Some(1000), Some(5)), 0.8, 1),
            (plan(Some(100), None), 1.0, 0),
        ] {
            let mut state = State::new(plan.clone());
            let observe =
                |state: &State| (state.progress(), state.remaining(), state.is_warming_up());
            assert_eq!(observe(&state), (0.0, None, false));
            state.advance(millis(900), counts(300, 0));
            assert_eq!(observe(&state), (0.0, None, true));
            state.advance(millis(5000), counts(800, 0));
            assert_eq!(observe(&state), (done, Some(Duration::from_secs(left)), false), "{plan:?}");
        }
    }

    #[test]
    fn the_lock_wait_is_the_mean_of_the_jobs_of_a_second() {
        let mut state = State::new(Plan::default());
        for (second, reading) in [
            (1, Some(metrics(100, 7, 5000))),
            (2, Some(metrics(110, 9, 6000))),
            // No reading in this second, and no job in the next.
            (3, None),
            (4, Some(metrics(110, 0, 6000))),
            // Nothing drawn for a second.
            (6, Some(metrics(120, 3, 9000))),
            // The server was restarted.
            (7, Some(metrics(4, 1, 10))),
        ] {
            reading.into_iter().for_each(|reading| state.apply(reading));
            state.advance(Duration::from_secs(second), Counts::default());
        }
        let pending = [Some(1), Some(3), None, Some(0), None, Some(9), Some(7)];
        assert!(state.server.pending.values().eq(pending), "{:?}", state.server.pending);
        let lock_wait = [None, Some(300), None, None, None, Some(100), None];
        assert!(state.server.lock_wait.values().eq(lock_wait), "{:?}", state.server.lock_wait);
    }

    #[test]
    fn a_server_without_metrics_differs_from_a_failed_read() {
        let mut state = State::new(Plan::default());
        state.apply(Err(MetricsError::None("http://127.0.0.1:8080".to_owned())));
        assert_eq!(state.server.now, Some(Err(Missing::NotSupported)));
        state.apply(Err(MetricsError::Runtime(std::io::Error::other("no threads"))));
        let why = "cannot start a runtime: no threads".to_owned();
        assert_eq!(state.server.now, Some(Err(Missing::Failed(why))));
    }
}
