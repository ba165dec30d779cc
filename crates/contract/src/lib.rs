//! The contract checks: one table of what is sent, what must come back, and why it matters.
//!
//! A check tests the contract and not how one server keeps it: the order of header fields, reason
//! phrases, JSON spacing, further JSON fields, the wording of `detail` and the framing of answers
//! are free. Most checks are data (bytes out, answers in); those that need two connections, a clock
//! or a calculation are procedures. [`table()`] holds them all, by topic; [`run`] puts a server
//! to those that hold for its stage.
//!
//! Only blocking sockets and threads are used here, so that the checks share nothing with the
//! servers that they judge.

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
pub use wire::{Trouble, Wire};

use answer::Answer;
use exchange::Exchange;
use std::ops::RangeInclusive;

/// One check: the stages that it holds for, what is sent, what must come back, and why it matters.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its name, unique in the table.
    pub name: &'static str,
    /// The stages that it holds for.
    pub stages: RangeInclusive<u8>,
    /// Why it matters, with the section of the RFC where there is one.
    pub why: &'static str,
    pace: Pace,
    kind: Kind,
}

/// Beside what a check may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// Beside any other.
    Quick,
    /// Beside any other, and started first: it waits for one of the server's own deadlines.
    Slow,
    /// Only when it has the server to itself.
    Alone,
}

#[derive(Debug, Clone)]
enum Kind {
    Exchange(Exchange),
    Procedure { sent: &'static str, expected: &'static str, run: fn(&Target) -> Result<(), Stop> },
}

/// Why a check did not pass.
#[derive(Debug)]
enum Stop {
    /// What came back instead.
    Failed(String),
    /// Why it was not run.
    Skipped(String),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Failed(trouble.to_string())
    }
}

/// A failed check if the condition does not hold.
fn ensure(holds: bool, got: impl Into<String>) -> Result<(), Stop> {
    if holds { Ok(()) } else { Err(Stop::Failed(got.into())) }
}

/// A check that is an exchange; [`Check::sends`] and [`Check::gets`] fill it.
fn check(name: &'static str, why: &'static str) -> Check {
    Check {
        name,
        stages: 3..=10,
        why,
        pace: Pace::Quick,
        kind: Kind::Exchange(Exchange::default()),
    }
}

/// A check that is more than an exchange on one connection.
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

    /// More bytes, sent in one go with those before.
    fn and(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        if let Kind::Exchange(exchange) = &mut self.kind {
            exchange.and(bytes.into());
        }
        self
    }

    /// The client closes its sending side.
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

    /// Says in words what a procedure sends and what must come back.
    fn told(mut self, sent_words: &'static str, expected_words: &'static str) -> Self {
        if let Kind::Procedure { sent, expected, .. } = &mut self.kind {
            (*sent, *expected) = (sent_words, expected_words);
        }
        self
    }

    /// What is sent, for people.
    #[must_use]
    pub fn sent(&self) -> String {
        match &self.kind {
            Kind::Exchange(exchange) => exchange.sent(),
            Kind::Procedure { sent, .. } => (*sent).to_owned(),
        }
    }

    /// What must come back, for people.
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
