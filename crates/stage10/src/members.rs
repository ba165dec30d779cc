//! Who takes part in a shutdown: told when it begins, and waited for until the last is gone.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
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
pub struct Members {
    phase: watch::Sender<Phase>,
    gone: mpsc::Receiver<Infallible>,
}

/// Held by everybody who has to be told, and dropped by whoever is done.
#[derive(Clone)]
pub struct Member {
    phase: watch::Receiver<Phase>,
    /// Nothing is ever sent: what counts is that it is dropped, on every way out of a task.
    _alive: mpsc::Sender<Infallible>,
}

impl Members {
    pub fn new() -> (Members, Member) {
        let (announce, phase) = watch::channel(Phase::Serving);
        let (_alive, gone) = mpsc::channel(1);
        (Members { phase: announce, gone }, Member { phase, _alive })
    }

    pub fn announce(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// Waits until every member is gone, or the deadline has passed.
    pub async fn gone(mut self, deadline: Duration) {
        let _ = timeout(deadline, self.gone.recv()).await;
    }
}

impl Member {
    pub fn is_serving(&self) -> bool {
        *self.phase.borrow() == Phase::Serving
    }

    /// Waits for the last phase.
    pub async fn closing(mut self) {
        // An error means that nobody can announce anything any more.
        let _ = self.phase.wait_for(|phase| *phase == Phase::Closing).await;
    }

    /// Waits for the next phase; after the last, for ever.
    pub async fn next_phase(&mut self) -> Phase {
        match self.phase.changed().await {
            Ok(()) => *self.phase.borrow_and_update(),
            Err(_) => pending().await,
        }
    }
}
