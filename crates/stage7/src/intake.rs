//! The intake: queues each event or rejects it.

use std::sync::Arc;

use protocol::{Event, Rejection};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use crate::worker::Job;

pub struct Intake {
    queue: UnboundedSender<Job>,
    /// One permit for each job that may wait and one for each worker; a job holds one until it is
    /// done. A bounded channel would not be exact: a worker that was just woken may not have taken
    /// its job yet, so the channel could be full while a worker is idle.
    capacity: Arc<Semaphore>,
}

impl Intake {
    pub fn new(queue: UnboundedSender<Job>, capacity: usize) -> Intake {
        Intake { queue, capacity: Arc::new(Semaphore::new(capacity)) }
    }

    /// Queues an event, or returns why it is rejected.
    pub fn offer(&self, event: Event) -> Result<(), Rejection> {
        let Ok(permit) = self.capacity.clone().try_acquire_owned() else {
            return Err(Rejection::ServerBusy);
        };
        let job = Job { event, queued: Instant::now(), permit };
        // An error means that no worker is left.
        self.queue.send(job).map_err(|_| Rejection::ServerBusy)
    }
}
