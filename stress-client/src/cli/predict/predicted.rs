//! The JSON of a prediction. Fields that the report of `run` has too have the same names.

use super::draws::Draws;
use model::{Limits, Load, Prediction, Server};
use schemars::JsonSchema;
use serde::Serialize;
use std::time::Duration;

/// The version of a prediction's JSON. Fields may be added; none is renamed.
pub const SCHEMA: u32 = 1;

/// The predicted outcome of a load on a server.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Predicted {
    /// The schema version: 1. Fields may be added; none is renamed.
    pub schema: u32,
    /// The server and the load.
    pub asked: Asked,
    /// The number of requests sent.
    pub sent: u64,
    /// The number of requests accepted.
    pub accepted: u64,
    /// The number of requests rejected.
    pub rejected: u64,
    /// The number of requests that would be rejected if no job ever waited for a lock.
    pub rejected_without_lock: u64,
    /// The time from the first arrival to the last, in seconds.
    pub seconds: f64,
    /// The time from the first arrival until the last accepted job is done, in seconds.
    pub total_seconds: f64,
    /// The number of jobs done by the last arrival.
    pub done: u64,
    /// Jobs done per second until the last arrival: from the first completion of worker 0 to its
    /// last, or, if it has fewer than two, from the first completion of any worker to the last;
    /// `null` if that time is zero.
    pub jobs_per_second: Option<f64>,
    /// The upper bounds of `jobs_per_second` in the long run, for any queue.
    pub limits: Bounds,
    /// The time from a job's arrival until a worker takes it.
    pub queue_wait_ms: Times,
    /// The time from requesting the lock to acquiring it.
    pub lock_wait_ms: Times,
    /// The time from a job's arrival until it is done.
    pub age_ms: Times,
    /// How the workers spent `total_seconds`, as shares that sum to 1; `null` if that time is zero.
    pub workers: Option<Shares>,
    /// The share of `total_seconds` in which the busiest lock was held; `null` if that time is
    /// zero.
    pub busiest_lock: Option<f64>,
    /// The maximum length of the queue.
    pub longest_queue: u64,
    /// The spread over several draws of the users' shards; `null` if the shards were not drawn.
    pub draws: Option<Draws>,
}

/// A server and a load. Times include the lags.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Asked {
    /// The number of workers.
    pub workers: u32,
    /// The capacity of the queue; `null` if it is unbounded.
    pub queue: Option<u64>,
    /// The number of locks.
    pub shards: u32,
    /// The time that a job takes before it requests its lock, in milliseconds.
    pub work_ms: f64,
    /// The time that a job holds its lock, in milliseconds.
    pub hold_ms: f64,
    /// The number of requests per second.
    pub rate: f64,
    /// The number of users; requests are for each in turn.
    pub users: u64,
}

/// Upper bounds of the jobs done per second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Bounds {
    /// workers / (work + hold); `null` if work + hold is zero.
    pub workers: Option<f64>,
    /// min(shards, users) / hold; `null` if hold is zero. With drawn shards the actual bound may be
    /// lower, because users may share a lock while another is unused.
    pub locks: Option<f64>,
    /// The bound that limits the load.
    pub binds: Binds,
}

/// The bound that limits a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Binds {
    /// Neither: the rate is at or below both.
    Nothing,
    /// The bound of the workers.
    Workers,
    /// The bound of the locks.
    Locks,
    /// Both: they are equal.
    Both,
}

/// Times in milliseconds over all accepted jobs; p50 and p99 have three significant digits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Times {
    /// The median.
    pub p50: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The maximum.
    pub max: f64,
}

/// How the workers spent their time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Shares {
    /// Working, before requesting a lock.
    pub working: f64,
    /// Waiting for a lock.
    pub waiting: f64,
    /// Holding a lock.
    pub holding: f64,
    /// Without a job.
    pub idle: f64,
}

impl Predicted {
    pub fn new(server: &Server, load: &Load, prediction: Prediction, draws: Option<Draws>) -> Self {
        // If no job waited for a lock, a simulation without locks has the same result.
        let accepted_without_lock = match prediction.lock_wait.max {
            Duration::ZERO => prediction.accepted,
            _ => model::accepted_without_lock(server, load),
        };
        Self {
            schema: SCHEMA,
            asked: Asked {
                workers: server.workers,
                queue: server.queue,
                shards: server.shards,
                work_ms: milliseconds(server.work_time()),
                hold_ms: milliseconds(server.hold_time()),
                rate: load.rate,
                users: load.users,
            },
            sent: prediction.sent,
            accepted: prediction.accepted,
            rejected: prediction.rejected,
            rejected_without_lock: prediction.sent - accepted_without_lock,
            seconds: prediction.sending.as_secs_f64(),
            total_seconds: prediction.total.as_secs_f64(),
            done: prediction.done,
            jobs_per_second: prediction.rate,
            limits: Bounds::new(model::limits(server, load), load.rate),
            queue_wait_ms: prediction.queue_wait.into(),
            lock_wait_ms: prediction.lock_wait.into(),
            age_ms: prediction.age.into(),
            workers: prediction.workers.map(Shares::from),
            busiest_lock: prediction.busiest_lock,
            longest_queue: prediction.longest_queue,
            draws,
        }
    }
}

impl Bounds {
    fn new(Limits { workers, locks }: Limits, rate: f64) -> Self {
        let [by_workers, by_locks] = [workers, locks].map(|bound| bound.unwrap_or(f64::INFINITY));
        let binds = match by_workers.total_cmp(&by_locks) {
            _ if rate <= by_workers.min(by_locks) => Binds::Nothing,
            std::cmp::Ordering::Less => Binds::Workers,
            std::cmp::Ordering::Equal => Binds::Both,
            std::cmp::Ordering::Greater => Binds::Locks,
        };
        Self { workers, locks, binds }
    }
}

impl From<model::Times> for Times {
    fn from(model::Times { median, p99, max }: model::Times) -> Self {
        let [p50, p99, max] = [median, p99, max].map(milliseconds);
        Self { p50, p99, max }
    }
}

impl From<model::Shares> for Shares {
    fn from(model::Shares { working, waiting, holding, idle }: model::Shares) -> Self {
        Self { working, waiting, holding, idle }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e6
}
