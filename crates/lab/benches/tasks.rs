//! Four tasks of 10 ms, on one thread and on four. Waiting takes the same time on both, computing
//! does not. The figure is the time until all four are done.

mod threads;

use std::time::Duration;

use cpu_time::ThreadTime;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId};
use tokio::task::JoinSet;

use threads::new_group;

const TASKS: usize = 4;
const TIME: Duration = Duration::from_millis(10);

fn main() {
    let mut criterion = threads::configure(Duration::from_secs(2));
    let mut group = new_group(&mut criterion, "four tasks of 10 ms");
    measure(&mut group, "waiting", async || tokio::time::sleep(TIME).await);
    measure(&mut group, "computing", async || {
        // CPU time, which does not advance while another thread has the core.
        let begin = ThreadTime::now();
        while begin.elapsed() < TIME {
            std::hint::spin_loop();
        }
    });
    group.finish();
    criterion.final_summary();
}

fn measure<Task: Future<Output = ()> + Send + 'static>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    what: &str,
    task: impl Fn() -> Task + Sync,
) {
    for threads in [1, TASKS] {
        let operation = async |_: &mut threads::Worker| {
            let tasks: JoinSet<()> = (0..TASKS / threads).map(|_| task()).collect();
            tasks.join_all().await;
        };
        group.bench_function(BenchmarkId::new(what, threads), |bencher| {
            // One operation of a thread is all four tasks.
            bencher.iter_custom(|rounds| {
                threads::measure_time(threads, rounds * threads as u64, 1, &operation)
            });
        });
    }
}
