//! What a reader should know before believing a comparison: a sentence each, with what to do about it.

use crate::{LimitedBy, Report};
use serde_json::Value;
use std::collections::BTreeSet;

/// The remarks on a comparison, whose bands have this level, if any, and which had to leave these out.
pub(super) fn on(
    before: &[Report],
    after: &[Report],
    level: Option<f64>,
    left_out: Vec<&'static str>,
) -> Vec<String> {
    let sides = [("before", before), ("after", after)];
    let of_sides = sides.into_iter().flat_map(|(when, runs)| of_side(when, runs));
    asked(before, after)
        .into_iter()
        .chain(of_sides)
        .chain(too_few(before.len(), after.len(), level))
        .chain(missing(left_out))
        .collect()
}

/// Names the settings that are not the same on both sides, the server's address aside: what is compared
/// may well be two servers.
fn asked(before: &[Report], after: &[Report]) -> Option<String> {
    let fields = serde_json::to_value(&before.first()?.asked).ok()?;
    let different: Vec<_> = fields
        .as_object()?
        .keys()
        .filter(|field| *field != "url")
        .map(|field| (field, values(before, field), values(after, field)))
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| {
            let told = |values: BTreeSet<String>| values.into_iter().collect::<Vec<_>>().join("/");
            format!("{field} ({} before, {} after)", told(before), told(after))
        })
        .collect();
    (!different.is_empty()).then(|| {
        format!(
            "the two were asked for different things: {}; measure both with the same flags, or every \
             difference may come from these",
            different.join(", ")
        )
    })
}

/// What was asked for in this field, in any of the runs.
fn values(runs: &[Report], field: &str) -> BTreeSet<String> {
    let value = |run: &Report| match serde_json::to_value(&run.asked).ok()?.get_mut(field)?.take() {
        Value::Null => Some("none".to_owned()),
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    runs.iter().filter_map(value).collect()
}

/// What spoils the figures of one side.
fn of_side(when: &str, runs: &[Report]) -> impl Iterator<Item = String> {
    let limited = |by| move |run: &Report| run.limit.by == by;
    [
        some_of(runs, when, |run| run.interrupted).map(|which| {
            format!("{which} interrupted: leave out what was cut short, or measure again")
        }),
        some_of(runs, when, |run| run.gave_up).map(|which| {
            format!(
                "{which} given up after errors in a row: see that the server answers, and measure \
                 again"
            )
        }),
        some_of(runs, when, limited(LimitedBy::Client)).map(|which| {
            format!(
                "{which} held back by the client, so that rate and latency say nothing of the \
                 server: take --engine hyper, a lower --rate, or more cores for the client"
            )
        }),
        some_of(runs, when, limited(LimitedBy::Machine)).map(|which| {
            format!(
                "{which} held back by the machine, which client and server share, so that rate and \
                 latency say nothing of the server alone: ask for a lower --rate, or let them run on \
                 cores of their own"
            )
        }),
    ]
    .into_iter()
    .flatten()
}

/// `2 of 5 runs before were`, `the run after was`, if there are any.
fn some_of(runs: &[Report], when: &str, is: impl Fn(&Report) -> bool) -> Option<String> {
    match (runs.iter().filter(|run| is(run)).count(), runs.len()) {
        (0, _) => None,
        (1, 1) => Some(format!("the run {when} was")),
        (1, all) => Some(format!("1 of {all} runs {when} was")),
        (some, all) => Some(format!("{some} of {all} runs {when} were")),
    }
}

fn too_few(before: usize, after: usize, level: Option<f64>) -> Option<String> {
    level.is_none().then(|| {
        format!(
            "{before} before and {after} after are too few runs to tell a difference from noise: \
             make both with --repeat 5 or more, or better one run before and one after in turn \
             (--json - >> before.json), because a shared machine drifts"
        )
    })
}

fn missing(mut left_out: Vec<&'static str>) -> Option<String> {
    // One for each quantile.
    left_out.dedup();
    (!left_out.is_empty())
        .then(|| format!("left out, because not every run has it: {}", left_out.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Asked, Limit};

    #[test]
    fn settings_that_differ_are_named_but_for_the_address() {
        let run = |url: &str, concurrency, rate, seed| Report {
            asked: Asked { url: url.to_owned(), concurrency, rate, seed, ..Asked::default() },
            ..Report::default()
        };
        let one = [run("http://a", 200, None, 0)];
        assert_eq!(asked(&one, &[run("http://b", 200, None, 0)]), None);
        let told = asked(&one, &[run("http://a", 100, Some(5000.0), 0)]).unwrap();
        let named = "different things: concurrency (200 before, 100 after), rate (none before, \
                     5000.0 after); ";
        assert!(told.contains(named), "{told}");
        // Runs of one side that differ among themselves are no difference when the other side's do too.
        let two = [run("http://a", 200, None, 0), run("http://a", 200, None, 1)];
        let turned = [run("http://a", 200, None, 1), run("http://a", 200, None, 0)];
        assert_eq!(asked(&two, &turned), None);
        assert!(asked(&two, &one).unwrap().contains("seed (0/1 before, 0 after)"));
    }

    #[test]
    fn runs_that_spoil_a_side_are_counted_and_the_remedy_is_named() {
        let limited = |by| Report { limit: Limit { by, ..Limit::default() }, ..Report::default() };
        let interrupted = Report { interrupted: true, ..Report::default() };
        let gave_up = Report { gave_up: true, ..Report::default() };
        for (runs, said) in [
            (vec![Report::default()], &[][..]),
            (vec![limited(LimitedBy::Nobody), limited(LimitedBy::Server)], &[]),
            (vec![interrupted.clone()], &["the run after was interrupted: ", "measure again"]),
            (vec![interrupted, Report::default()], &["1 of 2 runs after was interrupted: "]),
            (vec![gave_up.clone(), gave_up], &["2 of 2 runs after were given up", "answers"]),
            (vec![limited(LimitedBy::Client)], &["by the client", "--engine hyper"]),
            (vec![limited(LimitedBy::Machine)], &["by the machine", "--rate"]),
        ] {
            let told: Vec<_> = of_side("after", &runs).collect();
            assert_eq!(told.is_empty(), said.is_empty(), "{told:?}");
            for words in said {
                assert!(told[0].contains(words), "{told:?} should say {words:?}");
            }
        }
    }

    #[test]
    fn what_is_left_out_is_named_once() {
        assert_eq!(missing(Vec::new()), None);
        let told = missing(vec!["a", "a", "b"]).unwrap();
        assert!(told.ends_with(": a, b"), "{told}");
    }
}
