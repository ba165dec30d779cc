//! A semaphore that wakes the task that has waited the shortest, so that a low rate is sent over
//! few connections, as with a connection pool.

use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

#[derive(Debug, Default)]
pub(crate) struct Permits(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    free: u64,
    closed: bool,
    /// A stack: the last to wait is the first to be woken.
    waiting: Vec<Waker>,
}

impl Permits {
    /// Waits for a permit and takes it; `None` once closed.
    pub(crate) async fn acquire(&self) -> Option<()> {
        poll_fn(|cx| {
            let mut state = self.lock();
            if state.closed {
                return Poll::Ready(None);
            }
            if state.free > 0 {
                state.free -= 1;
                return Poll::Ready(Some(()));
            }
            // The task may be polled again without having been woken.
            state.waiting.retain(|waker| !waker.will_wake(cx.waker()));
            state.waiting.push(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Adds permits and wakes as many waiting tasks.
    pub(crate) fn add(&self, count: u64) {
        let mut state = self.lock();
        state.free += count;
        let left = state.waiting.len().saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
        let woken = state.waiting.split_off(left);
        drop(state);
        woken.into_iter().rev().for_each(Waker::wake);
    }

    /// Closes the semaphore and wakes all waiting tasks.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let woken = std::mem::take(&mut state.waiting);
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
