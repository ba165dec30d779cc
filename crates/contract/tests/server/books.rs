//! The queue, the workers, the balances and the figures.

use super::Fault;
use protocol::Exposition;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub const QUEUE: usize = 60;
pub const WORKERS: usize = 2;
/// Longer than the time between two answers, so that the checks can count jobs.
const WORK: Duration = Duration::from_millis(16);

pub struct Books {
    fault: Fault,
    state: Mutex<State>,
    queued: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<(String, i64, Instant)>,
    /// The jobs queued or in hand.
    jobs: usize,
    balances: BTreeMap<String, i64>,
    received: u64,
    processed: u64,
    dropped: u64,
    failed: u64,
    queue_wait_ns: u64,
}

impl Books {
    pub fn new(fault: Fault) -> Self {
        Self { fault, state: Mutex::default(), queued: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no worker panics")
    }

    /// Queues an event, or returns false.
    pub fn offer(&self, user: String, amount: i64) -> bool {
        let mut state = self.lock();
        state.received += 1;
        let capacity = match self.fault {
            Fault::QueueOneShort => QUEUE + WORKERS - 1,
            Fault::QueueOneTooLong => QUEUE + WORKERS + 1,
            _ => QUEUE + WORKERS,
        };
        if state.jobs >= capacity {
            state.dropped += if self.fault == Fault::DroppedTwice { 2 } else { 1 };
            return self.fault == Fault::AcceptedThenDropped;
        }
        state.jobs += 1;
        state.queue.push_back((user, amount, Instant::now()));
        self.queued.notify_one();
        true
    }

    /// Processes jobs forever.
    pub fn work(&self) {
        loop {
            let mut state = self.lock();
            let (user, amount, queued) = loop {
                match state.queue.pop_front() {
                    Some(job) => break job,
                    None => state = self.queued.wait(state).expect("no worker panics"),
                }
            };
            let waited = queued.elapsed().as_nanos() as u64;
            if self.fault != Fault::NoQueueWait {
                state.queue_wait_ns += waited;
            }
            let read_early = state.balances.get(&user).copied().unwrap_or(0);
            drop(state);
            sleep(WORK);
            let mut state = self.lock();
            let balance = match self.fault {
                Fault::UpdatesLost => read_early,
                _ => state.balances.get(&user).copied().unwrap_or(0),
            };
            match balance.checked_add(amount) {
                Some(sum) => _ = state.balances.insert(user, sum),
                None if self.fault == Fault::BalanceWraps => {
                    state.balances.insert(user, balance.wrapping_add(amount));
                }
                None if self.fault == Fault::FailedNotCounted => {}
                None => state.failed += 1,
            }
            state.processed += 1;
            state.jobs -= 1;
        }
    }

    pub fn balances(&self) -> Value {
        let balances = self.lock().balances.clone();
        let all = balances.into_iter().map(|(user, balance)| (user, json!(balance)));
        Value::Object(all.collect::<Map<_, _>>())
    }

    /// The seven figures.
    fn figures(&self) -> [u64; 7] {
        let state = self.lock();
        let ended = state.processed + state.dropped;
        let pending = match self.fault {
            Fault::PendingWraps => 0_u64.wrapping_sub(3872),
            _ => state.received.saturating_sub(ended),
        };
        let (received, failed) = (state.received, state.failed);
        [received, state.processed, state.dropped, pending, failed, 0, state.queue_wait_ns]
    }

    pub fn json(&self) -> Value {
        let [received, processed, dropped, pending, failed, lock, queue] = self.figures();
        json!({
            "received": received, "processed": processed, "dropped": dropped, "pending": pending,
            "failed": failed, "total_lock_wait_ns": lock, "total_queue_wait_ns": queue,
        })
    }

    pub fn text(&self) -> Exposition {
        let [received, processed, dropped, pending, failed, lock, queue] = self.figures();
        Exposition::default()
            .counter("events_received_total", "Events.", received)
            .counter("events_processed_total", "Jobs done.", processed)
            .counter("events_dropped_total", "Events rejected.", dropped)
            .gauge("events_pending", "Jobs queued or in hand.", pending)
            .counter("events_failed_total", "Jobs without an effect.", failed)
            .time("lock_wait_seconds_total", "Wait for a lock.", lock)
            .time("queue_wait_seconds_total", "Wait in the queue.", queue)
    }
}
