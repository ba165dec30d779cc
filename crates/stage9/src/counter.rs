//! Three ways to count from many threads.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use clap::ValueEnum;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Counters {
    /// One atomic instruction
    Atomic,
    /// Read, add and write under a lock
    Mutex,
    /// Atomic load and atomic store, with other threads in between
    LoadStore,
}

pub enum Counter {
    Atomic(AtomicU64),
    Mutex(Mutex<u64>),
    LoadStore(AtomicU64),
}

impl Counter {
    pub fn new(way: Counters) -> Counter {
        match way {
            Counters::Atomic => Counter::Atomic(AtomicU64::new(0)),
            Counters::Mutex => Counter::Mutex(Mutex::new(0)),
            Counters::LoadStore => Counter::LoadStore(AtomicU64::new(0)),
        }
    }

    /// Adds, and publishes what this thread counted before: a thread that sees this count sees
    /// those.
    pub fn add(&self, amount: u64) {
        match self {
            Counter::Atomic(count) => {
                count.fetch_add(amount, Ordering::Release);
            }
            // Another way: right, and needed as soon as two values have to change together.
            Counter::Mutex(count) => {
                *count.lock().unwrap_or_else(PoisonError::into_inner) += amount
            }
            // Another way: no data race, but what others add between load and store is lost. A
            // thread may be preempted there at any time; yielding makes that frequent, so that the
            // loss shows in thousands of jobs and not in billions.
            Counter::LoadStore(count) => {
                let before = count.load(Ordering::Acquire);
                thread::yield_now();
                count.store(before + amount, Ordering::Release);
            }
        }
    }

    pub fn get(&self) -> u64 {
        match self {
            Counter::Atomic(count) | Counter::LoadStore(count) => count.load(Ordering::Acquire),
            Counter::Mutex(count) => *count.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}
