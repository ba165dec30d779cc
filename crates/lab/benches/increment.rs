//! The cost of incrementing a counter with and without a lock, and with slow work inside or outside
//! the lock.

mod threads;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use cpu_time::ThreadTime;
use criterion::Criterion;

use threads::{measure, new_group};

/// A counter alone on two cache lines, since processors prefetch the second with the first.
#[derive(Default)]
#[repr(align(128))]
struct Padded(AtomicU64);

fn main() {
    let mut criterion = threads::configure(Duration::from_secs(1));
    measure_bare(&mut criterion);
    measure_with_work(&mut criterion, "increment and 1 ms asleep", &[1, 16, 128], || {
        thread::sleep(Duration::from_millis(1));
    });
    measure_with_work(&mut criterion, "increment and 10 us of computing", &[1, 2, 16], || {
        let begin = ThreadTime::now();
        while begin.elapsed() < Duration::from_micros(10) {
            std::hint::spin_loop();
        }
    });
    criterion.final_summary();
}

/// Measures the increment alone.
fn measure_bare(criterion: &mut Criterion) {
    const THREADS: [usize; 4] = [1, 2, 4, 16];
    let mut group = new_group(criterion, "increment");

    let count = tokio::sync::Mutex::new(0_u64);
    measure(&mut group, "tokio mutex", &THREADS, async |_| *count.lock().await += 1);

    let count = Mutex::new(0_u64);
    measure(&mut group, "std mutex", &THREADS, async |_| *lock(&count) += 1);

    let count = AtomicU64::new(0);
    measure(&mut group, "atomic", &THREADS, async |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });

    // The same instruction on a counter for each thread; a reader adds them up. This is also the
    // control: two threads cost half of one. If not, they shared a core, and no figure shows
    // contention.
    let counts: [Padded; 16] = Default::default();
    measure(&mut group, "padded cell per thread", &THREADS, async |worker| {
        counts[worker.number].0.fetch_add(1, Ordering::Relaxed);
    });
}

/// Measures an increment with slow work: inside the lock, where all threads wait for it, or before
/// it.
fn measure_with_work(
    criterion: &mut Criterion,
    name: &str,
    threads: &[usize],
    slow: impl Fn() + Sync,
) {
    let mut group = new_group(criterion, name);

    let count = tokio::sync::Mutex::new(0_u64);
    measure(&mut group, "tokio mutex, inside", threads, async |_| {
        let mut count = count.lock().await;
        slow();
        *count += 1;
    });

    let count = Mutex::new(0_u64);
    measure(&mut group, "std mutex, inside", threads, async |_| {
        let mut count = lock(&count);
        slow();
        *count += 1;
    });

    let count = tokio::sync::Mutex::new(0_u64);
    measure(&mut group, "tokio mutex, outside", threads, async |_| {
        slow();
        *count.lock().await += 1;
    });

    let count = Mutex::new(0_u64);
    measure(&mut group, "std mutex, outside", threads, async |_| {
        slow();
        *lock(&count) += 1;
    });

    let count = AtomicU64::new(0);
    measure(&mut group, "atomic", threads, async |_| {
        slow();
        count.fetch_add(1, Ordering::Relaxed);
    });
}

fn lock(count: &Mutex<u64>) -> MutexGuard<'_, u64> {
    count.lock().unwrap_or_else(PoisonError::into_inner)
}
