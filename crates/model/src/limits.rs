//! Computes upper bounds of the throughput, to compare with the simulation.

use crate::{Event, EventKind, Job, Load, Placement, Server, jobs, simulate};

/// Upper bounds of the jobs done per second, from the utilisation law (Denning and Buzen, *The
/// Operational Analysis of Queueing Network Models*, 1978): a utilisation is at most 1. `None`
/// means unbounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// workers / (work + hold): each worker has one job at a time.
    pub workers: Option<f64>,
    /// min(S, U) / hold: each lock in use has one holder at a time.
    pub locks: Option<f64>,
}

impl Limits {
    /// Returns the lower bound of the two.
    #[must_use]
    pub fn lowest(&self) -> Option<f64> {
        match (self.workers, self.locks) {
            (Some(workers), Some(locks)) => Some(workers.min(locks)),
            (workers, locks) => workers.or(locks),
        }
    }
}

/// Returns the bounds of a server, including lags.
#[must_use]
pub fn limits(server: &Server, load: &Load) -> Limits {
    let [work, hold] = [server.work_time(), server.hold_time()].map(|time| time.as_nanos() as f64);
    let locks = load.users.min(server.shards.into()) as f64;
    let bound = |many: f64, time: f64| (time > 0.0).then(|| many * 1e9 / time);
    Limits { workers: bound(server.workers.into(), work + hold), locks: bound(locks, hold) }
}

/// Returns the number of accepted requests, faster than [`predict`](crate::predict).
///
/// # Panics
///
/// When there are no users or no shards.
#[must_use]
pub fn accepted(server: &Server, load: &Load, placement: Placement) -> u64 {
    count_accepted(server, jobs(server, load, placement))
}

/// Returns the number of requests that would be accepted if no job ever waited for a lock.
#[must_use]
pub fn accepted_without_lock(server: &Server, load: &Load) -> u64 {
    // Each job has its own shard. If the numbers wrap around, two jobs with the same shard are too
    // far apart to be in work at the same time.
    let numbered = jobs(server, load, Placement::InTurn).zip(0_u64..);
    count_accepted(server, numbered.map(|(job, i)| Job { shard: i as u32, ..job }))
}

fn count_accepted(server: &Server, jobs: impl Iterator<Item = Job>) -> u64 {
    let mut accepted = 0;
    let count = |event: Event| accepted += u64::from(event.kind == EventKind::Accepted);
    simulate(server.shape(), jobs, count);
    accepted
}
