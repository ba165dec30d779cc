//! The figures to compare: rates, counts, latencies of each outcome, and the client's CPU time.

use crate::{Latency, Report};

/// Reads a figure; `None` if the run has none.
type Read = dyn Fn(&Report) -> Option<f64>;

/// How to read one figure of a run.
pub(super) struct Reading {
    /// The path of the figure in a report's JSON.
    pub(super) name: String,
    /// The name for people, with the unit.
    pub(super) label: String,
    /// The name without the quantile.
    pub(super) subject: &'static str,
    read: Box<Read>,
}

impl Reading {
    /// Reads the figure of each run, in order.
    pub(super) fn read_all(&self, runs: &[Report]) -> Vec<Option<f64>> {
        runs.iter().map(&self.read).collect()
    }
}

/// A figure with its name, its label, and a function that reads it.
type Single = (&'static str, &'static str, fn(&Report) -> Option<f64>);

const RATES_AND_COUNTS: [Single; 4] = [
    ("rate", "requests a second", |run| Some(run.rate)),
    ("accepted_per_second", "accepted a second", |run| {
        // Older reports have only `seconds`.
        let older = (run.seconds > 0.0).then(|| run.accepted as f64 / run.seconds);
        (run.sending_seconds > 0.0).then_some(run.accepted_per_second).or(older)
    }),
    ("rejected", "rejected", |run| Some(run.rejected as f64)),
    ("errors.total", "errors", |run| Some(run.errors.total as f64)),
];

const CLIENT_CPU: Single =
    ("limit.client_cpu_seconds_per_million", "client CPU, s per million", |run| {
        run.limit.client_cpu_seconds_per_million
    });

/// The latencies of an outcome, which have several figures; `None` without samples.
type Times = (&'static str, &'static str, fn(&Report) -> Option<Latency>);

const LATENCIES: [Times; 3] = [
    ("latency_ms.accepted", "accepted latency", |run| run.latency_ms.accepted),
    ("latency_ms.rejected", "rejected latency", |run| run.latency_ms.rejected),
    ("latency_ms.error", "error latency", |run| run.latency_ms.error),
];

/// Figures of an open loop only.
const SERVICE_TIMES: [Times; 3] = [
    ("service_ms.accepted", "accepted service time", |run| run.service_ms?.accepted),
    ("service_ms.rejected", "rejected service time", |run| run.service_ms?.rejected),
    ("service_ms.error", "error service time", |run| run.service_ms?.error),
];

type Quantile = (&'static str, &'static str, fn(Latency) -> f64);

const QUANTILES: [Quantile; 3] = [
    ("p50", "p50", |latency| latency.p50),
    ("p99", "p99", |latency| latency.p99),
    ("p999", "p99.9", |latency| latency.p999),
];

/// Returns all figures, in display order.
pub(super) fn all() -> impl Iterator<Item = Reading> {
    RATES_AND_COUNTS
        .into_iter()
        .map(single)
        .chain(LATENCIES.into_iter().flat_map(|times| with_quantiles(times, &QUANTILES)))
        .chain(SERVICE_TIMES.into_iter().flat_map(|times| with_quantiles(times, &QUANTILES[..2])))
        .chain([single(CLIENT_CPU)])
}

fn single((name, label, read): Single) -> Reading {
    Reading { name: name.to_owned(), label: label.to_owned(), subject: label, read: Box::new(read) }
}

fn with_quantiles(
    (name, subject, read): Times,
    quantiles: &'static [Quantile],
) -> impl Iterator<Item = Reading> {
    quantiles.iter().map(move |&(field, quantile, pick)| Reading {
        name: format!("{name}.{field}"),
        label: format!("{subject} {quantile}, ms"),
        subject,
        read: Box::new(move |run| read(run).map(pick)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Latencies, Limit};

    #[test]
    fn a_name_is_the_path_of_its_figure_in_the_json() {
        let latency = |from: f64| {
            let p = |n: f64| from + n;
            let latency = Latency { p50: p(0.1), p99: p(0.2), p999: p(0.3), ..Latency::default() };
            Some(latency)
        };
        let latencies = |from: f64| Latencies {
            accepted: latency(from + 10.0),
            rejected: latency(from + 20.0),
            error: latency(from + 30.0),
        };
        let run = Report {
            rate: 1.0,
            rejected: 2,
            latency_ms: latencies(100.0),
            service_ms: Some(latencies(200.0)),
            limit: Limit { client_cpu_seconds_per_million: Some(3.0), ..Limit::default() },
            ..Report::default()
        };
        let json = serde_json::to_value(&run).unwrap();
        let mut read = Vec::new();
        for reading in all().filter(|reading| reading.name != "accepted_per_second") {
            let figure = reading.read_all(std::slice::from_ref(&run))[0].unwrap();
            let pointer = format!("/{}", reading.name.replace('.', "/"));
            assert_eq!(json.pointer(&pointer).unwrap().as_f64(), Some(figure), "{pointer}");
            read.push(figure);
        }
        assert_eq!(read.len(), 3 + 9 + 6 + 1);
        read.sort_by(f64::total_cmp);
        read.dedup();
        assert_eq!(read.len(), 3 + 9 + 6 + 1, "two names read one figure: {read:?}");
    }
}
