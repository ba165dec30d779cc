//! Expectations on a run: `errors=0`, `accepted=100..160`, `rejected<1%`, `response.p99.9<50ms`.

use crate::duration;
use crate::{Distributions, Report, Timings};
use hdrhistogram::Histogram;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Reads one count of a report.
type Count = fn(&Report) -> u64;

type Rate = fn(&Report) -> f64;

/// The rates, by the report's own names.
const RATES: &[(&str, Rate)] =
    &[("rate", |report| report.rate), ("accepted_per_second", |report| report.accepted_per_second)];

/// What can be counted: the report's own names.
const COUNTS: &[(&str, Count)] = &[
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
    ("ports", |report| report.errors.ports),
    ("other", |report| report.errors.other),
    ("not_sent", |report| report.errors.not_sent),
    ("unknown", |report| report.errors.unknown),
    ("unsent", |report| report.unsent),
    ("again", |report| report.retries.again),
    ("exhausted", |report| report.retries.exhausted),
    ("invalid_refused", |report| report.invalid.refused),
    ("invalid_taken", |report| report.invalid.taken),
    ("slow_connects", |report| report.connections.slow),
];

/// Picks the times of some requests.
type Times = fn(&Distributions) -> Histogram<u64>;

/// Whose latency can be asked for. An outcome's is what the report calls its latency.
const LATENCIES: &[(&str, Times, Times)] = &[
    ("accepted", |all| all.accepted.response.clone(), |all| all.accepted.service.clone()),
    ("rejected", |all| all.rejected.response.clone(), |all| all.rejected.service.clone()),
    ("error", |all| all.error.response.clone(), |all| all.error.service.clone()),
    ("response", |all| all_of(all).response, |all| all_of(all).response),
    ("service", |all| all_of(all).service, |all| all_of(all).service),
];

/// That a figure of a report lies within bounds.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// As it was written.
    text: String,
    figure: Figure,
    bounds: Bounds,
}

#[derive(Debug, Clone, Copy)]
enum Figure {
    Count(Count),
    /// In per cent of the requests sent.
    Share(Count),
    /// Requests a second.
    Rate(Rate),
    /// In microseconds: of an open loop, of a closed one.
    Latency(Times, Times, Statistic),
}

#[derive(Debug, Clone, Copy)]
enum Statistic {
    Mean,
    Max,
    /// From 0 to 1.
    Quantile(f64),
}

/// Both ends are a figure and whether it is allowed itself.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bounds {
    low: (f64, bool),
    high: (f64, bool),
}

/// Why a text is no expectation.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ExpectationError {
    /// Not of the form.
    #[error("write it like errors=0, accepted=100..160, rejected<1% or response.p99<50ms")]
    Form,
    /// No such count.
    #[error("there is no count {0:?}: the counts are {names}, and the rates {rates}", names = names(COUNTS.iter().map(|count| count.0)), rates = names(RATES.iter().map(|rate| rate.0)))]
    Subject(String),
    /// No such latency.
    #[error("there is no latency {0:?}: write {names}, then .mean, .max or .p99.9", names = names(LATENCIES.iter().map(|latency| latency.0)))]
    Latency(String),
    /// Not a whole number of requests, nor a share of them.
    #[error("{0:?} is no whole number")]
    Number(String),
    /// Not a time.
    #[error("{0:?} is no time: write it like 5ms, 2s or 1m (M would be a month)")]
    Time(String),
    /// A range that nothing can meet.
    #[error("nothing lies within {0}: write the lower end first")]
    Empty(String),
}

impl Expectation {
    /// Whether the report meets it. A latency of which there is no sample meets nothing: what was not
    /// measured has not been shown.
    ///
    /// # Errors
    /// A sentence with what was expected and what was measured.
    pub fn check(&self, report: &Report) -> Result<(), String> {
        match self.figure.of(report) {
            Some(figure) if self.bounds.contain(figure) => Ok(()),
            Some(figure) => {
                Err(format!("expected {}, measured {}", self.text, self.figure.show(figure)))
            }
            None => Err(format!("expected {}, measured no such request", self.text)),
        }
    }

    /// Reads several, with commas between them.
    ///
    /// # Errors
    /// When one of them is none.
    pub fn list(text: &str) -> Result<Vec<Self>, ExpectationError> {
        text.split(',').map(str::parse).collect()
    }
}

impl Figure {
    fn of(self, report: &Report) -> Option<f64> {
        match self {
            Self::Count(count) => Some(count(report) as f64),
            Self::Share(count) => {
                (report.sent > 0).then(|| 100.0 * count(report) as f64 / report.sent as f64)
            }
            Self::Rate(rate) => Some(rate(report)),
            Self::Latency(open, closed, statistic) => {
                let pick = if report.service_ms.is_some() { open } else { closed };
                let times = pick(report.distributions.as_deref()?);
                (!times.is_empty()).then(|| match statistic {
                    Statistic::Mean => times.mean(),
                    Statistic::Max => times.max() as f64,
                    Statistic::Quantile(quantile) => times.value_at_quantile(quantile) as f64,
                })
            }
        }
    }

    fn show(self, figure: f64) -> String {
        match self {
            Self::Count(_) => format!("{figure}"),
            Self::Share(_) => format!("{figure:.3}%"),
            Self::Rate(_) => format!("{figure:.3}"),
            Self::Latency(..) => format!("{:.3}ms", figure / 1000.0),
        }
    }

    /// Reads a figure of this kind.
    fn read(self, text: &str) -> Result<f64, ExpectationError> {
        let text = text.trim();
        let number = || ExpectationError::Number(text.to_owned());
        match self {
            Self::Count(_) => text.parse::<u64>().map(|count| count as f64).map_err(|_| number()),
            Self::Share(_) | Self::Rate(_) => {
                let text = text.strip_suffix('%').unwrap_or(text).trim();
                let read = text.parse::<f64>().ok().filter(|figure| figure.is_finite());
                read.ok_or_else(number)
            }
            Self::Latency(..) => duration::parse(text)
                .map(|time: Duration| time.as_secs_f64() * 1e6)
                .map_err(|_| ExpectationError::Time(text.to_owned())),
        }
    }
}

impl Bounds {
    fn contain(&self, figure: f64) -> bool {
        let (low, low_too) = self.low;
        let (high, high_too) = self.high;
        (figure > low || low_too && figure == low) && (figure < high || high_too && figure == high)
    }
}

impl FromStr for Expectation {
    type Err = ExpectationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let at = text.find(['<', '>', '=']).ok_or(ExpectationError::Form)?;
        let (subject, relation) = text.split_at(at);
        let is_share = text.ends_with('%');
        let figure = figure(subject.trim(), is_share)?;
        let all = (f64::NEG_INFINITY, f64::INFINITY);
        let (low, high) = (
            |figure, too| Bounds { low: (figure, too), high: (all.1, true) },
            |figure, too| Bounds { low: (all.0, true), high: (figure, too) },
        );
        let bounds = if let Some(bound) = relation.strip_prefix("<=") {
            high(figure.read(bound)?, true)
        } else if let Some(bound) = relation.strip_prefix('<') {
            high(figure.read(bound)?, false)
        } else if let Some(bound) = relation.strip_prefix(">=") {
            low(figure.read(bound)?, true)
        } else if let Some(bound) = relation.strip_prefix('>') {
            low(figure.read(bound)?, false)
        } else {
            let range = &relation[1..];
            let (low, high) = range.split_once("..").unwrap_or((range, range));
            let (low, high) = (figure.read(low)?, figure.read(high)?);
            if low > high {
                return Err(ExpectationError::Empty(range.to_owned()));
            }
            Bounds { low: (low, true), high: (high, true) }
        };
        Ok(Self { text: text.to_owned(), figure, bounds })
    }
}

fn figure(subject: &str, is_share: bool) -> Result<Figure, ExpectationError> {
    if let Some(&(_, rate)) = RATES.iter().find(|(name, _)| *name == subject) {
        return Ok(Figure::Rate(rate));
    }
    if let Some((whose, statistic)) = subject.split_once('.') {
        let unknown = || ExpectationError::Latency(subject.to_owned());
        let singular = if whose == "errors" { "error" } else { whose };
        let &(_, open, closed) =
            LATENCIES.iter().find(|(name, ..)| *name == singular).ok_or_else(unknown)?;
        let statistic = match statistic {
            "mean" => Statistic::Mean,
            "max" => Statistic::Max,
            _ => {
                let percent = statistic.strip_prefix('p').and_then(|text| text.parse::<f64>().ok());
                let percent = percent.filter(|percent| (0.0..=100.0).contains(percent));
                // 99.9 / 100 is a little more than 0.999, and of 1,000 requests that is one more.
                Statistic::Quantile((percent.ok_or_else(unknown)? * 1e7).round() / 1e9)
            }
        };
        return Ok(Figure::Latency(open, closed, statistic));
    }
    let &(_, count) = COUNTS
        .iter()
        .find(|(name, _)| *name == subject)
        .ok_or_else(|| ExpectationError::Subject(subject.to_owned()))?;
    Ok(if is_share { Figure::Share(count) } else { Figure::Count(count) })
}

/// The times of all requests, whatever came of them.
fn all_of(distributions: &Distributions) -> Timings {
    let mut all = distributions.accepted.clone();
    all.add(&distributions.rejected);
    all.add(&distributions.error);
    all
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn names(names: impl Iterator<Item = &'static str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Errors;

    /// 1,000 requests: 989 accepted within 1 to 98.9 ms, 10 rejected at once, one error after 2 s.
    fn report() -> Report {
        let empty = || Histogram::new_with_bounds(1, 86_400_000_000, 3).unwrap();
        let timings = |times: &mut dyn Iterator<Item = u64>| {
            let (mut response, mut service) = (empty(), empty());
            for time in times {
                response.record(time).unwrap();
                service.record(time / 10).unwrap();
            }
            Timings { response, service }
        };
        Report {
            sent: 1000,
            accepted: 989,
            rejected: 10,
            errors: Errors { total: 1, timeout: 1, unknown: 1, ..Errors::default() },
            rate: 500.5,
            service_ms: Some(Default::default()),
            distributions: Some(Box::new(Distributions {
                accepted: timings(&mut (1..=989).map(|n| n * 100)),
                rejected: timings(&mut std::iter::repeat_n(50, 10)),
                error: timings(&mut std::iter::once(2_000_000)),
            })),
            ..Report::default()
        }
    }

    #[test]
    fn a_figure_is_held_against_its_bounds() {
        for (text, met) in [
            ("errors=1", true),
            ("errors=0", false),
            ("accepted=989..1000", true),
            ("accepted=100..988", false),
            (" sent = 1000 ", true),
            ("rejected=0..18446744073709551615", true),
            ("timeout<=1", true),
            ("timeout<1", false),
            ("accepted>988", true),
            ("accepted>=990", false),
            ("rejected<1%", false),
            ("rejected<=1%", true),
            ("errors<0.2%", true),
            ("accepted=90..99%", true),
            ("rate>500", true),
            ("rate<500", false),
            ("accepted.p50<50ms", true),
            ("accepted.p50<49ms", false),
            ("accepted.p99.9<99ms", true),
            ("accepted.max<98ms", false),
            ("accepted.mean<51ms", true),
            ("rejected.p99<100us", true),
            ("rejected.p100<=50us", true),
            ("error.p50>1s", true),
            ("errors.p50<1s", false),
            // All requests, the one that took two seconds among them.
            ("response.p99.9<1s", true),
            ("response.max<1s", false),
            ("service.max<1s", true),
        ] {
            let expectation: Expectation = text.parse().unwrap();
            let checked = expectation.check(&report());
            assert_eq!(checked.is_ok(), met, "{text}: {checked:?}");
            assert_eq!(expectation.to_string(), text.trim());
        }
    }

    #[test]
    fn what_was_measured_is_said() {
        let told = |text: &str| text.parse::<Expectation>().unwrap().check(&report()).unwrap_err();
        assert_eq!(told("errors=0"), "expected errors=0, measured 1");
        assert_eq!(told("rejected<1%"), "expected rejected<1%, measured 1.000%");
        assert_eq!(told("rate<500"), "expected rate<500, measured 500.500");
        assert_eq!(told("rejected.max<1us"), "expected rejected.max<1us, measured 0.050ms");
    }

    #[test]
    fn what_was_not_measured_meets_nothing() {
        let expectation: Expectation = "accepted.p99<1h".parse().unwrap();
        let told = expectation.check(&Report::default()).unwrap_err();
        assert_eq!(told, "expected accepted.p99<1h, measured no such request");
    }

    #[test]
    fn a_closed_loop_knows_service_times() {
        let closed = Report { service_ms: None, ..report() };
        let expectation: Expectation = "accepted.max<10ms".parse().unwrap();
        assert!(expectation.check(&report()).is_err());
        assert!(expectation.check(&closed).is_ok());
    }

    #[test]
    fn several_are_read_with_commas_between() {
        assert_eq!(Expectation::list("accepted.p99<50ms, rejected<1%").unwrap().len(), 2);
        assert!(Expectation::list("accepted.p99<50ms,").is_err());
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
            ("errors=2..1", Empty("2..1".into())),
            ("errors<nan%", Number("nan%".into())),
            ("rate>fast", Number("fast".into())),
            ("sent.p99<5ms", Latency("sent.p99".into())),
            ("accepted.p101<5ms", Latency("accepted.p101".into())),
            ("accepted.median<5ms", Latency("accepted.median".into())),
            ("accepted.p99<5", Time("5".into())),
            ("accepted.p99<5%", Time("5%".into())),
        ] {
            assert_eq!(text.parse::<Expectation>().unwrap_err(), refusal, "{text:?}");
        }
    }
}
