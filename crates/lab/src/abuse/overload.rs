//! More events than the workers can process.

use super::{growth, time};
use crate::experiments::figure::{Figure, Unit};
use crate::experiments::trial::Trial;
use crate::experiments::{Experiment, Failure};
use harness::process::resident_bytes;
use harness::server::Server;
use load::statistics::median;
use load::{Events, Live, Plan, Report, run};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// The jobs a second of 16 workers with 11 ms for each job.
const CAPACITY: f64 = 16.0 / 0.011;
const ROUNDS: usize = 3;
const DURATION: Duration = Duration::from_secs(8);
/// The time until the queue is full.
const WARM_UP: Duration = Duration::from_secs(2);

pub(super) fn all() -> Vec<Experiment> {
    vec![Experiment {
        name: "overload",
        stage: 10,
        title: "ten times the events that the workers can process",
        watch: [
            "Events at the capacity of the workers, and at ten times that, each three times.",
            "Under overload the server has to do as much as before, and to reject quickly.",
        ],
        figures: |_| {
            vec![
                Figure::new("capacity", "jobs done at capacity", Unit::PerSecond),
                Figure::new("goodput", "jobs done at ten times that, by comparison", Unit::Times)
                    .at_least(0.9),
                time("rejection", "p99 latency of the rejections").at_most(10.0),
                growth(),
            ]
        },
        measure: overload,
        why: "A rejection costs a parsed request and an answer; it takes no worker and no memory.",
        read: "crates/stage10/src/intake.rs",
    }]
}

fn overload(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let mut goodput = [Vec::new(), Vec::new()];
    let (mut rejection, mut growth) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for (times, goodput) in [1.0, 10.0].into_iter().zip(&mut goodput) {
            // A new server each time, with an empty queue.
            let server = trial.start("")?;
            let (done, grown, report) = offer(trial, &server, CAPACITY * times)?;
            goodput.push(done);
            if times > 1.0 {
                growth.push(grown);
                rejection.extend(report.latency_ms.rejected.map(|rejected| rejected.p99));
            }
        }
    }
    let middle = |values: &[f64]| median(values).unwrap_or(f64::NAN);
    let [capacity, overload] = goodput.map(|rates| middle(&rates));
    trial.record("capacity", capacity);
    trial.record("goodput", overload / capacity);
    trial.record("rejection", middle(&rejection));
    trial.record("growth", middle(&growth));
    Ok(())
}

/// Sends events at a rate. Returns the jobs done a second after the warm-up, the growth of the
/// memory from the second tenth to the last, and the client's report.
fn offer(trial: &mut Trial<'_>, server: &Server, rate: f64) -> Result<(f64, f64, Report), Failure> {
    let plan = Plan {
        url: server.url(),
        requests: None,
        duration: Some(DURATION),
        rate: Some(rate),
        events: Events { users: 1000, ..Events::default() },
        ..Plan::default()
    };
    trial.show(&format!("{rate:.0} events a second"));
    trial.note_load(&plan);
    thread::scope(|scope| {
        let load = scope.spawn(|| run(&plan, &Arc::new(Live::default())));
        thread::sleep(DURATION / 5);
        let resident = resident_bytes(server.process_id())?;
        thread::sleep(WARM_UP.saturating_sub(DURATION / 5));
        let (from, before) = (Instant::now(), server.metrics()?["processed"]);
        thread::sleep(DURATION - WARM_UP - Duration::from_millis(200));
        let done = server.metrics()?["processed"] - before;
        let rate = done as f64 / from.elapsed().as_secs_f64();
        let grown = resident_bytes(server.process_id())? as f64 / resident as f64;
        let report = load.join().map_err(|_| "the load failed")??;
        Ok((rate, grown, report))
    })
}
