//! The capacity of the queue, to the unit.

use super::super::client::{is_accepted, is_rejected, persists};
use super::super::knobs::Knobs;
use super::super::{Check, Subject, check};
use crate::books::{event, post};
use crate::server::Server;
use contract::{Stop, To, Wire, ensure};
use std::thread;
use std::time::Duration;

/// The number of consecutive rejections, with a pause in their middle, after which no event will be
/// accepted.
const REJECTIONS: usize = 50;
const PAUSE: Duration = Duration::from_millis(50);
/// The events beyond the capacity after which the queue is taken to be unbounded.
const EXCESS: usize = 100;
/// The time for an answer, which a full queue does not delay.
const LIMIT: Duration = Duration::from_secs(5);

pub(super) fn checks() -> Vec<Check> {
    const WHY: &str = "A place more or less is an event that a client is told a wrong answer for; an \
                       unbounded queue only hides the wait.";
    let checks = [
        check("capacity", WHY, capacity).describe(
            "jobs of an hour, one after the other, with queues of 1, 7 and 100 and with 1 to 16 \
             workers",
            "exactly queue + workers accepted, and all others rejected at once",
        ),
        check("capacity-by-default", WHY, by_default).describe(
            "jobs of an hour, one after the other, with the stage's own queue and workers",
            "exactly queue + workers accepted: 101 in stage 5, 104 in 6, 116 in 7, 1016 from 8 on",
        ),
    ];
    checks.map(|check| check.stages(5..=10)).into()
}

fn capacity(subject: &Subject) -> Result<(), Stop> {
    for (queue, workers) in [(1, 1), (1, 3), (7, 2), (100, 16)] {
        let knobs = subject.knobs().work("1h").queue(queue).workers(workers);
        fills_to(subject, &knobs, queue, subject.workers(workers))?;
    }
    Ok(())
}

fn by_default(subject: &Subject) -> Result<(), Stop> {
    let (queue, workers) = match subject.stage {
        5 => (100, 1),
        6 => (100, 4),
        7 => (100, 16),
        _ => (1000, 16),
    };
    fills_to(subject, &subject.knobs().work("1h"), queue, workers)
}

fn fills_to(subject: &Subject, knobs: &Knobs, queue: usize, workers: usize) -> Result<(), Stop> {
    let server = subject.start(&knobs.to_string())?;
    let capacity = queue + workers;
    let accepted = fill(&server, subject, capacity)?;
    let wrong = match accepted {
        _ if accepted > capacity + EXCESS => format!("more than {accepted} accepted"),
        _ if accepted > capacity => {
            format!("{accepted} accepted, {} too many", accepted - capacity)
        }
        _ => format!("{accepted} accepted, {} too few", capacity - accepted),
    };
    let workers = if workers == 1 { "1 worker".to_owned() } else { format!("{workers} workers") };
    ensure(
        accepted == capacity,
        format!("with `{knobs}`, a queue of {queue} and {workers} hold {capacity}: {wrong}"),
    )
}

/// Sends events until none is accepted any more, and returns the number accepted.
fn fill(server: &Server, subject: &Subject, capacity: usize) -> Result<usize, Stop> {
    let persists = persists(server);
    let connect = || Wire::open(server.address(), LIMIT.min(subject.patience()));
    let mut open = None;
    let (mut accepted, mut rejected) = (0, 0);
    while rejected < REJECTIONS && accepted <= capacity + EXCESS {
        let mut wire: Wire = open.take().map_or_else(connect, Ok)?;
        wire.send(post(event("alice", 1)))?;
        let got = wire.answer(To::Other).map_err(|error| {
            let full = "a full queue rejects at once, and does not wait for a place";
            Stop::Failed(format!("after {accepted} accepted events, the next: {error}; {full}"))
        })?;
        if is_accepted(&got) {
            (accepted, rejected) = (accepted + 1, 0);
        } else if is_rejected(&got) {
            rejected += 1;
        } else {
            return Err(Stop::Failed(format!("neither accepted nor rejected: {got}")));
        }
        if rejected == REJECTIONS / 2 {
            // A worker may just be about to take a job.
            thread::sleep(PAUSE);
        }
        open =
            (persists && !got.lists("Connection", "close") && accepted % 100 != 99).then_some(wire);
    }
    Ok(accepted)
}
