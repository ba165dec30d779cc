//! The schedule of a run: one queue of numbered slots, shared by the connections of all cores.
//!
//! The slots of a closed loop are always available. Those of an open loop are released at their due
//! times, one permit each; of the waiting connections, the one used last takes the next slot.

use super::arrivals::Arrivals;
use super::permits::Permits;
use super::plan::Plan;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The maximum number of slots released at a time, so that a stop is noticed at any rate.
const RELEASE_MAX: u64 = 1 << 20;

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

/// The slots of an open loop in order. Copies return the same slots.
#[derive(Debug, Clone)]
pub(crate) struct Slots {
    arrivals: Arrivals,
    start: Instant,
    warmup: Duration,
    /// The number of the next event.
    number: u64,
    /// The number of events after the warm-up that precede it.
    measured: u64,
    /// The number of events to send after the warm-up.
    requests: u64,
}

/// The slots of a run.
pub(crate) struct Schedule {
    /// The end of the warm-up.
    measured_from: Instant,
    stopped: AtomicBool,
    pace: Pace,
}

#[expect(clippy::large_enum_variant, reason = "a run has one")]
enum Pace {
    /// A closed loop.
    Closed {
        /// The number of the next event.
        next: AtomicU64,
        /// The number of events taken since the end of the warm-up.
        measured: AtomicU64,
        /// The number of events to send after the warm-up.
        requests: u64,
    },
    /// An open loop.
    Open {
        /// The slots that are not yet taken.
        slots: Mutex<Slots>,
        /// One permit for each slot that is due and not yet taken.
        permits: Permits,
        /// The number of events that were taken and may be retried.
        unsettled: AtomicU64,
        /// The slots of due retries; each has a permit.
        retries: Mutex<VecDeque<Slot>>,
    },
}

impl Slots {
    fn peek(&self) -> Option<Slot> {
        let due = self.arrivals.next_due()?;
        let warm = due < self.warmup;
        let is_wanted = warm || self.measured < self.requests;
        let due = self.start.checked_add(due).filter(|_| is_wanted)?;
        Some(Slot { number: self.number, attempt: 0, due, warm })
    }

    /// Returns the number of events after the warm-up that are due before `at`.
    pub(crate) fn due_before(&self, at: Instant) -> u64 {
        let elapsed = at.saturating_duration_since(self.start);
        let count = |elapsed| self.arrivals.count_before(elapsed);
        match (count(elapsed), count(self.warmup.min(elapsed))) {
            (Some(all), Some(warm)) => (all - warm).min(self.requests),
            _ => {
                let mut slots = self.clone();
                while slots.next_if(|slot| slot.due < at).is_some() {}
                slots.measured
            }
        }
    }

    fn next_if(&mut self, condition: impl FnOnce(&Slot) -> bool) -> Option<Slot> {
        let slot = self.peek().filter(condition)?;
        self.arrivals.advance();
        self.number += 1;
        self.measured += u64::from(!slot.warm);
        Some(slot)
    }
}

impl Schedule {
    /// Creates the schedule of a plan; `arrivals` are those of an open loop.
    pub(crate) fn new(plan: &Plan, arrivals: Option<Arrivals>, start: Instant) -> Self {
        let requests = plan.requests.unwrap_or(u64::MAX);
        let warmup = plan.warmup;
        let pace = match arrivals {
            None => Pace::Closed { next: AtomicU64::new(0), measured: AtomicU64::new(0), requests },
            Some(arrivals) => Pace::Open {
                slots: Mutex::new(Slots {
                    arrivals,
                    start,
                    warmup,
                    number: 0,
                    measured: 0,
                    requests,
                }),
                permits: Permits::default(),
                unsettled: AtomicU64::new(0),
                retries: Mutex::default(),
            },
        };
        Self {
            measured_from: start.checked_add(warmup).unwrap_or(start),
            stopped: AtomicBool::new(false),
            pace,
        }
    }

    /// Returns the end of the warm-up.
    pub(crate) fn measured_from(&self) -> Instant {
        self.measured_from
    }

    /// Returns the slots of an open loop from the first on, for their release.
    pub(crate) fn slots(&self) -> Option<Slots> {
        let Pace::Open { slots, .. } = &self.pace else { return None };
        Some(slots.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Waits until the next slot is due and takes it; `None` if there is none left. The caller must send
    /// the request.
    pub(crate) async fn take(&self) -> Option<Slot> {
        match &self.pace {
            Pace::Closed { next, measured, requests } => {
                let due = Instant::now();
                let warm = due < self.measured_from;
                let taken = if warm { 0 } else { measured.fetch_add(1, SeqCst) };
                let left = taken < *requests && !self.is_stopped();
                let number = next.fetch_add(1, SeqCst);
                left.then_some(Slot { number, attempt: 0, due, warm })
            }
            Pace::Open { slots, permits, unsettled, retries } => {
                permits.acquire().await?;
                let retry = retries.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                if retry.is_some() {
                    return retry;
                }
                // Increment before taking a slot, or `settle` could read zero and close the permits
                // early.
                unsettled.fetch_add(1, SeqCst);
                let mut slots = slots.lock().unwrap_or_else(PoisonError::into_inner);
                let slot = slots.next_if(|_| !self.is_stopped());
                drop(slots);
                if slot.is_none() {
                    self.settle();
                }
                slot
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
        if let Pace::Open { unsettled, .. } = &self.pace
            && unsettled.fetch_sub(1, SeqCst) == 1
        {
            self.end_if_done();
        }
    }

    /// Ends the waiting connections of an open loop if no event is left.
    fn end_if_done(&self) {
        if let Pace::Open { slots, permits, unsettled, .. } = &self.pace {
            let slots = slots.lock().unwrap_or_else(PoisonError::into_inner);
            if slots.peek().is_none() && unsettled.load(SeqCst) == 0 {
                permits.close();
            }
        }
    }

    /// Releases the due ones of the `slots` of an open loop, and returns the time until the next is due.
    ///
    /// Slots due at `deadline` or later are never released.
    pub(crate) fn release(&self, slots: &mut Slots, deadline: Option<Instant>) -> Duration {
        let Pace::Open { permits, .. } = &self.pace else { return Duration::MAX };
        let now = Instant::now();
        let is_due = |slot: &Slot| slot.due <= now && deadline.is_none_or(|at| slot.due < at);
        let mut released = 0;
        while released < RELEASE_MAX && slots.next_if(is_due).is_some() {
            released += 1;
        }
        if released > 0 {
            permits.add(released);
        }
        match slots.peek() {
            Some(slot) => slot.due.saturating_duration_since(Instant::now()),
            None => {
                self.end_if_done();
                Duration::MAX
            }
        }
    }

    /// Stops handing out slots.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, SeqCst);
        if let Pace::Open { permits, .. } = &self.pace {
            permits.close();
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(SeqCst)
    }
}
