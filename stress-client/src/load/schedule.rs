//! Which request is next, and when it is due: one queue of numbered slots that all connections of
//! all cores take from.
//!
//! A closed loop's slots are there for the taking. An open loop's are released as they fall due,
//! one permit each; a connection that finds none waits, and the one that waited longest is next.

use super::pacer::Pacer;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// One request to be sent.
pub(super) struct Slot {
    /// Its number, from 0.
    pub(super) number: u64,
    /// When it was to be sent; its latency counts from here.
    pub(super) due: Instant,
}

/// The slots of one run.
pub(super) struct Schedule {
    next: AtomicU64,
    /// The first number that is not to be sent; 0 once the run is stopped.
    end: AtomicU64,
    pace: Option<Pace>,
}

struct Pace {
    pacer: Pacer,
    start: Instant,
    /// One permit for each slot that is due and not yet taken.
    due: Semaphore,
}

impl Schedule {
    pub(super) fn new(requests: u64, pacer: Option<Pacer>, start: Instant) -> Self {
        Self {
            next: AtomicU64::new(0),
            end: AtomicU64::new(requests),
            pace: pacer.map(|pacer| Pace { pacer, start, due: Semaphore::new(0) }),
        }
    }

    /// The next slot, once it is due; `None` when there is none left. A slot taken is a request sent.
    pub(super) async fn take(&self) -> Option<Slot> {
        if let Some(pace) = &self.pace {
            pace.due.acquire().await.ok()?.forget();
        }
        let number = self.next.fetch_add(1, Relaxed);
        let end = self.end.load(Relaxed);
        if number + 1 >= end {
            // Every earlier slot has been taken: whoever still waits waits for nothing.
            self.close_gate();
        }
        let due = match &self.pace {
            Some(pace) => pace.start.checked_add(pace.pacer.due(number))?,
            None => Instant::now(),
        };
        (number < end).then_some(Slot { number, due })
    }

    /// Releases what is due beyond the `released` slots of earlier calls, and returns how long
    /// nothing more will be due. A closed loop needs no releasing.
    pub(super) fn release(&self, released: &mut u64) -> Duration {
        let Some(pace) = &self.pace else {
            return Duration::MAX;
        };
        let end = self.end.load(Relaxed);
        let due = pace.pacer.due_by(pace.start.elapsed()).min(end);
        if due > *released {
            // At most 2^53 permits, as far as a pacer counts: tokio allows 2^61.
            pace.due.add_permits((due - *released) as usize);
            *released = due;
        }
        if *released >= end {
            return Duration::MAX;
        }
        pace.pacer.wait(pace.start.elapsed(), *released)
    }

    /// No slot is taken any more.
    pub(super) fn stop(&self) {
        self.end.store(0, Relaxed);
        self.close_gate();
    }

    fn close_gate(&self) {
        if let Some(pace) = &self.pace {
            pace.due.close();
        }
    }
}
