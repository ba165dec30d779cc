//! Finds an outcome and its finite values by name.

use crate::experiments::results::Outcome;
use charts::series::Series;
use load::statistics;

/// Returns the outcome of an experiment, if it was run.
pub fn outcome<'a>(outcomes: &'a [Outcome], experiment: &str) -> Option<&'a Outcome> {
    outcomes.iter().find(|outcome| outcome.experiment == experiment)
}

/// Returns the series of this name from each repetition, without points that are not finite and
/// without empty series.
pub fn all_series(outcome: &Outcome, name: &str) -> Vec<Series> {
    let finite = |points: &Series| -> Series {
        points.iter().filter(|[x, y]| x.is_finite() && y.is_finite()).copied().collect()
    };
    let named = outcome.repetitions.iter().filter_map(|repetition| repetition.series.get(name));
    named.map(finite).filter(|series| !series.is_empty()).collect()
}

/// Returns the median of a figure's measurements.
pub fn measured(outcome: &Outcome, id: &str) -> Option<f64> {
    statistics::median(&outcome.row(id)?.measured).filter(|value| value.is_finite())
}

/// Returns the predicted value of a figure.
pub fn predicted(outcome: &Outcome, id: &str) -> Option<f64> {
    outcome.row(id)?.figure.expected.value().filter(|value| value.is_finite())
}
