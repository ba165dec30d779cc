//! Permits for which connections wait, and the one that has waited the shortest is next: so a slow run is
//! sent over few connections, each used again, as any pool does.

use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

#[derive(Debug, Default)]
pub(crate) struct Permits(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    free: u64,
    closed: bool,
    /// Those who wait, the last one on top.
    waiting: Vec<Waker>,
}

impl Permits {
    /// Takes a permit, or waits for one; `None` once they are closed.
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
            // One that is polled without having been woken is not to be woken twice.
            state.waiting.retain(|waker| !waker.will_wake(cx.waker()));
            state.waiting.push(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Adds permits and wakes as many of those who wait.
    pub(crate) fn add(&self, count: u64) {
        let mut state = self.lock();
        state.free += count;
        let left = state.waiting.len().saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
        let woken = state.waiting.split_off(left);
        drop(state);
        woken.into_iter().rev().for_each(Waker::wake);
    }

    /// Hands out no more.
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
