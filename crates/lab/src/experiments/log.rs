//! What the stages write to standard error about their jobs, read back.

use std::time::SystemTime;

/// One line `… DEBUG done worker=5 user=user3 balance=30 waited=1.2ms wait=45.23ms hold=10.12ms`, as far
/// as the stage that wrote it says all of this.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// When it was done, in seconds since 1970.
    pub done: f64,
    /// The worker that did it.
    pub worker: Option<u32>,
    /// The user whose balance it changed.
    pub user: String,
    /// The new balance.
    pub balance: Option<i64>,
    /// How long it was in the queue, in seconds.
    pub waited: f64,
    /// How long it waited for the lock, in seconds.
    pub wait: Option<f64>,
    /// How long it had the lock, in seconds.
    pub hold: Option<f64>,
}

/// The jobs that a log at `debug` tells of, in its order.
pub fn jobs(log: &str) -> Vec<Job> {
    log.lines().filter_map(job).collect()
}

fn job(line: &str) -> Option<Job> {
    let (head, fields) = line.split_once(" done ")?;
    let done = humantime::parse_rfc3339_weak(head.split_whitespace().next()?).ok()?;
    let field = |name: &str| {
        let is = |word: &str| word.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
        fields.split_whitespace().find_map(is)
    };
    let balance = field("balance")?;
    let balance = balance.trim_start_matches("Some(").trim_end_matches(')').parse().ok();
    Some(Job {
        done: done.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs_f64(),
        worker: field("worker").and_then(|worker| worker.parse().ok()),
        user: field("user")?,
        balance,
        waited: seconds(&field("waited")?)?,
        wait: field("wait").and_then(|time| seconds(&time)),
        hold: field("hold").and_then(|time| seconds(&time)),
    })
}

/// A duration as `{:?}` writes it, in seconds.
pub fn seconds(text: &str) -> Option<f64> {
    let units = [("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0)];
    let (number, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.trim().strip_suffix(unit)?, factor)))?;
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_by_name() {
        let line = "2026-01-02T03:04:05.250000Z DEBUG done worker=5 user=user3 balance=30 \
                    waited=1.5s wait=45.23ms hold=10.12ms";
        let job = job(line).unwrap();
        assert_eq!((job.worker, &*job.user, job.balance), (Some(5), "user3", Some(30)));
        assert_eq!(job.done % 60.0, 5.25);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(close(job.waited, 1.5) && close(job.wait.unwrap(), 0.04523), "{job:?}");
        assert!(close(job.hold.unwrap(), 0.01012), "{job:?}");
        let short = "2026-01-02T03:04:05Z DEBUG done user=a balance=7 waited=48.713µs";
        assert_eq!(jobs(&format!("{short}\nsomething else\n")).len(), 1);
        assert_eq!(jobs(short)[0].wait, None);
    }
}
