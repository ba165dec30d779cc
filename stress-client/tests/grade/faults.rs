//! Planted faults, each with the check that must fail, alone, and a part of what it says.

use super::{client, this};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

/// The faults that `cargo test` plants; the others are ignored.
const QUICK: usize = 5;

#[rustfmt::skip]
const FAULTS: [(&str, &str, &str); 26] = [
    ("queue one short", "capacity", "1 too few"),
    ("accepted while closing", "closing-loses-nothing", "lost"),
    ("state is not written", "state-is-written", "no file at the path of --state"),
    ("SIGINT is not caught", "sigint-drains", "signal 2"),
    ("a loss is not said", "loss-is-said", "exit status 0"),
    ("a worker dies of a panic", "panics-end-no-worker", "lost"),
    ("accepted before it is queued", "balances-are-the-sums", "add up to"),
    ("another default", "capacity-by-default", "too few"),
    ("wait times are always 0", "queue-wait-is-counted", "total_queue_wait_ns"),
    ("failed is not counted", "failed-is-counted", "failed"),
    ("a balance wraps", "overflow", "wrapped"),
    ("workers are serialised", "workers-at-the-same-time", "one worked at a time"),
    ("half of the workers", "workers-at-the-same-time", "not all"),
    ("one lock for all", "users-do-not-share-a-lock", "lock"),
    ("an update is lost", "workers-lose-no-update", "add up to"),
    ("state is not read", "state-is-read", "has no balance"),
    ("state is written in place", "state-is-atomic", "into the old file"),
    ("SIGHUP is not caught", "sighup-drains", "signal 1"),
    ("a second signal is ignored", "second-signal-ends-it", "second"),
    ("the deadline is ignored", "deadline-ends-the-drain", "still running"),
    ("the drain delay is ignored", "drain-delay-serves", "drain-delay"),
    ("health is always ok", "health-says-draining", "200"),
    ("the last line is missing", "sigterm-drains", "last line"),
    ("it exits at once", "sigterm-drains", "without a last line"),
    ("pending wraps", "metrics-agree-with-the-client", "wrapped around below zero"),
    ("dropped is counted twice", "metrics-agree-with-the-client", "dropped"),
];

pub fn trials() -> Vec<Trial> {
    let planted = |(nth, row): (usize, &(&'static str, &'static str, &'static str))| {
        let (fault, check, phrase) = *row;
        Trial::test(fault, move || caught(fault, check, phrase)).with_ignored_flag(nth >= QUICK)
    };
    let mut trials: Vec<Trial> = FAULTS.iter().enumerate().map(planted).collect();
    trials.push(Trial::test("without a fault nothing fails", faultless).with_ignored_flag(true));
    trials
}

/// Returns the exit status, and the checks that failed with what they say.
fn grade(fault: &str, check: &str) -> (Option<i32>, Vec<(String, String)>) {
    let (status, report, _) =
        client(fault, &["grade", "10", "--only", check, "--json", "-", "--", &this()]);
    let report: Value = serde_json::from_str(&report).unwrap();
    let failed = report["checks"].as_array().unwrap().iter().filter(|c| c["outcome"] == "failed");
    let text = |check: &Value, key: &str| check[key].as_str().unwrap().to_owned();
    (status, failed.map(|check| (text(check, "name"), text(check, "got"))).collect())
}

fn caught(fault: &str, check: &str, phrase: &str) -> Result<(), Failed> {
    let (status, failed) = grade(fault, check);
    // `capacity` also asks `capacity-by-default`.
    let is_named = |(name, got): &(String, String)| name == check && got.contains(phrase);
    let is_alone = failed.iter().all(|(name, _)| name.contains(check));
    if status == Some(1) && is_alone && failed.iter().any(is_named) {
        return Ok(());
    }
    Err(format!("{check} has to fail with `{phrase}`, but status {status:?}, {failed:#?}").into())
}

fn faultless() -> Result<(), Failed> {
    let names: std::collections::BTreeSet<&str> =
        FAULTS.iter().map(|(_, check, _)| *check).collect();
    for check in names {
        let (status, failed) = grade("none", check);
        if status != Some(0) {
            return Err(format!("{check}: status {status:?}, {failed:#?}").into());
        }
    }
    Ok(())
}
