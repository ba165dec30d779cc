//! `GET /balances`: the sums of the accepted events.

use super::{bare, event};
use crate::answer::{answer, is_busy};
use crate::{Check, Response, Stop, Target, check, ensure, procedure};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::fmt::{self, Formatter};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

/// The time without a change of any balance after which there will be none.
const STILL: Duration = Duration::from_secs(2);

pub(crate) fn checks() -> Vec<Check> {
    vec![
        procedure("balances-readable", "A client reads balances as one JSON object.", |target| {
            Balances::fetch(target).map(|_| ())
        })
        .describe("GET /balances", "200 with a JSON object of integers"),
        procedure("balances-sorted", "Sorted names make two snapshots comparable.", sorted)
            .needs("balances-readable")
            .needs("event-accepted")
            .describe("events of six users, then GET /balances", "all names in order"),
        procedure(
            "balances-grow",
            "Each accepted event counts exactly once: otherwise it is lost, or counted twice.",
            grow,
        )
        .must()
        .needs("balances-readable")
        .needs("event-accepted")
        .describe(
            "events of +3 and -1 for a user, GET /balances before and after",
            "a balance that has grown by 2, {done}",
        ),
        procedure(
            "balances-grow-concurrently",
            "Two changes of a balance at a time must both count, or an accepted event is lost.",
            grow_concurrently,
        )
        .must()
        .needs("balances-grow")
        .describe(
            "events of +1 for one user on six connections at a time",
            "a balance that has grown by the number of accepted events, {done}",
        ),
        procedure(
            "balances-do-not-wrap",
            "An amount that would overflow leaves the balance as it is: one that wraps around has \
             changed all accepted events of its user.",
            no_wrap,
        )
        .must()
        .needs("balances-grow")
        .needs("event-amount-i64-max")
        .describe(
            "events that bring a balance to the largest integer, then +5 and -1",
            "one less than the largest integer, {done}",
        ),
        procedure(
            "balances-untouched-by-refused",
            "A refused event has no effect: its client was told so.",
            untouched,
        )
        .needs("balances-readable")
        .needs("event-empty-object")
        .needs("amount-with-fraction")
        .describe(
            "an event for a new user with an invalid amount",
            "GET /balances without that user",
        ),
        check("balances-query", "A query is ignored.")
            .needs("target-query")
            .needs("balances-readable")
            .sends(bare("GET /balances?user=alice", ""))
            .gets(answer(200).open()),
        check("balances-head", "HEAD is GET without the body (RFC 9110, 9.3.2).")
            .needs("path-unknown-for-head")
            .needs("balances-readable")
            .sends(bare("HEAD /balances", ""))
            .gets(answer(200).for_head().open()),
    ]
    .into_iter()
    .map(|check| check.stages(4..=10))
    .collect()
}

/// The names and integers of a JSON object, in order.
pub(crate) struct Balances(Vec<(String, i64)>);

impl<'de> Deserialize<'de> for Balances {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Balances;

            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("an object of integers")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Balances, M::Error> {
                let mut balances = Vec::new();
                while let Some(balance) = map.next_entry()? {
                    balances.push(balance);
                }
                Ok(Balances(balances))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl Balances {
    fn read(got: &Response) -> Result<Self, Stop> {
        ensure(got.status == 200, got.to_string())?;
        serde_json::from_slice(&got.body).map_err(|error| {
            Stop::Failed(format!("{got} (it is not a JSON object of integers: {error})"))
        })
    }

    pub(crate) fn fetch(target: &Target) -> Result<Self, Stop> {
        Self::read(&target.open()?.request("GET", "/balances", "")?)
    }

    /// Returns the balance of a user, 0 if it has none.
    pub(crate) fn of(&self, user: &str) -> i64 {
        self.get(user).unwrap_or(0)
    }

    fn get(&self, user: &str) -> Option<i64> {
        self.0.iter().find(|(name, _)| name == user).map(|(_, balance)| *balance)
    }
}

/// Sends an event until it is accepted, while the queue is full.
pub(crate) fn accept(target: &Target, user: &str, amount: i64) -> Result<(), Stop> {
    let body = event(user).replace(":0}", &format!(":{amount}}}"));
    let until = Instant::now() + target.patience;
    loop {
        let got = target.open()?.request("POST", "/", &body)?;
        if target.has_accepted(&got) {
            return Ok(());
        }
        let again = target.stage >= 5 && is_busy(&got) && Instant::now() < until;
        ensure(again, format!("to {body}: {got}"))?;
        sleep(Duration::from_millis(20));
    }
}

/// Waits until the balance of a user has this value; in stage 4 it has at once. Returns the last
/// one.
pub(crate) fn settled(target: &Target, user: &str, expected: i64) -> Result<i64, Stop> {
    // A full queue takes a while, but each job changes something.
    let mut last = (Instant::now(), Balances::fetch(target)?);
    let until = Instant::now() + target.patience * 3;
    loop {
        let balances = Balances::fetch(target)?;
        let balance = balances.of(user);
        if balances.0 != last.1.0 {
            last = (Instant::now(), balances);
        }
        let waits = target.stage >= 5
            && last.0.elapsed() < target.patience.min(STILL)
            && Instant::now() < until;
        if balance == expected || !waits {
            return Ok(balance);
        }
        sleep(Duration::from_millis(5));
    }
}

fn sorted(target: &Target) -> Result<(), Stop> {
    // Neither this order nor its reverse is that of the names.
    const USERS: [&str; 6] = ["check-c", "check-a", "check-e", "check-b", "check-f", "check-d"];
    let balances = Balances::fetch(target)?;
    let before = USERS.map(|user| balances.of(user));
    for user in USERS {
        accept(target, user, 1)?;
    }
    // They are processed in any order, so there may be fewer at first.
    for (user, before) in USERS.iter().zip(before) {
        settled(target, user, before + 1)?;
    }
    let Balances(balances) = Balances::fetch(target)?;
    let unsorted = balances.windows(2).find(|pair| pair[0].0 >= pair[1].0);
    let Some([(before, _), (after, _)]) = unsorted else { return Ok(()) };
    ensure(false, format!("{before:?} comes before {after:?}: the names are not sorted"))
}

fn grow(target: &Target) -> Result<(), Stop> {
    const USER: &str = "check-balance";
    let before = Balances::fetch(target)?.of(USER);
    for (amount, expected) in [(3, before + 3), (-1, before + 2)] {
        accept(target, USER, amount)?;
        let balance = settled(target, USER, expected)?;
        let cause = match balance - (expected - amount) {
            0 => "the event is lost".to_owned(),
            change if change == 2 * amount => "the event is counted twice".to_owned(),
            change => format!("it changed by {change}"),
        };
        let got =
            format!("an event of {amount} was accepted, but the balance is {balance}: {cause}");
        ensure(balance == expected, got)?;
    }
    Ok(())
}

fn grow_concurrently(target: &Target) -> Result<(), Stop> {
    const USER: &str = "check-concurrent";
    const CONNECTIONS: i64 = 6;
    const EVENTS: i64 = 5;
    let before = Balances::fetch(target)?.of(USER);
    let send = || (0..EVENTS).try_for_each(|_| accept(target, USER, 1));
    thread::scope(|scope| {
        let senders: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(send)).collect();
        // A panic of a sender is one of this check.
        senders.into_iter().try_for_each(|sender| {
            sender.join().unwrap_or_else(|_| Err(Stop::NotJudged("a sender failed".to_owned())))
        })
    })?;
    let accepted = CONNECTIONS * EVENTS;
    let grown = settled(target, USER, before + accepted)? - before;
    ensure(grown == accepted, counted(accepted, grown))
}

/// Describes a balance that has not grown by the number of accepted events of +1.
pub(crate) fn counted(accepted: i64, grown: i64) -> String {
    let cause = if grown < accepted {
        format!("{} events are lost", accepted - grown)
    } else {
        format!("{} events are counted twice", grown - accepted)
    };
    format!("accepted {accepted} events of +1, the balance shows {grown}: {cause}")
}

fn no_wrap(target: &Target) -> Result<(), Stop> {
    const USER: &str = "check-overflow";
    let balance = Balances::fetch(target)?.of(USER);
    if balance < i64::MAX {
        // An earlier run may have left a balance.
        accept(target, USER, i64::MAX - balance.max(0))?;
    }
    let most = settled(target, USER, i64::MAX)?;
    ensure(most == i64::MAX, format!("the balance is {most}, not {}", i64::MAX))?;
    accept(target, USER, 5)?;
    accept(target, USER, -1)?;
    let end = settled(target, USER, i64::MAX - 1)?;
    let cause = if end < 0 { "the balance has wrapped around" } else { "+5 had to change nothing" };
    ensure(end == i64::MAX - 1, format!("{cause}: it is {end}, not {}", i64::MAX - 1))
}

fn untouched(target: &Target) -> Result<(), Stop> {
    let got = target.open()?.request(
        "POST",
        "/",
        r#"{"user":"check-refused","action":"check","amount":1.5}"#,
    )?;
    target.ensure_refused(&got)?;
    match Balances::fetch(target)?.get("check-refused") {
        Some(balance) => ensure(false, format!("the user of a refused event has {balance}")),
        None => Ok(()),
    }
}
