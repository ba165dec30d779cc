//! The log lines of the stages that programs read: one line per job from `worker.rs`, at `debug`,
//! and one line per second from `contention.rs`, at `info`.

use std::time::SystemTime;

/// A line `TIME DEBUG done worker=5 user=user3 balance=30 waited=1.2ms wait=45.23ms hold=10.12ms`.
///
/// Stage 5 has no `worker`; only stages 7 to 10 have `wait` and `hold`.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The time of completion, in seconds since 1970.
    pub done: f64,
    /// The number of the worker.
    pub worker: Option<u32>,
    /// The user whose balance changed.
    pub user: String,
    /// The new balance.
    pub balance: Option<i64>,
    /// The time in the queue, in seconds.
    pub waited: f64,
    /// The wait for the lock, in seconds.
    pub wait: Option<f64>,
    /// The time with the lock, in seconds.
    pub hold: Option<f64>,
}

/// A line `TIME INFO 49 jobs done, median wait 1.23ms, hold 4.56ms`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contention {
    /// The number of jobs done within the second.
    pub jobs: u64,
    /// The median wait for the lock, in seconds.
    pub wait: f64,
    /// The median time with the lock, in seconds.
    pub hold: f64,
}

/// Returns the jobs in a log, in its order; other lines are skipped.
#[must_use]
pub fn jobs(log: &str) -> Vec<Job> {
    log.lines().filter_map(parse_job).collect()
}

/// Returns the reports on the lock in a log, in its order; other lines are skipped.
#[must_use]
pub fn contention(log: &str) -> Vec<Contention> {
    log.lines().filter_map(parse_contention).collect()
}

fn parse_job(line: &str) -> Option<Job> {
    let (head, fields) = line.split_once(" done ")?;
    let done = humantime::parse_rfc3339_weak(head.split_whitespace().next()?).ok()?;
    let field = |name: &str| {
        let value = |word: &str| word.strip_prefix(name)?.strip_prefix('=').map(str::to_owned);
        fields.split_whitespace().find_map(value)
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

fn parse_contention(line: &str) -> Option<Contention> {
    let (before, after) = line.split_once(" jobs done, median wait ")?;
    let (wait, hold) = after.split_once(", hold ")?;
    let jobs = before.rsplit(' ').next()?.parse().ok()?;
    Some(Contention { jobs, wait: seconds(wait)?, hold: seconds(hold)? })
}

/// Parses a duration as `{:?}` writes it, into seconds.
fn seconds(text: &str) -> Option<f64> {
    let units = [("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0)];
    let (number, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.trim().strip_suffix(unit)?, factor)))?;
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn a_job_is_read_as_stage_10_writes_it() {
        let line = "2026-01-02T03:04:05.250000Z DEBUG done worker=5 user=user3 balance=30 \
                    waited=1.5s wait=45.23ms hold=10.12ms";
        let job = parse_job(line).unwrap();
        assert_eq!((job.worker, &*job.user, job.balance), (Some(5), "user3", Some(30)));
        assert_eq!(job.done % 60.0, 5.25);
        assert!(is_close(job.waited, 1.5) && is_close(job.wait.unwrap(), 0.04523), "{job:?}");
        assert!(is_close(job.hold.unwrap(), 0.01012), "{job:?}");
    }

    #[test]
    fn a_job_is_read_as_stage_5_writes_it() {
        let line = "2026-01-02T03:04:05Z DEBUG done user=a balance=7 waited=48.713µs";
        let jobs = jobs(&format!("{line}\nsomething else\n"));
        assert_eq!(jobs.len(), 1);
        assert_eq!((jobs[0].worker, jobs[0].wait), (None, None));
    }

    #[test]
    fn contention_is_read_as_stage_7_writes_it() {
        let line =
            "2026-01-02T03:04:05.250000Z  INFO 49 jobs done, median wait 1.23ms, hold 4.56µs";
        let [report] = contention(line)[..] else { panic!("it is not read") };
        assert_eq!(report.jobs, 49);
        assert!(is_close(report.wait, 0.00123) && is_close(report.hold, 4.56e-6), "{report:?}");
    }
}
