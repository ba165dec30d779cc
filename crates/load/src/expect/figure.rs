//! The figures of a report that an expectation can be about.

use super::ExpectationError;
use crate::duration;
use crate::{Distributions, Report, Timings};
use hdrhistogram::Histogram;

/// Reads a count.
type Count = fn(&Report) -> u64;

/// Reads a rate.
type Rate = fn(&Report) -> f64;

/// Selects latencies.
type Times = fn(&Distributions) -> Histogram<u64>;

const RATES: &[(&str, Rate)] =
    &[("rate", |report| report.rate), ("accepted_per_second", |report| report.accepted_per_second)];

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

/// The latencies, each for an open and for a closed loop as in the report.
const LATENCIES: &[(&str, Times, Times)] = &[
    ("accepted", |all| all.accepted.response.clone(), |all| all.accepted.service.clone()),
    ("rejected", |all| all.rejected.response.clone(), |all| all.rejected.service.clone()),
    ("error", |all| all.error.response.clone(), |all| all.error.service.clone()),
    ("response", |all| merge(all).response, |all| merge(all).response),
    ("service", |all| merge(all).service, |all| merge(all).service),
];

#[derive(Debug, Clone, Copy)]
pub(super) enum Figure {
    Count(Count),
    /// In per cent of the requests sent.
    Share(Count),
    /// In requests per second.
    Rate(Rate),
    /// In microseconds: of an open loop, of a closed one.
    Latency(Times, Times, Statistic),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Statistic {
    Mean,
    Max,
    /// From 0 to 1.
    Quantile(f64),
}

impl Figure {
    /// Parses the name of a figure, such as `errors` or `accepted.p99`.
    pub(super) fn parse(name: &str, is_share: bool) -> Result<Self, ExpectationError> {
        if let Some(&(_, rate)) = RATES.iter().find(|(rate, _)| *rate == name) {
            return Ok(Self::Rate(rate));
        }
        if let Some((subject, statistic)) = name.split_once('.') {
            let unknown = || ExpectationError::Latency(name.to_owned());
            let subject = if subject == "errors" { "error" } else { subject };
            let latency = LATENCIES.iter().find(|(latency, ..)| *latency == subject);
            let &(_, open, closed) = latency.ok_or_else(unknown)?;
            let statistic = Statistic::parse(statistic).ok_or_else(unknown)?;
            return Ok(Self::Latency(open, closed, statistic));
        }
        let count = COUNTS.iter().find(|(count, _)| *count == name);
        let &(_, count) = count.ok_or_else(|| ExpectationError::Subject(name.to_owned()))?;
        Ok(if is_share { Self::Share(count) } else { Self::Count(count) })
    }

    /// Reads the figure from a report; `None` without samples.
    pub(super) fn read(self, report: &Report) -> Option<f64> {
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

    /// Formats a value of this figure with its unit.
    pub(super) fn format(self, value: f64) -> String {
        match self {
            Self::Count(_) => format!("{value}"),
            Self::Share(_) => format!("{value:.3}%"),
            Self::Rate(_) => format!("{value:.3}"),
            Self::Latency(..) => format!("{:.3}ms", value / 1000.0),
        }
    }

    /// Parses a bound of this figure.
    pub(super) fn parse_bound(self, text: &str) -> Result<f64, ExpectationError> {
        let text = text.trim();
        let invalid = || ExpectationError::Number(text.to_owned());
        match self {
            Self::Count(_) => text.parse::<u64>().map(|count| count as f64).map_err(|_| invalid()),
            Self::Share(_) | Self::Rate(_) => {
                let number = text.strip_suffix('%').unwrap_or(text).trim().parse::<f64>().ok();
                number.filter(|number| number.is_finite()).ok_or_else(invalid)
            }
            Self::Latency(..) => duration::parse(text)
                .map(|time| time.as_secs_f64() * 1e6)
                .map_err(|_| ExpectationError::Time(text.to_owned())),
        }
    }
}

impl Statistic {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "mean" => Some(Self::Mean),
            "max" => Some(Self::Max),
            _ => {
                let percent: f64 = text.strip_prefix('p')?.parse().ok()?;
                // 99.9 / 100 is slightly above 0.999, which would select the next sample.
                (0.0..=100.0)
                    .contains(&percent)
                    .then(|| Self::Quantile((percent * 1e7).round() / 1e9))
            }
        }
    }
}

/// Merges the latencies of all outcomes.
fn merge(distributions: &Distributions) -> Timings {
    let mut all = distributions.accepted.clone();
    all.add(&distributions.rejected);
    all.add(&distributions.error);
    all
}

pub(super) fn count_names() -> String {
    join(COUNTS.iter().map(|(name, _)| *name))
}

pub(super) fn rate_names() -> String {
    join(RATES.iter().map(|(name, _)| *name))
}

pub(super) fn latency_names() -> String {
    join(LATENCIES.iter().map(|(name, ..)| *name))
}

fn join(names: impl Iterator<Item = &'static str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
