//! A timer that is reused for consecutive waits.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// The longest time limit, so that a deadline never overflows the clock.
const MAX_TIME: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The grace period after a time limit, long enough for the runtime to poll the system. A process
/// that was suspended sees that the time has passed before it sees the input that arrived
/// meanwhile.
const GRACE: Duration = Duration::from_millis(5);

/// A timer that stays set from one wait to the next. Nearly every wait ends long before its
/// deadline, and setting and cancelling a timer for each would cost more than reading a request. So
/// the timer fires at the earliest deadline, and is then reset to the current one.
#[derive(Debug, Default)]
pub(crate) struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Runs `wait` with a time limit, and returns `None` on timeout, after a grace period. A future
    /// that is ready at once needs no timer and no clock.
    pub async fn within<T>(&mut self, time: Duration, wait: impl Future<Output = T>) -> Option<T> {
        let mut wait = pin!(wait);
        let mut deadline = None;
        let mut in_grace = false;
        poll_fn(|cx| {
            loop {
                if let Poll::Ready(output) = wait.as_mut().poll(cx) {
                    return Poll::Ready(Some(output));
                }
                let now = Instant::now;
                let until = *deadline.get_or_insert_with(|| now() + time.min(MAX_TIME));
                ready!(self.poll(until, cx));
                if std::mem::replace(&mut in_grace, true) {
                    return Poll::Ready(None);
                }
                deadline = Some(now() + GRACE);
            }
        })
        .await
    }

    /// Is ready once the deadline has passed.
    fn poll(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let timer = self.0.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        while timer.as_mut().poll(cx).is_ready() {
            if timer.deadline() == deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline); // it was still set for an earlier wait
        }
        Poll::Pending
    }
}
