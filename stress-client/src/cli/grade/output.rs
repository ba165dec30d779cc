//! The grade as data: what `--json` writes, and the other formats are made of.

use super::{Level, Run, SCHEMA};
use contract::{Class, Outcome, Verdict};
use schemars::JsonSchema;
use serde::Serialize;

/// The grade of a server.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Graded {
    /// The version of this format.
    pub schema: u32,
    /// The version of the client, and so of the checks.
    pub version: &'static str,
    /// The stage that the server was graded as.
    pub stage: u8,
    /// The server that was graded.
    pub subject: SubjectOf,
    /// The failures that count.
    pub level: Level,
    /// The text in the names of the checks that were asked; null for all.
    pub only: Option<String>,
    /// The time limit in seconds.
    pub time_limit: f64,
    /// The time taken in seconds.
    pub seconds: f64,
    /// The grade.
    pub grade: Grade,
    /// The number of checks with each outcome.
    pub counts: Counts,
    /// The checks.
    pub checks: Vec<Check>,
}

/// The server that was graded.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SubjectOf {
    /// A command that starts the server, with its arguments.
    Command(Vec<String>),
    /// The URL of a running server.
    Url(String),
}

/// The grade at a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// No check failed that counts.
    Done,
    /// A check failed that counts.
    Failed,
    /// The time limit passed before every check was asked.
    Incomplete,
}

/// The number of checks with each outcome.
#[derive(Debug, Default, Clone, Copy, Serialize, JsonSchema)]
pub struct Counts {
    /// Checks that passed.
    pub passed: usize,
    /// Checks that failed, by the weight of the failure.
    pub failed: Failures,
    /// Checks that were not asked.
    pub not_asked: usize,
    /// Checks that a busy machine did not let be judged.
    pub not_judged: usize,
}

/// The number of failures of each weight.
#[derive(Debug, Default, Clone, Copy, Serialize, JsonSchema)]
pub struct Failures {
    /// A MUST of RFC 9110 or RFC 9112, or an accepted event that was lost or changed.
    pub must: usize,
    /// A choice of this course.
    pub contract: usize,
    /// The right status with a body of another form.
    pub body: usize,
}

/// A check and its outcome.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Check {
    /// The name.
    pub name: &'static str,
    /// The topic.
    pub topic: &'static str,
    /// The weight of its breach: `must`, `contract` or `body`.
    pub class: String,
    /// The outcome.
    pub outcome: Result,
    /// The weight of the failure: that of the check, or `body` if only a body differs.
    pub failure: Option<String>,
    /// Describes the request or the action.
    pub sent: String,
    /// Describes the answer of the stage.
    pub expected: String,
    /// Describes the actual answer; null unless it failed.
    pub got: Option<String>,
    /// The reason why it was not asked or not judged.
    pub reason: Option<String>,
    /// Why the stage promises it.
    pub why: &'static str,
    /// The checks without which it says nothing.
    pub needs: Vec<&'static str>,
    /// The page of its topic.
    pub read: Option<&'static str>,
    /// The time taken in seconds.
    pub seconds: f64,
}

/// The outcome of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Result {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It was not asked.
    NotAsked,
    /// A busy machine did not let it be judged.
    NotJudged,
}

impl Level {
    /// Returns true if failures of that weight count.
    pub fn counts(self, class: Class) -> bool {
        class
            <= match self {
                Self::Must => Class::Must,
                Self::Contract => Class::Contract,
                Self::All => Class::Body,
            }
    }
}

impl Graded {
    /// Grades a report.
    pub fn new(run: &Run, level: Level) -> Self {
        let verdicts = &run.report.verdicts;
        let failed = |class| verdicts.iter().filter(|v| v.failure() == Some(class)).count();
        let is_failed =
            verdicts.iter().any(|v| v.failure().is_some_and(|class| level.counts(class)));
        let checks: Vec<Check> = verdicts.iter().map(Check::new).collect();
        let count = |result| checks.iter().filter(|check| check.outcome == result).count();
        Self {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            stage: run.report.stage,
            subject: run.subject.clone(),
            level,
            only: run.only.clone(),
            time_limit: run.time_limit.as_secs_f64(),
            seconds: run.took.as_secs_f64(),
            grade: match () {
                () if run.report.is_cut_off() => Grade::Incomplete,
                () if is_failed => Grade::Failed,
                () => Grade::Done,
            },
            counts: Counts {
                passed: count(Result::Passed),
                failed: Failures {
                    must: failed(Class::Must),
                    contract: failed(Class::Contract),
                    body: failed(Class::Body),
                },
                not_asked: count(Result::NotAsked),
                not_judged: count(Result::NotJudged),
            },
            checks,
        }
    }
}

impl Check {
    fn new(verdict: &Verdict) -> Self {
        let check = &verdict.check;
        let (outcome, got, reason) = match &verdict.outcome {
            Outcome::Passed => (Result::Passed, None, None),
            Outcome::Failed { got, .. } => (Result::Failed, Some(got.clone()), None),
            Outcome::NotAsked(reason) => (Result::NotAsked, None, Some(reason.clone())),
            Outcome::CutOff => (Result::NotAsked, None, Some("the time limit passed".to_owned())),
            Outcome::NotJudged(reason) => (Result::NotJudged, None, Some(reason.clone())),
        };
        Self {
            name: check.name,
            topic: check.topic,
            class: check.class.to_string(),
            outcome,
            failure: verdict.failure().map(|class| class.to_string()),
            sent: check.sent.clone(),
            expected: check.expected.clone(),
            got,
            reason,
            why: check.why,
            needs: check.needs.clone(),
            read: contract::topic(check.topic).map(|topic| topic.read),
            seconds: verdict.took.as_secs_f64(),
        }
    }
}
