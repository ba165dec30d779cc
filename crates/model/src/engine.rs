//! The simulation: processes events in the order of time.

use crate::shards::ByShard;
use crate::{Job, Shape};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// An event in the life of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The time in nanoseconds since the first arrival.
    pub at: u64,
    /// The job's number in order of arrival, from 0.
    pub job: u64,
    /// The kind of the event.
    pub kind: EventKind,
}

/// The kinds of events, in their order for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// The job arrived and found the queue full. It has no further event.
    Rejected,
    /// The job arrived and was queued, or went to an idle worker.
    Accepted,
    /// A worker took the job: the idle one with the lowest number.
    Started {
        /// The worker's number, from 0.
        worker: u32,
    },
    /// The work is done, and the worker requests the lock of the job's shard.
    LockRequested {
        /// The worker's number.
        worker: u32,
    },
    /// The worker acquired the lock.
    Locked {
        /// The worker's number.
        worker: u32,
    },
    /// The worker released the lock and is free.
    Done {
        /// The worker's number.
        worker: u32,
    },
}

/// Simulates until every accepted job is done, and calls `on_event` for each event.
///
/// The jobs must be in the order of their arrival. Only jobs that are queued (40 bytes each) or in
/// work take memory.
pub fn simulate(shape: Shape, jobs: impl IntoIterator<Item = Job>, on_event: impl FnMut(Event)) {
    let mut engine = Engine {
        shape,
        queue: VecDeque::new(),
        workers: Vec::new(),
        idle: BinaryHeap::new(),
        next: BinaryHeap::new(),
        locks: ByShard::default(),
        on_event,
    };
    for (number, job) in (0..).zip(jobs) {
        // At equal times, completions come before arrivals.
        engine.run_until(job.at);
        engine.arrive(number, job);
    }
    engine.run_until(u64::MAX);
}

struct Engine<F> {
    shape: Shape,
    queue: VecDeque<(u64, Job)>,
    /// The workers that ever had a job; they are added as needed.
    workers: Vec<Worker>,
    /// The idle ones of `workers`. A new worker has a higher number than these.
    idle: BinaryHeap<Reverse<u32>>,
    /// The end of each busy worker's sleep, its job and its number; at equal times the oldest job
    /// first.
    next: BinaryHeap<Reverse<(u64, u64, u32)>>,
    /// The last worker in the queue of each lock that is held. The first one holds it, and each has
    /// the next one in `behind`.
    locks: ByShard<u32>,
    on_event: F,
}

/// A worker and its job.
#[derive(Default)]
struct Worker {
    job: u64,
    shard: u32,
    hold: u64,
    has_lock: bool,
    /// The worker that gets the lock next.
    behind: Option<u32>,
}

impl<F: FnMut(Event)> Engine<F> {
    fn run_until(&mut self, now: u64) {
        while let Some(&Reverse((at, _, worker))) = self.next.peek()
            && at <= now
        {
            self.next.pop();
            if self.workers[worker as usize].has_lock {
                self.finish(at, worker);
            } else {
                self.request_lock(at, worker);
            }
        }
    }

    fn arrive(&mut self, number: u64, job: Job) {
        if let Some(worker) = self.take_idle_worker() {
            self.emit(job.at, number, EventKind::Accepted);
            self.start(job.at, worker, number, job);
        } else if self.shape.queue.is_none_or(|queue| (self.queue.len() as u64) < queue) {
            self.emit(job.at, number, EventKind::Accepted);
            self.queue.push_back((number, job));
        } else {
            self.emit(job.at, number, EventKind::Rejected);
        }
    }

    /// Takes the idle worker with the lowest number.
    fn take_idle_worker(&mut self) -> Option<u32> {
        if let Some(Reverse(worker)) = self.idle.pop() {
            return Some(worker);
        }
        let new = self.workers.len() as u32;
        (new < self.shape.workers).then(|| {
            self.workers.push(Worker::default());
            new
        })
    }

    fn start(&mut self, at: u64, worker: u32, number: u64, job: Job) {
        self.emit(at, number, EventKind::Started { worker });
        let Job { shard, work, hold, .. } = job;
        self.workers[worker as usize] =
            Worker { job: number, shard, hold, has_lock: false, behind: None };
        self.next.push(Reverse((at.saturating_add(work), number, worker)));
    }

    fn request_lock(&mut self, at: u64, worker: u32) {
        let Worker { job, shard, .. } = self.workers[worker as usize];
        self.emit(at, job, EventKind::LockRequested { worker });
        match self.locks.insert(shard, worker) {
            Some(last) => self.workers[last as usize].behind = Some(worker),
            None => self.lock(at, worker),
        }
    }

    fn lock(&mut self, at: u64, worker: u32) {
        let owner = &mut self.workers[worker as usize];
        owner.has_lock = true;
        let (job, until) = (owner.job, at.saturating_add(owner.hold));
        self.next.push(Reverse((until, job, worker)));
        self.emit(at, job, EventKind::Locked { worker });
    }

    /// Gives the lock to the next waiting worker, and the worker the next queued job.
    fn finish(&mut self, at: u64, worker: u32) {
        let Worker { job, shard, behind, .. } = self.workers[worker as usize];
        self.emit(at, job, EventKind::Done { worker });
        match behind {
            Some(next) => self.lock(at, next),
            None => drop(self.locks.remove(&shard)),
        }
        match self.queue.pop_front() {
            Some((number, job)) => self.start(at, worker, number, job),
            None => self.idle.push(Reverse(worker)),
        }
    }

    fn emit(&mut self, at: u64, job: u64, kind: EventKind) {
        (self.on_event)(Event { at, job, kind });
    }
}
