//! Who takes part in a shutdown: told when it begins, and waited for until the last is gone.

use std::future::pending;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// The phases of a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Serving,
    /// Everything is served as usual, /health says that the server is going, and every connection
    /// ends with its next answer.
    Draining,
    /// No event is accepted any more.
    Closing,
}

/// Tells all members, and knows when the last of them is gone.
pub struct Members(watch::Sender<Phase>);

/// Held by every task and thread that takes part, and dropped on every way out of it.
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

    /// Waits until every member is gone, or the deadline has passed.
    pub async fn gone(&self, deadline: Duration) {
        let _ = timeout(deadline, self.0.closed()).await;
    }
}

impl Member {
    pub fn is_serving(&self) -> bool {
        *self.0.borrow() == Phase::Serving
    }

    /// Waits for the last phase.
    pub async fn closing(mut self) {
        // An error means that nobody can announce anything any more.
        let _ = self.0.wait_for(|phase| *phase == Phase::Closing).await;
    }

    /// Waits for the next phase; after the last, for ever.
    pub async fn next_phase(&mut self) -> Phase {
        match self.0.changed().await {
            Ok(()) => *self.0.borrow_and_update(),
            Err(_) => pending().await,
        }
    }
}
