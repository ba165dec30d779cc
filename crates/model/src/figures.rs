//! Computes the figures of a prediction from the events, in memory independent of the number of
//! jobs.

use crate::jobs::shard;
use crate::shards::ByShard;
use crate::{Event, EventKind, Load, Placement, Prediction, Server, Shares, Times, arrival};
use hdrhistogram::Histogram;
use std::time::Duration;

/// The figures of the events so far; times are in nanoseconds.
pub struct Figures {
    load: Load,
    workers: u32,
    shards: u32,
    placement: Placement,
    last_arrival: u64,
    last_event: u64,
    accepted: u64,
    started: u64,
    /// The number of jobs done by the last arrival.
    done: u64,
    /// The times of the first and the last of their completions, each with `done` at that time.
    completions: Option<[(u64, u64); 2]>,
    /// The same for the completions of worker 0.
    turns: Option<[(u64, u64); 2]>,
    longest_queue: u64,
    queue_wait: Distribution,
    lock_wait: Distribution,
    age: Distribution,
    /// The time of the last change of each worker's state.
    since: Vec<u64>,
    working: u128,
    waiting: u128,
    /// The time that each lock was held.
    held: ByShard<u64>,
}

impl Figures {
    pub fn new(server: &Server, load: &Load, placement: Placement) -> Self {
        Self {
            load: load.clone(),
            workers: server.workers,
            shards: server.shards,
            placement,
            last_arrival: load.requests.checked_sub(1).map_or(0, |i| arrival(i, load.rate)),
            last_event: 0,
            accepted: 0,
            started: 0,
            done: 0,
            completions: None,
            turns: None,
            longest_queue: 0,
            queue_wait: Distribution::new(),
            lock_wait: Distribution::new(),
            age: Distribution::new(),
            since: Vec::new(),
            working: 0,
            waiting: 0,
            held: ByShard::default(),
        }
    }

    pub fn record(&mut self, Event { at, job, kind }: Event) {
        self.last_event = at;
        // Not before `Started`: a job that finds an idle worker starts at once and is never queued.
        if !matches!(kind, EventKind::Started { .. }) {
            self.longest_queue = self.longest_queue.max(self.accepted - self.started);
        }
        match kind {
            EventKind::Rejected => {}
            EventKind::Accepted => self.accepted += 1,
            EventKind::Started { worker } => {
                self.started += 1;
                self.queue_wait.record(at - arrival(job, self.load.rate));
                self.leave_state(worker, at);
            }
            EventKind::LockRequested { worker } => {
                self.working += u128::from(self.leave_state(worker, at));
            }
            EventKind::Locked { worker } => {
                let waited = self.leave_state(worker, at);
                self.waiting += u128::from(waited);
                self.lock_wait.record(waited);
            }
            EventKind::Done { worker } => {
                let shard = shard(job % self.load.users, self.shards, self.placement);
                *self.held.entry(shard).or_default() += self.leave_state(worker, at);
                self.age.record(at - arrival(job, self.load.rate));
                self.count_done(at, worker);
            }
        }
    }

    /// Ends the state of a worker and returns the time that it was in it.
    fn leave_state(&mut self, worker: u32, at: u64) -> u64 {
        let worker = worker as usize;
        if worker >= self.since.len() {
            self.since.resize(worker + 1, at);
        }
        at - std::mem::replace(&mut self.since[worker], at)
    }

    fn count_done(&mut self, at: u64, worker: u32) {
        if at > self.last_arrival {
            return;
        }
        self.done += 1;
        let now = (at, self.done);
        self.completions.get_or_insert([now, now])[1] = now;
        if worker == 0 {
            self.turns.get_or_insert([now, now])[1] = now;
        }
    }

    fn rate(&self) -> Option<f64> {
        let slope = |[(begin, before), (end, after)]: [(u64, u64); 2]| {
            (end > begin).then(|| (after - before) as f64 * 1e9 / (end - begin) as f64)
        };
        self.turns.and_then(slope).or_else(|| self.completions.and_then(slope))
    }

    pub fn sum_up(self) -> Prediction {
        let total = self.last_event.max(self.last_arrival);
        let holding: u128 = self.held.values().map(|held| u128::from(*held)).sum();
        let busiest = self.held.values().max().copied().unwrap_or_default();
        let whole = f64::from(self.workers) * total as f64;
        let share = |time: u128| time as f64 / whole;
        Prediction {
            sent: self.load.requests,
            accepted: self.accepted,
            rejected: self.load.requests - self.accepted,
            done: self.done,
            sending: Duration::from_nanos(self.last_arrival),
            total: Duration::from_nanos(total),
            rate: self.rate(),
            queue_wait: self.queue_wait.sum_up(),
            lock_wait: self.lock_wait.sum_up(),
            age: self.age.sum_up(),
            workers: (whole > 0.0).then(|| Shares {
                working: share(self.working),
                waiting: share(self.waiting),
                holding: share(holding),
                idle: 1.0 - share(self.working + self.waiting + holding),
            }),
            busiest_lock: (total > 0).then(|| busiest as f64 / total as f64),
            longest_queue: self.longest_queue,
        }
    }
}

/// A histogram of times with the exact maximum.
struct Distribution {
    times: Histogram<u64>,
    max: u64,
}

impl Distribution {
    fn new() -> Self {
        let times = Histogram::new_with_bounds(1, u64::MAX, 3);
        Self { times: times.expect("the constants are valid bounds"), max: 0 }
    }

    fn record(&mut self, time: u64) {
        self.times.saturating_record(time);
        self.max = self.max.max(time);
    }

    fn sum_up(&self) -> Times {
        // The histogram returns the upper end of a range of values.
        let at = |quantile| self.times.value_at_quantile(quantile).min(self.max);
        Times {
            median: Duration::from_nanos(at(0.5)),
            p99: Duration::from_nanos(at(0.99)),
            max: Duration::from_nanos(self.max),
        }
    }
}
