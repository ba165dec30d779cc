//! What the screen shows: read from the run and heard from the server, and nothing else.

use super::poll::Reading;
use super::series::{SECONDS, Series};
use hdrhistogram::Histogram;
use load::metrics::{Metrics, MetricsError};
use load::{Counts, Live, Plan};
use std::time::Duration;

/// Before this nobody can say how long a run will take.
const JUDGE_AFTER: Duration = Duration::from_secs(2);

/// A run as it is now, and as it was in its last minute.
pub struct State {
    pub plan: Plan,
    /// `None` until the run has begun.
    pub elapsed: Option<Duration>,
    /// Whether it was ended early.
    pub ending: bool,
    /// Since the run began.
    pub counts: Counts,
    /// Requests a second.
    pub rates: Rates,
    /// How long the accepted requests took, in microseconds.
    pub times: Option<Histogram<u64>>,
    pub server: Server,
    /// When the last second was over, and what had been counted then.
    pub(super) second: (Duration, Counts),
    /// What had been counted when the warm-up was over.
    pub(super) warmup: Counts,
}

/// Requests a second, by outcome.
#[derive(Default)]
pub struct Rates {
    pub accepted: Series,
    pub rejected: Series,
    pub errors: Series,
}

/// The server as it tells of itself.
#[derive(Default)]
pub struct Server {
    /// The last reading; `None` before the first.
    pub now: Option<Result<Metrics, Missing>>,
    /// Events queued or in hand.
    pub pending: Series,
    /// Nanoseconds of waiting for a lock, for each job that was processed.
    pub lock_wait: Series,
    /// What was read when the last second began.
    pub(super) second: Option<Metrics>,
    /// Whether anything was read since.
    pub(super) fresh: bool,
}

/// Why there are no metrics.
#[derive(Debug, PartialEq, Eq)]
pub enum Missing {
    /// The server has none.
    Never,
    /// It did not tell them this time.
    Now(String),
}

impl State {
    /// A run that has not begun.
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

    /// Takes in what the server said.
    pub fn hear(&mut self, reading: Reading) {
        self.server.fresh |= reading.is_ok();
        self.server.now = Some(reading.map_err(|error| match error {
            MetricsError::None(_) => Missing::Never,
            error => Missing::Now(error.to_string()),
        }));
    }

    /// Takes in what the run has done.
    pub fn look(&mut self, live: &Live) {
        self.ending = live.is_stopped() || live.has_given_up();
        if let Some(elapsed) = live.elapsed()
            && self.advance(elapsed, live.counts())
        {
            // A copy of everything measured so far, so not with every redraw.
            self.times = live.accepted_timings().map(|timings| match self.plan.rate {
                Some(_) => timings.response,
                None => timings.service,
            });
        }
    }

    /// Goes on to this moment, and tells whether a second is over.
    fn advance(&mut self, elapsed: Duration, counts: Counts) -> bool {
        self.elapsed = Some(elapsed);
        self.counts = counts;
        if elapsed < self.plan.warmup {
            self.warmup = counts;
        }
        let (last, before) = self.second;
        // More than one when nothing was drawn for a while: what was counted is spread over them.
        let seconds = (elapsed.as_secs() - last.as_secs()).min(SECONDS as u64);
        let took = (elapsed - last).as_secs_f64();
        let rate = |now: u64, before: u64| Some(((now - before) as f64 / took).round() as u64);
        for second in 1..=seconds {
            self.rates.accepted.push(rate(counts.accepted, before.accepted));
            self.rates.rejected.push(rate(counts.rejected, before.rejected));
            self.rates.errors.push(rate(counts.errors, before.errors));
            self.server.second_is_over(second == seconds);
        }
        if seconds > 0 {
            self.second = (elapsed, counts);
        }
        seconds > 0
    }

    /// Whether what is sent does not count yet.
    pub fn warms_up(&self) -> bool {
        self.elapsed.is_some_and(|elapsed| elapsed < self.plan.warmup)
    }

    /// How far the run is, from 0 to 1: by its requests or by its duration, whichever comes first.
    pub fn done(&self) -> f64 {
        let measured = self.measured().as_secs_f64();
        let sent = self.counts.total() - self.warmup.total();
        let by_requests = self.plan.requests.map(|requests| sent as f64 / requests as f64);
        let by_duration = self.plan.duration.map(|duration| measured / duration.as_secs_f64());
        let done = by_requests.unwrap_or_default().max(by_duration.unwrap_or_default());
        done.clamp(0.0, 1.0)
    }

    /// How long it will take from here on, if it goes on as before.
    pub fn left(&self) -> Option<Duration> {
        let (measured, done) = (self.measured(), self.done());
        (measured >= JUDGE_AFTER && done > 0.0).then(|| {
            Duration::try_from_secs_f64(measured.as_secs_f64() * (1.0 - done) / done).ok()
        })?
    }

    fn measured(&self) -> Duration {
        self.elapsed.unwrap_or_default().saturating_sub(self.plan.warmup)
    }
}

impl Server {
    /// Keeps the last reading, if there was one in this second.
    fn second_is_over(&mut self, is_last: bool) {
        let now = self.now.as_ref().and_then(|now| now.as_ref().ok().copied());
        let now = now.filter(|_| is_last && std::mem::take(&mut self.fresh));
        self.pending.push(now.map(|now| now.pending));
        self.lock_wait.push(now.zip(self.second).and_then(|(now, before)| {
            // A server that was started anew counts from zero.
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
    fn a_rate_is_what_was_counted_over_the_time_it_took() {
        let mut state = State::new(Plan::default());
        assert!(!state.advance(millis(900), counts(10, 0)));
        assert!(state.advance(millis(1000), counts(100, 50)));
        assert!(!state.advance(millis(1900), counts(300, 50)));
        assert!(state.advance(millis(2250), counts(350, 150)));
        assert_eq!(state.rates.accepted, Series::from([200, 100]));
        assert_eq!(state.rates.rejected, Series::from([80, 50]));
        assert_eq!(state.counts, counts(350, 150));
        // The process was not run for a while: its seconds are there all the same.
        assert!(state.advance(millis(4750), counts(600, 150)));
        assert_eq!(state.rates.accepted, Series::from([100, 100, 200, 100]));
        assert!(state.advance(millis(3_600_000), counts(600, 150)));
        assert_eq!(state.rates.accepted, Series::from([0; SECONDS]));
    }

    #[test]
    fn how_far_a_run_is_does_not_count_its_warm_up() {
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
            assert_eq!((state.done(), state.left(), state.warms_up()), (0.0, None, false));
            state.advance(millis(900), counts(300, 0));
            assert_eq!((state.done(), state.left(), state.warms_up()), (0.0, None, true));
            state.advance(millis(5000), counts(800, 0));
            assert_eq!(state.done(), done, "{plan:?}");
            assert_eq!(state.left(), Some(Duration::from_secs(left)), "{plan:?}");
            assert!(!state.warms_up());
        }
    }

    #[test]
    fn the_lock_wait_is_shared_by_the_jobs_of_its_second() {
        let mut state = State::new(Plan::default());
        for (second, reading) in [
            (1, Some(metrics(100, 7, 5000))),
            (2, Some(metrics(110, 9, 6000))),
            // No reading in this second, and no job in the next.
            (3, None),
            (4, Some(metrics(110, 0, 6000))),
            // Not drawn for a second.
            (6, Some(metrics(120, 3, 9000))),
            // Started anew.
            (7, Some(metrics(4, 1, 10))),
        ] {
            reading.into_iter().for_each(|reading| state.hear(reading));
            state.advance(Duration::from_secs(second), Counts::default());
        }
        let pending = [Some(1), Some(3), None, Some(0), None, Some(9), Some(7)];
        assert!(state.server.pending.values().eq(pending), "{:?}", state.server.pending);
        let lock_wait = [None, Some(300), None, None, None, Some(100), None];
        assert!(state.server.lock_wait.values().eq(lock_wait), "{:?}", state.server.lock_wait);
    }

    #[test]
    fn a_server_without_metrics_is_told_from_one_that_is_silent() {
        let mut state = State::new(Plan::default());
        state.hear(Err(MetricsError::None("http://127.0.0.1:8080".to_owned())));
        assert_eq!(state.server.now, Some(Err(Missing::Never)));
        state.hear(Err(MetricsError::Runtime(std::io::Error::other("no threads"))));
        let why = "cannot start a runtime: no threads".to_owned();
        assert_eq!(state.server.now, Some(Err(Missing::Now(why))));
    }
}
