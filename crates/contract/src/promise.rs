//! The description of a check, wherever it runs.

use std::collections::HashSet;
use std::fmt::{self, Display, Formatter};
use std::ops::RangeInclusive;

/// The weight of a failure, from the heaviest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A MUST of RFC 9110 or RFC 9112, or a promise whose breach loses or corrupts an accepted
    /// event.
    Must,
    /// A choice of this course.
    Contract,
    /// The right status with a body of another form, such as the error page of a library.
    Body,
}

/// The description of a check: its name and weight, the bytes sent and the answer expected.
#[derive(Debug, Clone)]
pub struct Promise {
    /// The name, unique in the table.
    pub name: &'static str,
    /// The topic, which has the hints.
    pub topic: &'static str,
    /// The stages that it applies to.
    pub stages: RangeInclusive<u8>,
    /// The weight of its breach.
    pub class: Class,
    /// The reason, with the section of the RFC if there is one.
    pub why: &'static str,
    /// The names of the checks without which this one says nothing.
    pub needs: Vec<&'static str>,
    /// When it is asked.
    pub pace: Pace,
    /// Describes what is sent.
    pub sent: String,
    /// Describes the expected answers of the stage at hand.
    pub expected: String,
}

/// Returns the names of the checks whose name contains a text, and of those that they need.
#[must_use]
pub fn wanted(promises: &[Promise], text: &str) -> HashSet<&'static str> {
    let mut wanted = HashSet::new();
    let mut next: Vec<&'static str> =
        promises.iter().map(|promise| promise.name).filter(|name| name.contains(text)).collect();
    while let Some(name) = next.pop() {
        if wanted.insert(name) {
            let promise = promises.iter().find(|promise| promise.name == name);
            next.extend(promise.iter().flat_map(|promise| &promise.needs));
        }
    }
    wanted
}

/// When a check runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Concurrently with others, and started first, because it waits for a timeout of the server.
    Slow,
    /// Concurrently with others.
    Quick,
    /// Alone.
    Alone,
}

/// The result of a check that did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// It failed; the string describes the actual answer.
    Failed(String),
    /// It failed only in the body of an answer with the right status.
    OtherBody(String),
    /// It was not asked; the string gives the reason.
    NotAsked(String),
    /// The machine was too busy to judge it; the string gives the reason.
    NotJudged(String),
}

/// Fails the check if the condition does not hold.
///
/// # Errors
/// [`Stop::Failed`] with the description of the actual answer.
pub fn ensure(holds: bool, got: impl Into<String>) -> Result<(), Stop> {
    if holds { Ok(()) } else { Err(Stop::Failed(got.into())) }
}

impl<E: std::error::Error> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Display for Class {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Must => "must",
            Self::Contract => "contract",
            Self::Body => "body",
        })
    }
}
