//! Checks the gate and the counters of stage 10 in every interleaving of a few threads, with every
//! value that their orderings allow a load to return. A naive version of each fails.
//!
//! The stage does its I/O on one thread, which hides most of these interleavings; the tests use
//! several.

use std::sync::Arc as Shared;
use std::sync::atomic::AtomicU32 as Tally;
use std::sync::atomic::Ordering::Relaxed;

use loom::model::Builder;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use loom::thread;

use gate::Gate;
use metrics::Metrics;

#[path = "../../stage10/src/counter.rs"]
mod counter;
#[path = "../../stage10/src/gate.rs"]
mod gate;
#[path = "../../stage10/src/metrics.rs"]
#[allow(dead_code)] // the Prometheus text
mod metrics;

/// Counters of decisions and finished jobs.
trait Count: Default + Send + Sync + 'static {
    fn accepted(&self);
    fn rejected(&self);
    fn done(&self);
}

impl Count for Metrics {
    fn accepted(&self) {
        Metrics::accepted(self);
    }
    fn rejected(&self) {
        Metrics::rejected(self);
    }
    fn done(&self) {
        Metrics::done(self, true, Default::default(), Default::default());
    }
}

/// Returns received, processed, dropped and pending.
fn figures(metrics: &Metrics) -> [u64; 4] {
    let snapshot = serde_json::to_value(metrics.snapshot()).expect("a struct of numbers");
    ["received", "processed", "dropped", "pending"].map(|name| snapshot[name].as_u64().expect(name))
}

/// Counters with relaxed ordering.
#[derive(Default)]
struct Naive {
    received: AtomicU64,
    dropped: AtomicU64,
    processed: AtomicU64,
}

impl Count for Naive {
    fn accepted(&self) {
        self.received.fetch_add(1, Ordering::Relaxed);
    }
    fn rejected(&self) {
        self.received.fetch_add(1, Ordering::Relaxed);
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }
    fn done(&self) {
        self.processed.fetch_add(1, Ordering::Relaxed);
    }
}

impl Naive {
    /// Computes pending in the usual order: `received` first.
    fn pending(&self) -> i64 {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed) as i64;
        read(&self.received) - read(&self.dropped) - read(&self.processed)
    }
}

/// Runs a model in all its interleavings and returns the number in which it returned true.
fn count(model: impl Fn() -> bool + Send + Sync + 'static) -> u32 {
    let (all, counted) = (Shared::new(Tally::new(0)), Shared::new(Tally::new(0)));
    let (tries, hits) = (all.clone(), counted.clone());
    // More preemptions find nothing new and take minutes.
    let mut builder = Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(move || {
        tries.fetch_add(1, Relaxed);
        hits.fetch_add(u32::from(model()), Relaxed);
    });
    println!("{} of {} interleavings", counted.load(Relaxed), all.load(Relaxed));
    counted.load(Relaxed)
}

/// Two threads enqueue while a third closes and drains. Returns the number of accepted and of
/// drained events.
fn accept_and_drain<Q: Send + Sync + 'static>(
    queue: Q,
    offer: fn(&Q) -> bool,
    drain: fn(&Q) -> usize,
) -> (usize, usize) {
    let queue = Arc::new(queue);
    let enqueuers = [(); 2].map(|()| {
        let queue = queue.clone();
        thread::spawn(move || usize::from(offer(&queue)))
    });
    let drained = drain(&queue);
    let accepted = enqueuers.map(|enqueuer| enqueuer.join().expect("no panic in it")).iter().sum();
    (accepted, drained)
}

#[test]
fn the_gate_loses_no_event_that_passed() {
    let some_but_not_all = count(|| {
        let offer = |gate: &Gate<usize>| gate.pass(|queued| *queued += 1).is_some();
        let drain = |gate: &Gate<usize>| gate.close().unwrap();
        let (accepted, drained) = accept_and_drain(Gate::open(0), offer, drain);
        assert_eq!(accepted, drained, "accepted and lost");
        accepted == 1
    });
    assert!(some_but_not_all > 0, "the gate never closed between the two");
}

#[test]
fn a_flag_beside_the_queue_loses_an_accepted_event() {
    let lost = count(|| {
        let queue = (AtomicBool::new(false), AtomicUsize::new(0));
        let offer = |(closing, queued): &(AtomicBool, AtomicUsize)| {
            let open = !closing.load(Ordering::SeqCst);
            if open {
                queued.fetch_add(1, Ordering::SeqCst);
            }
            open
        };
        let drain = |(closing, queued): &(AtomicBool, AtomicUsize)| {
            closing.store(true, Ordering::SeqCst);
            queued.load(Ordering::SeqCst)
        };
        let (accepted, drained) = accept_and_drain(queue, offer, drain);
        drained < accepted
    });
    assert!(lost > 0, "no interleaving lost an event");
}

/// Runs a server with room for one job and two threads, which decide one and two events: an event
/// is accepted and done if there is room, and rejected otherwise. Calls `read` meanwhile.
fn decide_and_read<M: Count, T>(read: impl FnOnce(&M) -> T) -> (T, Arc<(M, AtomicBool)>) {
    let server = Arc::new((M::default(), AtomicBool::new(true)));
    let deciders = [1, 2].map(|events| {
        let server = server.clone();
        thread::spawn(move || {
            let (metrics, room) = &*server;
            for _ in 0..events {
                if room.swap(false, Ordering::AcqRel) {
                    metrics.accepted();
                    metrics.done();
                    room.store(true, Ordering::Release);
                } else {
                    metrics.rejected();
                }
            }
        })
    });
    let seen = read(&server.0);
    for decider in deciders {
        decider.join().expect("no panic in it");
    }
    (seen, server)
}

#[test]
fn a_snapshot_is_of_one_moment() {
    let between = count(|| {
        let (seen, server) = decide_and_read(figures);
        let [received, processed, dropped, pending] = figures(&server.0);
        assert_eq!((received, processed + dropped, pending), (3, 3, 0), "at rest");
        let [received, processed, dropped, pending] = seen;
        assert_eq!(received, processed + dropped + pending);
        // One job, and one rejection in between its two counts.
        assert!(pending <= 2, "{pending} pending of {received}");
        pending > 0
    });
    assert!(between > 0, "no snapshot saw a pending event");
}

#[test]
fn counters_read_one_after_the_other_go_below_zero() {
    assert!(count(|| decide_and_read(Naive::pending).0 < 0) > 0);
}
