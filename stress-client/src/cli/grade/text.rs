//! The grade for people: the failures, what was not asked, and what to do next.

use super::output::{Grade, Graded, SubjectOf};
use super::{Level, Run};
use contract::{Class, Outcome, Topic, Verdict};
use std::collections::HashSet;
use std::fmt::Write as _;

/// The number of failures with the same expectation from which they are one line.
const MANY: usize = 10;

/// Renders a grade, with hints of up to two layers.
pub fn render(run: &Run, graded: &Graded, hints: u8) -> String {
    let verdicts = &run.report.verdicts;
    let counts = |verdict: &&Verdict| verdict.failure().is_some_and(|c| graded.level.counts(c));
    let mut failures: Vec<&Verdict> = verdicts.iter().filter(counts).collect();
    failures.sort_by_key(|verdict| verdict.failure());
    let mut text = String::new();
    for group in groups(&failures) {
        // Writing to a string does not fail, here and below.
        let _ = writeln!(text, "{}", group[0]);
        if group.len() > 1 {
            let names: Vec<&str> = group[1..].iter().map(|verdict| verdict.check.name).collect();
            let _ = writeln!(
                text,
                "  also      {} more with this expectation: {}",
                names.len(),
                names.join(", ")
            );
        }
    }
    text += &reasons(verdicts);
    let topics = topics(&failures);
    for topic in &topics {
        if hints > 0 {
            let _ = writeln!(text, "hint        {}: {}", topic.name, topic.look);
        }
        if hints > 1 {
            let _ = writeln!(text, "            {}", topic.how);
        }
    }
    let _ = writeln!(text, "{}", run.report.summary());
    text += &conclusion(run, graded);
    if let Some(topic) = topics.first() {
        let _ = write!(text, "read next: {}", topic.read);
        text +=
            if hints < 2 { "; --hint shows where to look, twice also what to do\n" } else { "\n" };
    }
    text
}

/// Groups failures with the same weight and expectation if there are many of them.
fn groups<'a>(failures: &[&'a Verdict]) -> Vec<Vec<&'a Verdict>> {
    let mut groups: Vec<Vec<&Verdict>> = Vec::new();
    let key = |verdict: &Verdict| (verdict.failure(), verdict.check.expected.clone());
    for verdict in failures {
        match groups.iter_mut().find(|group| key(group[0]) == key(verdict)) {
            Some(group) => group.push(verdict),
            None => groups.push(vec![verdict]),
        }
    }
    let split = |group: Vec<&'a Verdict>| match group.len() {
        MANY.. => vec![group],
        _ => group.into_iter().map(|verdict| vec![verdict]).collect(),
    };
    groups.into_iter().flat_map(split).collect()
}

/// Renders what was not asked or not judged, by reason.
fn reasons(verdicts: &[Verdict]) -> String {
    let blocked = blocked(verdicts);
    let is_blocked =
        |verdict: &&Verdict| blocked.contains(verdict.check.name) && verdict.failure().is_none();
    let mut reasons: Vec<(&str, String, Vec<&str>)> = Vec::new();
    for verdict in verdicts.iter().filter(|verdict| !is_blocked(verdict)) {
        let (what, reason) = match &verdict.outcome {
            Outcome::NotAsked(reason) => ("not asked ", reason.clone()),
            Outcome::CutOff => ("not asked ", "the time limit passed".to_owned()),
            Outcome::NotJudged(reason) => ("not judged", reason.clone()),
            Outcome::Passed | Outcome::Failed { .. } => continue,
        };
        match reasons.iter_mut().find(|(_, other, _)| *other == reason) {
            Some((_, _, names)) => names.push(verdict.check.name),
            None => reasons.push((what, reason, vec![verdict.check.name])),
        }
    }
    let line = |(what, reason, names): (&str, String, Vec<&str>)| match names.len() {
        count @ MANY.. => format!("{what}  {count} checks: {reason}\n"),
        _ => format!("{what}  {}: {reason}\n", names.join(", ")),
    };
    let mut text: String = reasons.into_iter().map(line).collect();
    let count = verdicts.iter().filter(is_blocked).count();
    if count > 0 {
        let needed = |name: &&str| verdicts.iter().any(|other| other.check.needs.contains(name));
        let failed = verdicts.iter().filter(|verdict| verdict.failure().is_some());
        let roots: Vec<&str> = failed.map(|verdict| verdict.check.name).filter(needed).collect();
        let checks = if count == 1 { "check, which needs" } else { "checks, which need" };
        text += &format!("not asked   {count} {checks} what did not pass: {}\n", roots.join(", "));
    }
    text
}

/// Returns the names of failed checks, of those that were not asked because they need these, and so
/// on.
fn blocked(verdicts: &[Verdict]) -> HashSet<&'static str> {
    let failed = verdicts.iter().filter(|verdict| verdict.failure().is_some());
    let mut blocked: HashSet<&str> = failed.map(|verdict| verdict.check.name).collect();
    loop {
        let before = blocked.len();
        for Verdict { check, outcome, .. } in verdicts {
            let is_unasked = matches!(outcome, Outcome::NotAsked(_));
            if is_unasked && check.needs.iter().any(|need| blocked.contains(need)) {
                blocked.insert(check.name);
            }
        }
        if blocked.len() == before {
            return blocked;
        }
    }
}

fn conclusion(run: &Run, graded: &Graded) -> String {
    let failed = graded.counts.failed;
    let own = match (graded.level, failed.body) {
        (Level::All, _) | (_, 0) => String::new(),
        (_, count) => format!(
            "{count} answers have the right status and a body of another form: --level all counts them\n"
        ),
    };
    let stage = graded.stage;
    let part = match (&graded.only, &graded.subject) {
        (Some(only), _) => format!(" as far as `{only}` goes"),
        (None, SubjectOf::Url(_)) => " as far as a client can see".to_owned(),
        _ => String::new(),
    };
    let counted: usize = [
        (Class::Must, failed.must),
        (Class::Contract, failed.contract),
        (Class::Body, failed.body),
    ]
    .into_iter()
    .filter(|(class, _)| graded.level.counts(*class))
    .map(|(_, count)| count)
    .sum();
    let failures = if counted == 1 { "failure" } else { "failures" };
    own + &match graded.grade {
        Grade::Done => format!("stage {stage} is done{part}\n"),
        Grade::Failed => format!("stage {stage} is not done: {counted} {failures}\n"),
        Grade::Incomplete => {
            let cut_off = run.report.count(|outcome| *outcome == Outcome::CutOff);
            format!(
                "incomplete: the time limit of {:?} passed before {cut_off} checks ended; {counted} \
                 {failures} until then\n",
                run.time_limit
            )
        }
    }
}

/// Returns the topics of the failures, each once, the heaviest first.
fn topics(failures: &[&Verdict]) -> Vec<&'static Topic> {
    let mut topics: Vec<&'static Topic> = Vec::new();
    for topic in failures.iter().filter_map(|verdict| contract::topic(verdict.check.topic)) {
        if !topics.iter().any(|other| other.name == topic.name) {
            topics.push(topic);
        }
    }
    topics
}
