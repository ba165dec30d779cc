//! The intake: queues each event or rejects it.

use std::collections::HashSet;
use std::sync::Arc;

use protocol::{Event, Rejection};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use crate::gate::Gate;
use crate::metrics::Metrics;
use crate::worker::Job;

pub struct Intake {
    gate: Gate<Open>,
    /// One permit for each job that may wait and one for each worker; a job holds one until it is
    /// done. A bounded channel would not be exact: a worker that was just woken may not have taken
    /// its job yet, so the channel could be full while a worker is idle.
    capacity: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

pub struct Open {
    /// The only sender: when the gate closes, the queue ends after the jobs in it.
    pub queue: UnboundedSender<Job>,
    /// All users with a balance or an accepted job. The balances themselves are not read for this:
    /// a worker may hold a shard for long.
    pub users: HashSet<String>,
    pub max_users: usize,
}

impl Intake {
    pub fn new(open: Open, capacity: usize, metrics: Arc<Metrics>) -> Intake {
        Intake { gate: Gate::open(open), capacity: Arc::new(Semaphore::new(capacity)), metrics }
    }

    /// Queues an event, or returns why it is rejected.
    pub fn offer(&self, event: Event) -> Result<(), Rejection> {
        let offered = self.gate.pass(|open| {
            let is_new = !open.users.contains(&event.user);
            if is_new && open.users.len() >= open.max_users {
                return Err(Rejection::TooManyUsers);
            }
            let permit = self.capacity.clone().try_acquire_owned();
            let permit = permit.map_err(|_| Rejection::ServerBusy)?;
            if is_new {
                open.users.insert(event.user.clone());
            }
            self.metrics.accepted();
            let job = Job { event, queued: Instant::now(), permit };
            open.queue
                .send(job)
                .expect("workers survive a panic, and stay while there is a sender");
            Ok(())
        });
        let decided = offered.unwrap_or(Err(Rejection::ShuttingDown));
        decided.inspect_err(|_| self.metrics.rejected())
    }

    /// Rejects all later events; the workers finish the queued jobs.
    pub fn close(&self) {
        drop(self.gate.close());
    }
}
