//! Where an event's fate is decided: into the queue, or turned away and why.

use std::collections::HashSet;
use std::sync::Arc;

use protocol::{Event, Rejection};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

use crate::gate::Gate;
use crate::metrics::Metrics;
use crate::worker::Job;

pub struct Intake {
    gate: Gate<Open>,
    /// One for each job that may wait and one for each worker; a job keeps its own until it is done.
    places: Arc<Semaphore>,
    max_users: usize,
    metrics: Arc<Metrics>,
}

struct Open {
    /// The only sender: when the gate closes, the queue ends after the jobs that are in it.
    queue: Sender<Job>,
    /// Everybody who has a balance or will have one. The balances themselves are not asked: a
    /// worker may hold a shard of them for long.
    users: HashSet<String>,
}

impl Intake {
    pub fn new(
        queue: Sender<Job>,
        users: HashSet<String>,
        max_users: u32,
        metrics: Arc<Metrics>,
    ) -> Intake {
        let places = Arc::new(Semaphore::new(queue.max_capacity()));
        let gate = Gate::open(Open { queue, users });
        Intake { gate, places, max_users: max_users as usize, metrics }
    }

    /// Queues an event, or says why not.
    pub fn offer(&self, event: Event) -> Result<(), Rejection> {
        let offered = self.gate.pass(|open| {
            let known = open.users.contains(&event.user);
            if !known && open.users.len() >= self.max_users {
                return Err(Rejection::TooManyUsers);
            }
            // Counted, because the queue's own length would not do: a worker that was just woken may
            // not have taken its job yet, and the queue would be full while a worker is idle.
            let place = self.places.clone().try_acquire_owned();
            let (Ok(place), Ok(slot)) = (place, open.queue.try_reserve()) else {
                return Err(Rejection::ServerBusy);
            };
            if !known {
                open.users.insert(event.user.clone());
            }
            self.metrics.accepted();
            slot.send(Job { event, queued: Instant::now(), place });
            Ok(())
        });
        let fate = offered.unwrap_or(Err(Rejection::ShuttingDown));
        fate.inspect_err(|_| self.metrics.rejected())
    }

    /// Accepts nothing from now on; the workers finish what is queued.
    pub fn close(&self) {
        drop(self.gate.close());
    }
}
