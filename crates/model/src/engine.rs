//! The engine: from one event to the next, in the order of time.

use crate::shards::ByShard;
use crate::{Job, Shape};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// What happened to a job, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// In nanoseconds since the first arrival.
    pub at: u64,
    /// The job's number among all that arrived, from 0.
    pub job: u64,
    /// What happened.
    pub what: What,
}

/// What happens to a job, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It arrived and found no room. Nothing else happens to it.
    Rejected,
    /// It arrived and has a place, in the queue or with a worker.
    Accepted,
    /// A worker took it: of those that were idle, the one with the lowest number.
    Started {
        /// The worker's number, from 0.
        worker: u32,
    },
    /// Its work is done, and the worker asks for the lock of its shard.
    Asked {
        /// The worker's number.
        worker: u32,
    },
    /// The worker has the lock.
    Locked {
        /// The worker's number.
        worker: u32,
    },
    /// The lock is given back, and the worker is free.
    Done {
        /// The worker's number.
        worker: u32,
    },
}

/// Runs until every accepted job is done, and calls `on` for each event.
///
/// The jobs come in the order of their arrival. Memory is needed for those that are queued (40 bytes) or worked
/// on, and not for those that are done.
pub fn simulate(shape: Shape, jobs: impl IntoIterator<Item = Job>, on: impl FnMut(Event)) {
    let mut engine = Engine {
        shape,
        queue: VecDeque::new(),
        workers: Vec::new(),
        idle: BinaryHeap::new(),
        next: BinaryHeap::new(),
        locks: ByShard::default(),
        on,
    };
    for (number, job) in (0..).zip(jobs) {
        // Completions before arrivals, also at the same instant.
        engine.run_until(job.at);
        engine.arrive(number, job);
    }
    engine.run_until(u64::MAX);
}

struct Engine<F> {
    shape: Shape,
    queue: VecDeque<(u64, Job)>,
    /// Those that ever had a job: a worker is made when it is first needed.
    workers: Vec<Worker>,
    /// Of those, the idle ones. Their numbers are lower than that of any yet to be made.
    idle: BinaryHeap<Reverse<u32>>,
    /// When each busy worker's sleep ends; at equal times the oldest job first.
    next: BinaryHeap<Reverse<(u64, u64, u32)>>,
    /// The last worker in the line before each lock that is held. The first one has the lock, and each
    /// knows who is behind it.
    locks: ByShard<u32>,
    on: F,
}

/// A worker's job.
#[derive(Default)]
struct Worker {
    job: u64,
    shard: u32,
    hold: u64,
    has_lock: bool,
    /// Who has the lock next.
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
                self.ask(at, worker);
            }
        }
    }

    fn arrive(&mut self, number: u64, job: Job) {
        if let Some(worker) = self.idle_worker() {
            self.tell(job.at, number, What::Accepted);
            self.start(job.at, worker, number, job);
        } else if self.shape.queue.is_none_or(|queue| (self.queue.len() as u64) < queue) {
            self.tell(job.at, number, What::Accepted);
            self.queue.push_back((number, job));
        } else {
            self.tell(job.at, number, What::Rejected);
        }
    }

    /// The idle worker with the lowest number.
    fn idle_worker(&mut self) -> Option<u32> {
        if let Some(Reverse(worker)) = self.idle.pop() {
            return Some(worker);
        }
        let made = self.workers.len() as u32;
        (made < self.shape.workers).then(|| {
            self.workers.push(Worker::default());
            made
        })
    }

    fn start(&mut self, at: u64, worker: u32, number: u64, job: Job) {
        self.tell(at, number, What::Started { worker });
        let Job { shard, work, hold, .. } = job;
        self.workers[worker as usize] =
            Worker { job: number, shard, hold, has_lock: false, behind: None };
        self.next.push(Reverse((at.saturating_add(work), number, worker)));
    }

    fn ask(&mut self, at: u64, worker: u32) {
        let Worker { job, shard, .. } = self.workers[worker as usize];
        self.tell(at, job, What::Asked { worker });
        match self.locks.insert(shard, worker) {
            Some(last) => self.workers[last as usize].behind = Some(worker),
            None => self.lock(at, worker),
        }
    }

    fn lock(&mut self, at: u64, worker: u32) {
        let it = &mut self.workers[worker as usize];
        it.has_lock = true;
        let (job, until) = (it.job, at.saturating_add(it.hold));
        self.next.push(Reverse((until, job, worker)));
        self.tell(at, job, What::Locked { worker });
    }

    /// Gives the lock to the next in line and the worker to the next in the queue.
    fn finish(&mut self, at: u64, worker: u32) {
        let Worker { job, shard, behind, .. } = self.workers[worker as usize];
        self.tell(at, job, What::Done { worker });
        match behind {
            Some(next) => self.lock(at, next),
            None => drop(self.locks.remove(&shard)),
        }
        match self.queue.pop_front() {
            Some((number, job)) => self.start(at, worker, number, job),
            None => self.idle.push(Reverse(worker)),
        }
    }

    fn tell(&mut self, at: u64, job: u64, what: What) {
        (self.on)(Event { at, job, what });
    }
}
