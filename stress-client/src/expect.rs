//! Expectations on a run's counts: `errors=0`, `accepted=100..160`, both ends included.

use crate::load::Report;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Reads one count of a report.
type Count = fn(&Report) -> u64;

/// What can be expected of: the report's own names.
const SUBJECTS: &[(&str, Count)] = &[
    ("sent", |report| report.sent),
    ("accepted", |report| report.accepted),
    ("rejected", |report| report.rejected),
    ("errors", |report| report.errors.total),
    ("refused", |report| report.errors.refused),
    ("reset", |report| report.errors.reset),
    ("closed", |report| report.errors.closed),
    ("timeout", |report| report.errors.timeout),
    ("status", |report| report.errors.status),
    ("body", |report| report.errors.body),
    ("other", |report| report.errors.other),
    ("not_sent", |report| report.errors.not_sent),
    ("unknown", |report| report.errors.unknown),
];

/// That a count lies within a range.
#[derive(Debug, Clone)]
pub struct Expectation {
    subject: &'static str,
    count: Count,
    range: RangeInclusive<u64>,
}

/// Why a text is no expectation.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ExpectationError {
    /// Not of the form.
    #[error("write it like errors=0 or accepted=100..160")]
    Form,
    /// No such count.
    #[error("there is no count {0:?}: the counts are {names}", names = names())]
    Subject(String),
    /// Not a whole number of requests.
    #[error("{0:?} is no whole number")]
    Number(String),
    /// A range that nothing can meet.
    #[error("nothing lies within {0}..{1}: write the lower end first")]
    Empty(u64, u64),
}

impl Expectation {
    /// Whether the report meets it.
    ///
    /// # Errors
    /// A sentence with what was expected and what was measured.
    pub fn check(&self, report: &Report) -> Result<(), String> {
        let count = (self.count)(report);
        if self.range.contains(&count) {
            Ok(())
        } else {
            Err(format!("expected {self}, measured {count}"))
        }
    }
}

impl FromStr for Expectation {
    type Err = ExpectationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, range) = text.split_once('=').ok_or(ExpectationError::Form)?;
        let &(subject, count) = SUBJECTS
            .iter()
            .find(|(subject, _)| *subject == name.trim())
            .ok_or_else(|| ExpectationError::Subject(name.to_owned()))?;
        let (low, high) = range.split_once("..").unwrap_or((range, range));
        let (low, high) = (number(low)?, number(high)?);
        if low > high {
            return Err(ExpectationError::Empty(low, high));
        }
        Ok(Self { subject, count, range: low..=high })
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = (self.range.start(), self.range.end());
        write!(f, "{}={low}", self.subject)?;
        if low == high {
            return Ok(());
        }
        write!(f, "..{high}")
    }
}

fn number(text: &str) -> Result<u64, ExpectationError> {
    text.trim().parse().map_err(|_| ExpectationError::Number(text.to_owned()))
}

fn names() -> String {
    let names: Vec<_> = SUBJECTS.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expectation_is_a_count_and_a_range() {
        for (text, range) in [
            ("errors=0", 0..=0),
            ("accepted=100..160", 100..=160),
            ("accepted=100..100", 100..=100),
            (" sent = 5000 ", 5000..=5000),
            ("rejected=0..18446744073709551615", 0..=u64::MAX),
            ("not_sent=1", 1..=1),
        ] {
            assert_eq!(text.parse::<Expectation>().unwrap().range, range, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_expectation_is_refused_by_name() {
        use ExpectationError::*;
        for (text, refusal) in [
            ("", Form),
            ("errors", Form),
            ("error=0", Subject("error".into())),
            ("Errors=0", Subject("Errors".into())),
            ("=0", Subject(String::new())),
            ("errors=", Number(String::new())),
            ("errors=-1", Number("-1".into())),
            ("errors=0.5", Number("0.5".into())),
            ("errors=1..", Number(String::new())),
            ("errors=..1", Number(String::new())),
            ("errors=1..=2", Number("=2".into())),
            ("errors=1...2", Number(".2".into())),
            ("errors=18446744073709551616", Number("18446744073709551616".into())),
            ("errors=2..1", Empty(2, 1)),
        ] {
            assert_eq!(text.parse::<Expectation>().unwrap_err(), refusal, "{text:?}");
        }
    }

    #[test]
    fn it_is_shown_as_it_is_written() {
        for text in ["errors=0", "accepted=100..160"] {
            assert_eq!(text.parse::<Expectation>().unwrap().to_string(), text);
        }
    }
}
