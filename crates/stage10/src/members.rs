//! The tasks and threads that a shutdown notifies and waits for.

use std::future::pending;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// The phases of a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Serving,
    /// Requests are served as usual, but /health answers 503, and every connection is closed after
    /// its next answer.
    Draining,
    /// New events are rejected.
    Closing,
}

/// Notifies all members, and waits until the last is gone.
pub struct Members(watch::Sender<Phase>);

/// Held by each of these tasks and threads, and dropped when it ends.
#[derive(Clone)]
pub struct Member(watch::Receiver<Phase>);

impl Members {
    pub fn new() -> (Members, Member) {
        let (members, member) = watch::channel(Phase::Serving);
        (Members(members), Member(member))
    }

    pub fn announce(&self, phase: Phase) {
        self.0.send_replace(phase);
    }

    /// Waits until every member is dropped, or the deadline has passed.
    pub async fn gone(&self, deadline: Duration) {
        let _ = timeout(deadline, self.0.closed()).await;
    }
}

impl Member {
    pub fn is_serving(&self) -> bool {
        *self.0.borrow() == Phase::Serving
    }

    /// Waits for the phase `Closing`.
    pub async fn closing(mut self) {
        // An error means that there is no sender any more.
        let _ = self.0.wait_for(|phase| *phase == Phase::Closing).await;
    }

    /// Waits for the next phase; after the last, forever.
    pub async fn next_phase(&mut self) -> Phase {
        match self.0.changed().await {
            Ok(()) => *self.0.borrow_and_update(),
            Err(_) => pending().await,
        }
    }
}
