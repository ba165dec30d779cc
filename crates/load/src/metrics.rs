//! A server's own counts, as stages 9 and 10 serve them: `{"type":"metrics"}` answered in JSON, or else
//! `GET /metrics` in the Prometheus text format.

use crate::server::{self, Unreachable, UrlError};
use reqwest::{Client, Response, Url};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A server that does not tell its counts within this does not tell them.
const TIMEOUT: Duration = Duration::from_secs(5);
/// No more of an answer is read.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// What a server has counted since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Metrics {
    /// Events whose fate was decided.
    pub received: u64,
    /// Events that were done, the failed ones among them.
    pub processed: u64,
    /// Events that were rejected.
    pub dropped: u64,
    /// Events that are queued or in hand: received, neither processed nor dropped.
    pub pending: u64,
    /// Events that could not change a balance.
    #[serde(default)]
    pub failed: u64,
    /// How long workers have waited for a lock, in nanoseconds, all together.
    #[serde(default)]
    pub total_lock_wait_ns: u64,
    /// How long events have waited in the queue, in nanoseconds, all together.
    #[serde(default)]
    pub total_queue_wait_ns: u64,
}

/// Why there are no counts.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// No such URL.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// Nobody listens.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// No answer.
    #[error("the server at {0} does not tell its metrics: {1}")]
    Silent(String, reqwest::Error),
    /// Answers, and no metrics in them.
    #[error(
        "the server at {0} has no metrics: it answers neither {{\"type\":\"metrics\"}} nor GET \
         /metrics (stages 9 and 10 do)"
    )]
    None(String),
    /// No runtime to ask with.
    #[error("cannot start a runtime: {0}")]
    Runtime(#[from] std::io::Error),
}

/// Asks the server at `url` for its counts.
///
/// # Errors
/// When it is not reached, does not answer within five seconds, or has none.
pub fn read(url: &str) -> Result<Metrics, MetricsError> {
    let at = server::parse_url(url)?;
    server::reach(&at, TIMEOUT)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let silent =
        |error: reqwest::Error| MetricsError::Silent(server::shown(url), error.without_url());
    runtime
        .block_on(ask(&at))
        .map_err(silent)?
        .ok_or_else(|| MetricsError::None(server::shown(url)))
}

async fn ask(url: &Url) -> reqwest::Result<Option<Metrics>> {
    let client = Client::builder().no_proxy().timeout(TIMEOUT).pool_max_idle_per_host(0).build()?;
    let question = client.post(url.clone()).body(r#"{"type":"metrics"}"#);
    let answer = body(question.send().await?).await?;
    if let Ok(metrics) = serde_json::from_slice(&answer) {
        return Ok(Some(metrics));
    }
    let mut text = url.clone();
    text.set_path("/metrics");
    let answer = body(client.get(text).send().await?).await?;
    Ok(of_text(&String::from_utf8_lossy(&answer)))
}

async fn body(mut response: Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await?
        && body.len() <= BODY_BYTES_MAX
    {
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads the Prometheus text format, version 0.0.4: a name and a value on each line that is no comment.
fn of_text(text: &str) -> Option<Metrics> {
    let written = |name: &str| {
        text.lines().find_map(|line| {
            let mut words = line.split_ascii_whitespace();
            (words.next() == Some(name)).then(|| words.next())?
        })
    };
    let value = |name| written(name)?.parse().ok();
    // A missing metric is zero; one that cannot be read makes all of them unreadable.
    let optional = |name| written(name).map_or(Some(0), |word| word.parse().ok());
    let nanoseconds = |name| match written(name) {
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
    fn the_text_format_is_read_by_name() {
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
        assert_eq!(of_text(text), Some(metrics));
        for broken in [
            "",
            "events_received_total 12\n",
            &text.replace(" 7", " seven"),
            &text.replace("0.000000099", "?"),
        ] {
            assert_eq!(of_text(broken), None, "{broken:?}");
        }
    }
}
