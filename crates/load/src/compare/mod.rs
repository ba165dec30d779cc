//! Compares two sets of runs: the ratio of each figure, and whether it differs from noise.
//!
//! `figures` lists the figures, [`statistics`] computes ratios and confidence intervals, and
//! `remarks` warns of runs that cannot be compared.

mod figures;
mod remarks;

use crate::Report;
use crate::statistics::{self, Band, Ratio, Trim};
use figures::Reading;
use serde::{Deserialize, Serialize};

/// The version of the JSON. Fields may be added; none is renamed.
pub const SCHEMA: u32 = 1;
/// The maximum number of runs on each side. The time of a comparison grows with the fourth power of
/// it.
pub const RUNS_MAX: usize = 100;

/// The comparison of two sets of runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Comparison {
    /// The schema version: 1. Fields may be added; none is renamed.
    pub schema: u32,
    /// The number of runs before.
    pub before_runs: u64,
    /// The number of runs after.
    pub after_runs: u64,
    /// The confidence level of each band, at least 0.95; `null` if there are too few runs for a
    /// band.
    pub level: Option<f64>,
    /// The figures that every run has.
    pub figures: Vec<Figure>,
    /// Remarks on the validity of the comparison, one sentence each.
    pub remarks: Vec<String>,
}

/// One figure, before and after.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Figure {
    /// The path in a report (`latency_ms.accepted.p50`), or `accepted_per_second`.
    pub name: String,
    /// The name for people, with the unit.
    pub label: String,
    /// The spread in the runs before.
    pub before: Spread,
    /// The spread in the runs after.
    pub after: Spread,
    /// After / before: the median ratio over all pairs of runs; `null` if the figure is zero in a
    /// run.
    pub ratio: Option<f64>,
    /// The lower and upper end of the confidence interval of the ratio; `null` if there are too few
    /// runs.
    pub band: Option<[f64; 2]>,
    /// The verdict.
    pub verdict: Verdict,
}

/// The spread of a figure over several runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The minimum.
    pub min: f64,
    /// The maximum.
    pub max: f64,
}

/// The verdict on a figure.
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
    /// There are too few runs to tell a difference from noise.
    TooFewRuns,
    /// The figure is zero in some run, so that there is no ratio.
    #[default]
    NoRatio,
}

/// Errors of a comparison.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// One side has no run.
    #[error("there is no run {0}")]
    NoRun(&'static str),
    /// One side has too many runs.
    #[error("there are {1} runs {0}, and at most {RUNS_MAX} can be compared: leave some out")]
    TooManyRuns(&'static str, usize),
}

/// Returns the label and the spread of each figure that every run has.
#[must_use]
pub fn spreads(runs: &[Report]) -> Vec<(String, Spread)> {
    let spread = |reading: Reading| {
        let sample = all_or_none(reading.read_all(runs))?;
        Some((reading.label, Spread::from_sample(&sample)?))
    };
    figures::all().filter_map(spread).collect()
}

impl Comparison {
    /// Compares the runs before with the runs after.
    ///
    /// # Errors
    /// When a side has no run, or more than [`RUNS_MAX`].
    pub fn new(before: &[Report], after: &[Report]) -> Result<Self, CompareError> {
        for (when, runs) in [("before", before), ("after", after)] {
            match runs.len() {
                0 => return Err(CompareError::NoRun(when)),
                1..=RUNS_MAX => {}
                many => return Err(CompareError::TooManyRuns(when, many)),
            }
        }
        let trim = Trim::new(before.len(), after.len());
        let level = trim.map(|trim| trim.level);
        let mut omitted = Vec::new();
        let mut figures = Vec::new();
        for reading in figures::all() {
            let (old, new) = (reading.read_all(before), reading.read_all(after));
            if old.iter().chain(&new).all(Option::is_none) {
                // No run has it: nothing is omitted.
                continue;
            }
            match (all_or_none(old), all_or_none(new)) {
                (Some(old), Some(new)) => figures.extend(Figure::new(reading, &old, &new, trim)),
                _ => omitted.push(reading.subject),
            }
        }
        Ok(Self {
            schema: SCHEMA,
            before_runs: before.len() as u64,
            after_runs: after.len() as u64,
            level,
            figures,
            remarks: remarks::collect(before, after, level, omitted),
        })
    }
}

impl Figure {
    fn new(reading: Reading, before: &[f64], after: &[f64], trim: Option<Trim>) -> Option<Self> {
        let ratio = statistics::ratio(before, after, trim);
        let band = ratio.and_then(|ratio| ratio.band);
        Some(Self {
            name: reading.name,
            label: reading.label,
            before: Spread::from_sample(before)?,
            after: Spread::from_sample(after)?,
            ratio: ratio.map(|ratio| ratio.estimate),
            band: band.map(|band| [band.low, band.high]),
            verdict: Verdict::new(ratio),
        })
    }
}

impl Spread {
    fn from_sample(sample: &[f64]) -> Option<Self> {
        let (min, max) = statistics::range(sample)?;
        Some(Self { median: statistics::median(sample)?, min, max })
    }
}

impl Verdict {
    fn new(ratio: Option<Ratio>) -> Self {
        match ratio.map(|ratio| ratio.band) {
            None => Self::NoRatio,
            Some(None) => Self::TooFewRuns,
            Some(Some(Band { low, .. })) if low > 1.0 => Self::More,
            Some(Some(Band { high, .. })) if high < 1.0 => Self::Less,
            Some(Some(_)) => Self::NoDifference,
        }
    }
}

/// Returns the figures of all runs, or `None` if any run has none.
fn all_or_none(figures: Vec<Option<f64>>) -> Option<Vec<f64>> {
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
        let comparison = Comparison::new(&before, &after).unwrap();
        assert_eq!((comparison.before_runs, comparison.after_runs), (5, 5));
        let rate = named(&comparison, "rate");
        assert_eq!(rate.before, Spread { median: 100.0, min: 96.0, max: 104.0 });
        assert_eq!((rate.ratio, rate.verdict), (Some(2.0), Verdict::More));
        assert!(rate.band.unwrap()[0] > 1.9, "{rate:?}");
        assert_eq!(named(&comparison, "accepted_per_second").before, rate.before);
        let p50 = named(&comparison, "latency_ms.rejected.p50");
        assert_eq!(p50.verdict, Verdict::NoDifference, "{p50:?}");
        let back = Comparison::new(&after, &before).unwrap();
        assert_eq!(named(&back, "rate").verdict, Verdict::Less);
        // No run has an error.
        assert!(comparison.figures.iter().all(|figure| !figure.name.contains("latency_ms.error")));
        assert!(comparison.remarks.is_empty(), "{:?}", comparison.remarks);
    }

    #[test]
    fn a_zero_has_no_ratio_and_a_figure_that_a_run_lacks_is_omitted() {
        let with = runs(&[(100.0, Some(1.0)); 5]);
        let without = runs(&[[(100.0, Some(1.0)); 4].as_slice(), &[(100.0, None)]].concat());
        for (before, after) in [(&with, &without), (&without, &with)] {
            let comparison = Comparison::new(before, after).unwrap();
            let rejected = named(&comparison, "rejected");
            assert_eq!((rejected.ratio, rejected.band), (None, None));
            assert_eq!(rejected.verdict, Verdict::NoRatio);
            assert_eq!(named(&comparison, "errors.total").verdict, Verdict::NoRatio);
            let [remark] = comparison.remarks.as_slice() else { panic!("{comparison:?}") };
            assert!(remark.ends_with("not every run has them: rejected latency"), "{remark}");
            assert_eq!(comparison.figures.len(), 4, "{comparison:?}");
        }
    }

    #[test]
    fn too_few_runs_have_a_ratio_and_no_verdict() {
        let comparison =
            Comparison::new(&runs(&[(100.0, None)]), &runs(&[(200.0, None); 3])).unwrap();
        let rate = named(&comparison, "rate");
        assert_eq!((rate.ratio, rate.band, comparison.level), (Some(2.0), None, None));
        assert_eq!(rate.verdict, Verdict::TooFewRuns);
        assert!(comparison.remarks[0].contains("--repeat 5"), "{:?}", comparison.remarks);
    }

    #[test]
    fn a_side_has_one_to_a_hundred_runs() {
        let one = runs(&[(1.0, None)]);
        let many = runs(&[(1.0, None); RUNS_MAX + 1]);
        let error = |before, after| Comparison::new(before, after).unwrap_err().to_string();
        assert_eq!(error(&[], &one), "there is no run before");
        assert!(error(&one, &many).starts_with("there are 101 runs after"));
        assert!(Comparison::new(&many[1..], &one).is_ok());
    }
}
