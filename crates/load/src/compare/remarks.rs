//! Remarks on the validity of a comparison: what is wrong and what to do about it, a sentence each.

use crate::{LimitedBy, Report};
use serde_json::Value;
use std::collections::BTreeSet;

/// Collects the remarks on a comparison with this confidence level, if any, and these figures
/// omitted.
pub(super) fn collect(
    before: &[Report],
    after: &[Report],
    level: Option<f64>,
    omitted: Vec<&'static str>,
) -> Vec<String> {
    let sides = [("before", before), ("after", after)];
    let side_remarks = sides.into_iter().flat_map(|(when, runs)| side_remarks(when, runs));
    different_settings(before, after)
        .into_iter()
        .chain(side_remarks)
        .chain(too_few(before.len(), after.len(), level))
        .chain(omitted_figures(omitted))
        .collect()
}

/// Names the settings that differ between the sides, except for the server's address: a comparison
/// of two servers is valid.
fn different_settings(before: &[Report], after: &[Report]) -> Option<String> {
    let fields = serde_json::to_value(&before.first()?.asked).ok()?;
    let different: Vec<_> = fields
        .as_object()?
        .keys()
        .filter(|field| *field != "url")
        .map(|field| (field, values(before, field), values(after, field)))
        .filter(|(_, before, after)| before != after)
        .map(|(field, before, after)| {
            let join = |values: BTreeSet<String>| values.into_iter().collect::<Vec<_>>().join("/");
            format!("{field} ({} before, {} after)", join(before), join(after))
        })
        .collect();
    (!different.is_empty()).then(|| {
        format!(
            "the settings differ: {}; measure both with the same flags, or these may cause the \
             differences",
            different.join(", ")
        )
    })
}

/// Returns the values of a setting in all runs.
fn values(runs: &[Report], field: &str) -> BTreeSet<String> {
    let value = |run: &Report| match serde_json::to_value(&run.asked).ok()?.get_mut(field)?.take() {
        Value::Null => Some("none".to_owned()),
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    runs.iter().filter_map(value).collect()
}

/// Returns the remarks on the runs of one side.
fn side_remarks(when: &str, runs: &[Report]) -> impl Iterator<Item = String> {
    let limited = |by| move |run: &Report| run.limit.by == by;
    [
        count_matching(runs, when, |run| run.interrupted)
            .map(|which| format!("{which} interrupted: leave out such runs, or measure again")),
        count_matching(runs, when, |run| run.gave_up).map(|which| {
            format!(
                "{which} stopped early after consecutive errors: check that the server answers, and \
                 measure again"
            )
        }),
        count_matching(runs, when, limited(LimitedBy::Client)).map(|which| {
            format!(
                "{which} held back by the client, so rate and latency are not the server's: use \
                 --engine raw, a lower --rate, or more cores for the client"
            )
        }),
        count_matching(runs, when, limited(LimitedBy::Machine)).map(|which| {
            format!(
                "{which} held back by the machine, which client and server share, so rate and latency \
                 are not the server's alone: use a lower --rate, or separate cores for the two"
            )
        }),
    ]
    .into_iter()
    .flatten()
}

/// Returns `2 of 5 runs before were` or `the run after was`; `None` if no run matches.
fn count_matching(
    runs: &[Report],
    when: &str,
    matches: impl Fn(&Report) -> bool,
) -> Option<String> {
    match (runs.iter().filter(|run| matches(run)).count(), runs.len()) {
        (0, _) => None,
        (1, 1) => Some(format!("the run {when} was")),
        (1, all) => Some(format!("1 of {all} runs {when} was")),
        (some, all) => Some(format!("{some} of {all} runs {when} were")),
    }
}

fn too_few(before: usize, after: usize, level: Option<f64>) -> Option<String> {
    level.is_none().then(|| {
        format!(
            "{before} runs before and {after} after are too few to tell a difference from noise: \
             measure both with --repeat 5 or more, or better, alternate single runs (--json - >> \
             before.json), because the speed of a shared machine drifts"
        )
    })
}

fn omitted_figures(mut omitted: Vec<&'static str>) -> Option<String> {
    // There is one entry for each quantile.
    omitted.dedup();
    (!omitted.is_empty())
        .then(|| format!("omitted, because not every run has them: {}", omitted.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Asked, Limit};

    #[test]
    fn settings_that_differ_are_named_except_for_the_address() {
        let run = |url: &str, concurrency, rate, seed| Report {
            asked: Asked { url: url.to_owned(), concurrency, rate, seed, ..Asked::default() },
            ..Report::default()
        };
        let one = [run("http://a", 200, None, 0)];
        assert_eq!(different_settings(&one, &[run("http://b", 200, None, 0)]), None);
        let remark = different_settings(&one, &[run("http://a", 100, Some(5000.0), 0)]).unwrap();
        let expected = "the settings differ: concurrency (200 before, 100 after), rate (none before, \
                        5000.0 after); ";
        assert!(remark.contains(expected), "{remark}");
        // A setting may vary within a side if it has the same values on the other.
        let two = [run("http://a", 200, None, 0), run("http://a", 200, None, 1)];
        let swapped = [run("http://a", 200, None, 1), run("http://a", 200, None, 0)];
        assert_eq!(different_settings(&two, &swapped), None);
        assert!(different_settings(&two, &one).unwrap().contains("seed (0/1 before, 0 after)"));
    }

    #[test]
    fn invalid_runs_are_counted_and_the_remedy_is_named() {
        let limited = |by| Report { limit: Limit { by, ..Limit::default() }, ..Report::default() };
        let interrupted = Report { interrupted: true, ..Report::default() };
        let gave_up = Report { gave_up: true, ..Report::default() };
        for (runs, expected) in [
            (vec![Report::default()], &[][..]),
            (vec![limited(LimitedBy::Nobody), limited(LimitedBy::Server)], &[]),
            (vec![interrupted.clone()], &["the run after was interrupted: ", "measure again"]),
            (vec![interrupted, Report::default()], &["1 of 2 runs after was interrupted: "]),
            (vec![gave_up.clone(), gave_up], &["2 of 2 runs after were stopped early", "answers"]),
            (vec![limited(LimitedBy::Client)], &["by the client", "--engine raw"]),
            (vec![limited(LimitedBy::Machine)], &["by the machine", "--rate"]),
        ] {
            let remarks: Vec<_> = side_remarks("after", &runs).collect();
            assert_eq!(remarks.is_empty(), expected.is_empty(), "{remarks:?}");
            for text in expected {
                assert!(remarks[0].contains(text), "{remarks:?} should contain {text:?}");
            }
        }
    }

    #[test]
    fn an_omitted_figure_is_named_once() {
        assert_eq!(omitted_figures(Vec::new()), None);
        let remark = omitted_figures(vec!["a", "a", "b"]).unwrap();
        assert!(remark.ends_with(": a, b"), "{remark}");
    }
}
