//! Sanity checks of every stage with a worker pool: its exact capacity, all of its workers, and
//! every update.

use super::Failure;
use super::figure::{Figure, Unit};
use super::rate::{count_lost_updates, jobs_done};
use super::trial::Trial;
use load::Plan;
use std::thread;
use std::time::{Duration, Instant};

const QUEUE: u64 = 20;
const WORKERS: u64 = 4;
/// The number of updates, all of one user, so that they collide as often as possible.
const UPDATES: u64 = 800;
/// The length of a job in the count of workers, and the time within which all of them have to end.
const JOB: Duration = Duration::from_secs(1);
const TOGETHER: Duration = Duration::from_millis(400);

/// Returns the figures of the checks, the last rows of a core experiment.
pub fn figures() -> [Figure; 3] {
    let count = |id, what: String, value| Figure::new(id, what, Unit::Count).exactly(value);
    let capacity = (QUEUE + WORKERS) as f64;
    [
        count(
            "capacity",
            format!("accepted by a queue of {QUEUE} and {WORKERS} workers"),
            capacity,
        ),
        count("together", format!("done together, {WORKERS} workers"), WORKERS as f64),
        count("lost", format!("updates lost of {UPDATES}"), 0.0),
    ]
}

/// Fills a server with jobs that never end, counts the jobs that end together, and counts lost
/// updates.
pub fn measure(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let workers = format!("--workers {WORKERS} --queue {QUEUE}");
    let server = trial.start(&format!("--work 1h --hold 0s {workers}"))?;
    let plan = Plan { requests: Some(100), concurrency: 1, ..Plan::default() };
    let accepted = trial.load(&server, plan)?.accepted;
    trial.record_count("capacity", accepted);

    let server = trial.start(&format!("--work {}s --hold 0s {workers}", JOB.as_secs()))?;
    let plan = Plan { requests: Some(3 * WORKERS), concurrency: 1, ..Plan::default() };
    trial.load(&server, plan)?;
    let begin = Instant::now();
    while jobs_done(&server)? == 0 && begin.elapsed() < 10 * JOB {
        trial.show("waiting for the first jobs");
        thread::sleep(Duration::from_millis(5));
    }
    thread::sleep(TOGETHER);
    trial.record_count("together", jobs_done(&server)?);

    let server = trial.start("--workers 16 --work 0s --hold 1ms --queue 1000")?;
    let lost = count_lost_updates(trial, &server, UPDATES, 1)?;
    trial.record_count("lost", lost);
    Ok(())
}
