//! Formats a prediction as a table.

use super::predicted::{Binds, Predicted, Times};
use crate::cli::table::{exact, thousands};
use model::{Load, Server};

/// Renders the table, ending in a line break.
pub fn render(server: &Server, load: &Load, predicted: &Predicted) -> String {
    let mut text = headline(server, load, predicted);
    text += "\n              count       %\n";
    text += &row("accepted", predicted.accepted, predicted.sent);
    text += &row("rejected", predicted.rejected, predicted.sent);
    text += "\n                              p50         p99         max   ms, over all accepted jobs\n";
    for (name, times) in [
        ("queue wait", predicted.queue_wait_ms),
        ("lock wait", predicted.lock_wait_ms),
        ("arrival to done", predicted.age_ms),
    ] {
        let Times { p50, p99, max } = times;
        text += &format!("{name:<21} {p50:>11.3} {p99:>11.3} {max:>11.3}\n");
    }
    text += "\n";
    text += &limits(server, load, predicted);
    text += &rate(predicted);
    if let Some(shares) = predicted.workers {
        text += &format!(
            "workers: {:.1} % of their time working, {:.1} % waiting for a lock, {:.1} % holding one, {:.1} % idle\n",
            100.0 * shares.working,
            100.0 * shares.waiting,
            100.0 * shares.holding,
            100.0 * shares.idle.abs()
        );
    }
    if let Some(busiest) = predicted.busiest_lock {
        text += &format!("busiest lock: held {:.1} % of the time\n", 100.0 * busiest);
    }
    text += &format!("longest queue: {}\n", thousands(predicted.longest_queue));
    text += &without_lock(predicted);
    if let Some(draws) = predicted.draws {
        text += &format!(
            "{} draws (seed {}): accepted {} in the median draw (shown), range {} to {}\n",
            thousands(draws.draws.into()),
            draws.seed,
            thousands(draws.accepted_median),
            thousands(draws.accepted_min),
            thousands(draws.accepted_max)
        );
    }
    text
}

fn headline(server: &Server, load: &Load, predicted: &Predicted) -> String {
    let queue = match server.queue {
        Some(queue) => format!("a queue of {}", thousands(queue)),
        None => "an unbounded queue".to_owned(),
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
        predicted.seconds,
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

/// Renders both upper bounds with their arithmetic, and marks the one that limits the load.
fn limits(server: &Server, load: &Load, predicted: &Predicted) -> String {
    let [work, hold] = [server.work_time(), server.hold_time()];
    let locks = load.users.min(server.shards.into());
    let mark = |binds: &[Binds]| {
        if binds.contains(&predicted.limits.binds) { ", which binds" } else { "" }
    };
    let by_workers = match predicted.limits.workers {
        Some(limit) => {
            format!("{} jobs a second: {} / {:?}", exact(limit), server.workers, work + hold)
        }
        None => "none: a job takes no time".to_owned(),
    };
    let by_locks = match predicted.limits.locks {
        Some(limit) => format!("{} jobs a second: {locks} / {hold:?}", exact(limit)),
        None => "none: the hold time is zero".to_owned(),
    };
    format!(
        "limit of the workers: {by_workers}{}\nlimit of the locks: {by_locks}{}\n",
        mark(&[Binds::Workers, Binds::Both]),
        mark(&[Binds::Locks, Binds::Both]),
    )
}

fn rate(predicted: &Predicted) -> String {
    let rate = predicted
        .jobs_per_second
        .map_or_else(String::new, |rate| format!("{} a second, ", exact(rate)));
    format!(
        "jobs done: {rate}{} by the last arrival, all of them after {:.3} s\n",
        thousands(predicted.done),
        predicted.total_seconds
    )
}

fn without_lock(predicted: &Predicted) -> String {
    if predicted.rejected == 0 {
        return String::new();
    }
    format!(
        "without lock waits: {} rejected, {:.1} % of these\n",
        thousands(predicted.rejected_without_lock),
        100.0 * predicted.rejected_without_lock as f64 / predicted.rejected as f64
    )
}

fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(count), if count == 1 { "" } else { "s" })
}
