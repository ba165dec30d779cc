//! The query for a server's metrics, and their text format.

use std::fmt::Write as _;

use serde::Deserialize;

/// Returns true for a body that asks for the metrics: a JSON object with `"type":"metrics"`; other
/// fields are allowed.
#[must_use]
pub fn asks_for_metrics(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Question {
        r#type: String,
    }
    // serde would also accept an array of the fields.
    let object = str::from_utf8(body).ok().filter(|text| text.trim_start().starts_with('{'));
    let question = object.and_then(|text| serde_json::from_str(text).ok());
    question.is_some_and(|Question { r#type }| r#type == "metrics")
}

/// Metrics in the [text format of Prometheus], version 0.0.4.
///
/// [text format of Prometheus]: https://prometheus.io/docs/instrumenting/exposition_formats/
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exposition(String);

impl Exposition {
    /// Adds a counter: a value that only increases.
    #[must_use]
    pub fn counter(self, name: &str, help: &str, value: u64) -> Self {
        self.metric(name, "counter", help, &value.to_string())
    }

    /// Adds a gauge: a value that may decrease.
    #[must_use]
    pub fn gauge(self, name: &str, help: &str, value: u64) -> Self {
        self.metric(name, "gauge", help, &value.to_string())
    }

    /// Adds a counter of time, given in nanoseconds and written in seconds with all digits.
    #[must_use]
    pub fn time(self, name: &str, help: &str, ns: u64) -> Self {
        let seconds = format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000);
        self.metric(name, "counter", help, &seconds)
    }

    /// Returns the text.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }

    fn metric(mut self, name: &str, kind: &str, help: &str, value: &str) -> Self {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
        self
    }
}
