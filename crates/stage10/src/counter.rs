//! A count from many threads.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds, and publishes what this thread counted before: whoever sees this count sees those.
    pub fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Release);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}
