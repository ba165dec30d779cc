//! Stage 9: counters that agree with the client, and their costs.

use super::figure::{Figure, Unit};
use super::rate::{jobs_done, wait_until_done};
use super::trial::Trial;
use super::{Experiment, Failure, costs, sound};
use harness::books::{wait_for, wait_for_rest};
use harness::server::Server;
use load::{Plan, Report};
use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

pub(super) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            name: "counters",
            stage: 9,
            title: "the server's counts beside the client's, to the unit",
            watch: [
                "5,000 events, as fast as answers come. What the client counted, the server \
                 counted too.",
                "Then jobs that never end: what is pending is what the queue and the workers have.",
            ],
            figures: |_| counters_figures(),
            measure: counters,
            why: "Each event is counted once, at the place where its fate is decided, by one \
                  instruction that nothing can come between.",
            read: "crates/stage9/src/metrics.rs",
        },
        Experiment {
            name: "load-store",
            stage: 9,
            title: "load, add, store: three atomic steps that are not one",
            watch: [
                "The same counts three ways: one instruction, a lock, and load then store.",
                "No data race in any of them, and in one of them counts are lost.",
            ],
            figures: |_| {
                let count = |id, what| Figure::new(id, what, Unit::Count);
                vec![
                    count("atomic", "jobs not counted, fetch_add").exactly(0.0),
                    count("mutex", "jobs not counted, a lock").exactly(0.0),
                    count("load-store", "jobs not counted, load then store").at_least(1.0),
                ]
            },
            measure: load_store,
            why: "Between load and store another worker counts, and its count is overwritten.",
            read: "crates/stage9/src/counter.rs",
        },
        Experiment {
            name: "increment",
            stage: 9,
            title: "the cost of adding 1: locks, an atomic, a cell for each thread",
            watch: [
                "A counter under tokio's mutex, under std's, atomic, and a cell for each thread.",
                "Then with a millisecond asleep under the lock, and the same outside of it.",
            ],
            figures: costs::increment_figures,
            measure: costs::increment,
            why: "A free lock costs two atomic operations and no call to the system. A factor of a \
                  hundred is the number of threads that wait for one that sleeps with the lock.",
            read: "crates/lab/benches/increment.rs",
        },
        Experiment {
            name: "map",
            stage: 9,
            title: "the cost of reading or changing a balance, in six kinds of map",
            watch: [
                "Two threads, no hold: six maps, three shares of reads, three crowds of users.",
                "The operation is so short that the locks themselves are what is measured.",
            ],
            figures: costs::map_figures,
            measure: costs::map,
            why: "Two threads that seldom want the same lock are seldom in each other's way; a \
                  lock that is handed to a sleeping thread costs a turn of the scheduler.",
            read: "crates/lab/benches/map/main.rs",
        },
        Experiment {
            name: "tasks",
            stage: 9,
            title: "four tasks that wait and four that compute, on one thread and on four",
            watch: [
                "Four tasks of 10 ms each: on one thread with an async runtime, and on four \
                 threads.",
                "Waiting is done at the same time on either. And computing?",
            ],
            figures: costs::tasks_figures,
            measure: costs::tasks,
            why: "One thread can wait for any number of things and compute one.",
            read: "crates/lab/benches/tasks.rs",
        },
    ]
}

fn counters_figures() -> Vec<Figure> {
    let zero = |id, what| Figure::new(id, what, Unit::Count).exactly(0.0);
    let mut figures = vec![
        zero("received", "received: difference to the client's sent"),
        zero("dropped", "dropped: difference to its rejected"),
        zero("processed", "processed at rest: difference to its accepted"),
        zero("balances", "sum of the balances: difference to its accepted"),
        zero("pending", "pending at rest"),
        Figure::new("full", "pending of a full server: 1,000 and 16", Unit::Count)
            .exactly(1016.0)
            .question("A queue of 1,000, 16 workers, jobs that never end: how many pending?"),
    ];
    figures.extend(sound::figures());
    figures
}

/// Returns the difference between a counter and its due value.
fn difference(metrics: &BTreeMap<String, u64>, name: &str, due: u64) -> u64 {
    metrics.get(name).map_or(u64::MAX, |value| value.abs_diff(due))
}

fn metrics_at_rest(server: &Server) -> Result<BTreeMap<String, u64>, Failure> {
    wait_for_rest(server).map_err(|error| error.to_string().into())
}

fn counters(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start("")?;
    let Report { sent, accepted, rejected, errors, .. } = trial.load(&server, Plan::default())?;
    if errors.total > 0 {
        return Err(format!("{} requests ended in an error", errors.total).into());
    }
    let metrics = metrics_at_rest(&server)?;
    trial.record_count("received", difference(&metrics, "received", sent));
    trial.record_count("dropped", difference(&metrics, "dropped", rejected));
    trial.record_count("processed", difference(&metrics, "processed", accepted));
    trial.record_count("pending", difference(&metrics, "pending", 0));
    trial.record_count("balances", jobs_done(&server)?.abs_diff(accepted));
    let server = trial.start("--work 1h")?;
    trial.load(&server, Plan { requests: Some(2000), concurrency: 8, ..Plan::default() })?;
    trial.record_count("full", server.metrics()?.get("pending").copied().unwrap_or(u64::MAX));
    sound::measure(trial)
}

fn load_store(trial: &mut Trial<'_>) -> Result<(), Failure> {
    for counters in ["atomic", "mutex", "load-store"] {
        let flags = format!("--counters {counters} --work 0s --hold 0s --queue 20000 --workers 16");
        let server = trial.start(&flags)?;
        let plan = Plan { requests: Some(10_000), concurrency: 16, ..Plan::default() };
        let accepted = trial.load(&server, plan)?.accepted;
        // Wrong counters never reach `pending` 0, so wait for the balances.
        wait_until_done(trial, &server, accepted)?;
        // A job is counted a moment after it has changed its balance.
        let mut last = None;
        let metrics = wait_for("counts at rest", || {
            thread::sleep(Duration::from_millis(50));
            let metrics = server.metrics()?;
            let is_at_rest = last.replace(metrics.clone()).as_ref() == Some(&metrics);
            Ok(if is_at_rest { Ok(metrics) } else { Err(format!("{metrics:?}")) })
        });
        let metrics = metrics.map_err(|error| error.to_string())?;
        let dropped = metrics.get("dropped").copied().unwrap_or_default();
        let missed = difference(&metrics, "processed", accepted);
        trial.record_count(
            counters,
            missed.max(difference(&metrics, "received", accepted + dropped)),
        );
    }
    Ok(())
}
