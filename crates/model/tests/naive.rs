//! The same rules once more, as simply as they can be written: tick by tick, with nothing but a table
//! of jobs. Both must say the same of every job, in many small configurations.

use fastrand::Rng;
use model::{Event, Job, Shape, What, simulate};

/// The four instants of a job's life; `None` for what did not come to pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Life {
    accepted: bool,
    started: Option<u64>,
    asked: Option<u64>,
    locked: Option<u64>,
    done: Option<u64>,
}

fn by_ticks(shape: Shape, jobs: &[Job]) -> Vec<Life> {
    let mut lives = vec![Life::default(); jobs.len()];
    let mut arrived = 0;
    for now in 0.. {
        settle(shape, jobs, &mut lives, now);
        while arrived < jobs.len() && jobs[arrived].at == now {
            let inside = lives.iter().filter(|it| it.accepted && it.done.is_none()).count() as u64;
            let room = shape.queue.map(|queue| queue + u64::from(shape.workers));
            lives[arrived].accepted = room.is_none_or(|room| inside < room);
            arrived += 1;
            settle(shape, jobs, &mut lives, now);
        }
        if arrived == jobs.len() && lives.iter().all(|it| !it.accepted || it.done.is_some()) {
            break;
        }
    }
    lives
}

/// Does all that is due at this instant, until there is no more.
fn settle(shape: Shape, jobs: &[Job], lives: &mut [Life], now: u64) {
    loop {
        let before = lives.to_vec();
        for (life, job) in lives.iter_mut().zip(jobs) {
            if life.asked.is_none() && life.started.is_some_and(|at| at + job.work == now) {
                life.asked = Some(now);
            }
            if life.done.is_none() && life.locked.is_some_and(|at| at + job.hold == now) {
                life.done = Some(now);
            }
        }
        for shard in 0..16 {
            let of_shard = || (0..jobs.len()).filter(|i| jobs[*i].shard == shard);
            let held = of_shard().any(|i| lives[i].locked.is_some() && lives[i].done.is_none());
            let waiting =
                of_shard().filter(|i| lives[*i].asked.is_some() && lives[*i].locked.is_none());
            if let (false, Some(first)) = (held, waiting.min_by_key(|i| lives[*i].asked)) {
                lives[first].locked = Some(now);
            }
        }
        let busy = lives.iter().filter(|it| it.started.is_some() && it.done.is_none()).count();
        let head = lives.iter_mut().find(|it| it.accepted && it.started.is_none());
        if let (true, Some(head)) = (busy < shape.workers as usize, head) {
            head.started = Some(now);
        }
        if before == lives {
            return;
        }
    }
}

fn by_events(shape: Shape, jobs: &[Job]) -> Vec<Life> {
    let mut lives = vec![Life::default(); jobs.len()];
    simulate(shape, jobs.iter().copied(), |Event { at, job, what }| {
        let life = &mut lives[job as usize];
        match what {
            What::Rejected => {}
            What::Accepted => life.accepted = true,
            What::Started { .. } => life.started = Some(at),
            What::Asked { .. } => life.asked = Some(at),
            What::Locked { .. } => life.locked = Some(at),
            What::Done { .. } => life.done = Some(at),
        }
    });
    lives
}

/// Small numbers, so that much falls on the same instant; zeros among them.
fn some(rng: &mut Rng, constant: bool) -> Vec<Job> {
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
fn both_say_the_same_of_every_job() {
    let mut rejected = 0;
    for seed in 0..1_500 {
        let mut rng = Rng::with_seed(seed);
        let constant = rng.bool();
        let jobs = some(&mut rng, constant);
        let queue = rng.bool().then(|| rng.u64(0..6));
        let shape = Shape { workers: rng.u32(1..6), queue };
        let lives = by_ticks(shape, &jobs);
        rejected += lives.iter().filter(|it| !it.accepted).count();
        assert_eq!(by_events(shape, &jobs), lives, "seed {seed}: {shape:?} {jobs:#?}");
    }
    assert!(rejected > 500, "only {rejected} were rejected: these configurations test too little");
}
