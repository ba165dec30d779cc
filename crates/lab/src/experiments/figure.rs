//! A figure: what is expected of it before the run, what was measured, and the verdict on both.

use load::statistics;
use load::words::with_commas;
use serde::{Deserialize, Serialize};
use std::fmt;

/// One figure of an experiment, as it stands before anything is run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Its name within the experiment; what is measured is filed under it.
    pub id: String,
    /// What it is, for people.
    pub what: String,
    /// What it is counted in.
    pub unit: Unit,
    /// What the text that this course goes back to says of it, in its words.
    pub documented: Option<String>,
    /// What the model or an argument says of it, and how close the run has to come.
    pub expected: Expected,
    /// Asks for it, in a quiz.
    pub question: Option<String>,
}

/// What a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Things.
    Count,
    /// Things a second.
    PerSecond,
    /// Nanoseconds.
    Nanoseconds,
    /// Microseconds.
    Microseconds,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// KiB.
    Kibibytes,
    /// MB, of a million bytes.
    Megabytes,
    /// Hundredths.
    Percent,
    /// So many times as much.
    Times,
    /// 1 for yes, 0 for no.
    YesNo,
}

/// What is predicted, and when a measurement agrees with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// Every repetition measures this.
    Exactly(f64),
    /// Every repetition measures one of these.
    OneOf(Vec<f64>),
    /// The median is no further from `value` than this share of it.
    Within {
        /// What is predicted.
        value: f64,
        /// 0.05 for 5 %.
        share: f64,
    },
    /// The median is no more.
    AtMost(f64),
    /// The median is no less.
    AtLeast(f64),
    /// Nothing is judged; what was predicted, if anything, stands beside what was measured.
    Told(Option<f64>),
}

/// Whether a measurement agrees with its prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It does.
    Holds,
    /// It does not.
    Fails,
    /// It does not, and the machine is to blame: nothing is said about the server.
    Machine,
    /// It was not to be judged.
    Told,
    /// This system does not tell.
    Unavailable,
}

/// A count may be off by this share, a rate by [`RATE`].
pub const COUNT: f64 = 0.05;
/// See [`COUNT`].
pub const RATE: f64 = 0.10;

impl Figure {
    /// A figure that nothing is expected of so far.
    #[must_use]
    pub fn new(id: impl Into<String>, what: impl Into<String>, unit: Unit) -> Self {
        Self {
            id: id.into(),
            what: what.into(),
            unit,
            documented: None,
            expected: Expected::Told(None),
            question: None,
        }
    }

    /// What is documented.
    #[must_use]
    pub fn documented(self, documented: impl Into<String>) -> Self {
        Self { documented: Some(documented.into()), ..self }
    }

    /// What is expected.
    #[must_use]
    pub fn expected(self, expected: Expected) -> Self {
        Self { expected, ..self }
    }

    /// An exact answer.
    #[must_use]
    pub fn exactly(self, value: f64) -> Self {
        self.expected(Expected::Exactly(value))
    }

    /// A prediction that a count has to come near to.
    #[must_use]
    pub fn count_near(self, value: f64) -> Self {
        self.expected(Expected::Within { value, share: COUNT })
    }

    /// A prediction that a rate or a time has to come near to.
    #[must_use]
    pub fn near(self, value: f64) -> Self {
        self.expected(Expected::Within { value, share: RATE })
    }

    /// A prediction that is shown and not judged.
    #[must_use]
    pub fn told(self, value: f64) -> Self {
        self.expected(Expected::Told(Some(value)))
    }

    /// What a quiz asks.
    #[must_use]
    pub fn question(self, question: impl Into<String>) -> Self {
        Self { question: Some(question.into()), ..self }
    }

    /// The verdict on what the repetitions measured; `held_up` when the machine was.
    #[must_use]
    pub fn judge(&self, measured: &[f64], held_up: bool) -> Verdict {
        match self.expected.agrees(measured) {
            None => Verdict::Told,
            Some(true) => Verdict::Holds,
            Some(false) if held_up && self.expected.depends_on_time() => Verdict::Machine,
            Some(false) => Verdict::Fails,
        }
    }

    fn is_judged(&self) -> bool {
        !matches!(self.expected, Expected::Told(_))
    }

    /// What is predicted, for people.
    #[must_use]
    pub fn predicted_words(&self) -> String {
        let words = |value: &f64| self.unit.words(*value);
        match &self.expected {
            Expected::Exactly(value) | Expected::Within { value, .. } => words(value),
            Expected::OneOf(values) => values.iter().map(words).collect::<Vec<_>>().join(" or "),
            Expected::AtMost(value) => format!("≤ {}", words(value)),
            Expected::AtLeast(value) => format!("≥ {}", words(value)),
            Expected::Told(value) => value.as_ref().map_or_else(String::new, words),
        }
    }

    /// The median of what was measured and, when they differ, the range, for people.
    #[must_use]
    pub fn measured_words(&self, measured: &[f64]) -> String {
        let Some(median) = statistics::median(measured) else {
            // The model's own answers are there to be compared with.
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
    /// Whether measurements agree; `None` when that is not asked.
    fn agrees(&self, measured: &[f64]) -> Option<bool> {
        // A comparison with nothing, or with what is no number, is never true.
        let median = statistics::median(measured).unwrap_or(f64::NAN);
        let each =
            |agrees: &dyn Fn(&f64) -> bool| !measured.is_empty() && measured.iter().all(agrees);
        match self {
            Self::Exactly(value) => Some(each(&|it| it == value)),
            Self::OneOf(values) => Some(each(&|it| values.contains(it))),
            Self::Within { value, share } => Some((median - value).abs() <= share * value.abs()),
            Self::AtMost(value) => Some(median <= *value),
            Self::AtLeast(value) => Some(median >= *value),
            Self::Told(_) => None,
        }
    }

    /// Whether a slow machine can be the reason for a failure: never where the answer is exact.
    fn depends_on_time(&self) -> bool {
        !matches!(self, Self::Exactly(_) | Self::OneOf(_))
    }

    /// The number that was predicted, if it was one.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Exactly(value)
            | Self::Within { value, .. }
            | Self::AtMost(value)
            | Self::AtLeast(value) => Some(*value),
            Self::OneOf(values) => values.first().copied(),
            Self::Told(value) => *value,
        }
    }
}

impl Unit {
    /// A value without its unit, to as many digits as mean something.
    #[must_use]
    pub fn number(self, value: f64) -> String {
        let number = match value.abs() {
            _ if self == Self::Count => format!("{value:.0}"),
            size if size >= 100.0 || value == value.trunc() => format!("{value:.0}"),
            size if size >= 10.0 => format!("{value:.1}"),
            size if size >= 0.095 => format!("{value:.2}"),
            _ => format!("{value:.3}"),
        };
        with_commas(&number)
    }

    /// The same with its unit.
    #[must_use]
    pub fn words(self, value: f64) -> String {
        let number = self.number(value);
        match self {
            Self::Count => number,
            Self::PerSecond => format!("{number}/s"),
            Self::Nanoseconds => format!("{number} ns"),
            Self::Microseconds => format!("{number} µs"),
            Self::Milliseconds => format!("{number} ms"),
            Self::Seconds => format!("{number} s"),
            Self::Kibibytes => format!("{number} KiB"),
            Self::Megabytes => format!("{number} MB"),
            Self::Percent => format!("{number} %"),
            Self::Times => format!("{number}×"),
            Self::YesNo if value == 1.0 => "yes".to_owned(),
            Self::YesNo if value == 0.0 => "no".to_owned(),
            Self::YesNo => format!("in {:.0} % of the runs", value * 100.0),
        }
    }
}

impl Verdict {
    /// What keeps a verdict from being [`Verdict::Holds`], and how a count of it is told.
    pub(crate) const NOT_HOLDING: [(Self, &'static str); 3] = [
        (Self::Fails, "fail"),
        (Self::Machine, "cannot be given, because the machine was in the way"),
        (Self::Unavailable, "cannot be given, because this system does not tell"),
    ];
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Holds => "holds",
            Self::Fails => "FAILS",
            Self::Machine => "machine",
            Self::Told => "",
            Self::Unavailable => "not available",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_on_what_was_measured_against_what_was_expected() {
        let figure = |expected| Figure::new("it", "it", Unit::Count).expected(expected);
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
            (Expected::Told(Some(5.0)), &[4.9], Verdict::Told),
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
    }

    #[test]
    fn figures_are_written_to_the_digits_that_mean_something() {
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
        let figure = Figure::new("it", "it", Unit::Count);
        assert_eq!(figure.measured_words(&[3.0]), "3");
        assert_eq!(figure.measured_words(&[3.0, 5.0, 4.0]), "4 (3–5)");
        assert_eq!(figure.measured_words(&[]), "");
        assert_eq!(figure.exactly(1.0).measured_words(&[]), "not measured");
    }
}
