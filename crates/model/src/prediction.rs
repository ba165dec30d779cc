//! The predicted figures of a load on a server.

use crate::figures::Figures;
use crate::{Load, Placement, Server, jobs, simulate};
use std::time::Duration;

/// The predicted outcome of a load on a server.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The number of requests sent.
    pub sent: u64,
    /// The number of requests accepted.
    pub accepted: u64,
    /// The number of requests rejected.
    pub rejected: u64,
    /// The number of jobs done by the last arrival, inclusive.
    pub done: u64,
    /// The time from the first arrival to the last.
    pub sending: Duration,
    /// The time from the first arrival until the last accepted job is done, at least `sending`.
    pub total: Duration,
    /// Jobs done per second until the last arrival: from the first completion of worker 0 to its
    /// last, or, if it has fewer than two, from the first completion of any worker to the last;
    /// `None` if that time is zero.
    pub rate: Option<f64>,
    /// The time from a job's arrival until a worker takes it.
    pub queue_wait: Times,
    /// The time from requesting the lock to acquiring it.
    pub lock_wait: Times,
    /// The time from a job's arrival until it is done.
    pub age: Times,
    /// How the workers spent `total`; `None` if it is zero.
    pub workers: Option<Shares>,
    /// The share of `total` in which the busiest lock was held; `None` if `total` is zero.
    pub busiest_lock: Option<f64>,
    /// The maximum length of the queue.
    pub longest_queue: u64,
}

/// Times over all accepted jobs. Median and p99 have three significant digits; the maximum is
/// exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// The median.
    pub median: Duration,
    /// The 99th percentile.
    pub p99: Duration,
    /// The maximum.
    pub max: Duration,
}

/// How the workers spent their time, as shares that sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
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

/// Predicts the outcome of a load on a server.
///
/// # Panics
///
/// When there are no users or no shards.
#[must_use]
pub fn predict(server: &Server, load: &Load, placement: Placement) -> Prediction {
    let mut figures = Figures::new(server, load, placement);
    simulate(server.shape(), jobs(server, load, placement), |event| figures.record(event));
    figures.sum_up()
}
