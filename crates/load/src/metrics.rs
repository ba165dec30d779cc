//! Reads a server's metrics as stages 9 and 10 serve them: JSON in answer to `{"type":"metrics"}`,
//! or else the Prometheus text format at `GET /metrics`.

use crate::server::{self, Unreachable, UrlError};
use reqwest::{Client, Response, Url};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(5);
/// The number of bytes to read of an answer at most.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// The counts of a server since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Metrics {
    /// Events accepted or rejected.
    pub received: u64,
    /// Events processed, including failed ones.
    pub processed: u64,
    /// Events rejected.
    pub dropped: u64,
    /// Events queued or being processed: received, but neither processed nor dropped.
    pub pending: u64,
    /// Events that could not change a balance.
    #[serde(default)]
    pub failed: u64,
    /// The total time that workers waited for a lock, in nanoseconds.
    #[serde(default)]
    pub total_lock_wait_ns: u64,
    /// The total time that events waited in the queue, in nanoseconds.
    #[serde(default)]
    pub total_queue_wait_ns: u64,
}

/// Errors reading the metrics.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The URL is invalid.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The server cannot be reached.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The server gave no answer.
    #[error("cannot read the metrics of the server at {0}: {1}")]
    NoAnswer(String, reqwest::Error),
    /// The server answered without metrics.
    #[error(
        "the server at {0} has no metrics: it answers neither {{\"type\":\"metrics\"}} nor GET \
         /metrics (stages 9 and 10 do)"
    )]
    None(String),
    /// The runtime could not be started.
    #[error("cannot start a runtime: {0}")]
    Runtime(#[from] std::io::Error),
}

/// Reads the metrics of the server at `url`.
///
/// # Errors
/// When the server cannot be reached, does not answer within five seconds, or has no metrics.
pub fn read(url: &str) -> Result<Metrics, MetricsError> {
    let parsed = server::parse_url(url)?;
    server::reach(&parsed, TIMEOUT)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let no_answer =
        |error: reqwest::Error| MetricsError::NoAnswer(server::redact(url), error.without_url());
    runtime
        .block_on(request(&parsed))
        .map_err(no_answer)?
        .ok_or_else(|| MetricsError::None(server::redact(url)))
}

async fn request(url: &Url) -> reqwest::Result<Option<Metrics>> {
    let client = Client::builder().no_proxy().timeout(TIMEOUT).pool_max_idle_per_host(0).build()?;
    let request = client.post(url.clone()).body(r#"{"type":"metrics"}"#);
    let answer = read_body(request.send().await?).await?;
    if let Ok(metrics) = serde_json::from_slice(&answer) {
        return Ok(Some(metrics));
    }
    let mut text = url.clone();
    text.set_path("/metrics");
    let answer = read_body(client.get(text).send().await?).await?;
    Ok(parse_text(&String::from_utf8_lossy(&answer)))
}

async fn read_body(mut response: Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await?
        && body.len() <= BODY_BYTES_MAX
    {
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Parses the Prometheus text format, version 0.0.4: a name and a value on each line, except
/// comments.
fn parse_text(text: &str) -> Option<Metrics> {
    let find = |name: &str| {
        text.lines().find_map(|line| {
            let mut words = line.split_ascii_whitespace();
            (words.next() == Some(name)).then(|| words.next())?
        })
    };
    let value = |name| find(name)?.parse().ok();
    // A missing metric is zero; an invalid one is an error.
    let optional = |name| find(name).map_or(Some(0), |word| word.parse().ok());
    let nanoseconds = |name| match find(name) {
        None => Some(0),
        Some(word) => {
            let seconds = word.parse().ok().filter(|seconds: &f64| *seconds >= 0.0)?;
            Some((seconds * 1e9).round() as u64)
        }
    };
    Some(Metrics {
        received: value("events_received_total")?,
        processed: value("events_processed_total")?,
        dropped: value("events_dropped_total")?,
        pending: value("events_pending")?,
        failed: optional("events_failed_total")?,
        total_lock_wait_ns: nanoseconds("lock_wait_seconds_total")?,
        total_queue_wait_ns: nanoseconds("queue_wait_seconds_total")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_format_is_parsed_by_name() {
        let text = "# HELP events_received_total Events.\n# TYPE events_received_total counter\n\
                    events_received_total 12\nevents_processed_total 7\nevents_dropped_total 3\n\
                    events_pending 2\nlock_wait_seconds_total 0.000000099\n";
        let metrics = Metrics {
            received: 12,
            processed: 7,
            dropped: 3,
            pending: 2,
            total_lock_wait_ns: 99,
            ..Metrics::default()
        };
        assert_eq!(parse_text(text), Some(metrics));
        for broken in [
            "",
            "events_received_total 12\n",
            &text.replace(" 7", " seven"),
            &text.replace("0.000000099", "?"),
        ] {
            assert_eq!(parse_text(broken), None, "{broken:?}");
        }
    }
}
