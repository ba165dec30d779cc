//! Grades a server: starts it, asks for everything that its stage promises, and stops it.

mod client;
mod figures;
mod knobs;
mod lateness;
mod subject;
mod table;

pub use crate::server::kill_all;
pub use subject::{PORT, Subject};

use crate::server::Server;
use contract::{Class, Limits, Outcome, Pace, Promise, Report, Stop, Target, Verdict};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

/// The maximum number of checks that have a server of their own at the same time.
const CONCURRENCY: usize = 4;
/// The knobs of the server that the in-band checks run against: short enough to wait for, long
/// enough for requests sent byte by byte on a busy machine.
const REQUEST_TIMEOUT: Duration = Duration::from_millis(1500);
/// More than three times the request timeout, to distinguish the two.
const IDLE_TIMEOUT: Duration = Duration::from_millis(4600);
/// Well above the number of concurrent connections of the checks, and few enough to open.
const CONNECTIONS: usize = 128;
const QUEUE: usize = 100;
/// The time limit of an exchange with that server.
const PATIENCE: Duration = Duration::from_secs(5);
/// The time limit of the in-band checks, so that time is left for the others.
const IN_BAND_LIMIT: Duration = Duration::from_secs(90);

/// A check that starts, signals and stops servers of its own.
#[derive(Debug, Clone)]
pub(crate) struct Check {
    promise: Promise,
    run: fn(&Subject) -> Result<(), Stop>,
}

/// Creates a check of a topic; its needs and its class are added by [`Check::needs`] and
/// [`Check::must`].
fn check(name: &'static str, why: &'static str, run: fn(&Subject) -> Result<(), Stop>) -> Check {
    Check {
        promise: Promise {
            name,
            topic: "",
            stages: 3..=10,
            class: Class::Contract,
            why,
            needs: vec!["starts", "stage"],
            pace: Pace::Quick,
            sent: String::new(),
            expected: String::new(),
        },
        run,
    }
}

impl Check {
    fn stages(mut self, stages: RangeInclusive<u8>) -> Self {
        self.promise.stages = stages;
        self
    }

    /// Describes what is done and what is expected.
    fn describe(mut self, done: &str, expected: &str) -> Self {
        (self.promise.sent, self.promise.expected) = (done.to_owned(), expected.to_owned());
        self
    }

    fn must(mut self) -> Self {
        self.promise.class = Class::Must;
        self
    }

    fn needs(mut self, name: &'static str) -> Self {
        self.promise.needs.push(name);
        self
    }

    /// Adds what holds for all checks of a topic.
    fn topic(mut self, topic: &'static str) -> Self {
        self.promise.topic = topic;
        self
    }
}

/// Returns what a server of a stage promises, in the order in which it is asked: first what needs
/// control over the server, then what any client can ask.
#[must_use]
pub fn promises(stage: u8) -> (Vec<Promise>, Vec<Promise>) {
    let controlled = all(stage).into_iter().map(|check| check.promise).collect();
    let in_band = contract::table().into_iter().map(|check| check.promise(stage));
    (controlled, in_band.filter(|promise| promise.stages.contains(&stage)).collect())
}

/// Asks a server the checks that `keep` names, and calls `done` after each.
pub fn grade(
    subject: &Subject,
    keep: impl Fn(&str) -> bool,
    mut done: impl FnMut(&Verdict),
) -> Report {
    let stage = subject.stage;
    let mut verdicts = ask(subject, vec![table::starts()], &[], &mut done);
    let mut report = None;
    if verdicts[0].outcome == Outcome::Passed {
        match in_band(subject, &keep, &mut done) {
            Ok(asked) => report = Some(asked),
            // It started once, and not again.
            Err(stop) => {
                verdicts[0] = Verdict::new(table::starts().promise, Err(stop), Duration::ZERO);
            }
        }
    }
    match report {
        Some(report) => verdicts.extend(report.verdicts),
        // It may be the server of another stage, which refuses the knobs of this one.
        None => {
            let reason = "it needs starts, which did not pass";
            let recognized = recognize(subject, &mut done);
            if let Some(other) = recognized.iter().find(|known| known.failure().is_some()) {
                let reason = format!("it needs {}, which did not pass", other.check.name);
                verdicts[0].outcome = Outcome::NotAsked(reason);
            }
            let (_, mut unasked) = promises(stage);
            unasked.retain(|check| {
                keep(check.name) && recognized.iter().all(|known| known.check.name != check.name)
            });
            verdicts.extend(recognized);
            verdicts.extend(unasked.into_iter().map(|check| Verdict::not_asked(check, reason)));
        }
    }
    let mut checks = table::checks(stage);
    checks.retain(|check| keep(check.promise.name));
    let controlled = ask(subject, checks, &verdicts, &mut done);
    verdicts.extend(controlled);
    Report { stage, verdicts }
}

/// Asks a server that refuses the knobs of its stage which stage it is of, if it starts without.
fn recognize(subject: &Subject, done: impl FnMut(&Verdict)) -> Vec<Verdict> {
    let Ok(server) = subject.start("") else { return Vec::new() };
    let mut checks = contract::table();
    checks.retain(|check| ["answers", "stage"].contains(&check.promise(subject.stage).name));
    contract::run(&target(subject, &server), checks, done).verdicts
}

/// Asks what any client can ask, of a server that is started for it.
///
/// # Errors
/// When the server does not start.
pub(crate) fn in_band(
    subject: &Subject,
    keep: impl Fn(&str) -> bool,
    done: impl FnMut(&Verdict),
) -> Result<Report, Stop> {
    let server = subject.start(&knobs(subject))?;
    let mut checks = contract::table();
    checks.retain(|check| keep(check.promise(subject.stage).name));
    Ok(contract::run(&target(subject, &server), checks, done))
}

/// Returns every check of a stage that needs control over the server.
fn all(stage: u8) -> Vec<Check> {
    std::iter::once(table::starts()).chain(table::checks(stage)).collect()
}

/// Returns the names of the checks that need control over the server.
pub(crate) fn names(stage: u8) -> Vec<&'static str> {
    all(stage).into_iter().map(|check| check.promise.name).collect()
}

/// Makes one check that needs control over the server, whatever it needs.
pub(crate) fn ask_one(subject: &Subject, name: &str) -> Option<Verdict> {
    let checks = all(subject.stage).into_iter().filter(|check| check.promise.name == name);
    ask(subject, checks.collect(), &[], |_| {}).pop()
}

fn ask(
    subject: &Subject,
    checks: Vec<Check>,
    before: &[Verdict],
    done: impl FnMut(&Verdict),
) -> Vec<Verdict> {
    let promises = checks.iter().map(|check| check.promise.clone()).collect();
    let limits = Limits { concurrency: CONCURRENCY, until: subject.until };
    contract::schedule(promises, limits, before, |index| (checks[index].run)(subject), done)
}

/// Returns the flags of the server for the in-band checks, with jobs short enough for their events,
/// and long enough to fill the queue.
fn knobs(subject: &Subject) -> String {
    let limits = format!(
        "--request-timeout {}ms --idle-timeout {}ms --max-connections {CONNECTIONS}",
        REQUEST_TIMEOUT.as_millis(),
        IDLE_TIMEOUT.as_millis(),
    );
    match subject.stage {
        1 | 2 => String::new(),
        3 => limits,
        4 => format!("{limits} --hold 10ms"),
        5 => format!("{limits} --work 20ms --queue {QUEUE}"),
        _ => format!("{limits} --work 40ms --hold 0s --queue {QUEUE} --workers 4"),
    }
}

fn target(subject: &Subject, server: &Server) -> Target {
    Target {
        request_timeout: Some(REQUEST_TIMEOUT),
        idle_timeout: Some(IDLE_TIMEOUT),
        max_connections: Some(CONNECTIONS),
        queue: Some(QUEUE),
        workers: Some(if subject.stage == 5 { 1 } else { 4 }),
        patience: subject.patience().min(PATIENCE),
        until: subject.until.min(Instant::now() + IN_BAND_LIMIT),
        ..Target::new(server.address(), subject.stage)
    }
}
