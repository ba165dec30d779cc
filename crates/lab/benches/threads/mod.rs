//! Measures an operation from several threads at a time.
//!
//! A figure is the elapsed time ÷ the operations of all threads. For two threads with a core each
//! and without contention it is half of that for one.
#![allow(dead_code)] // no bench needs all of it

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode};
use fastrand::Rng;
use tokio::runtime::Builder;

/// The thread of an operation.
pub struct Worker {
    /// Its number, from 0.
    pub number: usize,
    /// A seed that differs between threads and not between runs.
    pub chance: Rng,
}

/// Sets the number of samples, the warm-up and the total time of a benchmark, which flags can
/// change. A sample has to be much longer than a scheduler's time slice of a few milliseconds.
pub fn configure(measurement: Duration) -> Criterion {
    Criterion::default()
        .without_plots()
        .sample_size(10)
        .warm_up_time(measurement / 5)
        .measurement_time(measurement)
        .nresamples(10_000)
        .configure_from_args()
}

/// Creates a group of benchmarks, with samples of equal length, so that the scheduler affects all
/// of them alike.
pub fn new_group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sampling_mode(SamplingMode::Flat);
    group
}

/// Measures an operation with each of these numbers of threads.
pub fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    what: &str,
    threads: &[usize],
    operation: impl AsyncFn(&mut Worker) + Sync,
) {
    for &threads in threads {
        group.bench_function(BenchmarkId::new(what, threads), |bencher| {
            let least = find_least(threads, &operation);
            bencher.iter_custom(|operations| measure_time(threads, operations, least, &operation));
        });
    }
}

/// Returns the number of operations that keep a thread busy for longer than threads take to start.
/// criterion warms up with 1, 2, 4, … operations and would measure the start.
fn find_least(threads: usize, operation: &(impl AsyncFn(&mut Worker) + Sync)) -> u64 {
    const LONG: Duration = Duration::from_millis(1);
    let mut share = 1;
    while run_threads(threads, share, operation).iter().any(|&(begin, end)| end - begin < LONG) {
        share *= 2;
    }
    share
}

/// Returns the time for a number of operations spread evenly over the threads, measured with at
/// least `least` for each and scaled.
pub fn measure_time(
    threads: usize,
    operations: u64,
    least: u64,
    operation: &(impl AsyncFn(&mut Worker) + Sync),
) -> Duration {
    let share = operations.div_ceil(threads as u64).max(least);
    let turns = run_threads(threads, share, operation);
    // The threads take the times: another thread may get a core only when they are half done.
    let begin = turns.iter().map(|&(begin, _)| begin).min();
    let end = turns.iter().map(|&(_, end)| end).max();
    let wall = begin.zip(end).map_or(Duration::ZERO, |(begin, end)| end - begin);
    wall.mul_f64(operations as f64 / (share * threads as u64) as f64)
}

/// Runs the operations, and returns the start and the end of each thread's. The threads are workers
/// as in the stages, with a runtime each, and all have started before the first operation.
fn run_threads(
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
