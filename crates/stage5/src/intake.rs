//! The intake: queues each event or rejects it.

use protocol::{Event, Rejection};
use tokio::sync::mpsc::Sender;
use tokio::time::Instant;

use crate::args::WhenFull;
use crate::worker::Job;

pub struct Intake {
    pub queue: Sender<Job>,
    pub when_full: WhenFull,
}

impl Intake {
    /// Queues an event, or returns why it is rejected.
    pub async fn offer(&self, event: Event) -> Result<(), Rejection> {
        let job = Job { event, queued: Instant::now() };
        let is_queued = match self.when_full {
            WhenFull::Reject => self.queue.try_send(job).is_ok(),
            // Another way: the client waits for room, and the overload shows only as latency.
            WhenFull::Wait => self.queue.send(job).await.is_ok(),
        };
        if is_queued { Ok(()) } else { Err(Rejection::ServerBusy) }
    }
}
