//! The counts of the metrics (stages 9 and 10): each of these checks knows its own events.

use super::backpressure::burst;
use super::event;
use super::metrics::{Figures, ask, ensure_sum};
use super::state::{Balances, accept};
use crate::{Check, Stop, Target, ensure, procedure};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub(crate) fn checks() -> Vec<Check> {
    vec![
        procedure(
            "metrics-count-events",
            "Each event is counted once, and nothing else is: an event that is not counted is lost \
             in the books.",
            events,
        )
        .must()
        .needs("metrics-add-up")
        .needs("event-accepted")
        .needs("event-empty-object")
        .describe(
            "three events and three requests that are not events",
            "received grows by 3; processed and dropped together by 3 in the end",
        ),
        procedure(
            "metrics-count-failed",
            "A job that could not change a balance is told apart from one that did.",
            failed,
        )
        .needs("balances-do-not-wrap")
        .describe(
            "an event that would overflow a balance",
            "failed grows by 1, and so does processed",
        ),
    ]
    .into_iter()
    .map(|check| check.stages(9..=10).alone())
    .map(|check| check.needs("metrics-figures"))
    .collect()
}

/// Returns those that fill the queue, to be asked after the others: rejected events that are not
/// counted rightly would spoil them.
pub(crate) fn checks_of_rejected() -> Vec<Check> {
    vec![
        procedure(
            "metrics-count-rejected",
            "A rejected event is dropped, once: otherwise accepted events are lost in the books, or \
             rejected ones counted twice.",
            rejected,
        )
        .must()
        .needs("queue-full")
        .describe(
            "events until the queue is full",
            "dropped grows by the number of rejected ones, processed by that of accepted ones",
        ),
        procedure(
            "metrics-queue-wait",
            "The wait in the queue shows an overload before clients do.",
            queue_wait,
        )
        .needs("metrics-count-rejected")
        .describe(
            "events until the queue is full, then GET the metrics",
            "total_queue_wait_ns has grown: each event of a full queue has waited for those before \
             it",
        ),
    ]
    .into_iter()
    .map(|check| check.stages(9..=10).alone())
    .map(|check| check.needs("metrics-figures"))
    .collect()
}

/// The indices of figures.
const RECEIVED: usize = 0;
const PROCESSED: usize = 1;
const DROPPED: usize = 2;
const FAILED: usize = 4;
const QUEUE_WAIT: usize = 6;

/// Waits until no event is pending.
fn at_rest(target: &Target) -> Result<Figures, Stop> {
    let until = Instant::now() + target.patience * 3;
    loop {
        let figures = ask(target)?;
        let [received, processed, dropped, ..] = figures;
        let decided = processed + dropped;
        ensure(
            decided <= received,
            format!(
                "processed {processed} + dropped {dropped} exceed received {received}: {} events \
                 are counted twice",
                decided.saturating_sub(received)
            ),
        )?;
        if decided == received {
            ensure_sum(figures)?;
            return Ok(figures);
        }
        ensure(
            Instant::now() < until,
            format!(
                "at rest {} events stay pending: received {received}, processed {processed}, \
                 dropped {dropped}",
                received - decided
            ),
        )?;
        sleep(Duration::from_millis(10));
    }
}

/// Expects that figures have grown by these numbers.
fn ensure_grown(
    before: Figures,
    after: Figures,
    expected: &[(usize, &str, u64)],
) -> Result<(), Stop> {
    for &(index, name, expected) in expected {
        let grown = after[index].saturating_sub(before[index]);
        let cause = match grown {
            0 if expected > 0 => ": it is not counted",
            grown if expected > 0 && grown == 2 * expected => ": it is counted twice",
            _ => "",
        };
        ensure(grown == expected, format!("{name} grew by {grown}, not by {expected}{cause}"))?;
    }
    Ok(())
}

fn events(target: &Target) -> Result<(), Stop> {
    let before = at_rest(target)?;
    for index in 1..=3 {
        let got = target.open()?.request("POST", "/", &event("check-count"))?;
        let decided = target.has_accepted(&got) || got.status == 503;
        ensure(decided, format!("to event {index} of 3: {got}"))?;
        target.open()?.request("POST", "/", "{}")?;
    }
    ensure_grown(before, at_rest(target)?, &[(RECEIVED, "received", 3)])
}

fn failed(target: &Target) -> Result<(), Stop> {
    const USER: &str = "check-overflow";
    let before = at_rest(target)?;
    let balance = Balances::fetch(target)?.of(USER);
    // That balance is that of an earlier check: one less than the largest integer.
    ensure(balance > 1, format!("{USER} has {balance}: the balance of an earlier check is gone"))?;
    accept(target, USER, i64::MAX)?;
    let expected = [(FAILED, "failed", 1), (PROCESSED, "processed", 1)];
    ensure_grown(before, at_rest(target)?, &expected)
}

fn rejected(target: &Target) -> Result<(), Stop> {
    let before = at_rest(target)?;
    let burst = burst(target)?;
    let (accepted, rejected) = (burst.accepted as u64, burst.rejected as u64);
    let expected = [
        (DROPPED, "dropped", rejected),
        (PROCESSED, "processed", accepted),
        (RECEIVED, "received", accepted + rejected),
    ];
    ensure_grown(before, at_rest(target)?, &expected)
}

fn queue_wait(target: &Target) -> Result<(), Stop> {
    let before = at_rest(target)?[QUEUE_WAIT];
    let accepted = burst(target)?.accepted;
    let after = at_rest(target)?[QUEUE_WAIT];
    ensure(
        after > before,
        format!("total_queue_wait_ns stays {after} after {accepted} events of a full queue"),
    )
}
