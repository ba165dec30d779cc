//! The capacity of the queue, and the rejection when it is full.

use super::post_body;
use super::state::{Balances, accept, await_balance};
use crate::answer::is_busy;
use crate::{Check, Stop, Target, To, ensure, procedure};

const USER: &str = "check-queue";
/// The number of pipelined requests, so that the queue fills faster than the workers empty it.
const BATCH: usize = 100;

pub(crate) fn checks() -> Vec<Check> {
    vec![
        procedure(
            "queue-full",
            "Backpressure: a full queue rejects at once, with a Retry-After (RFC 9110, 10.2.3); an \
             unbounded queue only hides the wait.",
            queue_full,
        )
        .stages(5..=10)
        .alone()
        .describe(
            "when the queue is empty, pipelined events until one is rejected",
            "at least as many accepted as the queue holds; then 503 server_busy with Retry-After: 1, \
             when at most queue + workers are unprocessed",
        ),
    ]
}

fn queue_full(target: &Target) -> Result<(), Stop> {
    let before = Balances::fetch(target)?.get(USER).unwrap_or(0) + 1;
    accept(target, USER, "1")?;
    // The queue is processed in order: once this event is processed, those before it are too.
    await_balance(target, USER, before)?;
    let accepted = fill(target)?;
    let processed = Balances::fetch(target)?.get(USER).unwrap_or(0) - before;
    let unprocessed = accepted as i64 - processed;
    let (queue, workers) = (target.queue(), target.workers());
    ensure(accepted >= queue, format!("{accepted} accepted, but the queue holds {queue}"))?;
    ensure(
        unprocessed <= (queue + workers) as i64,
        format!(
            "{unprocessed} unprocessed at the first rejection, but a queue \
                of {queue} and {workers} workers"
        ),
    )
}

/// Sends events until one is rejected, and returns the number accepted before.
fn fill(target: &Target) -> Result<usize, Stop> {
    let most = target.queue() * 10 + 20_000;
    let event = format!(r#"{{"user":"{USER}","action":"check","amount":1}}"#);
    let batch = post_body(event).repeat(BATCH);
    let mut wire = target.open()?;
    for sent in 0..most {
        if sent % BATCH == 0 {
            wire.send(&batch)?;
        }
        let got = wire.answer(To::Other)?;
        if is_busy(&got) {
            return Ok(sent);
        }
        ensure(target.has_accepted(&got), got.to_string())?;
    }
    let got = format!(
        "{most} events accepted in a row (if its workers keep up, increase the server's --work)"
    );
    Err(Stop::Failed(got))
}
