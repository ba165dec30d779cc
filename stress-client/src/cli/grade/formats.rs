//! The grade in the formats of others: JUnit XML for CI servers, and Gradescope's results.json.

use super::output::{Check, Graded, Result as Outcome};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Value, json};
use std::io;
use std::time::Duration;

/// The points of a class: a lost event weighs more than a choice of this course.
fn points(check: &Check) -> u32 {
    match check.class.as_str() {
        "must" => 3,
        _ => 1,
    }
}

/// Returns true for a failure that counts at the level.
fn has_failed(graded: &Graded, check: &Check) -> bool {
    let weight = match check.failure.as_deref() {
        None => return false,
        Some("must") => contract::Class::Must,
        Some("contract") => contract::Class::Contract,
        Some(_) => contract::Class::Body,
    };
    graded.level.counts(weight)
}

fn describe(check: &Check) -> String {
    let got = check.got.as_deref().unwrap_or_default();
    let Check { sent, expected, why, .. } = check;
    format!("sent: {sent}\nexpected: {expected}\ngot: {got}\nwhy: {why}")
}

/// Renders JUnit XML: a test case for each check, in a class for each topic. What was not asked or
/// not judged is skipped.
pub fn junit(graded: &Graded) -> io::Result<String> {
    let mut suite = TestSuite::new(format!("stage {}", graded.stage));
    for check in &graded.checks {
        let mut status = match check.outcome {
            Outcome::Failed if has_failed(graded, check) => {
                TestCaseStatus::non_success(NonSuccessKind::Failure)
            }
            Outcome::NotAsked | Outcome::NotJudged => TestCaseStatus::skipped(),
            Outcome::Passed | Outcome::Failed => TestCaseStatus::success(),
        };
        if check.outcome == Outcome::Failed {
            status.set_message(check.got.clone().unwrap_or_default());
            status.set_description(describe(check));
            status.set_type(check.failure.clone().unwrap_or_default());
        } else if let Some(reason) = &check.reason {
            status.set_message(reason.clone());
        }
        let mut case = TestCase::new(check.name, status);
        case.set_classname(format!("stage{}.{}", graded.stage, check.topic.replace(' ', "-")));
        case.set_time(Duration::from_secs_f64(check.seconds));
        suite.add_test_case(case);
    }
    suite.set_time(Duration::from_secs_f64(graded.seconds));
    let mut report = Report::new("stress-client grade");
    report.add_test_suite(suite);
    report.to_string().map_err(io::Error::other)
}

/// Renders Gradescope's results.json: a test for each topic, with points for each check that
/// passed. What was not judged gives and takes no points; what was not asked gives none.
pub fn gradescope(graded: &Graded) -> io::Result<String> {
    let mut topics: Vec<&str> = Vec::new();
    for check in &graded.checks {
        if !topics.contains(&check.topic) {
            topics.push(check.topic);
        }
    }
    let tests: Vec<Value> = topics.iter().map(|topic| topic_of(graded, topic)).collect();
    let results = json!({
        "output": format!(
            "stage {}: {} passed, {} must, {} contract and {} body failures, {} not asked, {} not judged",
            graded.stage,
            graded.counts.passed,
            graded.counts.failed.must,
            graded.counts.failed.contract,
            graded.counts.failed.body,
            graded.counts.not_asked,
            graded.counts.not_judged,
        ),
        "execution_time": graded.seconds.ceil(),
        "tests": tests,
    });
    serde_json::to_string(&results).map(|json| json + "\n").map_err(io::Error::other)
}

fn topic_of(graded: &Graded, topic: &str) -> Value {
    let checks = || graded.checks.iter().filter(|check| check.topic == topic);
    let judged = checks().filter(|check| check.outcome != Outcome::NotJudged);
    let most: u32 = judged.map(points).sum();
    let passes = |check: &&Check| match check.outcome {
        Outcome::Passed => true,
        Outcome::Failed => !has_failed(graded, check),
        Outcome::NotAsked | Outcome::NotJudged => false,
    };
    let score: u32 = checks().filter(passes).map(points).sum();
    let failures = checks().filter(|check| has_failed(graded, check));
    let failures = failures.map(|check| format!("{}\n{}", check.name, describe(check)));
    let unasked = checks().filter_map(|check| {
        let reason = check.reason.as_deref()?;
        Some(format!("{} was not asked or not judged: {reason}", check.name))
    });
    let lines: Vec<String> = failures.chain(unasked).collect();
    json!({
        "name": topic,
        "score": score,
        "max_score": most,
        "status": if score == most { "passed" } else { "failed" },
        "output": lines.join("\n\n"),
    })
}
