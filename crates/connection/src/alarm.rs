//! A time limit for one wait after the other.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// No wait is longer, so that its end is a time that the clock can tell.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The last look of a wait whose time is over: long enough for the runtime to ask the system. A
/// process that stood still sees that the time has passed before it sees what came meanwhile.
const LAST_LOOK: Duration = Duration::from_millis(5);

/// A timer that stays set from one wait to the next. Nearly every wait is over long before its time
/// is: setting a timer for each and taking it back would cost more than reading a request does. So
/// the timer goes off when the first of these times has come, and is then set to the one that counts.
#[derive(Debug, Default)]
pub(crate) struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Runs `wait` with a time limit, and returns `None` when it takes longer, and a last look. What is ready
    /// at once needs no timer, nor the time.
    pub async fn within<T>(&mut self, time: Duration, wait: impl Future<Output = T>) -> Option<T> {
        let mut wait = pin!(wait);
        let mut deadline = None;
        let mut looked = false;
        poll_fn(|cx| {
            loop {
                if let Poll::Ready(output) = wait.as_mut().poll(cx) {
                    return Poll::Ready(Some(output));
                }
                let now = Instant::now;
                let until = *deadline.get_or_insert_with(|| now() + time.min(LONGEST));
                ready!(self.poll(until, cx));
                if std::mem::replace(&mut looked, true) {
                    return Poll::Ready(None);
                }
                deadline = Some(now() + LAST_LOOK);
            }
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
