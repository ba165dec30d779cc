//! A gate: a value that can be used until the gate closes. Use and closing exclude each other, so
//! no use is under way when it closes, and none begins afterwards. A flag that is checked before
//! each use could change between check and use, and an event would be accepted and lost.

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

    /// Calls `act` with the value inside; returns `None` if the gate is closed.
    pub fn pass<R>(&self, act: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(act)
    }

    /// Closes the gate and returns the value.
    pub fn close(&self) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
