//! Statistics of latencies.

use super::report::rounded;
use super::tally::Timings;
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// The latencies of each outcome; `null` without samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Latencies {
    /// The accepted requests.
    pub accepted: Option<Latency>,
    /// The rejected requests.
    pub rejected: Option<Latency>,
    /// The requests that ended in an error.
    pub error: Option<Latency>,
}

/// Statistics of a latency, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Latency {
    /// The arithmetic mean.
    pub mean: f64,
    /// The minimum.
    pub min: f64,
    /// The median.
    pub p50: f64,
    /// The 75th percentile.
    pub p75: f64,
    /// The 90th percentile.
    pub p90: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The 99.9th percentile.
    pub p999: f64,
    /// The 99.99th percentile.
    pub p9999: f64,
    /// The maximum.
    pub max: f64,
}

/// The latency histogram of each outcome in HdrHistogram's compressed V2 format, as Base64, in
/// microseconds; `null` without samples.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Histograms {
    /// The accepted requests.
    pub accepted: Option<String>,
    /// The rejected requests.
    pub rejected: Option<String>,
    /// The requests that ended in an error.
    pub error: Option<String>,
}

/// The complete latencies of each outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Distributions {
    /// The accepted requests.
    pub accepted: Timings,
    /// The rejected requests.
    pub rejected: Timings,
    /// The requests that ended in an error.
    pub error: Timings,
}

impl Distributions {
    pub(crate) fn add(&mut self, other: &Self) {
        self.accepted.add(&other.accepted);
        self.rejected.add(&other.rejected);
        self.error.add(&other.error);
    }

    /// Removes earlier latencies, those of `before`.
    pub fn subtract(&mut self, before: &Self) {
        self.accepted.subtract(&before.accepted);
        self.rejected.subtract(&before.rejected);
        self.error.subtract(&before.error);
    }
}

impl Latency {
    /// Returns the statistics of a histogram of microseconds; `None` if it is empty.
    #[must_use]
    pub fn from_histogram(histogram: &Histogram<u64>) -> Option<Self> {
        let ms = |microseconds: f64| rounded(microseconds / 1000.0, 1000.0);
        let at = |quantile| ms(histogram.value_at_quantile(quantile) as f64);
        (!histogram.is_empty()).then(|| Self {
            mean: ms(histogram.mean()),
            min: ms(histogram.min() as f64),
            p50: at(0.5),
            p75: at(0.75),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            p999: at(0.999),
            p9999: at(0.9999),
            max: ms(histogram.max() as f64),
        })
    }
}

impl Latencies {
    pub(crate) fn new(all: &Distributions, pick: impl Fn(&Timings) -> &Histogram<u64>) -> Self {
        let latency = |timings| Latency::from_histogram(pick(timings));
        Self {
            accepted: latency(&all.accepted),
            rejected: latency(&all.rejected),
            error: latency(&all.error),
        }
    }
}
