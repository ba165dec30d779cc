//! `GET /balances`: the sums of the accepted events.

use super::{bare, event};
use crate::answer::{answer, is_busy};
use crate::{Check, Response, Stop, Target, check, ensure, procedure};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::fmt::{self, Formatter};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub(crate) fn checks() -> Vec<Check> {
    vec![
        procedure("balances-grow", "Each accepted event counts exactly once.", grow).describe(
            "events of +3 and -1 for a user, GET /balances before and after",
            "an object of integers with sorted names, in which that user has 2 more \
                (stage 4: at once; from 5 on: once they are processed)",
        ),
        procedure("balances-untouched-by-refused", "A refused event has no effect.", untouched)
            .describe(
                "an event for a new user with an invalid amount",
                "GET /balances without that user",
            ),
        check("balances-query", "A query is ignored.")
            .sends(bare("GET /balances?user=alice", ""))
            .gets(answer(200).open()),
        check("balances-head", "HEAD is GET without the body (RFC 9110, 9.3.2).")
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
        let balances: Self = serde_json::from_slice(&got.body)
            .map_err(|error| Stop::Failed(format!("{got} ({error})")))?;
        let sorted = balances.0.windows(2).all(|pair| pair[0].0 < pair[1].0);
        ensure(sorted, format!("{got} (its names are not sorted)"))?;
        Ok(balances)
    }

    pub(crate) fn fetch(target: &Target) -> Result<Self, Stop> {
        Self::read(&target.open()?.request("GET", "/balances", "")?)
    }

    /// Returns the balance of a user, if it has one.
    pub(crate) fn get(&self, user: &str) -> Option<i64> {
        self.0.iter().find(|(name, _)| name == user).map(|(_, balance)| *balance)
    }
}

/// Sends an event until it is accepted, while the queue is full.
pub(crate) fn accept(target: &Target, user: &str, amount: &str) -> Result<(), Stop> {
    let body = event(user).replace(":0}", &format!(":{amount}}}"));
    let until = Instant::now() + target.patience;
    loop {
        let got = target.open()?.request("POST", "/", &body)?;
        if target.has_accepted(&got) {
            return Ok(());
        }
        let again = target.stage >= 5 && is_busy(&got) && Instant::now() < until;
        ensure(again, got.to_string())?;
        sleep(Duration::from_millis(100));
    }
}

fn grow(target: &Target) -> Result<(), Stop> {
    const USER: &str = "check-balance";
    let expected = Balances::fetch(target)?.get(USER).unwrap_or(0) + 2;
    accept(target, USER, "3")?;
    accept(target, USER, "-1")?;
    await_balance(target, USER, expected)
}

/// Waits until a user has this balance; in stage 4 it has at once.
pub(crate) fn await_balance(target: &Target, user: &str, expected: i64) -> Result<(), Stop> {
    // A full queue takes a while.
    let until = Instant::now() + target.patience * 3;
    loop {
        let balance = Balances::fetch(target)?.get(user);
        if balance == Some(expected) {
            return Ok(());
        }
        let waits = target.stage >= 5 && Instant::now() < until;
        ensure(waits, format!("{user} has {balance:?}, expected {expected}"))?;
        sleep(Duration::from_millis(50));
    }
}

fn untouched(target: &Target) -> Result<(), Stop> {
    let got = target.open()?.request(
        "POST",
        "/",
        r#"{"user":"check-refused","action":"check","amount":1.5}"#,
    )?;
    target.ensure_refused(&got)?;
    let balance = Balances::fetch(target)?.get("check-refused");
    ensure(balance.is_none(), format!("check-refused has {balance:?}"))
}
