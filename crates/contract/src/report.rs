//! The outcomes of checks.

use super::promise::{Class, Promise, Stop};
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// The outcome of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The check passed.
    Passed,
    /// It failed.
    Failed {
        /// The weight: that of the check, or less if only a body differs.
        class: Class,
        /// Describes the actual answer.
        got: String,
    },
    /// It was not asked; the string gives the reason.
    NotAsked(String),
    /// The time limit passed before it was asked, or while it was.
    CutOff,
    /// The machine was too busy to judge it; the string gives the reason.
    NotJudged(String),
}

/// A check with its outcome.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The check.
    pub check: Promise,
    /// The outcome.
    pub outcome: Outcome,
    /// The time that it took.
    pub took: Duration,
}

/// The verdicts of a run, in the order of the table.
#[derive(Debug, Clone)]
pub struct Report {
    /// The stage.
    pub stage: u8,
    /// One verdict for each check of the stage.
    pub verdicts: Vec<Verdict>,
}

impl Outcome {
    pub(crate) fn new(class: Class, result: Result<(), Stop>) -> Self {
        match result {
            Ok(()) => Self::Passed,
            Err(Stop::Failed(got)) => Self::Failed { class, got },
            Err(Stop::OtherBody(got)) => Self::Failed { class: Class::Body, got },
            Err(Stop::NotAsked(reason)) => Self::NotAsked(reason),
            Err(Stop::NotJudged(reason)) => Self::NotJudged(reason),
        }
    }
}

impl Verdict {
    /// Creates the verdict on a check that is not asked.
    #[must_use]
    pub fn not_asked(check: Promise, reason: &str) -> Self {
        Self { check, outcome: Outcome::NotAsked(reason.to_owned()), took: Duration::ZERO }
    }

    /// Creates the verdict on a check with this result.
    #[must_use]
    pub fn new(check: Promise, result: Result<(), Stop>, took: Duration) -> Self {
        let outcome = Outcome::new(check.class, result);
        Self { check, outcome, took }
    }

    /// Returns the weight of the failure, if the check failed.
    #[must_use]
    pub fn failure(&self) -> Option<Class> {
        match self.outcome {
            Outcome::Failed { class, .. } => Some(class),
            _ => None,
        }
    }
}

impl Report {
    /// Returns the verdicts of failed checks.
    pub fn failed(&self) -> impl Iterator<Item = &Verdict> {
        self.verdicts.iter().filter(|verdict| verdict.failure().is_some())
    }

    /// Returns true if no check failed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failed().next().is_none()
    }

    /// Returns the number of verdicts with such an outcome.
    pub fn count(&self, matches: impl Fn(&Outcome) -> bool) -> usize {
        self.verdicts.iter().filter(|verdict| matches(&verdict.outcome)).count()
    }

    /// Returns true if the time limit cut off a check.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        self.count(|outcome| *outcome == Outcome::CutOff) > 0
    }

    /// Returns a line with the number of each outcome.
    #[must_use]
    pub fn summary(&self) -> String {
        let passed = self.count(|outcome| *outcome == Outcome::Passed);
        let mut line = format!("stage {}: {passed} passed", self.stage);
        for class in [Class::Must, Class::Contract, Class::Body] {
            let failed =
                self.verdicts.iter().filter(|verdict| verdict.failure() == Some(class)).count();
            if failed > 0 {
                line += &format!(", {failed} failed ({class})");
            }
        }
        if self.passed() {
            line += ", 0 failed";
        }
        let not_asked =
            self.count(|outcome| matches!(outcome, Outcome::NotAsked(_) | Outcome::CutOff));
        let not_judged = self.count(|outcome| matches!(outcome, Outcome::NotJudged(_)));
        for (count, what) in [(not_asked, "not asked"), (not_judged, "not judged")] {
            if count > 0 {
                line += &format!(", {count} {what}");
            }
        }
        line
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Promise { name, why, sent, expected, .. } = &self.check;
        match &self.outcome {
            Outcome::Passed => write!(f, "passed      {name}"),
            Outcome::NotAsked(reason) => write!(f, "not asked   {name}: {reason}"),
            Outcome::CutOff => write!(f, "not asked   {name}: the time limit passed"),
            Outcome::NotJudged(reason) => write!(f, "not judged  {name}: {reason}"),
            Outcome::Failed { class, got } => write!(
                f,
                "FAILED      {name} ({class})\n  sent      {sent}\n  expected  {expected}\n  \
                 got       {got}\n  why       {why}",
            ),
        }
    }
}
