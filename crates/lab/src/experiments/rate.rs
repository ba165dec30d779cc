//! The rate of jobs: the slope of the sum of the balances, when each event adds 1.

use super::Failure;
use super::trial::Trial;
use harness::books::wait_for;
use harness::server::{PATIENCE, Server};
use load::Plan;
use std::thread;
use std::time::{Duration, Instant};

/// The pause between two queries of the balances.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Fills a server's queue.
///
/// # Errors
/// When an event is not accepted.
pub fn fill(
    trial: &mut Trial<'_>,
    server: &Server,
    events: u64,
    users: u64,
) -> Result<(), Failure> {
    let mut plan = Plan { requests: Some(events), concurrency: 8, ..Plan::default() };
    plan.events.users = users;
    let report = trial.load(server, plan)?;
    if report.accepted == events {
        Ok(())
    } else {
        Err(format!("{} of {events} events were accepted", report.accepted).into())
    }
}

/// Returns the sum of all balances: with events that add 1, the number of jobs done.
pub fn jobs_done(server: &Server) -> Result<u64, Failure> {
    Ok(server.balances()?.values().sum::<i64>().unsigned_abs())
}

/// Waits until this many jobs are done.
///
/// # Errors
/// When no job is done for [`PATIENCE`].
pub fn wait_until_done(trial: &mut Trial<'_>, server: &Server, jobs: u64) -> Result<(), Failure> {
    let (mut before, mut grown) = (0, Instant::now());
    loop {
        let now = jobs_done(server)?;
        trial.show(&format!("{now} of {jobs} jobs done"));
        match now {
            _ if now == jobs => return Ok(()),
            _ if now > before => (before, grown) = (now, Instant::now()),
            _ if grown.elapsed() > PATIENCE => {
                return Err(format!("{now} of {jobs} jobs are done, and no more follow").into());
            }
            _ => {}
        }
        thread::sleep(POLL_INTERVAL);
    }
}

/// Sends updates that add 1 and returns the difference between their number and the sum of the
/// balances, once that no longer changes. Most stages do not report the number of jobs done.
pub fn count_lost_updates(
    trial: &mut Trial<'_>,
    server: &Server,
    updates: u64,
    users: u64,
) -> Result<u64, Failure> {
    fill(trial, server, updates, users)?;
    let mut last = None;
    let rest = wait_for("balances at rest", || {
        thread::sleep(Duration::from_millis(100));
        let sum: i64 = server.balances()?.values().sum();
        let is_at_rest = last.replace(sum) == Some(sum);
        Ok(if is_at_rest { Ok(sum) } else { Err(sum.to_string()) })
    });
    let rest = rest.map_err(|error| error.to_string())?;
    Ok((updates as i64).abs_diff(rest))
}

/// Measures the rate of a busy server, in jobs a second, for `window` after a `warmup` that begins
/// with the first job done.
///
/// When jobs are done in bursts, the slope between two moments depends on their position in a
/// burst. So a line is fitted through both corners of each step of the sum: it passes through the
/// middle of the steps.
pub fn measure_rate(
    trial: &mut Trial<'_>,
    server: &Server,
    label: &str,
    warmup: Duration,
    window: Duration,
) -> Result<f64, Failure> {
    let begin = Instant::now();
    let mut corners: Vec<[f64; 2]> = Vec::new();
    let mut first = None;
    // The first sum is not a step: jobs may have been done while the queue was being filled.
    let mut before = None;
    let mut grown = begin;
    loop {
        let sum = jobs_done(server)?;
        let now = [begin.elapsed().as_secs_f64(), sum as f64];
        if grown.elapsed() > PATIENCE {
            return Err(format!("{sum} jobs are done, and no more follow").into());
        }
        if let Some(last) = before.replace(now)
            && now[1] > last[1]
        {
            grown = Instant::now();
            let since = now[0] - *first.get_or_insert(now[0]);
            if since >= warmup.as_secs_f64() {
                corners.extend([last, now]);
            }
            if since >= (warmup + window).as_secs_f64() {
                break;
            }
        }
        let a_second = now[1] / (now[0] - first.unwrap_or(0.0)).max(1.0);
        trial.show(&format!("{label:<22} {sum:>4} jobs done {}", bar(a_second)));
        thread::sleep(POLL_INTERVAL);
    }
    slope(&corners).ok_or_else(|| "too few answers for a rate".into())
}

/// Returns the slope of the least-squares line (Legendre 1805).
fn slope(points: &[[f64; 2]]) -> Option<f64> {
    let count = points.len() as f64;
    let mean = |axis: usize| points.iter().map(|point| point[axis]).sum::<f64>() / count;
    let (x, y) = (mean(0), mean(1));
    let spread: f64 = points.iter().map(|point| (point[0] - x).powi(2)).sum();
    let both: f64 = points.iter().map(|point| (point[0] - x) * (point[1] - y)).sum();
    (spread > 0.0).then(|| both / spread)
}

/// Returns a bar of one block for each job a second, at most 40.
fn bar(a_second: f64) -> String {
    "█".repeat(a_second.round().clamp(0.0, 40.0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_that_of_the_least_squares_line() {
        assert_eq!(slope(&[]), None);
        assert_eq!(slope(&[[1.0, 1.0]]), None);
        assert_eq!(slope(&[[0.0, 1.0], [2.0, 5.0]]), Some(2.0));
        assert_eq!(slope(&[[0.0, 0.0], [1.0, 3.0], [2.0, 0.0], [3.0, 3.0]]), Some(0.6));
    }
}
