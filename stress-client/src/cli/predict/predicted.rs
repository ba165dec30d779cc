//! A prediction as JSON. What a report of `run` has as well is named as it is there.

use super::draws::Draws;
use model::{Limits, Load, Prediction, Server};
use schemars::JsonSchema;
use serde::Serialize;
use std::time::Duration;

/// The version of a prediction's JSON. Fields may be added to it, none is renamed.
pub const SCHEMA: u32 = 1;

/// What a server does under a load, as the model has it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Predicted {
    /// The version of this shape: 1. Fields may be added to it, none is renamed.
    pub schema: u32,
    /// What was asked about.
    pub asked: Asked,
    /// Requests sent.
    pub sent: u64,
    /// Of these, accepted.
    pub accepted: u64,
    /// And rejected.
    pub rejected: u64,
    /// How many would be rejected if no job ever waited for a lock: what is not the lock's doing.
    pub rejected_without_lock: u64,
    /// From the first arrival to the last.
    pub seconds: f64,
    /// From the first arrival until the last accepted job is done.
    pub total_seconds: f64,
    /// Jobs done up to the last arrival.
    pub done: u64,
    /// Jobs done a second while requests came, over whole turns of the pool: from the first time that
    /// worker 0 was done to the last. Where it was not done twice, from the first completion to the
    /// last; `null` when that is no time.
    pub jobs_per_second: Option<f64>,
    /// What that cannot exceed in the long run, whatever the queue.
    pub limits: Bounds,
    /// From a job's arrival until a worker took it.
    pub queue_wait_ms: Times,
    /// From asking for the lock to having it.
    pub lock_wait_ms: Times,
    /// From a job's arrival until it was done.
    pub age_ms: Times,
    /// What the workers did in `total_seconds`, as shares that sum to 1; `null` when no time passes.
    pub workers: Option<Shares>,
    /// The share of `total_seconds` in which the busiest lock was held; `null` when no time passes.
    pub busiest_lock: Option<f64>,
    /// The most jobs that were in the queue at once.
    pub longest_queue: u64,
    /// How far draws of the users' shards differ; `null` when they take their shards in turn.
    pub draws: Option<Draws>,
}

/// A server and a load; its times are in milliseconds, lags included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Asked {
    /// How many jobs are worked on at a time.
    pub workers: u32,
    /// How many jobs wait for a worker before the next one is rejected; `null` when there is no bound.
    pub queue: Option<u64>,
    /// How many locks the users share.
    pub shards: u32,
    /// The time that a job takes before it asks for its lock.
    pub work_ms: f64,
    /// The time that it then has the lock.
    pub hold_ms: f64,
    /// Requests a second.
    pub rate: f64,
    /// How many users take turns.
    pub users: u64,
}

/// Two bounds on the jobs done a second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Bounds {
    /// workers / (work + hold); `null` when a job takes no time.
    pub workers: Option<f64>,
    /// min(shards, users) / hold, and less where drawn users share a lock; `null` when the lock is held for no time.
    pub locks: Option<f64>,
    /// Which of the two holds the load back.
    pub binds: Binds,
}

/// What holds a load back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Binds {
    /// The rate asked for is not above either limit.
    Nothing,
    /// The rate is above what the workers can do.
    Workers,
    /// The rate is above what the locks allow.
    Locks,
    /// Both, at the same rate.
    Both,
}

/// Milliseconds, over all accepted jobs, to three digits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Times {
    /// Half of them took no longer.
    pub p50: f64,
    /// 99 % of them took no longer.
    pub p99: f64,
    /// None took longer.
    pub max: f64,
}

/// What all workers did with their time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Shares {
    /// Working, before the lock.
    pub working: f64,
    /// Waiting for a lock.
    pub waiting: f64,
    /// Having a lock.
    pub holding: f64,
    /// Without a job.
    pub idle: f64,
}

impl Predicted {
    pub fn new(server: &Server, load: &Load, it: Prediction, draws: Option<Draws>) -> Self {
        // Where nobody waited for a lock there is nothing else to simulate.
        let accepted_without_lock = match it.lock_wait.max {
            Duration::ZERO => it.accepted,
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
            sent: it.sent,
            accepted: it.accepted,
            rejected: it.rejected,
            rejected_without_lock: it.sent - accepted_without_lock,
            seconds: it.sending.as_secs_f64(),
            total_seconds: it.total.as_secs_f64(),
            done: it.done,
            jobs_per_second: it.rate,
            limits: Bounds::new(model::limits(server, load), load.rate),
            queue_wait_ms: it.queue_wait.into(),
            lock_wait_ms: it.lock_wait.into(),
            age_ms: it.age.into(),
            workers: it.workers.map(Shares::from),
            busiest_lock: it.busiest_lock,
            longest_queue: it.longest_queue,
            draws,
        }
    }
}

impl Bounds {
    fn new(Limits { workers, locks }: Limits, rate: f64) -> Self {
        let [of_workers, of_locks] = [workers, locks].map(|it| it.unwrap_or(f64::INFINITY));
        let binds = match of_workers.total_cmp(&of_locks) {
            _ if rate <= of_workers.min(of_locks) => Binds::Nothing,
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
