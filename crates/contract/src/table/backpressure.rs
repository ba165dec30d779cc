//! The capacity of the queue, and the rejection when it is full.

use super::post_body;
use super::state::{Balances, accept, counted, settled};
use crate::answer::{ensure_error, is_busy};
use crate::{Check, Response, Stop, Target, To, Wire, ensure, procedure};

const USER: &str = "check-queue";
/// The number of pipelined requests, so that the queue fills faster than the workers empty it.
const BATCH: usize = 100;
/// The number of rejections to look at.
const SAMPLES: usize = 20;
/// The number of samples between which no job ended that make a verdict.
const ENOUGH: usize = 3;

pub(crate) fn checks() -> Vec<Check> {
    vec![
        procedure(
            "queue-full",
            "Back-pressure: a full queue rejects at once; an unbounded queue only hides the wait.",
            queue_full,
        )
        .needs("request-in-segments")
        .needs("balances-grow-concurrently")
        .needs("balances-grow")
        .needs("pipelined")
        .alone()
        .describe(
            "when the queue is empty, pipelined events until one is rejected, and again",
            "503 server_busy when as many are unprocessed as the queue holds, and one for each \
             worker; all accepted ones count in the end",
        ),
        procedure(
            "queue-full-retry-after",
            "A client is told when to try again (RFC 9110, 10.2.3).",
            retry_after,
        )
        .needs("queue-full")
        .alone()
        .describe("events until one is rejected", "503 with Retry-After: 1"),
    ]
    .into_iter()
    .map(|check| check.stages(5..=10))
    .collect()
}

/// The events of a burst.
pub(super) struct Burst {
    pub(super) accepted: usize,
    pub(super) rejected: usize,
    first: Response,
}

/// A connection that sends events of +1, and the balance before them.
struct Filler {
    wire: Wire,
    before: i64,
    accepted: usize,
    rejected: usize,
}

impl Filler {
    /// Starts with an empty queue: it is processed in order, so once an event is processed, those
    /// before it are taken too.
    fn start(target: &Target) -> Result<Self, Stop> {
        let before = Balances::fetch(target)?.of(USER) + 1;
        accept(target, USER, 1)?;
        let balance = settled(target, USER, before)?;
        ensure(balance == before, counted(1, balance - before + 1))?;
        Ok(Self { wire: target.open()?, before, accepted: 0, rejected: 0 })
    }

    /// Returns the number of events that have changed the balance.
    fn processed(&self, target: &Target) -> Result<i64, Stop> {
        Ok(Balances::fetch(target)?.of(USER) - self.before)
    }

    /// Sends pipelined events, and returns the first rejection.
    fn send(&mut self, target: &Target, count: usize) -> Result<Option<Response>, Stop> {
        let event = format!(r#"{{"user":"{USER}","action":"check","amount":1}}"#);
        self.wire.send(post_body(event).repeat(count))?;
        let mut rejection = None;
        for _ in 0..count {
            let got = self.wire.answer(To::Other)?;
            if is_busy(&got) {
                self.rejected += 1;
                rejection = rejection.or(Some(got));
            } else {
                ensure(target.has_accepted(&got), got.to_string())?;
                self.accepted += 1;
            }
        }
        Ok(rejection)
    }

    /// Fills the queue, and returns the first rejection.
    fn fill(&mut self, target: &Target) -> Result<Response, Stop> {
        let most = target.queue() * 10 + 10_000;
        while self.accepted < most {
            if let Some(rejection) = self.send(target, BATCH)? {
                return Ok(rejection);
            }
        }
        self.ensure_complete(target)?;
        Err(Stop::Failed(format!(
            "{most} events accepted in a row, and all processed: the workers keep up (give the \
             server a longer --work)"
        )))
    }

    /// Waits until all accepted events count.
    fn ensure_complete(&self, target: &Target) -> Result<(), Stop> {
        let accepted = self.accepted as i64;
        let before = self.processed(target)?;
        let grown = settled(target, USER, self.before + accepted)? - self.before;
        let is_slow = grown < accepted && self.processed(target)? > before && {
            // A balance that still grows has not lost anything yet.
            settled(target, USER, self.before + accepted)? - self.before > grown
        };
        ensure(
            !is_slow,
            format!(
                "accepted {accepted} events in a row, of which {grown} are processed: the queue is \
                 longer than {}",
                target.queue()
            ),
        )?;
        ensure(grown == accepted, counted(accepted, grown))
    }
}

fn queue_full(target: &Target) -> Result<(), Stop> {
    let (queue, workers) = (target.queue() as i64, target.workers() as i64);
    let mut filler = Filler::start(target)?;
    let rejection = filler.fill(target)?;
    let at_once = filler.accepted;
    let mut samples = Vec::new();
    for _ in 0..SAMPLES {
        let before = filler.processed(target)?;
        while filler.send(target, 1)?.is_none() {}
        // Only if no job ended in between is the number of unprocessed events known.
        if filler.processed(target)? == before {
            samples.push(filler.accepted as i64 - before);
        }
        if samples.len() >= ENOUGH && samples.contains(&(queue + workers)) {
            break;
        }
    }
    filler.ensure_complete(target)?;
    if samples.len() < ENOUGH {
        return Err(Stop::NotJudged(
            "jobs end faster than they can be counted: give the server a longer --work".to_owned(),
        ));
    }
    let most = samples.iter().max().copied().unwrap_or_default();
    let holds = format!("a queue of {queue} holds {queue} and each of the {workers} workers one");
    ensure(
        most <= queue + workers,
        format!("{most} accepted and unprocessed when the next was rejected, but {holds}"),
    )?;
    // A worker that changes the balance before the rest of its work has none in hand.
    let has_none_in_hand = workers > 1 && most == queue;
    ensure(
        most == queue + workers || has_none_in_hand,
        format!(
            "accepted {most} at once, {holds} ({at_once} before the first rejection, with those \
             processed meanwhile)"
        ),
    )?;
    ensure_error(target, &rejection, 503, "server_busy")
}

/// Fills an empty queue once, and waits until all accepted events count.
pub(super) fn burst(target: &Target) -> Result<Burst, Stop> {
    let mut filler = Filler::start(target)?;
    let first = filler.fill(target)?;
    filler.ensure_complete(target)?;
    // The first event is one more.
    Ok(Burst { accepted: filler.accepted + 1, rejected: filler.rejected, first })
}

fn retry_after(target: &Target) -> Result<(), Stop> {
    let got = burst(target)?.first;
    ensure(got.field("Retry-After") == Some("1"), format!("{got} (expected Retry-After: 1)"))
}
