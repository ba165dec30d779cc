//! An honest client: one connection, one request after another, and the latency of each.

use super::time;
use crate::experiments::Failure;
use crate::experiments::figure::{Figure, Unit};
use crate::experiments::trial::Trial;
use contract::Wire;
use harness::server::{PATIENCE, Server};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The pause between an answer and the next request.
const PAUSE: Duration = Duration::from_millis(2);
/// The growth of the median that a single wake-up can cause.
const NOISE_MS: f64 = 0.1;
/// The same for the 99th percentile, which other processes affect as well.
const P99_NOISE_MS: f64 = 2.0;

/// The latency of an honest client, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Latency {
    pub median: f64,
    pub p99: f64,
    pub max: f64,
}

/// Measures the latency while `act` runs.
pub(super) fn measure_during<T>(
    server: &Server,
    act: impl FnOnce() -> Result<T, Failure>,
) -> Result<(Latency, T), Failure> {
    let (stop, address) = (AtomicBool::new(false), server.address());
    thread::scope(|scope| {
        let honest = scope.spawn(|| measure_until(address, &stop));
        let value = act();
        stop.store(true, Ordering::Relaxed);
        let latency = honest.join().map_err(|_| "the honest client failed")??;
        Ok((latency, value?))
    })
}

/// Measures the latency for 3 s without other clients.
pub(super) fn measure_alone(server: &Server) -> Result<Latency, Failure> {
    let rest = || {
        thread::sleep(Duration::from_secs(3));
        Ok(())
    };
    Ok(measure_during(server, rest)?.0)
}

fn measure_until(server: SocketAddr, stop: &AtomicBool) -> Result<Latency, String> {
    let mut times = Vec::new();
    'connections: while !stop.load(Ordering::Relaxed) {
        let mut wire = Wire::open(server, PATIENCE).map_err(|error| error.to_string())?;
        // A wire has a time limit, which is shorter than some of the tests.
        let open = Instant::now();
        while open.elapsed() < Duration::from_secs(5) {
            if stop.load(Ordering::Relaxed) {
                break 'connections;
            }
            let asked = Instant::now();
            let got = wire.request("GET", "/health", "").map_err(|error| error.to_string())?;
            times.push(asked.elapsed());
            if got.status != 200 {
                return Err(format!("the honest client got {got}"));
            }
            thread::sleep(PAUSE);
        }
    }
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).map_or(0.0, Duration::as_secs_f64);
    let max = times.last().map_or(0.0, Duration::as_secs_f64);
    Ok(Latency { median: at(50) * 1e3, p99: at(99) * 1e3, max: max * 1e3 })
}

/// Returns the figures for the latency beside other clients. Its limit depends on the latency
/// alone, so the share of the limit is judged.
pub(super) fn figures() -> [Figure; 4] {
    let share = |id, noise: f64| {
        let what = format!("share of its limit: alone × 1.5, or + {noise} ms if more");
        Figure::new(id, what, Unit::Percent).at_most(100.0)
    };
    [
        time("honest_median", "an honest client's median latency"),
        share("honest_median_share", NOISE_MS),
        time("honest_p99", "an honest client's p99 latency"),
        share("honest_p99_share", P99_NOISE_MS),
    ]
}

/// Records [`figures`] from the latency alone and the latency beside other clients.
pub(super) fn record(trial: &mut Trial<'_>, alone: Latency, beside: Latency) {
    let share = |alone: f64, beside: f64, noise: f64| {
        let limit = (alone * 1.5).max(alone + noise);
        beside / limit * 100.0
    };
    trial.record("honest_median", beside.median);
    trial.record("honest_median_share", share(alone.median, beside.median, NOISE_MS));
    trial.record("honest_p99", beside.p99);
    trial.record("honest_p99_share", share(alone.p99, beside.p99, P99_NOISE_MS));
}
