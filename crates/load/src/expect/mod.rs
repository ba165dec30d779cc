//! Expectations on a report: `errors=0`, `accepted=100..160`, `rejected<1%`, `response.p99.9<50ms`.

mod figure;

use crate::Report;
use figure::{Figure, count_names, latency_names, rate_names};
use std::fmt;
use std::str::FromStr;

/// The expectation that a figure of a report lies within bounds.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// The text as given.
    text: String,
    figure: Figure,
    bounds: Bounds,
}

/// Two bounds, each with true if it is inclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bounds {
    low: (f64, bool),
    high: (f64, bool),
}

/// Errors parsing an expectation.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ExpectationError {
    /// The form is invalid.
    #[error("write it like errors=0, accepted=100..160, rejected<1% or response.p99<50ms")]
    Form,
    /// There is no such figure.
    #[error(
        "unknown figure {0:?}: the counts are {counts}; the rates are {rates}",
        counts = count_names(),
        rates = rate_names()
    )]
    Subject(String),
    /// There is no such latency.
    #[error("unknown latency {0:?}: write {names}, then .mean, .max or .p99.9", names = latency_names())]
    Latency(String),
    /// The bound is not a valid number.
    #[error("{0:?} is not a valid number: a count is a whole number, a share is written like 1%")]
    Number(String),
    /// The bound is not a time.
    #[error("{0:?} is not a time: write it like 5ms, 2s or 1m (M stands for months)")]
    Time(String),
    /// The range is empty.
    #[error("the range {0} is empty: write the lower end first")]
    Empty(String),
}

impl Expectation {
    /// Checks a report. A latency without samples meets no expectation.
    ///
    /// # Errors
    /// A sentence with the expected and the measured value.
    pub fn check(&self, report: &Report) -> Result<(), String> {
        match self.figure.read(report) {
            Some(value) if self.bounds.contain(value) => Ok(()),
            Some(value) => {
                Err(format!("expected {}, measured {}", self.text, self.figure.format(value)))
            }
            None => Err(format!("expected {}, measured no such request", self.text)),
        }
    }

    /// Parses a comma-separated list.
    ///
    /// # Errors
    /// When one of them is invalid.
    pub fn list(text: &str) -> Result<Vec<Self>, ExpectationError> {
        text.split(',').map(str::parse).collect()
    }
}

impl Bounds {
    fn above(low: f64, inclusive: bool) -> Self {
        Self { low: (low, inclusive), high: (f64::INFINITY, true) }
    }

    fn below(high: f64, inclusive: bool) -> Self {
        Self { low: (f64::NEG_INFINITY, true), high: (high, inclusive) }
    }

    fn contain(&self, value: f64) -> bool {
        let (low, low_inclusive) = self.low;
        let (high, high_inclusive) = self.high;
        (value > low || low_inclusive && value == low)
            && (value < high || high_inclusive && value == high)
    }
}

impl FromStr for Expectation {
    type Err = ExpectationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let at = text.find(['<', '>', '=']).ok_or(ExpectationError::Form)?;
        let (name, relation) = text.split_at(at);
        let figure = Figure::parse(name.trim(), text.ends_with('%'))?;
        let bounds = if let Some(bound) = relation.strip_prefix("<=") {
            Bounds::below(figure.parse_bound(bound)?, true)
        } else if let Some(bound) = relation.strip_prefix('<') {
            Bounds::below(figure.parse_bound(bound)?, false)
        } else if let Some(bound) = relation.strip_prefix(">=") {
            Bounds::above(figure.parse_bound(bound)?, true)
        } else if let Some(bound) = relation.strip_prefix('>') {
            Bounds::above(figure.parse_bound(bound)?, false)
        } else {
            let range = &relation[1..];
            let (low, high) = range.split_once("..").unwrap_or((range, range));
            let (low, high) = (figure.parse_bound(low)?, figure.parse_bound(high)?);
            if low > high {
                return Err(ExpectationError::Empty(range.to_owned()));
            }
            Bounds { low: (low, true), high: (high, true) }
        };
        Ok(Self { text: text.to_owned(), figure, bounds })
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
