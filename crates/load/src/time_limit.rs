//! A time limit for successive operations.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

/// A time limit with one timer for all operations. The timer is set only when it fires, and fires no
/// later than the current operation has to end.
pub(crate) struct TimeLimit {
    limit: Duration,
    timer: Pin<Box<Sleep>>,
}

impl TimeLimit {
    /// Creates a limit for each operation. Has to be called in the runtime of the operations.
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, timer: Box::pin(sleep_until(Instant::now())) }
    }

    /// Runs an operation; returns `None` when it takes longer than the limit.
    pub(crate) async fn run<F: Future>(&mut self, mut operation: Pin<&mut F>) -> Option<F::Output> {
        let deadline = Instant::now() + self.limit;
        poll_fn(|context| {
            if let Poll::Ready(output) = operation.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
            while self.timer.as_mut().poll(context).is_ready() {
                if Instant::now() >= deadline {
                    return Poll::Ready(None);
                }
                self.timer.as_mut().reset(deadline);
            }
            Poll::Pending
        })
        .await
    }
}
