//! Jobs and their workers: how many work at a time, in which order, and whom they keep waiting.

use super::super::client::{accept, balances, wait_for};
use super::super::lateness::judged;
use super::super::{Check, Subject, check};
use crate::books::event;
use crate::server::Server;
use contract::{Stop, To, Wire, ensure};
use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check(
            "invalid-while-working",
            "A job must not occupy the thread that serves the connections.",
            answers_beside_work,
        )
        .stages(4..=10)
        .describe("an event whose job takes an hour, then `{}`", "400 to the second at once"),
        check(
            "one-at-a-time-in-order",
            "One worker is what keeps the order of events, and needs no lock.",
            one_worker,
        )
        .stages(5..=10)
        .describe(
            "three events for a user, each worth 0.4 s of one worker's time",
            "their amounts, in the order in which they were sent, over 1.2 s",
        ),
        check(
            "workers-at-the-same-time",
            "Workers that wait for one another are one worker.",
            at_the_same_time,
        )
        .stages(6..=10)
        .describe("4 events at once for 4 workers, each worth 1 s", "all done after about 1 s"),
        check(
            "one-user-at-a-time",
            "--hold is time inside the lock: two events of one user never share it.",
            one_user,
        )
        .stages(7..=10)
        .describe(
            "4 events for a user and 4 workers, with a hold of 0.3 s each",
            "the last done after 1.2 s, not earlier",
        ),
        check(
            "users-do-not-share-a-lock",
            "Shards are locks for different users: one lock for all of them is stage 7.",
            users_overlap,
        )
        .stages(8..=10)
        .describe(
            "8 events for 8 users and 8 workers, with a hold of 0.4 s each",
            "the last done well before the 3.2 s that they take one after the other",
        ),
    ]
}

fn answers_beside_work(subject: &Subject) -> Result<(), Stop> {
    // In stage 4 the work is asynchronous as well; the first event has no answer for an hour.
    let server = subject.start(&subject.knobs().work("1h").to_string())?;
    let mut first = server.connect()?;
    first.send(crate::books::post(event("alice", 1)))?;
    thread::sleep(Duration::from_millis(50));
    let mut second = Wire::open(server.address(), Duration::from_secs(5).min(subject.patience()))?;
    let got = second.request("POST", "/", "{}").map_err(|error| {
        Stop::Failed(format!("while a job works, `{{}}` on another connection: {error}"))
    })?;
    ensure(got.status / 100 == 4, format!("while a job works, `{{}}` was answered with {got}"))
}

fn one_worker(subject: &Subject) -> Result<(), Stop> {
    let knobs = subject.knobs().work("400ms").hold("0s").queue(10).workers(1);
    let server = subject.start(&knobs.to_string())?;
    let begin = Instant::now();
    for amount in [1, 10, 100] {
        accept(&server, "alice", amount)?;
    }
    let took = wait_for(&server, || {
        let sum = balances(&server)?.get("alice").copied().unwrap_or(0);
        let steps = [0, 1, 11, 111];
        ensure(
            steps.contains(&sum),
            format!("after events of 1, 10 and 100, in this order, the balance was {sum} once"),
        )?;
        let took = begin.elapsed();
        Ok(if sum == 111 { Ok(took) } else { Err(format!("the balance stays at {sum}, not 111")) })
    })?;
    // One after the other they take 1.2 s, and more on a busy machine.
    ensure(
        took >= Duration::from_millis(1100),
        format!(
            "3 jobs of 400 ms were done within {took:.1?}: more than one was done at a time, with \
             `{knobs}`"
        ),
    )
}

fn at_the_same_time(subject: &Subject) -> Result<(), Stop> {
    let knobs = subject.knobs().work("1s").hold("0s").workers(4);
    judged(Duration::from_millis(500), || {
        let server = subject.start(&knobs.to_string())?;
        let users = ["a", "b", "c", "d"];
        let took = post_all(&server, users.map(|user| (user, 1)))?;
        let seconds = took.as_secs_f64();
        let wrong = if seconds > 3.5 {
            "one worked at a time"
        } else {
            "not all of the 4 workers worked at the same time"
        };
        ensure(
            seconds < 1.5,
            format!(
                "with `{knobs}`, 4 jobs of 1 s, sent at once, were done after {seconds:.1} s: {wrong}"
            ),
        )
    })
}

fn one_user(subject: &Subject) -> Result<(), Stop> {
    let knobs = subject.knobs().work("0s").hold("300ms").workers(4);
    let server = subject.start(&knobs.to_string())?;
    let took = post_all(&server, [("alice", 1); 4])?.as_secs_f64();
    // One after the other they take 1.2 s, and more on a busy machine.
    ensure(
        took >= 1.1,
        format!(
            "with `{knobs}`, 4 events of one user took {took:.1} s: their holds of 0.3 s overlapped"
        ),
    )
}

fn users_overlap(subject: &Subject) -> Result<(), Stop> {
    // Many shards, so that hardly any two users share one.
    let knobs = subject.knobs().work("0s").hold("400ms").workers(8).with("--shards", 1024);
    judged(Duration::from_millis(800), || {
        let server = subject.start(&knobs.to_string())?;
        let users = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let took = post_all(&server, users.map(|user| (user, 1)))?.as_secs_f64();
        ensure(
            took < 1.8,
            format!(
                "with `{knobs}`, events of 8 users took {took:.1} s: holds of 0.4 s, one after the \
                 other, as with one lock for all users"
            ),
        )
    })
}

/// Sends events at once, and returns the time from the first of them to the last balance.
fn post_all<const N: usize>(server: &Server, events: [(&str, i64); N]) -> Result<Duration, Stop> {
    let mut expected = BTreeMap::new();
    let mut wires = Vec::new();
    for _ in events {
        wires.push(server.connect()?);
    }
    let begin = Instant::now();
    for (wire, (user, amount)) in wires.iter_mut().zip(events) {
        wire.send(crate::books::post(event(user, amount)))?;
        *expected.entry(user.to_owned()).or_default() += amount;
    }
    for mut wire in wires {
        let got = wire.answer(To::Other)?;
        ensure(
            super::super::client::is_accepted(&got),
            format!("an event was answered with {got}"),
        )?;
    }
    wait_for(server, || {
        let found = balances(server)?;
        let took = begin.elapsed();
        let done = found.len();
        Ok(if found == expected { Ok(took) } else { Err(format!("only {done} of {N} are done")) })
    })
}
