//! The schedule of a run: one queue of numbered slots, shared by the connections of all cores.
//!
//! The slots of a closed loop are always available. Those of an open loop are released at their due
//! times, one permit each; of the waiting connections, the one used last takes the next slot.

use super::pacer::Pacer;
use super::permits::Permits;
use super::plan::Plan;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A request to send.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    /// The number of its event, from 0.
    pub(crate) number: u64,
    /// The number of earlier attempts.
    pub(crate) attempt: u32,
    /// The due time, from which the response time counts.
    pub(crate) due: Instant,
    /// True if it belongs to the warm-up.
    pub(crate) warm: bool,
}

/// The slots of a run.
pub(crate) struct Schedule {
    start: Instant,
    /// The end of the warm-up.
    measured_from: Instant,
    /// The number of the next event.
    next: AtomicU64,
    /// The number of events to send after the warm-up; 0 once the run is stopped.
    requests: AtomicU64,
    pace: Pace,
}

enum Pace {
    /// A closed loop.
    Closed {
        /// The number of events taken since the end of the warm-up.
        measured: AtomicU64,
    },
    /// An open loop.
    Open {
        pacer: Pacer,
        /// The number of events in the warm-up.
        warm: u64,
        /// One permit for each slot that is due and not yet taken.
        permits: Permits,
        /// The number of events that were taken and may be retried.
        unsettled: AtomicU64,
        /// The slots of due retries; each has a permit.
        retries: Mutex<VecDeque<Slot>>,
    },
}

impl Schedule {
    pub(crate) fn new(plan: &Plan, pacer: Option<Pacer>, start: Instant) -> Self {
        let pace = match pacer {
            None => Pace::Closed { measured: AtomicU64::new(0) },
            Some(pacer) => Pace::Open {
                warm: pacer.due_before(plan.warmup),
                pacer,
                permits: Permits::default(),
                unsettled: AtomicU64::new(0),
                retries: Mutex::default(),
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

    /// Returns the end of the warm-up.
    pub(crate) fn measured_from(&self) -> Instant {
        self.measured_from
    }

    /// Waits until the next slot is due and takes it; `None` if there is none left. The caller must
    /// send the request.
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
            Pace::Open { pacer, warm, permits, unsettled, retries } => {
                permits.acquire().await?;
                let retry = retries.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                if retry.is_some() {
                    return retry;
                }
                // Increment before taking a number, or `settle` could read zero and close the
                // permits early.
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

    /// Queues the retry of a slot that is due now, for any free connection (open loop).
    pub(crate) fn send_again(&self, slot: Slot) {
        if let Pace::Open { retries, permits, .. } = &self.pace {
            retries.lock().unwrap_or_else(PoisonError::into_inner).push_back(slot);
            permits.add(1);
        }
    }

    /// Marks an event as finished, and ends the waiting connections after the last one.
    pub(crate) fn settle(&self) {
        if let Pace::Open { unsettled, permits, .. } = &self.pace
            && unsettled.fetch_sub(1, SeqCst) == 1
            && self.next.load(SeqCst) >= self.end()
        {
            permits.close();
        }
    }

    /// Releases the due slots of an open loop beyond the `released` ones of earlier calls, and
    /// returns the time until the next is due.
    ///
    /// Slots due at `deadline` or later are never released.
    pub(crate) fn release(&self, released: &mut u64, deadline: Option<Instant>) -> Duration {
        let Pace::Open { pacer, permits, .. } = &self.pace else {
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
            permits.add(due_now - *released);
            *released = due_now;
        }
        if *released >= self.end() {
            return Duration::MAX;
        }
        pacer.wait(self.start.elapsed(), *released)
    }

    /// Returns the number of events of an open loop that are due before `at`, without the warm-up
    /// and at most as many as are to be sent.
    pub(crate) fn due_before(&self, at: Instant) -> u64 {
        let Pace::Open { pacer, warm, .. } = &self.pace else { return 0 };
        let due = pacer.due_before(at.saturating_duration_since(self.start));
        due.min(self.end()).saturating_sub(*warm)
    }

    /// Stops handing out slots.
    pub(crate) fn stop(&self) {
        self.requests.store(0, SeqCst);
        if let Pace::Open { permits, .. } = &self.pace {
            permits.close();
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.requests.load(SeqCst) == 0
    }

    /// Returns the number of the first event not to send (open loop).
    fn end(&self) -> u64 {
        match (&self.pace, self.requests.load(SeqCst)) {
            (Pace::Open { warm, .. }, requests @ 1..) => requests.saturating_add(*warm),
            _ => 0,
        }
    }
}
