//! An honest client: one connection, one request after another, and how long each answer takes.

use super::{Finding, at_most};
use contract::Wire;
use harness::server::{PATIENCE, Server};
use std::error::Error;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// From one request to the next.
const PAUSE: Duration = Duration::from_millis(2);
/// A median that grew by less than this has not grown: it is what one wake-up takes.
const NOISE_MS: f64 = 0.1;

/// What an honest client saw, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Latency {
    pub median: f64,
    pub p99: f64,
    pub max: f64,
}

/// Measures for as long as `meanwhile` takes.
pub(super) fn beside<T>(
    server: &Server,
    meanwhile: impl FnOnce() -> Result<T, Box<dyn Error>>,
) -> Result<(Latency, T), Box<dyn Error>> {
    let (over, address) = (AtomicBool::new(false), server.address());
    thread::scope(|scope| {
        let honest = scope.spawn(|| until(address, &over));
        let value = meanwhile();
        over.store(true, Ordering::Relaxed);
        let latency = honest.join().map_err(|_| "the honest client failed")??;
        Ok((latency, value?))
    })
}

/// Measures for a while beside nothing.
pub(super) fn alone(server: &Server) -> Result<Latency, Box<dyn Error>> {
    let rest = || {
        thread::sleep(Duration::from_secs(3));
        Ok(())
    };
    Ok(beside(server, rest)?.0)
}

fn until(server: SocketAddr, over: &AtomicBool) -> Result<Latency, String> {
    let mut times = Vec::new();
    'connections: while !over.load(Ordering::Relaxed) {
        let mut wire = Wire::open(server, PATIENCE).map_err(|error| error.to_string())?;
        // A wire has its time limit, and a trial may take longer.
        let open = Instant::now();
        while open.elapsed() < Duration::from_secs(5) {
            if over.load(Ordering::Relaxed) {
                break 'connections;
            }
            let asked = Instant::now();
            let got = wire.request("GET", "/health", "").map_err(|error| error.to_string())?;
            times.push(asked.elapsed());
            if got.status != 200 {
                return Err(format!("to an honest client: {got}"));
            }
            thread::sleep(PAUSE);
        }
    }
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).map_or(0.0, Duration::as_secs_f64);
    let max = times.last().map_or(0.0, Duration::as_secs_f64);
    Ok(Latency { median: at(50) * 1e3, p99: at(99) * 1e3, max: max * 1e3 })
}

/// Whether an honest client sees what it sees without the others.
pub(super) fn unmoved(without: Latency, with: Latency) -> Vec<Finding> {
    let limit = |without: f64, noise: f64| (without * 1.5).max(without + noise);
    vec![
        at_most("an honest client's median", with.median, limit(without.median, NOISE_MS), "ms"),
        // One in a hundred also meets whatever else the machine does.
        at_most("an honest client's p99", with.p99, limit(without.p99, 2.0), "ms"),
    ]
}
