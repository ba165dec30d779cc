//! The server's counters, and snapshots in which they add up.

use std::time::Duration;

use protocol::Exposition;
use serde::Serialize;

use crate::counter::{Counter, Counters};

pub struct Metrics {
    /// Valid events, accepted or rejected.
    received: Counter,
    /// Events that were rejected.
    dropped: Counter,
    /// Jobs that changed a balance.
    applied: Counter,
    /// Jobs that did not change one.
    failed: Counter,
    lock_wait_ns: Counter,
    queue_wait_ns: Counter,
}

/// A snapshot of all counters; the counts are of one moment.
#[derive(Debug, Serialize)]
pub struct Snapshot {
    received: u64,
    /// Jobs done, failed ones included.
    processed: u64,
    dropped: u64,
    /// Jobs in the queue or in progress.
    pending: u64,
    failed: u64,
    total_lock_wait_ns: u64,
    total_queue_wait_ns: u64,
}

impl Metrics {
    pub fn new(way: Counters) -> Metrics {
        let counter = || Counter::new(way);
        Metrics {
            received: counter(),
            dropped: counter(),
            applied: counter(),
            failed: counter(),
            lock_wait_ns: counter(),
            queue_wait_ns: counter(),
        }
    }

    /// Counts an event that is about to be queued. Afterwards would be too late: a worker could
    /// have finished it by then.
    pub fn accepted(&self) {
        self.received.add(1);
    }

    /// Counts an event that was rejected.
    pub fn rejected(&self) {
        self.received.add(1);
        self.dropped.add(1);
    }

    /// Counts a finished job; `applied` is true if it changed a balance.
    pub fn done(&self, applied: bool, queue_wait: Duration, lock_wait: Duration) {
        self.queue_wait_ns.add(nanoseconds(queue_wait));
        self.lock_wait_ns.add(nanoseconds(lock_wait));
        if applied { &self.applied } else { &self.failed }.add(1);
    }

    /// Reads the counters until none of the subtracted ones has changed in between: they then had
    /// these values when `received` was read, and `pending` is exact. Read once, it could be more
    /// than the capacity or, if one thread accepts and another reads, negative.
    pub fn snapshot(&self) -> Snapshot {
        loop {
            let ended = || (self.applied.get(), self.failed.get(), self.dropped.get());
            let before @ (applied, failed, dropped) = ended();
            let received = self.received.get();
            if ended() == before {
                let processed = applied + failed;
                return Snapshot {
                    received,
                    processed,
                    dropped,
                    pending: received - processed - dropped,
                    failed,
                    total_lock_wait_ns: self.lock_wait_ns.get(),
                    total_queue_wait_ns: self.queue_wait_ns.get(),
                };
            }
        }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Snapshot {
    pub fn prometheus(&self) -> Exposition {
        Exposition::default()
            .counter("events_received_total", "Events accepted or rejected.", self.received)
            .counter("events_processed_total", "Jobs done, failed ones included.", self.processed)
            .counter("events_dropped_total", "Events rejected.", self.dropped)
            .counter("events_failed_total", "Jobs that could not change a balance.", self.failed)
            .gauge("events_pending", "Jobs queued or in hand.", self.pending)
            .time("lock_wait_seconds_total", "Wait of jobs for a lock.", self.total_lock_wait_ns)
            .time("queue_wait_seconds_total", "Wait in the queue.", self.total_queue_wait_ns)
    }
}
