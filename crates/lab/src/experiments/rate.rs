//! How many jobs a second a server does: the slope of the sum of its balances, when each event adds 1.

use super::Failure;
use super::rig::Rig;
use crate::server::Server;
use std::thread;
use std::time::{Duration, Instant};
use stress_client::load::Plan;

/// How often the balances are asked for. An answer that waits for a lock comes later by itself.
const LOOK: Duration = Duration::from_millis(5);

/// Fills a server's queue with so many events, which must all fit.
pub fn fill(rig: &mut Rig<'_>, server: &Server, events: u64, users: u64) -> Result<(), Failure> {
    let mut plan = Plan { requests: Some(events), concurrency: 8, ..Plan::default() };
    plan.events.users = users;
    let report = rig.load(server, plan)?;
    match report.accepted == events {
        true => Ok(()),
        false => Err(format!("{} of {events} events were accepted", report.accepted).into()),
    }
}

/// Watches a busy server for some time, from `warmup` after its first completion on, and returns the
/// slope of its completions: jobs a second.
///
/// Where jobs are done in bursts, the slope between two moments depends on where in a burst they are. So
/// the line goes through the middle of each step of the sum: those lie on it, however high the steps.
pub fn rate(
    rig: &mut Rig<'_>,
    server: &Server,
    label: &str,
    warmup: Duration,
    window: Duration,
) -> Result<f64, Failure> {
    let mut steps: Vec<[f64; 2]> = Vec::new();
    let mut before = 0;
    let mut first: Option<Instant> = None;
    loop {
        let sum: i64 = server.balances()?.values().sum();
        let now = Instant::now();
        if sum > before {
            let since = now - *first.get_or_insert(now);
            if since >= warmup {
                steps.push([since.as_secs_f64(), (before + sum) as f64 / 2.0]);
            }
            if since >= warmup + window {
                break;
            }
            before = sum;
        }
        rig.show(&format!("{label}: {sum} jobs done"));
        thread::sleep(LOOK);
    }
    slope(&steps).ok_or_else(|| "too few answers to tell a rate".into())
}

/// The slope of the line with the least squared distance (Legendre 1805) from the points.
fn slope(points: &[[f64; 2]]) -> Option<f64> {
    let count = points.len() as f64;
    let mean = |axis: usize| points.iter().map(|point| point[axis]).sum::<f64>() / count;
    let (x, y) = (mean(0), mean(1));
    let spread: f64 = points.iter().map(|point| (point[0] - x).powi(2)).sum();
    let both: f64 = points.iter().map(|point| (point[0] - x) * (point[1] - y)).sum();
    (spread > 0.0).then(|| both / spread)
}

/// A bar of up to thirty characters, for people who look on.
pub fn bar(value: f64, most: f64) -> String {
    "█".repeat((value / most * 30.0).round().clamp(0.0, 60.0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slope_is_that_of_the_line_that_lies_nearest() {
        assert_eq!(slope(&[]), None);
        assert_eq!(slope(&[[1.0, 1.0]]), None);
        assert_eq!(slope(&[[0.0, 1.0], [2.0, 5.0]]), Some(2.0));
        assert_eq!(slope(&[[0.0, 0.0], [1.0, 3.0], [2.0, 0.0], [3.0, 3.0]]), Some(0.6));
    }
}
