//! The intake: queues each event or rejects it.

use std::sync::Arc;

use protocol::{Event, Rejection};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use crate::metrics::Metrics;
use crate::worker::Job;

pub struct Intake {
    queue: UnboundedSender<Job>,
    /// A permit for each job that may wait and for each worker; a job keeps its own until it is done.
    /// A bound on the queue alone would not be exact: a worker that was just woken may not have taken
    /// its job yet, and the queue would be full while a worker is idle.
    capacity: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

impl Intake {
    pub fn new(queue: UnboundedSender<Job>, capacity: usize, metrics: Arc<Metrics>) -> Intake {
        Intake { queue, capacity: Arc::new(Semaphore::new(capacity)), metrics }
    }

    /// Queues an event, or says why not.
    pub fn offer(&self, event: Event) -> Result<(), Rejection> {
        let Ok(permit) = self.capacity.clone().try_acquire_owned() else {
            self.metrics.rejected();
            return Err(Rejection::ServerBusy);
        };
        self.metrics.accepted();
        let job = Job { event, queued: Instant::now(), permit };
        // Fails when the last worker is gone; the event then stays pending.
        self.queue.send(job).map_err(|_| Rejection::ServerBusy)
    }
}
