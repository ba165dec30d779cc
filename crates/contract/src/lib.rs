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
mod dialect;
mod exchange;
mod promise;
mod report;
mod response;
mod runner;
mod table;
mod target;
mod topic;
mod wire;

pub use dialect::Dialect;
pub use promise::{Class, Pace, Promise, Stop, ensure, wanted};
pub use report::{Outcome, Report, Verdict};
pub use response::{NotHttp, Response, To};
pub use runner::{Limits, schedule};
pub use table::table;
pub use target::Target;
pub use topic::{Topic, topic};
pub use wire::{Wire, WireError};

use answer::Answer;
use exchange::Exchange;
use std::ops::RangeInclusive;

/// The maximum number of concurrent checks of each pace.
const CONCURRENCY_MAX: usize = 16;

/// A check of a running server.
#[derive(Debug, Clone)]
pub struct Check {
    promise: Promise,
    kind: Kind,
    /// True if it is judged by the contract alone, since it tells of a habit that others are judged
    /// by.
    is_strict: bool,
}

#[derive(Debug, Clone)]
enum Kind {
    Exchange(Exchange),
    Procedure(fn(&Target) -> Result<(), Stop>),
}

/// Runs the `checks` that apply to the target's stage, and calls `done` after each. One that needs
/// another is asked only if that passed, and all are judged by the server's own [habits](Dialect).
pub fn run(target: &Target, mut checks: Vec<Check>, done: impl FnMut(&Verdict)) -> Report {
    let dialect =
        if target.stage < 3 { Dialect::contract(target.stage) } else { Dialect::learn(target) };
    for check in &mut checks {
        check.promise.needs.retain(|need| !dialect.stands_for(need));
    }
    run_as(&Target { dialect, ..target.clone() }, checks, done)
}

/// Runs each of the `checks` on its own: whatever it needs, and judged by the contract alone.
pub fn run_each(target: &Target, mut checks: Vec<Check>, done: impl FnMut(&Verdict)) -> Report {
    checks.iter_mut().for_each(|check| check.promise.needs.clear());
    run_as(&Target { dialect: Dialect::contract(target.stage), ..target.clone() }, checks, done)
}

fn run_as(target: &Target, mut checks: Vec<Check>, done: impl FnMut(&Verdict)) -> Report {
    let stage = target.stage;
    checks.retain(|check| check.promise.stages.contains(&stage));
    let promises = checks.iter().map(|check| check.promise(stage)).collect();
    let limits = Limits { concurrency: concurrency(target), until: target.until };
    let run = |index: usize| checks[index].run(target);
    Report { stage, verdicts: schedule(promises, limits, &[], run, done) }
}

/// Returns the number of concurrent checks of each pace. Stage 1 serves one connection at a time.
/// In other stages the checks must not reach the limit of connections: each has up to two, and the
/// server may notice only later that those of an earlier check are closed.
fn concurrency(target: &Target) -> usize {
    match target.max_connections {
        _ if target.stage == 1 => 1,
        Some(limit) => (limit / 16).clamp(1, CONCURRENCY_MAX),
        None => CONCURRENCY_MAX,
    }
}

/// Creates a check that is an exchange, to be filled by [`Check::sends`] and [`Check::gets`].
fn check(name: &'static str, why: &'static str) -> Check {
    Check {
        promise: Promise {
            name,
            topic: "",
            stages: 3..=10,
            class: Class::Contract,
            why,
            needs: Vec::new(),
            pace: Pace::Quick,
            sent: String::new(),
            expected: String::new(),
        },
        kind: Kind::Exchange(Exchange::default()),
        is_strict: false,
    }
}

/// Creates a check that needs more than an exchange on one connection.
fn procedure(name: &'static str, why: &'static str, run: fn(&Target) -> Result<(), Stop>) -> Check {
    Check { kind: Kind::Procedure(run), ..check(name, why) }
}

impl Check {
    fn stages(mut self, stages: RangeInclusive<u8>) -> Self {
        self.promise.stages = stages;
        self
    }

    fn slow(mut self) -> Self {
        self.promise.pace = Pace::Slow;
        self
    }

    fn alone(mut self) -> Self {
        self.promise.pace = Pace::Alone;
        self
    }

    /// Marks a MUST.
    fn must(mut self) -> Self {
        self.promise.class = Class::Must;
        self
    }

    /// Marks a check of the form of bodies.
    fn of_body(mut self) -> Self {
        self.promise.class = Class::Body;
        self
    }

    /// Names a check without which this one says nothing.
    fn needs(mut self, name: &'static str) -> Self {
        self.promise.needs.push(name);
        self
    }

    /// Adds what holds for all checks of a topic.
    fn topic(mut self, topic: &'static str) -> Self {
        self.promise.topic = topic;
        if !["answers", "stage"].contains(&self.promise.name) {
            self.promise.needs.push("stage");
        }
        self
    }

    fn strict(self) -> Self {
        Self { is_strict: true, ..self }
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

    /// Describes what a procedure sends and expects, where `{accepted}` is the status of an accepted
    /// event and `{done}` the moment at which it counts.
    fn describe(mut self, sent: &str, expected: &str) -> Self {
        (self.promise.sent, self.promise.expected) = (sent.to_owned(), expected.to_owned());
        self
    }

    /// Returns what is told of the check, for a stage.
    #[must_use]
    pub fn promise(&self, stage: u8) -> Promise {
        let mut promise = self.promise.clone();
        if let Kind::Exchange(exchange) = &self.kind {
            (promise.sent, promise.expected) = (exchange.sent(), exchange.expected(stage));
        } else {
            let (accepted, done) =
                if stage < 5 { ("200", "at once") } else { ("202", "once they are processed") };
            let expected = promise.expected.replace("{accepted}", accepted);
            promise.expected = expected.replace("{done}", done);
        }
        promise
    }

    fn run(&self, target: &Target) -> Result<(), Stop> {
        match &self.kind {
            Kind::Exchange(exchange) if self.is_strict => exchange.run_strictly(target),
            Kind::Exchange(exchange) => exchange.run(target),
            Kind::Procedure(run) => run(target),
        }
    }
}
