//! A time limit for one wait after the other.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// No wait is longer, so that its end is a time that the clock can tell.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A timer that stays set from one wait to the next. Nearly every wait is over long before its time
/// is: setting a timer for each and taking it back would cost more than reading a request does. So
/// the timer goes off when the first of these times has come, and is then set to the one that counts.
#[derive(Debug, Default)]
pub(crate) struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// What `wait` comes to, or `None` when it takes longer than `time`. What is ready at once needs
    /// no timer, nor the time.
    pub async fn within<T>(&mut self, time: Duration, wait: impl Future<Output = T>) -> Option<T> {
        let mut wait = pin!(wait);
        let mut deadline = None;
        poll_fn(|cx| {
            if let Poll::Ready(output) = wait.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            let deadline = *deadline.get_or_insert_with(|| Instant::now() + time.min(LONGEST));
            self.poll(deadline, cx).map(|()| None)
        })
        .await
    }

    /// Ready once the deadline has passed.
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
