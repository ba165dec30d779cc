//! What the server counts, and how it is told without ever being wrong.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::counter::Counter;

#[derive(Default)]
pub struct Metrics {
    /// Valid events whose fate is decided.
    received: Counter,
    /// Events that were rejected.
    dropped: Counter,
    /// Jobs that changed a balance.
    applied: Counter,
    /// Jobs that could not.
    failed: Counter,
    lock_wait_ns: Counter,
    queue_wait_ns: Counter,
}

/// All counters, the counts among them at one moment.
#[derive(Debug, Serialize)]
pub struct Snapshot {
    received: u64,
    /// Jobs done, those that failed included.
    processed: u64,
    dropped: u64,
    /// In the queue or in a worker's hands.
    pub pending: u64,
    failed: u64,
    total_lock_wait_ns: u64,
    total_queue_wait_ns: u64,
}

/// Whether a body that is no event asks for the metrics: `{"type":"metrics"}`, and whatever else.
pub fn asked_for(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Question {
        r#type: String,
    }
    // To serde, a struct may also be written as an array of its fields.
    let object = str::from_utf8(body).ok().filter(|text| text.trim_start().starts_with('{'));
    let question = object.and_then(|text| serde_json::from_str(text).ok());
    question.is_some_and(|Question { r#type }| r#type == "metrics")
}

impl Metrics {
    /// Counts an event that is about to be queued; later, a worker could be done with it before it was
    /// received.
    pub fn accepted(&self) {
        self.received.add(1);
    }

    /// Counts an event that was rejected.
    pub fn rejected(&self) {
        self.received.add(1);
        self.dropped.add(1);
    }

    /// Counts a job that is done; `applied` says whether it changed a balance.
    pub fn done(&self, applied: bool, queue_wait: Duration, lock_wait: Duration) {
        self.queue_wait_ns.add(nanoseconds(queue_wait));
        self.lock_wait_ns.add(nanoseconds(lock_wait));
        if applied { &self.applied } else { &self.failed }.add(1);
    }

    /// Reads each counter by itself, and again until none of the subtracted ones has moved: then all
    /// of them are of the moment at which `received` was read, and the difference is exact. Read
    /// just once, it could be more than the queue ever held, or, where one thread accepts and
    /// another reads, negative.
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
    /// The counters as Prometheus reads them, times in its base unit.
    pub fn prometheus(&self) -> String {
        let metric = |name: &str, kind, value: String, help| {
            format!("# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n")
        };
        let count = |name, value: u64, help| metric(name, "counter", value.to_string(), help);
        let time = |name, ns, help| metric(name, "counter", seconds(ns), help);
        [
            count("events_received_total", self.received, "Events accepted or rejected."),
            count("events_processed_total", self.processed, "Jobs done, failed ones included."),
            count("events_dropped_total", self.dropped, "Events rejected."),
            count("events_failed_total", self.failed, "Jobs that could not change a balance."),
            metric("events_pending", "gauge", self.pending.to_string(), "Jobs queued or in hand."),
            time("lock_wait_seconds_total", self.total_lock_wait_ns, "Wait of jobs for a lock."),
            time(
                "queue_wait_seconds_total",
                self.total_queue_wait_ns,
                "Wait of jobs in the queue.",
            ),
        ]
        .concat()
    }
}

/// Nanoseconds as seconds, to the last digit.
fn seconds(ns: u64) -> String {
    format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000)
}
