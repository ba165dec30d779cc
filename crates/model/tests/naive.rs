//! Compares the simulation with a naive one, tick by tick over a table of jobs, in many small
//! configurations.

use fastrand::Rng;
use model::{Event, EventKind, Job, Shape, simulate};

/// The times of a job's events; `None` for an event that did not happen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Life {
    accepted: bool,
    started: Option<u64>,
    requested: Option<u64>,
    locked: Option<u64>,
    done: Option<u64>,
}

fn by_ticks(shape: Shape, jobs: &[Job]) -> Vec<Life> {
    let mut lives = vec![Life::default(); jobs.len()];
    let mut arrived = 0;
    for now in 0.. {
        settle(shape, jobs, &mut lives, now);
        while arrived < jobs.len() && jobs[arrived].at == now {
            let is_inside = |life: &&Life| life.accepted && life.done.is_none();
            let inside = lives.iter().filter(is_inside).count() as u64;
            let room = shape.queue.map(|queue| queue + u64::from(shape.workers));
            lives[arrived].accepted = room.is_none_or(|room| inside < room);
            arrived += 1;
            settle(shape, jobs, &mut lives, now);
        }
        if arrived == jobs.len() && lives.iter().all(|life| !life.accepted || life.done.is_some()) {
            break;
        }
    }
    lives
}

/// Applies all changes at this tick.
fn settle(shape: Shape, jobs: &[Job], lives: &mut [Life], now: u64) {
    loop {
        let before = lives.to_vec();
        for (life, job) in lives.iter_mut().zip(jobs) {
            if life.requested.is_none() && life.started.is_some_and(|at| at + job.work == now) {
                life.requested = Some(now);
            }
            if life.done.is_none() && life.locked.is_some_and(|at| at + job.hold == now) {
                life.done = Some(now);
            }
        }
        for shard in 0..16 {
            let in_shard = || (0..jobs.len()).filter(|i| jobs[*i].shard == shard);
            let is_held = in_shard().any(|i| lives[i].locked.is_some() && lives[i].done.is_none());
            let waiting =
                in_shard().filter(|i| lives[*i].requested.is_some() && lives[*i].locked.is_none());
            let first = waiting.min_by_key(|i| lives[*i].requested);
            if let Some(first) = first.filter(|_| !is_held) {
                lives[first].locked = Some(now);
            }
        }
        let is_busy = |life: &&Life| life.started.is_some() && life.done.is_none();
        let busy = lives.iter().filter(is_busy).count();
        let head = lives.iter_mut().find(|life| life.accepted && life.started.is_none());
        if let Some(head) = head.filter(|_| busy < shape.workers as usize) {
            head.started = Some(now);
        }
        if before == lives {
            return;
        }
    }
}

fn by_events(shape: Shape, jobs: &[Job]) -> Vec<Life> {
    let mut lives = vec![Life::default(); jobs.len()];
    simulate(shape, jobs.iter().copied(), |Event { at, job, kind }| {
        let life = &mut lives[job as usize];
        match kind {
            EventKind::Rejected => {}
            EventKind::Accepted => life.accepted = true,
            EventKind::Started { .. } => life.started = Some(at),
            EventKind::LockRequested { .. } => life.requested = Some(at),
            EventKind::Locked { .. } => life.locked = Some(at),
            EventKind::Done { .. } => life.done = Some(at),
        }
    });
    lives
}

/// Draws jobs with small times, so that many events coincide; zeros among them.
fn draw_jobs(rng: &mut Rng, constant: bool) -> Vec<Job> {
    let mut at = 0;
    let (shards, gap) = (rng.u32(1..5), rng.u64(1..6));
    let (work, hold) = (rng.u64(0..12), rng.u64(0..5));
    let count = rng.usize(1..40);
    (0..count)
        .map(|i| {
            let (work, hold) =
                if constant { (work, hold) } else { (rng.u64(0..12), rng.u64(0..5)) };
            at += if i == 0 { 0 } else { rng.u64(0..gap) };
            Job { at, shard: rng.u32(0..shards), work, hold }
        })
        .collect()
}

#[test]
fn both_simulations_agree_on_every_job() {
    let mut rejected = 0;
    for seed in 0..1_500 {
        let mut rng = Rng::with_seed(seed);
        let constant = rng.bool();
        let jobs = draw_jobs(&mut rng, constant);
        let queue = rng.bool().then(|| rng.u64(0..6));
        let shape = Shape { workers: rng.u32(1..6), queue };
        let lives = by_ticks(shape, &jobs);
        rejected += lives.iter().filter(|life| !life.accepted).count();
        assert_eq!(by_events(shape, &jobs), lives, "seed {seed}: {shape:?} {jobs:#?}");
    }
    assert!(rejected > 500, "only {rejected} jobs were rejected: the configurations are too weak");
}
