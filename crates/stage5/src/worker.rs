//! The worker: takes jobs out of the queue and does them, one after the other.

use std::sync::Arc;
use std::time::Duration;

use protocol::Event;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, sleep};

use crate::balances::Balances;

/// An accepted event on its way to the balances.
pub struct Job {
    pub event: Event,
    /// How long it waits is seen here alone: after its 202 the client hears no more of it.
    pub queued: Instant,
}

/// Does jobs until the queue has no sender any more.
pub async fn run(mut jobs: Receiver<Job>, balances: Arc<Balances>, work: Duration) {
    while let Some(Job { event, queued }) = jobs.recv().await {
        let waited = queued.elapsed();
        if !work.is_zero() {
            sleep(work).await;
        }
        let balance = balances.add(&event).await;
        tracing::debug!(user = %event.user.escape_debug(), balance, ?waited, "done");
    }
}
