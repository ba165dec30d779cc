//! What the rate cannot exceed, whatever the queue: two lines of arithmetic, to hold the simulation
//! against.

use crate::{Job, Load, Placement, Server, What, jobs, simulate};

/// Two bounds on the jobs done a second, both from the utilisation law (Denning and Buzen, *The
/// Operational Analysis of Queueing Network Models*, 1978): nothing is busy for more than all of the
/// time. `None` is no bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// workers / (work + hold): each worker has one job at a time.
    pub workers: Option<f64>,
    /// min(S, U) / hold: each lock that is asked for at all has one holder at a time.
    pub locks: Option<f64>,
}

impl Limits {
    /// The lower of the two, which binds.
    #[must_use]
    pub fn lowest(&self) -> Option<f64> {
        match (self.workers, self.locks) {
            (Some(workers), Some(locks)) => Some(workers.min(locks)),
            (workers, locks) => workers.or(locks),
        }
    }
}

/// The limits of a server, lags included.
#[must_use]
pub fn limits(server: &Server, load: &Load) -> Limits {
    let [work, hold] = [server.work_time(), server.hold_time()].map(|it| it.as_nanos() as f64);
    let locks = load.users.min(server.shards.into()) as f64;
    let bound = |many: f64, time: f64| (time > 0.0).then(|| many * 1e9 / time);
    Limits { workers: bound(server.workers.into(), work + hold), locks: bound(locks, hold) }
}

/// How many are accepted, and nothing else: for asking often.
///
/// # Panics
///
/// When there are no users or no shards.
#[must_use]
pub fn accepted(server: &Server, load: &Load, placement: Placement) -> u64 {
    count(server, jobs(server, load, placement))
}

/// How many would be accepted if no job ever waited for a lock: each is in a shard of its own. What is
/// still rejected then is not the lock's doing.
#[must_use]
pub fn accepted_without_lock(server: &Server, load: &Load) -> u64 {
    // No two of them are ever held at once: there are not as many workers.
    let alone = jobs(server, load, Placement::InTurn).zip(0_u64..);
    count(server, alone.map(|(job, i)| Job { shard: i as u32, ..job }))
}

fn count(server: &Server, jobs: impl Iterator<Item = Job>) -> u64 {
    let mut accepted = 0;
    simulate(server.shape(), jobs, |event| accepted += u64::from(event.what == What::Accepted));
    accepted
}
