//! Each accepted event counts exactly once.

use super::super::client::{accept, answered_load, await_balances, balances, request, wait_for};
use super::super::{Check, Subject, check};
use crate::books::event;
use contract::{Stop, ensure};
use std::collections::BTreeMap;

const EVENTS: u64 = 800;

pub(super) fn checks() -> Vec<Check> {
    vec![
        check(
            "balances-are-the-sums",
            "An accepted event is a promise: it counts, and it counts once.",
            balances_are_the_sums,
        )
        .stages(4..=10)
        .must()
        .describe(
            "800 events for 7 users from 16 concurrent clients, more than the queue holds",
            "an answer to each; then balances that are the sums of the accepted amounts",
        ),
        check(
            "workers-lose-no-update",
            "Two workers that read, add and write the same balance lose an update.",
            no_lost_update,
        )
        .stages(6..=10)
        .must()
        .describe(
            "800 events for one user from 8 concurrent clients, for 16 workers",
            "a balance that is the sum of the accepted amounts",
        ),
        check(
            "overflow",
            "Nothing wraps, and neither server nor workers end: the next event counts.",
            overflow,
        )
        .stages(4..=10)
        .must()
        .describe(
            "the largest amount, then 1 more; the smallest, then 1 less; then 5 for another user",
            "all accepted; balances of the largest, the smallest, and 5",
        ),
    ]
}

fn balances_are_the_sums(subject: &Subject) -> Result<(), Stop> {
    let knobs = subject.knobs().hold("0s").queue(10).workers(4);
    let knobs = match subject.stage {
        4 => knobs,
        // Enough work for some to be rejected on any machine.
        5 => knobs.work("50ms"),
        _ => knobs.work("200ms"),
    };
    let server = subject.start(&knobs.to_string())?;
    let books = answered_load(&server, 16, EVENTS, 7)?;
    await_balances(&server, &books)?;
    ensure(
        (books.rejected > 0) == (subject.stage >= 5),
        format!("with `{knobs}`, {} of {EVENTS} events were rejected", books.rejected),
    )
}

fn no_lost_update(subject: &Subject) -> Result<(), Stop> {
    let knobs = subject.knobs().work("0s").hold("1ms").queue(1000).workers(16);
    let server = subject.start(&knobs.to_string())?;
    let books = answered_load(&server, 8, EVENTS, 1)?;
    let rejected = books.rejected;
    ensure(
        rejected == 0,
        format!(
            "with `{knobs}`, {rejected} of {EVENTS} events were rejected, and the queue holds 1000"
        ),
    )?;
    await_balances(&server, &books)
}

fn overflow(subject: &Subject) -> Result<(), Stop> {
    let knobs = subject.knobs().work("0s").hold("0s").workers(1);
    let server = subject.start(&knobs.to_string())?;
    let events = [("rich", i64::MAX), ("rich", 1), ("poor", i64::MIN), ("poor", -1), ("other", 5)];
    for (user, amount) in events {
        accept(&server, user, amount)?;
    }
    let expected = [("rich", i64::MAX), ("poor", i64::MIN), ("other", 5)];
    let expected: BTreeMap<String, i64> = expected.map(|(user, sum)| (user.to_owned(), sum)).into();
    wait_for(&server, || {
        let found = balances(&server)?;
        let wrong = expected.iter().find(|(user, sum)| found.get(*user) != Some(sum));
        Ok(wrong.map_or(Ok(()), |(user, sum)| {
            let has = found.get(user).map_or("no balance".to_owned(), ToString::to_string);
            let wraps = found.get(user).is_some_and(|balance| (*balance < 0) != (*sum < 0));
            let cause = if wraps { ": the balance has wrapped around" } else { "" };
            Err(format!("{user} has {has} instead of {sum}{cause}"))
        }))
    })?;
    let got = request(&server, "POST", "/", &event("other", 0))?;
    ensure(got.status / 100 == 2, format!("the next event was answered with {got}"))
}
