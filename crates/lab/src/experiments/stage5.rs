//! Stage 5: the exact capacity of a bounded queue, and overload.

use super::documented::with_lags;
use super::figure::{Expected, Figure, Unit};
use super::machine::Machine;
use super::overload;
use super::rate::{fill, measure_rate, wait_until_done};
use super::trial::Trial;
use super::{Experiment, Failure};
use harness::process;
use load::Plan;
use model::{Load, Placement, Server, predict};
use std::time::{Duration, Instant};

pub(super) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            name: "capacity",
            stage: 5,
            title: "a queue of 100 and one worker: how many are accepted",
            watch: [
                "Far more events than fit, first one after the other, then 300 at once.",
                "Each is accepted or rejected within milliseconds; none waits for the work.",
            ],
            figures: capacity_figures,
            measure: capacity,
            why: "Capacity is the queue and the job in the worker's hands; of 300 at once all may \
                  be in before the worker has taken its first, and then it is 100.",
            read: "crates/stage5/src/worker.rs",
        },
        Experiment {
            name: "overload",
            stage: 5,
            title: "from 0.2 to 5 times what the worker can do, three kinds of queue",
            watch: [
                "A job that is done after more than a second is of no use: only those in time \
                 count.",
                "A queue of 100; one without a bound; one whose clients wait until there is room.",
            ],
            figures: overload::figures,
            measure: overload::measure,
            why: "The worker is as busy as before, but with jobs that are too late: a queue \
                  without a bound is full of old ones.",
            read: "crates/stage5/src/main.rs",
        },
        Experiment {
            name: "hidden-queue",
            stage: 5,
            title: "1.5 times capacity, and nothing is rejected",
            watch: [
                "--when-full wait at 1.5 times capacity: at first nobody notices.",
                "Then the queue is full, and each client waits longer than the one before.",
            ],
            figures: overload::hidden_figures,
            measure: overload::measure_hidden,
            why: "The queue takes up the first second's surplus; from then on the clients wait \
                  outside it.",
            read: "crates/stage5/src/main.rs",
        },
        Experiment {
            name: "bomb",
            stage: 5,
            title: "a queue of 100,000: a memory bomb?",
            watch: [
                "100,000 jobs accepted and none of them done: how much memory is that?",
                "Then how long the last one waits, with ten times the times and a hundredth of the \
                 jobs.",
            ],
            figures: bomb_figures,
            measure: bomb,
            why: "A job is an event of some hundred bytes. The wait is the problem: more than a \
                  minute for an event that was accepted at once.",
            read: "docs/stage5.md",
        },
    ]
}

fn capacity_figures(machine: &Machine) -> Vec<Figure> {
    let count = |id, what| Figure::new(id, what, Unit::Count);
    vec![
        count("one_by_one", "accepted, sent one by one")
            .exactly(101.0)
            .question("A queue of 100, one worker, jobs that never end: how many are accepted?"),
        count("at_once", "accepted of 300 at once")
            .documented("≈ 100")
            .expected(Expected::OneOf(vec![100.0, 101.0])),
        count("errors", "neither accepted nor rejected").exactly(0.0),
        Figure::new("rejected_p99", "time of a rejection, p99", Unit::Milliseconds)
            .documented("fast")
            .at_most(500.0),
        Figure::new("rate", "jobs a second, 500 ms each", Unit::PerSecond)
            .documented("2/s")
            .near(1e3 / (500.0 + machine.lags.timer_ms)),
    ]
}

fn capacity(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start("--work 1h")?;
    // Fail soon if the server answers only after the work.
    let soon = Plan { timeout: Duration::from_secs(2), errors_in_a_row: 3, ..Plan::default() };
    let one_by_one = Plan { requests: Some(200), concurrency: 1, ..soon.clone() };
    let first = trial.load(&server, one_by_one)?;
    if first.accepted + first.rejected == 0 {
        return Err(
            "with --work 1h no event is answered within 2 s: the answer waits for the work".into(),
        );
    }
    trial.record_count("one_by_one", first.accepted);
    let server = trial.start("--work 1h")?;
    let at_once = Plan { requests: Some(300), concurrency: 300, ..soon };
    let second = trial.load(&server, at_once.clone())?;
    trial.record_count("at_once", second.accepted);
    trial.record_count("errors", first.errors.total + second.errors.total);
    trial.record("rejected_p99", second.latency_ms.rejected.map_or(0.0, |latency| latency.p99));
    let server = trial.start("")?;
    trial.load(&server, at_once)?;
    let rate =
        measure_rate(trial, &server, "500 ms a job", Duration::ZERO, Duration::from_secs(4))?;
    trial.record("rate", rate);
    Ok(())
}

const BOMB: u64 = 100_000;
/// The last job's wait is measured with a hundredth of the jobs, each ten times as long.
const FEWER: u64 = 100;
const LONGER: u32 = 10;

fn bomb_figures(machine: &Machine) -> Vec<Figure> {
    // The documented 69 s are for stage 8's workers and times.
    let drain_seconds = |jobs: u64, longer: u32, lags| {
        let time = |ms| Duration::from_millis(ms) * longer;
        let server =
            Server { queue: None, shards: 64, work: time(10), hold: time(1), ..Server::default() };
        let server = if lags { with_lags(machine.lags, server) } else { server };
        let load = Load { rate: 1e6, requests: jobs, ..Load::default() };
        predict(&server, &load, Placement::InTurn).total.as_secs_f64()
    };
    let wait = |id, what| Figure::new(id, what, Unit::Seconds);
    vec![
        Figure::new("megabytes", "memory of 100,000 queued jobs", Unit::Megabytes)
            .documented("10, or 50–100 MB")
            .at_most(50.0)
            .question("100,000 events of 50 bytes in a queue: how many MB at most?"),
        wait("last", "wait of the last of 100,000, 16 workers")
            .documented("69 s")
            .not_judged(drain_seconds(BOMB, 1, false)),
        wait("late", "the same, sleeps that end as late as here")
            .not_judged(drain_seconds(BOMB, 1, true)),
        wait("scaled", "wait of the last of 1,000, times × 10")
            .documented("6.9 s")
            .near(drain_seconds(BOMB / FEWER, LONGER, true)),
    ]
}

fn bomb(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start(&format!("--work 1h --queue {BOMB}"))?;
    // The first hundred allocate buffers, connections and tasks, which are not part of the growth.
    fill(trial, &server, 100, 10)?;
    let resident = || process::resident_bytes(server.process_id());
    let before = resident();
    fill(trial, &server, BOMB - 100, 10)?;
    let grown = before.and_then(|before| Ok(resident()?.saturating_sub(before)));
    trial.record_if_available("megabytes", grown.map(|bytes| bytes as f64 / 1e6));
    let jobs = BOMB / FEWER;
    let flags = format!("--workers 16 --work {}ms --hold {LONGER}ms --queue {jobs}", 10 * LONGER);
    let server = trial.start_stage(8, &flags)?;
    let begin = Instant::now();
    fill(trial, &server, jobs, 10)?;
    wait_until_done(trial, &server, jobs)?;
    trial.record("scaled", begin.elapsed().as_secs_f64());
    Ok(())
}
