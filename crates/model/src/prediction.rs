//! The figures that people ask for, gathered from the events.

use crate::figures::Figures;
use crate::{Load, Placement, Server, jobs, simulate};
use std::time::Duration;

/// What a server does under a load.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Requests sent.
    pub sent: u64,
    /// Of these, accepted.
    pub accepted: u64,
    /// And rejected.
    pub rejected: u64,
    /// Jobs done up to and at the last arrival.
    pub done: u64,
    /// From the first arrival to the last.
    pub sending: Duration,
    /// From the first arrival until the last accepted job is done. It is never less than `sending`.
    pub total: Duration,
    /// Jobs done a second while requests came, over whole turns of the pool: from the first time that
    /// worker 0 was done to the last. Where it was not done twice, from the first completion to the
    /// last; `None` when that is no time.
    pub rate: Option<f64>,
    /// From a job's arrival until a worker took it.
    pub queue_wait: Times,
    /// From asking for the lock to having it.
    pub lock_wait: Times,
    /// From a job's arrival until it was done.
    pub age: Times,
    /// What the workers did over `total`; `None` when that is no time at all.
    pub workers: Option<Shares>,
    /// The share of `total` in which the busiest lock was held; `None` when that is no time at all.
    pub busiest_lock: Option<f64>,
    /// The most jobs that were in the queue at once.
    pub longest_queue: u64,
}

/// How long something took, over all accepted jobs, to three digits; the maximum is exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// Half of them took no longer.
    pub median: Duration,
    /// 99 % of them took no longer.
    pub p99: Duration,
    /// None took longer.
    pub max: Duration,
}

/// What all workers did with their time; the four sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
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

/// Predicts what a server does under a load.
///
/// # Panics
///
/// When there are no users or no shards.
#[must_use]
pub fn predict(server: &Server, load: &Load, placement: Placement) -> Prediction {
    let mut figures = Figures::new(server, load, placement);
    simulate(server.shape(), jobs(server, load, placement), |event| figures.take(event));
    figures.sum_up()
}
