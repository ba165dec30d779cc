//! From events to figures, in memory that does not grow with the number of jobs.

use crate::jobs::shard;
use crate::shards::ByShard;
use crate::{Event, Load, Placement, Prediction, Server, Shares, Times, What, arrival};
use hdrhistogram::Histogram;
use std::time::Duration;

/// What is kept of the events so far; times are in nanoseconds.
pub struct Figures {
    load: Load,
    workers: u32,
    shards: u32,
    placement: Placement,
    last_arrival: u64,
    last_event: u64,
    accepted: u64,
    started: u64,
    /// Jobs done up to the last arrival.
    done: u64,
    /// When the first of them was done and when the last, each with what `done` was then.
    completions: Option<[(u64, u64); 2]>,
    /// The same for those of worker 0.
    turns: Option<[(u64, u64); 2]>,
    longest_queue: u64,
    queue_wait: Spread,
    lock_wait: Spread,
    age: Spread,
    /// When each worker's state was the last to change.
    since: Vec<u64>,
    working: u128,
    waiting: u128,
    /// How long each lock was held.
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
            queue_wait: Spread::new(),
            lock_wait: Spread::new(),
            age: Spread::new(),
            since: Vec::new(),
            working: 0,
            waiting: 0,
            held: ByShard::default(),
        }
    }

    pub fn take(&mut self, Event { at, job, what }: Event) {
        self.last_event = at;
        // A job that finds an idle worker is accepted and at once started: it was never in the queue.
        if !matches!(what, What::Started { .. }) {
            self.longest_queue = self.longest_queue.max(self.accepted - self.started);
        }
        match what {
            What::Rejected => {}
            What::Accepted => self.accepted += 1,
            What::Started { worker } => {
                self.started += 1;
                self.queue_wait.record(at - arrival(job, self.load.rate));
                self.in_state(worker, at);
            }
            What::Asked { worker } => self.working += u128::from(self.in_state(worker, at)),
            What::Locked { worker } => {
                let waited = self.in_state(worker, at);
                self.waiting += u128::from(waited);
                self.lock_wait.record(waited);
            }
            What::Done { worker } => {
                let shard = shard(job % self.load.users, self.shards, self.placement);
                *self.held.entry(shard).or_default() += self.in_state(worker, at);
                self.age.record(at - arrival(job, self.load.rate));
                self.count_done(at, worker);
            }
        }
    }

    /// How long the worker was in the state that it now leaves.
    fn in_state(&mut self, worker: u32, at: u64) -> u64 {
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

/// Times in memory that is bounded.
struct Spread {
    times: Histogram<u64>,
    max: u64,
}

impl Spread {
    fn new() -> Self {
        let times = Histogram::new_with_bounds(1, u64::MAX, 3);
        Self { times: times.expect("the bounds are constants, and valid"), max: 0 }
    }

    fn record(&mut self, time: u64) {
        self.times.saturating_record(time);
        self.max = self.max.max(time);
    }

    fn sum_up(&self) -> Times {
        // A histogram knows a value as a range, and gives its upper end.
        let at = |quantile| self.times.value_at_quantile(quantile).min(self.max);
        Times {
            median: Duration::from_nanos(at(0.5)),
            p99: Duration::from_nanos(at(0.99)),
            max: Duration::from_nanos(self.max),
        }
    }
}
