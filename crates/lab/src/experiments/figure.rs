//! Figures: the expected value, the measurements, and the verdict on them.

use load::statistics;
use serde::{Deserialize, Serialize};
use std::fmt;

pub use super::unit::Unit;

/// A figure of an experiment and its expected value, before the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Its name, unique within the experiment.
    pub id: String,
    /// Its description in tables.
    pub what: String,
    /// Its unit.
    pub unit: Unit,
    /// The value published in the original text, verbatim.
    pub documented: Option<String>,
    /// The prediction and the tolerance.
    pub expected: Expected,
    /// The question for it in a quiz.
    pub question: Option<String>,
}

/// A prediction, and the measurements that agree with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// Every measurement is this value.
    Exactly(f64),
    /// Every measurement is one of these values.
    OneOf(Vec<f64>),
    /// The median differs from `value` by at most this share of it.
    Within {
        /// The predicted value.
        value: f64,
        /// The tolerance: 0.05 for 5 %.
        share: f64,
    },
    /// The median is at most this.
    AtMost(f64),
    /// The median is at least this.
    AtLeast(f64),
    /// The median is between these values, both included.
    Range {
        /// The lower end.
        from: f64,
        /// The upper end.
        to: f64,
    },
    /// A prediction, if there is one, that is shown and not judged.
    #[serde(rename = "told")]
    NotJudged(Option<f64>),
}

/// The result of comparing measurements with a prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They agree.
    Holds,
    /// They differ.
    Fails,
    /// They differ, and the machine interfered: nothing follows for the server.
    Machine,
    /// The figure is shown and not judged.
    #[serde(rename = "told")]
    NotJudged,
    /// This system does not provide the figure.
    Unavailable,
}

/// The tolerance of a count, as a share.
pub const COUNT: f64 = 0.05;
/// The tolerance of a rate or a time, as a share.
pub const RATE: f64 = 0.10;

impl Figure {
    /// Creates a figure without a prediction.
    #[must_use]
    pub fn new(id: impl Into<String>, what: impl Into<String>, unit: Unit) -> Self {
        Self {
            id: id.into(),
            what: what.into(),
            unit,
            documented: None,
            expected: Expected::NotJudged(None),
            question: None,
        }
    }

    /// Sets the documented value.
    #[must_use]
    pub fn documented(self, documented: impl Into<String>) -> Self {
        Self { documented: Some(documented.into()), ..self }
    }

    /// Sets the expected value.
    #[must_use]
    pub fn expected(self, expected: Expected) -> Self {
        Self { expected, ..self }
    }

    /// Expects exactly this value.
    #[must_use]
    pub fn exactly(self, value: f64) -> Self {
        self.expected(Expected::Exactly(value))
    }

    /// Expects a count within 5 % of this value.
    #[must_use]
    pub fn count_near(self, value: f64) -> Self {
        self.expected(Expected::Within { value, share: COUNT })
    }

    /// Expects a rate or a time within 10 % of this value.
    #[must_use]
    pub fn near(self, value: f64) -> Self {
        self.expected(Expected::Within { value, share: RATE })
    }

    /// Expects at most this value.
    #[must_use]
    pub fn at_most(self, value: f64) -> Self {
        self.expected(Expected::AtMost(value))
    }

    /// Expects at least this value.
    #[must_use]
    pub fn at_least(self, value: f64) -> Self {
        self.expected(Expected::AtLeast(value))
    }

    /// Expects a value between these, both included.
    #[must_use]
    pub fn range(self, from: f64, to: f64) -> Self {
        self.expected(Expected::Range { from, to })
    }

    /// Shows this prediction without judging it.
    #[must_use]
    pub fn not_judged(self, value: f64) -> Self {
        self.expected(Expected::NotJudged(Some(value)))
    }

    /// Sets the question in a quiz.
    #[must_use]
    pub fn question(self, question: impl Into<String>) -> Self {
        Self { question: Some(question.into()), ..self }
    }

    /// Returns the verdict on the measurements; `has_interference` is true when the machine
    /// interfered.
    #[must_use]
    pub fn judge(&self, measured: &[f64], has_interference: bool) -> Verdict {
        match self.expected.agrees(measured) {
            None => Verdict::NotJudged,
            Some(true) => Verdict::Holds,
            Some(false) if has_interference && self.depends_on_time() => Verdict::Machine,
            Some(false) => Verdict::Fails,
        }
    }

    fn is_judged(&self) -> bool {
        !matches!(self.expected, Expected::NotJudged(_))
    }

    /// Returns true if a slow machine can cause a failure: never for an exact value or for memory.
    fn depends_on_time(&self) -> bool {
        !matches!(self.expected, Expected::Exactly(_) | Expected::OneOf(_))
            && !self.unit.is_memory()
    }

    /// Formats the prediction.
    #[must_use]
    pub fn predicted_words(&self) -> String {
        let words = |value: &f64| self.unit.words(*value);
        match &self.expected {
            Expected::Exactly(value) | Expected::Within { value, .. } => words(value),
            Expected::OneOf(values) => values.iter().map(words).collect::<Vec<_>>().join(" or "),
            Expected::AtMost(value) => format!("≤ {}", words(value)),
            Expected::AtLeast(value) => format!("≥ {}", words(value)),
            Expected::Range { from, to } => {
                format!("{}–{}", self.unit.number(*from), words(to))
            }
            Expected::NotJudged(value) => value.as_ref().map_or_else(String::new, words),
        }
    }

    /// Formats the median and, where measurements differ, their range.
    #[must_use]
    pub fn measured_words(&self, measured: &[f64]) -> String {
        let Some(median) = statistics::median(measured) else {
            // Predictions of the model alone are rows that are not measured.
            return if self.is_judged() { "not measured".to_owned() } else { String::new() };
        };
        let words = self.unit.words(median);
        match statistics::range(measured) {
            Some((low, high)) if self.unit.words(low) != self.unit.words(high) => {
                format!("{words} ({}–{})", self.unit.words(low), self.unit.words(high))
            }
            _ => words,
        }
    }
}

impl Expected {
    /// Returns whether the measurements agree; `None` when they are not judged.
    fn agrees(&self, measured: &[f64]) -> Option<bool> {
        // Without measurements, and with NaN, every comparison is false.
        let median = statistics::median(measured).unwrap_or(f64::NAN);
        let each =
            |agrees: &dyn Fn(&f64) -> bool| !measured.is_empty() && measured.iter().all(agrees);
        match self {
            Self::Exactly(value) => Some(each(&|measured| measured == value)),
            Self::OneOf(values) => Some(each(&|measured| values.contains(measured))),
            Self::Within { value, share } => Some((median - value).abs() <= share * value.abs()),
            Self::AtMost(value) => Some(median <= *value),
            Self::AtLeast(value) => Some(median >= *value),
            Self::Range { from, to } => Some((*from..=*to).contains(&median)),
            Self::NotJudged(_) => None,
        }
    }

    /// Returns the predicted value, or its bound; `None` for a range.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Exactly(value)
            | Self::Within { value, .. }
            | Self::AtMost(value)
            | Self::AtLeast(value) => Some(*value),
            Self::OneOf(values) => values.first().copied(),
            Self::Range { .. } => None,
            Self::NotJudged(value) => *value,
        }
    }
}

impl Verdict {
    /// The verdicts that need attention, with the words for a count of each.
    pub(crate) const NOT_HOLDING: [(Self, &'static str); 3] = [
        (Self::Fails, "fail"),
        (Self::Machine, "not judged, because the machine interfered"),
        (Self::Unavailable, "not available on this system"),
    ];
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Holds => "holds",
            Self::Fails => "FAILS",
            Self::Machine => "machine",
            Self::NotJudged => "",
            Self::Unavailable => "not available",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_compares_measured_and_expected() {
        let figure = |expected| Figure::new("id", "what", Unit::Count).expected(expected);
        let near = |value| Expected::Within { value, share: 0.05 };
        for (expected, measured, verdict) in [
            (Expected::Exactly(101.0), &[101.0, 101.0][..], Verdict::Holds),
            (Expected::Exactly(101.0), &[101.0, 102.0, 101.0], Verdict::Fails),
            (Expected::OneOf(vec![100.0, 101.0]), &[101.0, 100.0], Verdict::Holds),
            (Expected::OneOf(vec![100.0, 101.0]), &[102.0], Verdict::Fails),
            (near(100.0), &[90.0, 105.0, 120.0], Verdict::Holds),
            (near(100.0), &[106.0], Verdict::Fails),
            (near(0.0), &[0.0], Verdict::Holds),
            (Expected::AtMost(5.0), &[5.0], Verdict::Holds),
            (Expected::AtMost(5.0), &[5.1], Verdict::Fails),
            (Expected::AtLeast(5.0), &[4.9], Verdict::Fails),
            (Expected::Range { from: 1.0, to: 2.0 }, &[1.0, 2.0, 2.0], Verdict::Holds),
            (Expected::Range { from: 1.0, to: 2.0 }, &[2.1], Verdict::Fails),
            (Expected::Range { from: 1.0, to: 2.0 }, &[], Verdict::Fails),
            (Expected::NotJudged(Some(5.0)), &[4.9], Verdict::NotJudged),
            (Expected::Exactly(0.0), &[], Verdict::Fails),
            (near(0.0), &[], Verdict::Fails),
            (Expected::AtMost(5.0), &[], Verdict::Fails),
            (Expected::AtLeast(5.0), &[f64::NAN], Verdict::Fails),
        ] {
            assert_eq!(figure(expected.clone()).judge(measured, false), verdict, "{expected:?}");
            let blamed = match (&expected, verdict) {
                (Expected::Exactly(_) | Expected::OneOf(_), Verdict::Fails) => Verdict::Fails,
                (_, Verdict::Fails) => Verdict::Machine,
                _ => verdict,
            };
            assert_eq!(figure(expected.clone()).judge(measured, true), blamed, "{expected:?}");
        }
        let memory = Figure::new("id", "what", Unit::Kibibytes).at_most(2.5);
        assert_eq!(memory.judge(&[2.6], true), Verdict::Fails);
    }

    #[test]
    fn values_are_formatted_with_three_significant_digits() {
        for (unit, value, words) in [
            (Unit::Count, 101.0, "101"),
            (Unit::Count, 1_234_567.0, "1,234,567"),
            (Unit::Count, -1234.0, "-1,234"),
            (Unit::PerSecond, 9.0909, "9.09/s"),
            (Unit::PerSecond, 12_937.4, "12,937/s"),
            (Unit::Milliseconds, 0.0123, "0.012 ms"),
            (Unit::Milliseconds, 45.26, "45.3 ms"),
            (Unit::Seconds, 69.0, "69 s"),
            (Unit::YesNo, 1.0, "yes"),
            (Unit::YesNo, 0.0, "no"),
        ] {
            assert_eq!(unit.words(value), words);
        }
        let figure = Figure::new("id", "what", Unit::Count);
        assert_eq!(figure.measured_words(&[3.0]), "3");
        assert_eq!(figure.measured_words(&[3.0, 5.0, 4.0]), "4 (3–5)");
        assert_eq!(figure.measured_words(&[]), "");
        assert_eq!(figure.exactly(1.0).measured_words(&[]), "not measured");
    }
}
