//! The costs of counters, maps and tasks, from the benches in `crates/lab/benches`.

use super::Failure;
use super::figure::{Expected, Figure, Unit};
use super::machine::Machine;
use super::trial::Trial;
use crate::benches::{Bench, Cost, QUICK, run};

const COUNTERS: [&str; 4] = ["tokio mutex", "std mutex", "atomic", "padded cell per thread"];
const THREADS: [u32; 4] = [1, 2, 4, 16];
const MAPS: [&str; 6] =
    ["tokio Mutex", "tokio RwLock", "std Mutex", "std RwLock", "shards by hand", "DashMap"];
const READS: [&str; 3] = ["0", "50", "99"];
const USERS: [&str; 3] = ["ten users", "many users", "one hot of many"];
/// The numbers of threads that sleep for 1 ms, under a lock or outside it. On few cores, 128
/// threads spend more time on wake-ups than asleep, so only the 16 are judged.
const SLEEPERS: [u32; 2] = [16, 128];

/// Returns the figures of `increment`.
pub fn increment_figures(_: &Machine) -> Vec<Figure> {
    let mut figures = Vec::new();
    for what in COUNTERS {
        for threads in THREADS {
            let figure = Figure::new(
                format!("increment/{what}/{threads}"),
                format!("{what}, {threads} threads"),
                Unit::Nanoseconds,
            );
            figures.push(match (what, threads) {
                ("tokio mutex" | "std mutex", 1) => figure.documented("1–5 µs"),
                ("atomic", 1) => figure.documented("10–50 ns"),
                _ => figure,
            });
        }
    }
    let times = |id, what: &str| Figure::new(id, what, Unit::Times);
    figures.extend([
        times("alone_std", "std mutex to atomic, alone")
            .documented("100×")
            .at_most(20.0)
            .question("Alone, an atomic is how many times as fast as std's mutex, at most?"),
        times("alone_tokio", "tokio mutex to atomic, alone").at_most(50.0),
        times("contended_std", "std mutex to atomic, 2 threads"),
        times("contended_tokio", "tokio mutex to atomic, 2 threads"),
        times("asleep_16", "asleep under a lock to outside, 16 threads")
            .expected(Expected::Within { value: 16.0, share: 0.25 }),
        times("asleep_128", "asleep under a lock to outside, 128 threads").not_judged(128.0),
    ]);
    figures
}

/// Runs the bench of an increment.
pub fn increment(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let costs = run_bench(trial, Bench::Increment)?;
    let ns = |group: &str, what: &str, threads| find_cost(&costs, group, what, threads);
    for what in COUNTERS {
        for threads in THREADS {
            trial.record(format!("increment/{what}/{threads}"), ns("increment", what, threads)?);
        }
    }
    for (id, what, threads) in [
        ("alone_std", "std mutex", 1),
        ("alone_tokio", "tokio mutex", 1),
        ("contended_std", "std mutex", 2),
        ("contended_tokio", "tokio mutex", 2),
    ] {
        let times = ns("increment", what, threads)? / ns("increment", "atomic", threads)?;
        trial.record(id, times);
    }
    for threads in SLEEPERS {
        let inside = ns(ASLEEP, "std mutex, inside", threads)?;
        let outside = ns(ASLEEP, "std mutex, outside", threads)?;
        trial.record(format!("asleep_{threads}"), inside / outside);
    }
    // Two threads with a cell each are twice as fast as one, unless they share a core.
    let own_cell = |threads| ns("increment", "padded cell per thread", threads);
    let together = own_cell(2)? / own_cell(1)?;
    if together > 0.75 {
        trial.note_interference(format!(
            "two independent threads took {together:.2} of one thread's time for an increment, not \
             a half: they shared a core, which hides contention"
        ));
    }
    Ok(())
}

/// Returns the figures of `map`: those of two threads, a part of the bench.
pub fn map_figures(_: &Machine) -> Vec<Figure> {
    let mut figures = Vec::new();
    for users in USERS {
        for reads in READS {
            for map in MAPS {
                let id = format!("{}/{map}/2", group_name(users, reads));
                let what = format!("{map}: {users}, {reads} % reads");
                figures.push(Figure::new(id, what, Unit::Nanoseconds));
            }
        }
    }
    figures
}

/// Runs the bench of the maps and records all of its figures.
pub fn map(trial: &mut Trial<'_>) -> Result<(), Failure> {
    for Cost { group, what, threads, ns_median, .. } in run_bench(trial, Bench::Map)? {
        trial.record(format!("{group}/{what}/{threads}"), ns_median);
    }
    Ok(())
}

/// Returns the figures of `tasks`.
pub fn tasks_figures(machine: &Machine) -> Vec<Figure> {
    let time = |id: &str, what: &str| Figure::new(id, what, Unit::Milliseconds);
    let waiting = Expected::Within { value: 10.0 + machine.lags.timer_ms, share: 0.15 };
    let computing = |threads: usize| {
        // Other processes can only make it longer.
        Expected::AtLeast(40.0 / threads.min(machine.cores) as f64 * 0.95)
    };
    vec![
        time("waiting/1", "four waits of 10 ms, one thread").expected(waiting.clone()),
        time("waiting/4", "four waits of 10 ms, four threads").expected(waiting),
        time("computing/1", "four times 10 ms of computing, one thread").expected(computing(1)),
        time("computing/4", "four times 10 ms of computing, four threads").expected(computing(4)),
    ]
}

/// Runs the bench of tasks.
pub fn tasks(trial: &mut Trial<'_>) -> Result<(), Failure> {
    for Cost { what, threads, ns_median, .. } in run_bench(trial, Bench::Tasks)? {
        trial.record(format!("{what}/{threads}"), ns_median / 1e6);
    }
    Ok(())
}

const ASLEEP: &str = "increment and 1 ms asleep";

fn group_name(users: &str, reads: &str) -> String {
    format!("map, {users}, {reads} % reads")
}

fn run_bench(trial: &mut Trial<'_>, bench: Bench) -> Result<Vec<Cost>, Failure> {
    trial.note_command(format!("cargo bench -p lab --bench {}", bench.name()));
    Ok(run(bench, &QUICK, &mut |line| trial.show(line))?)
}

fn find_cost(costs: &[Cost], group: &str, what: &str, threads: u32) -> Result<f64, Failure> {
    let is_asked =
        |cost: &&Cost| cost.group == group && cost.what == what && cost.threads == threads;
    let found = costs.iter().find(is_asked).map(|cost| cost.ns_median);
    found.ok_or_else(|| format!("no bench of {group}, {what}, {threads} threads").into())
}
