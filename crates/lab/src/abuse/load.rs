//! More work than the workers can do.

use super::{Outcome, Stand, at_most, finding, told};
use harness::process::resident_bytes;
use harness::server::Server;
use load::{Events, Live, Plan, Report, run};
use std::error::Error;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// 16 workers with 11 ms for each job.
const CAPACITY: f64 = 16.0 / 0.011;
const ROUNDS: usize = 3;
const LASTS: Duration = Duration::from_secs(8);
/// By then the queue is as full as it will be.
const SETTLED: Duration = Duration::from_secs(2);

pub(super) fn overload(stand: &Stand) -> Outcome {
    let mut goodput = [Vec::new(), Vec::new()];
    let mut rejection = Vec::new();
    let mut growth = Vec::new();
    for _ in 0..ROUNDS {
        for (times, goodput) in [1.0, 10.0].into_iter().zip(&mut goodput) {
            // A fresh server for each, so that none inherits a queue.
            let server = stand.start("")?;
            let (done, grown, report) = offer(&server, CAPACITY * times)?;
            goodput.push(done);
            if times > 1.0 {
                growth.push(grown);
                rejection.extend(report.latency_ms.rejected.map(|rejected| rejected.p99));
            }
        }
    }
    let [capacity, overload] = goodput.map(median);
    let ratio = overload / capacity;
    Ok(vec![
        told("jobs a second at capacity", format!("{capacity:.0}")),
        finding(
            "goodput beside ten times as much",
            format!("{ratio:.3} of that"),
            "at least 0.9",
            ratio >= 0.9,
        ),
        at_most("p99 of the rejections", median(rejection), 10.0, "ms"),
        at_most("resident memory, last tenth by second", median(growth), 1.05, "times"),
    ])
}

/// Offers events at that rate. Returns jobs done a second once settled, by how much the memory grew
/// from the second tenth to the last, and what the client saw.
fn offer(server: &Server, rate: f64) -> Result<(f64, f64, Report), Box<dyn Error>> {
    let plan = Plan {
        url: server.url(),
        requests: None,
        duration: Some(LASTS),
        rate: Some(rate),
        events: Events { users: 1000, ..Events::default() },
        ..Plan::default()
    };
    thread::scope(|scope| {
        let load = scope.spawn(|| run(&plan, &Arc::new(Live::default())));
        thread::sleep(LASTS / 5);
        let resident = resident_bytes(server.process_id())?;
        thread::sleep(SETTLED.saturating_sub(LASTS / 5));
        let (from, before) = (Instant::now(), server.metrics()?["processed"]);
        thread::sleep(LASTS - SETTLED - Duration::from_millis(200));
        let done = server.metrics()?["processed"] - before;
        let rate = done as f64 / from.elapsed().as_secs_f64();
        let grown = resident_bytes(server.process_id())? as f64 / resident as f64;
        let report = load.join().map_err(|_| "the load failed")??;
        Ok((rate, grown, report))
    })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
