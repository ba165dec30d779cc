//! A count from many threads.

#[cfg(loom)] // in the test of its interleavings
use loom::sync::atomic::AtomicU64;
#[cfg(not(loom))]
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

#[derive(Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds, and publishes what this thread counted before: a thread that sees this count sees
    /// those.
    pub fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Release);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}
