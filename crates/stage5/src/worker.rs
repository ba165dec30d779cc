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
    /// Measures the wait in the queue, which the client cannot see: its 202 came before.
    pub queued: Instant,
}

/// Performs jobs until the queue has no sender and is empty.
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
