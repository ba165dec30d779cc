//! How many jobs a second a server does: the slope of the sum of its balances, when each event adds 1.

use super::Failure;
use super::trial::Trial;
use harness::books::wait_for;
use harness::server::{PATIENCE, Server};
use load::Plan;
use std::thread;
use std::time::{Duration, Instant};

/// How often the balances are asked for. An answer that waits for a lock comes later by itself.
const LOOK: Duration = Duration::from_millis(5);

/// Fills a server's queue with so many events, which must all fit.
pub fn fill(
    trial: &mut Trial<'_>,
    server: &Server,
    events: u64,
    users: u64,
) -> Result<(), Failure> {
    let mut plan = Plan { requests: Some(events), concurrency: 8, ..Plan::default() };
    plan.events.users = users;
    let report = trial.load(server, plan)?;
    match report.accepted == events {
        true => Ok(()),
        false => Err(format!("{} of {events} events were accepted", report.accepted).into()),
    }
}

/// The sum of all balances: with events that add 1, the jobs done.
pub fn done(server: &Server) -> Result<u64, Failure> {
    Ok(server.balances()?.values().sum::<i64>().unsigned_abs())
}

/// Waits until so many jobs are done, and no longer than it takes to see that no more will be.
pub fn wait_until_done(trial: &mut Trial<'_>, server: &Server, jobs: u64) -> Result<(), Failure> {
    let (mut before, mut grown) = (0, Instant::now());
    loop {
        let now = done(server)?;
        trial.show(&format!("{now} of {jobs} jobs done"));
        match now {
            _ if now == jobs => return Ok(()),
            _ if now > before => (before, grown) = (now, Instant::now()),
            _ if grown.elapsed() > PATIENCE => {
                return Err(format!("{now} of {jobs} jobs are done, and no more come").into());
            }
            _ => {}
        }
        thread::sleep(LOOK);
    }
}

/// Has so many updates made, each adding 1, and tells by how much the balances are off when they have not
/// grown for a while: most stages do not say how many jobs are done, and what is lost is never done.
pub fn updates_off(
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
        let rests = last.replace(sum) == Some(sum);
        Ok(if rests { Ok(sum) } else { Err(sum.to_string()) })
    });
    let rest = rest.map_err(|error| error.to_string())?;
    Ok((updates as i64).abs_diff(rest))
}

/// Watches a busy server for some time, from `warmup` after its first completion on, and returns the
/// slope of its completions: jobs a second.
///
/// Where jobs are done in bursts, the slope between two moments depends on where in a burst they are. So
/// the line goes through both corners of each step of the sum, the last moment before it and the first
/// one after: it runs through the middle of the steps, however high they are.
pub fn rate(
    trial: &mut Trial<'_>,
    server: &Server,
    label: &str,
    warmup: Duration,
    window: Duration,
) -> Result<f64, Failure> {
    let begin = Instant::now();
    let mut corners: Vec<[f64; 2]> = Vec::new();
    let mut first = None;
    // The first look is no step: jobs may have been done while the queue was being filled.
    let mut before = None;
    let mut grown = begin;
    loop {
        let sum = done(server)?;
        let now = [begin.elapsed().as_secs_f64(), sum as f64];
        if grown.elapsed() > PATIENCE {
            return Err(format!("{sum} jobs are done, and no more come").into());
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
        thread::sleep(LOOK);
    }
    slope(&corners).ok_or_else(|| "too few answers to tell a rate".into())
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

/// One block for each job a second, as far as there is room, for people who look on.
fn bar(a_second: f64) -> String {
    "█".repeat(a_second.round().clamp(0.0, 40.0) as usize)
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
