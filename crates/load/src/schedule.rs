//! Which request is next, and when it is due: one queue of numbered slots that all connections of
//! all cores take from.
//!
//! A closed loop's slots are there for the taking. An open loop's are released as they fall due,
//! one permit each; a connection that finds none waits, and the one used last is next.

use super::pacer::Pacer;
use super::permits::Permits;
use super::plan::Plan;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One request to be sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    /// The number of its event, from 0.
    pub(crate) number: u64,
    /// How often that event was sent before.
    pub(crate) attempt: u32,
    /// When it was to be sent; its response time counts from here.
    pub(crate) due: Instant,
    /// Whether it belongs to the warm-up, which is left out of the figures.
    pub(crate) warm: bool,
}

/// The slots of one run.
pub(crate) struct Schedule {
    start: Instant,
    /// When the warm-up is over.
    measured_from: Instant,
    /// The number of the next event.
    next: AtomicU64,
    /// How many events are to be sent once the warm-up is over; 0 when the run is stopped.
    requests: AtomicU64,
    pace: Pace,
}

enum Pace {
    /// As fast as answers come.
    Closed {
        /// Events taken since the warm-up was over.
        measured: AtomicU64,
    },
    /// As they fall due.
    Open {
        pacer: Pacer,
        /// So many events belong to the warm-up.
        warm: u64,
        /// One permit for each slot that is due and not yet taken.
        due: Permits,
        /// Events that were taken and may have to be sent again.
        unsettled: AtomicU64,
        /// Those that are to be sent again now; each has its permit.
        again: Mutex<VecDeque<Slot>>,
    },
}

impl Schedule {
    pub(crate) fn new(plan: &Plan, pacer: Option<Pacer>, start: Instant) -> Self {
        let pace = match pacer {
            None => Pace::Closed { measured: AtomicU64::new(0) },
            Some(pacer) => Pace::Open {
                warm: pacer.due_before(plan.warmup),
                pacer,
                due: Permits::default(),
                unsettled: AtomicU64::new(0),
                again: Mutex::default(),
            },
        };
        Self {
            start,
            measured_from: start.checked_add(plan.warmup).unwrap_or(start),
            next: AtomicU64::new(0),
            requests: AtomicU64::new(plan.requests.unwrap_or(u64::MAX)),
            pace,
        }
    }

    /// When the warm-up is over.
    pub(crate) fn measured_from(&self) -> Instant {
        self.measured_from
    }

    /// The next slot, once it is due; `None` when there is none left. A slot taken is a request sent.
    pub(crate) async fn take(&self) -> Option<Slot> {
        match &self.pace {
            Pace::Closed { measured } => {
                let due = Instant::now();
                let warm = due < self.measured_from;
                let taken = if warm { 0 } else { measured.fetch_add(1, SeqCst) };
                let left = taken < self.requests.load(SeqCst);
                let number = self.next.fetch_add(1, SeqCst);
                left.then_some(Slot { number, attempt: 0, due, warm })
            }
            Pace::Open { pacer, warm, due, unsettled, again } => {
                due.acquire().await?;
                if let Some(slot) = again.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
                {
                    return Some(slot);
                }
                // Counted first: nobody may think in between that all is over.
                unsettled.fetch_add(1, SeqCst);
                let number = self.next.fetch_add(1, SeqCst);
                match self.start.checked_add(pacer.due(number)) {
                    Some(due) if number < self.end() => {
                        Some(Slot { number, attempt: 0, due, warm: number < *warm })
                    }
                    _ => {
                        self.settle();
                        None
                    }
                }
            }
        }
    }

    /// Gives a slot back, to be sent again now by whichever connection is free.
    pub(crate) fn send_again(&self, slot: Slot) {
        if let Pace::Open { again, due, .. } = &self.pace {
            again.lock().unwrap_or_else(PoisonError::into_inner).push_back(slot);
            due.add(1);
        }
    }

    /// An event has come out for good. Behind the last one nobody waits any longer.
    pub(crate) fn settle(&self) {
        if let Pace::Open { unsettled, due, .. } = &self.pace
            && unsettled.fetch_sub(1, SeqCst) == 1
            && self.next.load(SeqCst) >= self.end()
        {
            due.close();
        }
    }

    /// Releases what is due beyond the `released` slots of earlier calls, and returns how long
    /// nothing more will be due. A closed loop needs no releasing.
    ///
    /// Requests due at `deadline` or later are never released.
    pub(crate) fn release(&self, released: &mut u64, deadline: Option<Instant>) -> Duration {
        let Pace::Open { pacer, due, .. } = &self.pace else {
            return Duration::MAX;
        };
        let now = Instant::now();
        let since = |at: Instant| at.saturating_duration_since(self.start);
        let due_now = match deadline.filter(|at| *at <= now) {
            Some(deadline) => pacer.due_before(since(deadline)),
            None => pacer.due_by(since(now)),
        };
        let due_now = due_now.min(self.end());
        if due_now > *released {
            due.add(due_now - *released);
            *released = due_now;
        }
        if *released >= self.end() {
            return Duration::MAX;
        }
        pacer.wait(self.start.elapsed(), *released)
    }

    /// Counts the events of an open loop that are due before this moment, without those of the warm-up and without
    /// those that are not to be sent.
    pub(crate) fn due_before(&self, at: Instant) -> u64 {
        let Pace::Open { pacer, warm, .. } = &self.pace else { return 0 };
        let due = pacer.due_before(at.saturating_duration_since(self.start));
        due.min(self.end()).saturating_sub(*warm)
    }

    /// No slot is taken any more.
    pub(crate) fn stop(&self) {
        self.requests.store(0, SeqCst);
        if let Pace::Open { due, .. } = &self.pace {
            due.close();
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.requests.load(SeqCst) == 0
    }

    /// The number of the first event that is not to be sent (open loop).
    fn end(&self) -> u64 {
        match (&self.pace, self.requests.load(SeqCst)) {
            (Pace::Open { warm, .. }, requests @ 1..) => requests.saturating_add(*warm),
            _ => 0,
        }
    }
}
