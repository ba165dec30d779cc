//! A gate: what is behind it can be used until it closes, and closing is one step. Whoever has
//! passed is done before it closes; nobody passes afterwards. A flag that is looked at first and
//! acted upon later leaves a moment between the two, and in it an event is accepted and lost.

#[cfg(loom)] // in the test of its interleavings
use loom::sync::Mutex;
#[cfg(not(loom))]
use std::sync::Mutex;
use std::sync::PoisonError;

pub struct Gate<T>(Mutex<Option<T>>);

impl<T> Gate<T> {
    pub fn open(inside: T) -> Gate<T> {
        Gate(Mutex::new(Some(inside)))
    }

    /// Does something with what is inside; `None` when the gate is closed.
    pub fn pass<R>(&self, act: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(act)
    }

    /// Closes the gate and hands over what was inside.
    pub fn close(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
