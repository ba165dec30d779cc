//! The bodies of the requests. Each is a pure function of the plan and the request's number, so
//! that a seed reproduces a run in whatever order its requests are sent.

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Zipf};
use serde::Serialize;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;

/// The events of a run. The defaults are the documented run: ten users in turn, each event adding
/// 1, so that the sum of all balances is the number of events accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Events {
    /// The number of users: `user0`, `user1` and so on.
    pub users: u64,
    /// How to choose the user of an event.
    pub choice: Choice,
    /// The range of amounts, chosen uniformly.
    pub amounts: RangeInclusive<i64>,
    /// The actions, chosen uniformly.
    pub actions: Vec<String>,
    /// The share of invalid requests, from 0 to 1.
    pub invalid: f64,
    /// The seed of the random numbers; the same seed sends the same requests.
    pub seed: u64,
    /// Bodies to send in turn, over and over, in place of all of the above.
    pub bodies: Option<Arc<[Vec<u8>]>>,
}

/// How to choose the user of an event.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Choice {
    /// Each user in turn.
    #[default]
    InTurn,
    /// Uniformly.
    Uniform,
    /// The user of rank `k` with a probability proportional to `1 / k^exponent`, so that a few are
    /// hot.
    Zipf(
        /// The exponent, above zero.
        f64,
    ),
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InTurn => f.write_str("in-turn"),
            Self::Uniform => f.write_str("uniform"),
            Self::Zipf(exponent) => write!(f, "zipf:{exponent}"),
        }
    }
}

impl FromStr for Choice {
    type Err = EventsError;

    /// Parses the output of `Display`, and `zipf` with the exponent 1.
    fn from_str(text: &str) -> Result<Self, EventsError> {
        match text {
            "in-turn" => Ok(Self::InTurn),
            "uniform" => Ok(Self::Uniform),
            "zipf" => Ok(Self::Zipf(1.0)),
            _ => {
                let exponent = text.strip_prefix("zipf:").and_then(|text| text.parse().ok());
                exponent.map(Self::Zipf).ok_or_else(|| EventsError::Choice(text.to_owned()))
            }
        }
    }
}

impl Default for Events {
    fn default() -> Self {
        Self {
            users: 10,
            choice: Choice::InTurn,
            amounts: 1..=1,
            actions: vec!["buy".to_owned()],
            invalid: 0.0,
            seed: 0,
            bodies: None,
        }
    }
}

/// Errors in the settings of events.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum EventsError {
    /// A number is zero.
    #[error("{0} must be above zero")]
    Zero(&'static str),
    /// The share of invalid events is out of range.
    #[error("the share of invalid events must be between 0 % and 100 %")]
    Share,
    /// The range of amounts is empty.
    #[error("the range {0}..{1} of amounts is empty: write the lower end first")]
    Amounts(i64, i64),
    /// The Zipf exponent is out of range.
    #[error("the Zipf exponent must be finite and above zero, not {0}")]
    Exponent(f64),
    /// The choice of users is unknown.
    #[error("unknown choice of users {0:?}: use in-turn, uniform, or zipf:1.2")]
    Choice(String),
    /// A list is empty.
    #[error("there is nothing to send: {0} is empty")]
    Empty(&'static str),
}

/// The body of a request.
#[derive(Debug, PartialEq)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    /// True if it is invalid on purpose.
    pub(crate) invalid: bool,
}

#[derive(Serialize)]
struct Event<'a> {
    user: &'a str,
    action: &'a str,
    amount: i64,
}

impl Events {
    /// Checks the settings.
    pub(crate) fn check(&self) -> Result<(), EventsError> {
        let (low, high) = (*self.amounts.start(), *self.amounts.end());
        match self.choice {
            _ if self.users == 0 => Err(EventsError::Zero("users")),
            Choice::Zipf(exponent) if !(exponent.is_finite() && exponent > 0.0) => {
                Err(EventsError::Exponent(exponent))
            }
            _ if !(0.0..=1.0).contains(&self.invalid) => Err(EventsError::Share),
            _ if low > high => Err(EventsError::Amounts(low, high)),
            _ if self.actions.is_empty() => Err(EventsError::Empty("the list of actions")),
            _ if self.bodies.as_ref().is_some_and(|bodies| bodies.is_empty()) => {
                Err(EventsError::Empty("the file of bodies"))
            }
            _ => Ok(()),
        }
    }

    /// Returns the body of request `number`.
    pub(crate) fn body(&self, number: u64) -> Body {
        if let Some(bodies) = &self.bodies {
            let bytes = bodies[(number % bodies.len() as u64) as usize].clone();
            return Body { bytes, invalid: false };
        }
        let mut random = SmallRng::seed_from_u64(self.request_seed(number));
        let user = format!("user{}", self.user(number, &mut random));
        let event = Event {
            user: &user,
            action: self.actions.choose(&mut random).expect("`check` rejects an empty list"),
            amount: random.random_range(self.amounts.clone()),
        };
        let bytes = serde_json::to_vec(&event).expect("two strings and a number are always JSON");
        let invalid = self.invalid > 0.0 && random.random_bool(self.invalid);
        Body { bytes: if invalid { corrupt(bytes, &mut random) } else { bytes }, invalid }
    }

    /// Returns the seed of request `number`. The seeds of a plan are spread by 2^64 over the golden
    /// ratio (G. L. Steele et al., *Fast Splittable Pseudorandom Number Generators*, 2014):
    /// otherwise seed 2 would send the requests of seed 1, shifted by one.
    pub(crate) fn request_seed(&self, number: u64) -> u64 {
        self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(number)
    }

    fn user(&self, number: u64, random: &mut SmallRng) -> u64 {
        match self.choice {
            Choice::InTurn => number % self.users,
            Choice::Uniform => random.random_range(0..self.users),
            // Ranks start at 1.
            Choice::Zipf(exponent) => Zipf::new(self.users as f64, exponent)
                .map(|ranks| (ranks.sample(random) as u64).clamp(1, self.users) - 1)
                .expect("`check` rejects an invalid exponent and zero users"),
        }
    }
}

/// Corrupts an event so that the contract requires a 400.
fn corrupt(event: Vec<u8>, random: &mut SmallRng) -> Vec<u8> {
    let text = String::from_utf8_lossy(&event);
    match random.random_range(0..6) {
        // Truncated.
        0 => event[..event.len() / 2].to_vec(),
        // A field that is missing, of the wrong type, or a duplicate.
        1 => text.replacen(r#""user":"#, r#""usr":"#, 1).into_bytes(),
        2 => text.replacen(r#""amount":"#, r#""amount":1.5,"rest":"#, 1).into_bytes(),
        3 => text.replacen('{', r#"{"action":"again","#, 1).into_bytes(),
        // An array around the event; data after the event.
        4 => format!("[{text}]").into_bytes(),
        _ => format!("{text}{text}").into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn text(events: &Events, number: u64) -> String {
        String::from_utf8(events.body(number).bytes).unwrap()
    }

    #[test]
    fn the_documented_run_has_ten_users_in_turn() {
        let events = Events::default();
        for (number, user) in [(0, "user0"), (9, "user9"), (10, "user0"), (4999, "user9")] {
            let body = format!(r#"{{"user":"{user}","action":"buy","amount":1}}"#);
            assert_eq!(text(&events, number), body);
        }
    }

    #[test]
    fn a_seed_reproduces_every_body_and_another_does_not() {
        let events = |seed| Events {
            users: 1000,
            choice: Choice::Uniform,
            amounts: -5..=5,
            actions: vec!["buy".into(), "sell \"all\"".into()],
            invalid: 0.5,
            seed,
            bodies: None,
        };
        let bodies = |seed| (0..100).map(|number| events(seed).body(number)).collect::<Vec<_>>();
        assert_eq!(bodies(7), bodies(7));
        // The next seed does not send the same requests shifted by one.
        assert_ne!(bodies(7)[1..], bodies(8)[..99]);
    }

    #[test]
    fn users_follow_the_distribution() {
        let counts = |choice| {
            let events = Events { choice, ..Events::default() };
            let mut counts = HashMap::<_, u64>::new();
            (0..10_000).for_each(|number| {
                *counts.entry(text(&events, number)).or_default() += 1;
            });
            let mut counts: Vec<_> = counts.into_values().collect();
            counts.sort_unstable_by(|a, b| b.cmp(a));
            counts
        };
        assert_eq!(counts(Choice::InTurn), [1000; 10]);
        let uniform = counts(Choice::Uniform);
        assert!(uniform.len() == 10 && uniform[0] < 1150 && uniform[9] > 850, "{uniform:?}");
        // Of ten ranks with exponent 1 the first has 1 / (1 + 1/2 + … + 1/10) = 34 %, the last 3.4
        // %.
        let zipf = counts(Choice::Zipf(1.0));
        assert!((3_200..3_630).contains(&zipf[0]), "{zipf:?}");
        assert!(zipf.len() == 10 && (280..410).contains(&zipf[9]), "{zipf:?}");
    }

    #[test]
    fn every_kind_of_invalid_body_is_not_an_event() {
        let events = Events { invalid: 1.0, ..Events::default() };
        for number in 0..200 {
            let body = events.body(number);
            assert!(body.invalid);
            let fault = protocol::Event::parse(&body.bytes);
            assert!(fault.is_err(), "{}", String::from_utf8_lossy(&body.bytes));
        }
        let some = Events { invalid: 0.1, ..Events::default() };
        let invalid = (0..10_000).filter(|number| some.body(*number).invalid).count();
        assert!((850..1150).contains(&invalid), "{invalid}");
    }

    #[test]
    fn given_bodies_are_sent_in_turn_and_repeated() {
        let bodies = Some(Arc::from([b"one".to_vec(), b"{}".to_vec()]));
        let events = Events { bodies, ..Events::default() };
        assert_eq!([0, 1, 2].map(|number| text(&events, number)), ["one", "{}", "one"]);
    }

    #[test]
    fn invalid_settings_are_refused() {
        let events = Events::default;
        for (events, refusal) in [
            (Events { users: 0, ..events() }, EventsError::Zero("users")),
            (Events { invalid: 1.1, ..events() }, EventsError::Share),
            (Events { invalid: f64::NAN, ..events() }, EventsError::Share),
            #[expect(clippy::reversed_empty_ranges)]
            (Events { amounts: 2..=1, ..events() }, EventsError::Amounts(2, 1)),
            (Events { choice: Choice::Zipf(0.0), ..events() }, EventsError::Exponent(0.0)),
            (Events { actions: vec![], ..events() }, EventsError::Empty("the list of actions")),
            (
                Events { bodies: Some(Arc::from([])), ..events() },
                EventsError::Empty("the file of bodies"),
            ),
        ] {
            assert_eq!(events.check(), Err(refusal));
        }
    }
}
