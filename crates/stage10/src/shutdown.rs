//! Stopping: who is told, who is waited for, and how long.

use std::convert::Infallible;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use connection::{LOST, print_last_line};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use crate::intake::Intake;
use crate::metrics::Metrics;
use crate::state::Saver;

/// How far the server is on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Serving,
    /// Everything is served as usual, /health says that the server is going, and every connection
    /// ends with its next answer.
    Draining,
    /// No event is accepted any more.
    Closing,
}

/// What is taken down again, in this order.
pub struct Running {
    pub intake: Arc<Intake>,
    pub shutdown: Shutdown,
    pub workers: Vec<JoinHandle<()>>,
    pub saver: Option<Saver>,
    pub metrics: Arc<Metrics>,
}

impl Running {
    /// Stops, in the reverse order of the start, and returns the exit status.
    pub async fn stop(self, drain_delay: Duration, deadline: Duration) -> i32 {
        self.shutdown.announce(Phase::Draining);
        if !drain_delay.is_zero() {
            sleep(drain_delay).await;
        }
        self.intake.close();
        self.shutdown.announce(Phase::Closing);
        if self.shutdown.everybody_gone(deadline).await {
            self.workers.into_iter().for_each(|worker| drop(worker.join()));
        }
        let saved = match self.saver {
            Some(saver) => saver.save().await,
            None => Ok(()),
        };
        let last = self.metrics.snapshot();
        print_last_line(&serde_json::to_string(&last).expect("a struct of numbers"));
        if let Err(error) = &saved {
            tracing::error!(target: LOST, "the balances are not saved: {error}");
        }
        if last.pending > 0 {
            let pending = last.pending;
            tracing::error!(target: LOST, "the deadline of {deadline:?} passed: {pending} jobs are lost");
        }
        i32::from(saved.is_err() || last.pending > 0)
    }
}

/// Tells everybody, and knows when the last of them is gone.
pub struct Shutdown {
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

pub fn shutdown() -> (Shutdown, Member) {
    let (announce, phase) = watch::channel(Phase::Serving);
    let (_alive, gone) = mpsc::channel(1);
    (Shutdown { phase: announce, gone }, Member { phase, _alive })
}

impl Shutdown {
    fn announce(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// Waits until every member is gone, or the deadline has passed: then false.
    async fn everybody_gone(mut self, deadline: Duration) -> bool {
        timeout(deadline, self.gone.recv()).await.is_ok()
    }
}

impl Member {
    pub fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    /// Waits for a phase after this one.
    pub async fn after(mut self, phase: Phase) -> Phase {
        let next = self.phase.wait_for(|now| *now > phase).await;
        // An error means that nobody can announce anything any more, which is the same as the last one.
        next.map_or(Phase::Closing, |phase| *phase)
    }
}
