//! Two lists of runs, figure by figure: by what factor each changed, and whether that is more than noise.
//!
//! `figures` says what is looked at, [`statistics`] what to make of it, and `remarks` what a reader
//! should know before believing it.

mod figures;
mod remarks;

use crate::Report;
use crate::statistics::{self, Band, Ratio, Trim};
use figures::Reading;
use serde::{Deserialize, Serialize};

/// The version of this shape. Fields may be added to it, none is renamed.
pub const SCHEMA: u32 = 1;
/// A side has no more runs than this, since comparing them takes time with the fourth power of it. A
/// band is narrow long before.
pub const RUNS_MAX: usize = 100;

/// What became of each figure from the runs before to the runs after.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Comparison {
    /// The version of this shape: 1. Fields may be added to it, none is renamed.
    pub schema: u32,
    /// How many runs there were before.
    pub before_runs: u64,
    /// How many runs there were after.
    pub after_runs: u64,
    /// In what part of all cases a band holds the true ratio, each line by itself, from 0 to 1; 0.95 at
    /// least, and `null` when the runs are too few for a band.
    pub level: Option<f64>,
    /// One line for each figure that every run has.
    pub figures: Vec<Figure>,
    /// What a reader of the figures should know, one sentence each.
    pub remarks: Vec<String>,
}

/// One figure, before and after.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Figure {
    /// Where it stands in a report (`latency_ms.accepted.p50`), or `accepted_per_second`.
    pub name: String,
    /// The same for people, with its unit.
    pub label: String,
    /// In the runs before.
    pub before: Spread,
    /// In the runs after.
    pub after: Spread,
    /// After / before, the median of all pairs' ratios; `null` when a run has none of what is counted.
    pub ratio: Option<f64>,
    /// Where noise leaves the ratio: from the first to the second; `null` when the runs are too few.
    pub band: Option<[f64; 2]>,
    /// What to make of it.
    pub verdict: Verdict,
}

/// A figure over the runs of one side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Spread {
    /// Its median.
    pub median: f64,
    /// Its least.
    pub min: f64,
    /// Its greatest.
    pub max: f64,
}

/// What to make of a figure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The band contains 1: no difference beyond noise.
    NoDifference,
    /// The whole band is below 1.
    Less,
    /// The whole band is above 1.
    More,
    /// The runs are too few to tell a difference from noise.
    TooFewRuns,
    /// Some run has none of what is counted, and nothing is a multiple of that.
    #[default]
    NoRatio,
}

/// Why two lists of runs cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// There is nothing on one side.
    #[error("there is no run {0}")]
    NoRun(&'static str),
    /// There is more on one side than can be compared.
    #[error("there are {1} runs {0}, and no more than {RUNS_MAX} can be compared: leave some out")]
    TooManyRuns(&'static str, usize),
}

/// What every run has, with its label, over all of them: one side of a comparison.
#[must_use]
pub fn spreads(runs: &[Report]) -> Vec<(String, Spread)> {
    let spread =
        |reading: Reading| Some((reading.label.clone(), Spread::of(&every(reading.of(runs))?)?));
    figures::all().filter_map(spread).collect()
}

impl Comparison {
    /// Compares the runs before with the runs after.
    ///
    /// # Errors
    /// When a side has no run, or more than [`RUNS_MAX`].
    pub fn of(before: &[Report], after: &[Report]) -> Result<Self, CompareError> {
        for (when, runs) in [("before", before), ("after", after)] {
            match runs.len() {
                0 => return Err(CompareError::NoRun(when)),
                1..=RUNS_MAX => {}
                many => return Err(CompareError::TooManyRuns(when, many)),
            }
        }
        let trim = Trim::of(before.len(), after.len());
        let level = trim.map(|trim| trim.level);
        let mut left_out = Vec::new();
        let mut lines = Vec::new();
        for reading in figures::all() {
            let (there, here) = (reading.of(before), reading.of(after));
            if there.iter().chain(&here).all(Option::is_none) {
                // Nobody misses what never was.
                continue;
            }
            match (every(there), every(here)) {
                (Some(there), Some(here)) => lines.extend(Figure::of(reading, &there, &here, trim)),
                _ => left_out.push(reading.subject),
            }
        }
        Ok(Self {
            schema: SCHEMA,
            before_runs: before.len() as u64,
            after_runs: after.len() as u64,
            level,
            figures: lines,
            remarks: remarks::on(before, after, level, left_out),
        })
    }
}

impl Figure {
    fn of(reading: Reading, before: &[f64], after: &[f64], trim: Option<Trim>) -> Option<Self> {
        let ratio = statistics::ratio(before, after, trim);
        let band = ratio.and_then(|ratio| ratio.band);
        Some(Self {
            name: reading.name,
            label: reading.label,
            before: Spread::of(before)?,
            after: Spread::of(after)?,
            ratio: ratio.map(|ratio| ratio.estimate),
            band: band.map(|band| [band.low, band.high]),
            verdict: Verdict::on(ratio),
        })
    }
}

impl Spread {
    fn of(sample: &[f64]) -> Option<Self> {
        let (min, max) = statistics::range(sample)?;
        Some(Self { median: statistics::median(sample)?, min, max })
    }
}

impl Verdict {
    fn on(ratio: Option<Ratio>) -> Self {
        match ratio.map(|ratio| ratio.band) {
            None => Self::NoRatio,
            Some(None) => Self::TooFewRuns,
            Some(Some(Band { low, .. })) if low > 1.0 => Self::More,
            Some(Some(Band { high, .. })) if high < 1.0 => Self::Less,
            Some(Some(_)) => Self::NoDifference,
        }
    }
}

/// All of them, if none is missing: the runs that lack a figure are not like the others.
fn every(figures: Vec<Option<f64>>) -> Option<Vec<f64>> {
    figures.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Latencies, Latency};

    fn runs(figures: &[(f64, Option<f64>)]) -> Vec<Report> {
        let rejected = |p50: f64| Latency { p50, p99: p50, p999: p50, ..Latency::default() };
        let run = |(rate, p50): &(f64, Option<f64>)| Report {
            rate: *rate,
            seconds: 2.0,
            accepted: (2.0 * rate) as u64,
            rejected: p50.map_or(0, |_| 7),
            latency_ms: Latencies { rejected: p50.map(rejected), ..Latencies::default() },
            ..Report::default()
        };
        figures.iter().map(run).collect()
    }

    fn named<'a>(comparison: &'a Comparison, name: &str) -> &'a Figure {
        comparison.figures.iter().find(|figure| figure.name == name).unwrap()
    }

    #[test]
    fn each_figure_has_its_spread_its_ratio_and_its_verdict() {
        let before = runs(&[100.0, 104.0, 96.0, 101.0, 99.0].map(|rate| (rate, Some(rate))));
        let after = runs(&[200.0, 204.0, 196.0, 202.0, 198.0].map(|rate| (rate, Some(100.0))));
        let comparison = Comparison::of(&before, &after).unwrap();
        assert_eq!((comparison.before_runs, comparison.after_runs), (5, 5));
        let rate = named(&comparison, "rate");
        assert_eq!(rate.before, Spread { median: 100.0, min: 96.0, max: 104.0 });
        assert_eq!((rate.ratio, rate.verdict), (Some(2.0), Verdict::More));
        assert!(rate.band.unwrap()[0] > 1.9, "{rate:?}");
        assert_eq!(named(&comparison, "accepted_per_second").before, rate.before);
        let p50 = named(&comparison, "latency_ms.rejected.p50");
        assert_eq!(p50.verdict, Verdict::NoDifference, "{p50:?}");
        let back = Comparison::of(&after, &before).unwrap();
        assert_eq!(named(&back, "rate").verdict, Verdict::Less);
        // None was asked for, and none is there.
        assert!(comparison.figures.iter().all(|figure| !figure.name.contains("latency_ms.error")));
        assert!(comparison.remarks.is_empty(), "{:?}", comparison.remarks);
    }

    #[test]
    fn nothing_is_no_multiple_and_a_figure_that_a_run_lacks_is_left_out() {
        let with = runs(&[(100.0, Some(1.0)); 5]);
        let without = runs(&[[(100.0, Some(1.0)); 4].as_slice(), &[(100.0, None)]].concat());
        for (before, after) in [(&with, &without), (&without, &with)] {
            let comparison = Comparison::of(before, after).unwrap();
            let rejected = named(&comparison, "rejected");
            assert_eq!((rejected.ratio, rejected.band), (None, None));
            assert_eq!(rejected.verdict, Verdict::NoRatio);
            assert_eq!(named(&comparison, "errors.total").verdict, Verdict::NoRatio);
            let [remark] = comparison.remarks.as_slice() else { panic!("{comparison:?}") };
            assert!(remark.ends_with("not every run has it: rejected latency"), "{remark}");
            assert_eq!(comparison.figures.len(), 4, "{comparison:?}");
        }
    }

    #[test]
    fn too_few_runs_have_a_ratio_and_no_verdict() {
        let comparison =
            Comparison::of(&runs(&[(100.0, None)]), &runs(&[(200.0, None); 3])).unwrap();
        let rate = named(&comparison, "rate");
        assert_eq!((rate.ratio, rate.band, comparison.level), (Some(2.0), None, None));
        assert_eq!(rate.verdict, Verdict::TooFewRuns);
        assert!(comparison.remarks[0].contains("--repeat 5"), "{:?}", comparison.remarks);
    }

    #[test]
    fn no_side_is_empty_or_endless() {
        let one = runs(&[(1.0, None)]);
        let many = runs(&[(1.0, None); RUNS_MAX + 1]);
        let told = |before, after| Comparison::of(before, after).unwrap_err().to_string();
        assert_eq!(told(&[], &one), "there is no run before");
        assert!(told(&one, &many).starts_with("there are 101 runs after"));
        assert!(Comparison::of(&many[1..], &one).is_ok());
    }
}
