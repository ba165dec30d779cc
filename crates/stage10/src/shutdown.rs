//! The shutdown procedure: its steps in order, and their deadline.

use std::sync::Arc;
use std::time::Duration;

use connection::{LOST, print_last_line};
use tokio::time::sleep;

use crate::intake::Intake;
use crate::members::{Members, Phase};
use crate::metrics::Metrics;
use crate::state::State;

/// The parts that are shut down, in this order.
pub struct Shutdown {
    pub intake: Arc<Intake>,
    pub members: Members,
    pub state: Arc<State>,
    pub metrics: Arc<Metrics>,
}

impl Shutdown {
    /// Shuts down in the reverse order of the start, and returns the exit status.
    pub async fn run(self, drain_delay: Duration, deadline: Duration) -> i32 {
        self.members.announce(Phase::Draining);
        if !drain_delay.is_zero() {
            sleep(drain_delay).await;
        }
        self.intake.close();
        self.members.announce(Phase::Closing);
        self.members.gone(deadline).await;
        let saved = self.state.save().await;
        let last = self.metrics.snapshot();
        print_last_line(&serde_json::to_string(&last).expect("a struct of numbers"));
        if let Err(error) = &saved {
            tracing::error!(target: LOST, "the balances are not saved: {error}");
        }
        let lost = last.pending;
        if lost > 0 {
            tracing::error!(target: LOST, "the deadline of {deadline:?} passed: {lost} jobs are lost");
        }
        i32::from(saved.is_err() || lost > 0)
    }
}
