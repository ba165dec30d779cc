//! The contract checks: a table of requests, expected answers and reasons.
//!
//! A check tests the contract only: the order of header fields, reason phrases, JSON spacing,
//! additional JSON fields, the wording of `detail` and the framing of answers are free. Most checks
//! are data (bytes to send, answers to expect); those that need two connections, a clock or a
//! calculation are procedures. [`table()`] returns all checks, by topic; [`run`] runs those of a
//! server's stage.
//!
//! The crate uses only blocking sockets and threads, and shares no code with the servers.

mod answer;
mod date;
mod exchange;
mod response;
mod runner;
mod table;
mod target;
mod wire;

pub use response::{NotHttp, Response, To};
pub use runner::{Outcome, Report, Verdict, run};
pub use table::table;
pub use target::Target;
pub use wire::{Wire, WireError};

use answer::Answer;
use exchange::Exchange;
use std::ops::RangeInclusive;

/// A check: its stages, the bytes to send, the expected answers, and the reason.
#[derive(Debug, Clone)]
pub struct Check {
    /// The name, unique in the table.
    pub name: &'static str,
    /// The stages that it applies to.
    pub stages: RangeInclusive<u8>,
    /// The reason, with the section of the RFC if there is one.
    pub why: &'static str,
    pace: Pace,
    kind: Kind,
}

/// When a check runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// Concurrently with others.
    Quick,
    /// Concurrently with others, and started first, because it waits for a timeout of the server.
    Slow,
    /// Alone.
    Alone,
}

#[derive(Debug, Clone)]
enum Kind {
    Exchange(Exchange),
    Procedure { sent: &'static str, expected: &'static str, run: fn(&Target) -> Result<(), Stop> },
}

/// The result of a check that did not pass.
#[derive(Debug)]
enum Stop {
    /// It failed; the string describes the actual answer.
    Failed(String),
    /// It was skipped; the string gives the reason.
    Skipped(String),
}

impl From<WireError> for Stop {
    fn from(error: WireError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Fails the check if the condition does not hold.
fn ensure(holds: bool, got: impl Into<String>) -> Result<(), Stop> {
    if holds { Ok(()) } else { Err(Stop::Failed(got.into())) }
}

/// Creates a check that is an exchange, to be filled by [`Check::sends`] and [`Check::gets`].
fn check(name: &'static str, why: &'static str) -> Check {
    Check {
        name,
        stages: 3..=10,
        why,
        pace: Pace::Quick,
        kind: Kind::Exchange(Exchange::default()),
    }
}

/// Creates a check that needs more than an exchange on one connection.
fn procedure(name: &'static str, why: &'static str, run: fn(&Target) -> Result<(), Stop>) -> Check {
    Check { kind: Kind::Procedure { sent: "", expected: "", run }, ..check(name, why) }
}

impl Check {
    fn stages(self, stages: RangeInclusive<u8>) -> Self {
        Self { stages, ..self }
    }

    fn slow(self) -> Self {
        Self { pace: Pace::Slow, ..self }
    }

    fn alone(self) -> Self {
        Self { pace: Pace::Alone, ..self }
    }

    fn sends(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        if let Kind::Exchange(exchange) = &mut self.kind {
            exchange.sends(bytes.into());
        }
        self
    }

    /// Appends bytes to those of the last [`sends`](Self::sends).
    fn and(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        if let Kind::Exchange(exchange) = &mut self.kind {
            exchange.and(bytes.into());
        }
        self
    }

    /// Closes the sending side.
    fn finishes(mut self) -> Self {
        if let Kind::Exchange(exchange) = &mut self.kind {
            exchange.finishes();
        }
        self
    }

    fn gets(mut self, answer: Answer) -> Self {
        if let Kind::Exchange(exchange) = &mut self.kind {
            exchange.gets(answer);
        }
        self
    }

    /// Describes what a procedure sends and expects.
    fn describe(mut self, sent_text: &'static str, expected_text: &'static str) -> Self {
        if let Kind::Procedure { sent, expected, .. } = &mut self.kind {
            (*sent, *expected) = (sent_text, expected_text);
        }
        self
    }

    /// Describes what is sent.
    #[must_use]
    pub fn sent(&self) -> String {
        match &self.kind {
            Kind::Exchange(exchange) => exchange.sent(),
            Kind::Procedure { sent, .. } => (*sent).to_owned(),
        }
    }

    /// Describes the expected answers.
    #[must_use]
    pub fn expected(&self) -> String {
        match &self.kind {
            Kind::Exchange(exchange) => exchange.expected(),
            Kind::Procedure { expected, .. } => (*expected).to_owned(),
        }
    }

    fn run(&self, target: &Target) -> Result<(), Stop> {
        match &self.kind {
            Kind::Exchange(exchange) => exchange.run(target),
            Kind::Procedure { run, .. } => run(target),
        }
    }
}
