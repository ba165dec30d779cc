//! What every stage with a pool keeps, whatever else it is about: its capacity to the unit, all of its
//! workers, and every update.

use super::Failure;
use super::figure::{Figure, Unit};
use super::rate::{done, updates_off};
use super::trial::Trial;
use load::Plan;
use std::thread;
use std::time::{Duration, Instant};

const QUEUE: u64 = 20;
const WORKERS: u64 = 4;
/// Updates of one user, which collide as often as they can.
const UPDATES: u64 = 800;
/// A job of the workers' count, and how long after the first of them the others have to be done.
const JOB: Duration = Duration::from_secs(1);
const TOGETHER: Duration = Duration::from_millis(400);

/// The last rows of such a stage's core experiment.
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

/// Fills a server with jobs that never end, counts those that are done together, and looks for every
/// update.
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
    while done(&server)? == 0 && begin.elapsed() < 10 * JOB {
        trial.show("how many jobs are done together?");
        thread::sleep(Duration::from_millis(5));
    }
    thread::sleep(TOGETHER);
    trial.record_count("together", done(&server)?);

    let server = trial.start("--workers 16 --work 0s --hold 1ms --queue 1000")?;
    let lost = updates_off(trial, &server, UPDATES, 1)?;
    trial.record_count("lost", lost);
    Ok(())
}
