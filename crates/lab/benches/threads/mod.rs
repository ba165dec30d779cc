//! The same operation from several threads at a time, and what one costs.
//!
//! A figure is the time on the wall ÷ the operations of all threads: what the threads get done
//! together. Where two threads with a core each do not hinder each other, it is half of one's.
#![allow(dead_code)] // no bench needs all of it

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode};
use fastrand::Rng;
use tokio::runtime::Builder;

/// What an operation may know of the thread that it is done by.
pub struct Worker {
    /// From 0.
    pub number: usize,
    /// The same in every run, another one for every thread.
    pub chance: Rng,
}

/// Samples of one benchmark, warm-up, and what all samples take together; flags change all three.
/// A sample is to be much longer than the turn that a thread gets on a core, some milliseconds.
pub fn criterion(measurement: Duration) -> Criterion {
    Criterion::default()
        .without_plots()
        .sample_size(10)
        .warm_up_time(measurement / 5)
        .measurement_time(measurement)
        .nresamples(10_000)
        .configure_from_args()
}

/// Benchmarks under one heading. Their samples are equally long, so that each has as much of the
/// threads' taking turns as the next one.
pub fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sampling_mode(SamplingMode::Flat);
    group
}

/// Measures an operation from each of these numbers of threads.
pub fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    what: &str,
    threads: &[usize],
    operation: impl AsyncFn(&mut Worker) + Sync,
) {
    for &threads in threads {
        group.bench_function(BenchmarkId::new(what, threads), |bencher| {
            let least = least(threads, &operation);
            bencher.iter_custom(|operations| time(threads, operations, least, &operation));
        });
    }
}

/// What each thread has to do to be busy for longer than threads take to start, so that they are at it
/// at the same time. criterion warms up with 1, 2, 4, … operations, and would take the start for them.
fn least(threads: usize, operation: &(impl AsyncFn(&mut Worker) + Sync)) -> u64 {
    const LONG: Duration = Duration::from_millis(1);
    let mut share = 1;
    while turns(threads, share, operation).iter().any(|&(begin, end)| end - begin < LONG) {
        share *= 2;
    }
    share
}

/// The time that so many operations take, spread evenly over the threads: measured with no fewer than
/// `least` for each, and scaled.
pub fn time(
    threads: usize,
    operations: u64,
    least: u64,
    operation: &(impl AsyncFn(&mut Worker) + Sync),
) -> Duration {
    let share = operations.div_ceil(threads as u64).max(least);
    let turns = turns(threads, share, operation);
    // Whoever looks on from outside may get a core only when half of it is over.
    let begin = turns.iter().map(|&(begin, _)| begin).min();
    let end = turns.iter().map(|&(_, end)| end).max();
    let wall = begin.zip(end).map_or(Duration::ZERO, |(begin, end)| end - begin);
    wall.mul_f64(operations as f64 / (share * threads as u64) as f64)
}

/// When each thread began its share, and when it was done. It is a worker as the stages have it, with
/// a runtime of its own, and all of them have started before the first operation begins.
fn turns(
    threads: usize,
    share: u64,
    operation: &(impl AsyncFn(&mut Worker) + Sync),
) -> Vec<(Instant, Instant)> {
    let start = Barrier::new(threads);
    let work = |number| {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let mut worker = Worker { number, chance: Rng::with_seed(number as u64) };
        start.wait();
        let begin = Instant::now();
        runtime.block_on(async {
            for _ in 0..share {
                operation(&mut worker).await;
            }
        });
        (begin, Instant::now())
    };
    let work = &work;
    thread::scope(|scope| {
        let spawn = |number| scope.spawn(move || work(number));
        let threads: Vec<_> = (0..threads).map(spawn).collect();
        threads.into_iter().map(|thread| thread.join().expect("no operation panics")).collect()
    })
}
