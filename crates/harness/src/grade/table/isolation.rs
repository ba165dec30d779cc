//! Faults and users that reach nobody else (stage 10).

use super::super::client::{accept, balances, is_rejected, request, wait_for};
use super::super::figures::Figures;
use super::super::{Check, Subject, check};
use crate::books::event;
use crate::server::Server;
use contract::{Stop, ensure};

const PANICS: u64 = 10;
const FINE: u64 = 10;

pub(super) fn checks() -> Vec<Check> {
    let checks = [
        check(
            "panics-end-no-worker",
            "A worker that dies of one event leaves the accepted ones behind it in the queue.",
            pool_lives,
        )
        .must()
        .describe(
            "with --panic-user boom and 2 workers, 10 events for boom, then 10 for another user",
            "all accepted; the other user has 10, and boom has nothing",
        ),
        check(
            "panics-are-counted",
            "An event that was lost to a fault of the server is told in failed.",
            panics_counted,
        )
        .needs("panics-end-no-worker")
        .needs("metrics-add-up")
        .needs("metrics-agree-with-the-client")
        .describe("the same events, then the metrics", "processed 20, failed 10"),
        check(
            "users-are-bounded",
            "A map that grows with every name that anybody sends is a way to end the server.",
            max_users,
        )
        .describe(
            "with --max-users 2, events for a, b, c, a, c, b",
            "503 too_many_users for c, and the others accepted",
        ),
        check("users-beyond-are-dropped", "A rejected event is counted once.", users_counted)
            .needs("users-are-bounded")
            .needs("metrics-add-up")
            .needs("metrics-agree-with-the-client")
            .describe("the same events, then the metrics", "received 6, processed 4, dropped 2"),
    ];
    checks.map(|check| check.stages(10..=10)).into()
}

fn with_panics(subject: &Subject) -> Result<Server, Stop> {
    let knobs = subject.knobs().work("0s").hold("0s").queue(100).workers(2);
    let server = subject.start(&knobs.with("--panic-user", "boom").to_string())?;
    for _ in 0..PANICS {
        accept(&server, "boom", 1)?;
    }
    for _ in 0..FINE {
        accept(&server, "fine", 1)?;
    }
    Ok(server)
}

fn pool_lives(subject: &Subject) -> Result<(), Stop> {
    let server = with_panics(subject)?;
    wait_for(&server, || {
        let found = balances(&server)?;
        let sum = found.get("fine").copied().unwrap_or(0);
        let lost = FINE as i64 - sum;
        let boom = found.get("boom").copied().unwrap_or(0);
        ensure(boom == 0, format!("boom has {boom}: its {PANICS} events did not panic"))?;
        Ok(if lost == 0 {
            Ok(())
        } else {
            Err(format!(
                "after {PANICS} events that panic, {sum} of {FINE} accepted events for another user \
                 were done: {lost} accepted events are lost"
            ))
        })
    })
}

fn panics_counted(subject: &Subject) -> Result<(), Stop> {
    let server = with_panics(subject)?;
    let Figures { processed, failed, .. } = Figures::at_rest(&server)?;
    ensure(
        (processed, failed) == (PANICS + FINE, PANICS),
        format!(
            "{} events were accepted, {PANICS} of which panicked; processed is {processed} and \
             failed {failed}",
            PANICS + FINE
        ),
    )
}

fn with_users(subject: &Subject) -> Result<Server, Stop> {
    let knobs = subject.knobs().work("0s").hold("0s").with("--max-users", 2);
    let server = subject.start(&knobs.to_string())?;
    for (user, is_beyond) in
        [("a", false), ("b", false), ("c", true), ("a", false), ("c", true), ("b", false)]
    {
        if !is_beyond {
            accept(&server, user, 1)?;
            continue;
        }
        let got = request(&server, "POST", "/", &event(user, 1))?;
        ensure(
            is_rejected(&got) && got.says("reason", "too_many_users"),
            format!("with --max-users 2, an event of a third user was answered with {got}"),
        )?;
    }
    Ok(server)
}

fn max_users(subject: &Subject) -> Result<(), Stop> {
    with_users(subject).map(drop)
}

fn users_counted(subject: &Subject) -> Result<(), Stop> {
    let server = with_users(subject)?;
    let Figures { received, processed, dropped, .. } = Figures::at_rest(&server)?;
    ensure(
        (received, processed, dropped) == (6, 4, 2),
        format!(
            "of 6 events 4 were accepted; received is {received}, processed {processed} and \
             dropped {dropped}"
        ),
    )
}
