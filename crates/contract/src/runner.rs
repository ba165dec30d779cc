//! Runs checks against a server, concurrently if possible.

use super::{Check, Pace, Stop, Target};
use serde_json::{Value, json};
use std::fmt::{self, Display, Formatter};
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread;

/// The maximum number of concurrent checks of each pace.
const CONCURRENCY_MAX: usize = 16;

/// The outcome of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The check passed.
    Passed,
    /// It failed; the string describes the actual answer.
    Failed(String),
    /// It was skipped; the string gives the reason.
    Skipped(String),
}

/// A check with its outcome.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The check.
    pub check: Check,
    /// The outcome.
    pub outcome: Outcome,
}

/// The verdicts of a run, in the order of the table.
#[derive(Debug, Clone)]
pub struct Report {
    /// The stage.
    pub stage: u8,
    /// One verdict for each check of the stage.
    pub verdicts: Vec<Verdict>,
}

/// Runs the `checks` that apply to the target's stage, and calls `done` after each.
pub fn run(target: &Target, checks: Vec<Check>, mut done: impl FnMut(&Verdict)) -> Report {
    let checks: Vec<Check> =
        checks.into_iter().filter(|check| check.stages.contains(&target.stage)).collect();
    let checks = &checks;
    let of_pace = |pace| (0..checks.len()).filter(move |&index| checks[index].pace == pace);
    let mut verdicts: Vec<Option<Verdict>> = vec![None; checks.len()];
    let mut keep = |(index, outcome): (usize, Outcome)| {
        let verdict = Verdict { check: checks[index].clone(), outcome };
        done(&verdict);
        verdicts[index] = Some(verdict);
    };
    let left = [Pace::Slow, Pace::Quick].map(|pace| Mutex::new(of_pace(pace)));
    thread::scope(|scope| {
        let (ended, outcomes) = channel();
        for left in &left {
            for _ in 0..concurrency(target) {
                let ended = ended.clone();
                scope.spawn(move || {
                    while let Some(index) = left.lock().ok().and_then(|mut left| left.next()) {
                        // The receiver outlives the threads of the scope.
                        let _ = ended.send((index, run_one(&checks[index], target)));
                    }
                });
            }
        }
        drop(ended);
        outcomes.into_iter().for_each(&mut keep);
    });
    for index in of_pace(Pace::Alone) {
        keep((index, run_one(&checks[index], target)));
    }
    Report { stage: target.stage, verdicts: verdicts.into_iter().flatten().collect() }
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

fn run_one(check: &Check, target: &Target) -> Outcome {
    match check.run(target) {
        Ok(()) => Outcome::Passed,
        Err(Stop::Failed(got)) => Outcome::Failed(got),
        Err(Stop::Skipped(reason)) => Outcome::Skipped(reason),
    }
}

impl Report {
    /// Returns the verdicts of failed checks.
    pub fn failed(&self) -> impl Iterator<Item = &Verdict> {
        self.verdicts.iter().filter(|verdict| matches!(verdict.outcome, Outcome::Failed(_)))
    }

    /// Returns true if no check failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failed().next().is_none()
    }

    /// Returns a line with the numbers of checks passed, failed and skipped.
    #[must_use]
    pub fn summary(&self) -> String {
        let skipped = self.count(|outcome| matches!(outcome, Outcome::Skipped(_)));
        let failed = self.failed().count();
        let passed = self.verdicts.len() - failed - skipped;
        format!("stage {}: {passed} passed, {failed} failed, {skipped} skipped", self.stage)
    }

    /// Returns the report as JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let checks: Vec<Value> = self.verdicts.iter().map(Verdict::to_json).collect();
        json!({
            "schema": 1,
            "stage": self.stage,
            "passed": self.count(|outcome| *outcome == Outcome::Passed),
            "failed": self.failed().count(),
            "skipped": self.count(|outcome| matches!(outcome, Outcome::Skipped(_))),
            "checks": checks,
        })
    }

    fn count(&self, matches: impl Fn(&Outcome) -> bool) -> usize {
        self.verdicts.iter().filter(|verdict| matches(&verdict.outcome)).count()
    }
}

impl Verdict {
    fn to_json(&self) -> Value {
        let (outcome, detail) = match &self.outcome {
            Outcome::Passed => ("passed", None),
            Outcome::Failed(got) => ("failed", Some(got)),
            Outcome::Skipped(reason) => ("skipped", Some(reason)),
        };
        json!({
            "name": self.check.name,
            "outcome": outcome,
            "detail": detail,
            "sent": self.check.sent(),
            "expected": self.check.expected(),
            "why": self.check.why,
        })
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Outcome::Passed => write!(f, "passed   {}", self.check.name),
            Outcome::Skipped(reason) => write!(f, "skipped  {}: {reason}", self.check.name),
            Outcome::Failed(got) => write!(
                f,
                "FAILED   {}\n  sent      {}\n  expected  {}\n  got       {got}\n  why       {}",
                self.check.name,
                self.check.sent(),
                self.check.expected(),
                self.check.why,
            ),
        }
    }
}
