//! A prediction for people.

use super::predicted::{Binds, Predicted, Times};
use crate::cli::table::{exact, thousands};
use model::{Load, Server};

/// The whole table, ending in a line break.
pub fn of(server: &Server, load: &Load, it: &Predicted) -> String {
    let mut words = headline(server, load, it);
    words += "\n              count       %\n";
    words += &row("accepted", it.accepted, it.sent);
    words += &row("rejected", it.rejected, it.sent);
    words += "\n                              p50         p99         max   ms, over all accepted jobs\n";
    for (name, times) in [
        ("waited in the queue", it.queue_wait_ms),
        ("waited for the lock", it.lock_wait_ms),
        ("arrival to done", it.age_ms),
    ] {
        let Times { p50, p99, max } = times;
        words += &format!("{name:<21} {p50:>11.3} {p99:>11.3} {max:>11.3}\n");
    }
    words += "\n";
    words += &limits(server, load, it);
    words += &rate(it);
    if let Some(shares) = it.workers {
        words += &format!(
            "the workers: {:.1} % of their time working, {:.1} % waiting for a lock, {:.1} % having one, {:.1} % idle\n",
            100.0 * shares.working,
            100.0 * shares.waiting,
            100.0 * shares.holding,
            100.0 * shares.idle.abs()
        );
    }
    if let Some(busiest) = it.busiest_lock {
        words += &format!("the busiest lock: held {:.1} % of the time\n", 100.0 * busiest);
    }
    words += &format!("the longest queue: {}\n", thousands(it.longest_queue));
    words += &without_lock(it);
    if let Some(draws) = it.draws {
        words += &format!(
            "drawn {} times (seed {}): accepted {} in the median draw, which this is, from {} to {}\n",
            thousands(draws.draws.into()),
            draws.seed,
            thousands(draws.accepted_median),
            thousands(draws.accepted_min),
            thousands(draws.accepted_max)
        );
    }
    words
}

fn headline(server: &Server, load: &Load, it: &Predicted) -> String {
    let queue = match server.queue {
        Some(queue) => format!("a queue of {}", thousands(queue)),
        None => "a queue without bound".to_owned(),
    };
    let rate = match load.rate {
        rate if rate.fract() == 0.0 => thousands(rate as u64),
        rate => rate.to_string(),
    };
    let lag = match (server.work_time(), server.hold_time()) {
        (work, hold) if (work, hold) == (server.work, server.hold) => String::new(),
        (work, hold) => {
            format!("; with lag {work:?} and {hold:?}")
        }
    };
    format!(
        "predicted: {}, {} a second for {:.3} s, by {}\n\
         server: {}, {queue}, {}; work {:?}, hold {:?}{lag}\n",
        counted(load.requests, "request"),
        rate,
        it.seconds,
        counted(load.users, "user"),
        counted(server.workers.into(), "worker"),
        counted(server.shards.into(), "lock"),
        server.work,
        server.hold,
    )
}

fn row(name: &str, count: u64, sent: u64) -> String {
    let percent = 100.0 * count as f64 / sent.max(1) as f64;
    format!("{name:<8} {:>10} {percent:>6.1}%\n", thousands(count))
}

/// The two lines of arithmetic that anybody can do by hand, and which of them matters.
fn limits(server: &Server, load: &Load, it: &Predicted) -> String {
    let [work, hold] = [server.work_time(), server.hold_time()];
    let locks = load.users.min(server.shards.into());
    let binds =
        |binds: &[Binds]| if binds.contains(&it.limits.binds) { ", which binds" } else { "" };
    let workers = match it.limits.workers {
        Some(limit) => {
            format!("{} jobs a second: {} / {:?}", exact(limit), server.workers, work + hold)
        }
        None => "none: a job takes no time".to_owned(),
    };
    let of_locks = match it.limits.locks {
        Some(limit) => format!("{} jobs a second: {locks} / {hold:?}", exact(limit)),
        None => "none: the lock is held for no time".to_owned(),
    };
    format!(
        "limit of the workers: {workers}{}\nlimit of the locks: {of_locks}{}\n",
        binds(&[Binds::Workers, Binds::Both]),
        binds(&[Binds::Locks, Binds::Both]),
    )
}

fn rate(it: &Predicted) -> String {
    let rate =
        it.jobs_per_second.map_or_else(String::new, |rate| format!("{} a second, ", exact(rate)));
    format!(
        "jobs done: {rate}{} by the last arrival, all of them after {:.3} s\n",
        thousands(it.done),
        it.total_seconds
    )
}

fn without_lock(it: &Predicted) -> String {
    if it.rejected == 0 {
        return String::new();
    }
    format!(
        "if no job ever waited for a lock: {} rejected, {:.1} % of these\n",
        thousands(it.rejected_without_lock),
        100.0 * it.rejected_without_lock as f64 / it.rejected as f64
    )
}

fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", thousands(count), if count == 1 { "" } else { "s" })
}
