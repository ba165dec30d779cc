//! Opens connections that send nothing, and probes whether the server still answers a normal
//! request.

use crate::descriptors::{self, TooFewDescriptors};
use crate::server::{self, Unreachable, UrlError};
use reqwest::Url;
use serde::Serialize;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The number of connections to open at a time, below the listen backlog of 128 that std sets.
const BATCH_MAX: u64 = 100;
/// An event that does not change a balance.
const EVENT: &str = r#"{"user":"user0","action":"buy","amount":0}"#;

/// The plan of a probe.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The URL of the server, `http://` and a host.
    pub url: String,
    /// The number of silent connections.
    pub connections: u64,
    /// The timeout of each connect and of the probe.
    pub timeout: Duration,
    /// The time to keep the silent connections open after the probe.
    pub hold: Duration,
}

/// The result of a probe.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The schema version: 1.
    pub schema: u32,
    /// The number of silent connections requested.
    pub silent: u64,
    /// The number of silent connections open during the probe.
    pub opened: u64,
    /// True if the probe got an HTTP answer, whatever its status.
    pub answered: bool,
    /// The status code of the answer.
    pub status: Option<u16>,
    /// Why the probe or a silent connection failed; `null` if none did, and for a timeout.
    pub fault: Option<String>,
    /// The time that the probe took, to its answer or its timeout.
    pub seconds: f64,
}

/// Errors before the probe is sent.
#[derive(Debug, thiserror::Error)]
pub enum SilentError {
    /// The URL is invalid.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// The server cannot be reached.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// This process may not open that many connections.
    #[error(transparent)]
    Descriptors(#[from] TooFewDescriptors),
    /// The HTTP client could not be set up.
    #[error("cannot set up the HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// The runtime could not be set up.
    #[error("cannot start a runtime: {0}")]
    Runtime(#[from] io::Error),
}

/// Opens the silent connections, probes the server, passes the report to `on_report`, and then
/// keeps the connections open for the plan's `hold` time. Blocks until it has closed them.
///
/// # Errors
/// When the URL is invalid, the server cannot be reached, or the process may not open that many
/// files.
pub fn run(plan: &Plan, on_report: impl FnOnce(&Report)) -> Result<Report, SilentError> {
    let url = server::parse_url(&plan.url)?;
    descriptors::reserve(plan.connections)?;
    let address = server::reach(&url, plan.timeout)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (silent, refused) = open(address, plan).await;
        let begin = Instant::now();
        let answer = probe(&url, address, plan.timeout).await?;
        let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
        let seconds = begin.elapsed().as_secs_f64();
        let report = Report {
            schema: 1,
            silent: plan.connections,
            opened: silent.len() as u64,
            answered: status.is_some(),
            status,
            fault: answer.err().and_then(|error| cause(&error)).or(refused),
            seconds,
        };
        on_report(&report);
        if !plan.hold.is_zero() {
            tokio::time::sleep(plan.hold).await;
        }
        Ok(report)
    })
}

/// Opens the connections in batches, and returns them with the error of one that failed, if any.
async fn open(address: SocketAddr, plan: &Plan) -> (Vec<TcpStream>, Option<String>) {
    let (mut open, mut fault) = (Vec::new(), None);
    let mut left = plan.connections;
    while left > 0 {
        let batch = left.min(BATCH_MAX);
        left -= batch;
        let mut opening = JoinSet::new();
        for _ in 0..batch {
            opening.spawn(timeout(plan.timeout, TcpStream::connect(address)));
        }
        let before = open.len();
        for connect in opening.join_all().await.into_iter().flatten() {
            match connect {
                Ok(stream) => open.push(stream),
                Err(error) => fault = Some(server::describe(&error)),
            }
        }
        if open.len() == before {
            // The server accepts no more: each further batch would only time out.
            break;
        }
    }
    (open, fault)
}

/// Sends one normal request on a new connection.
///
/// # Errors
/// The outer error when the HTTP client cannot be set up, the inner one without an answer.
async fn probe(
    url: &Url,
    address: SocketAddr,
    timeout: Duration,
) -> reqwest::Result<reqwest::Result<reqwest::Response>> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .resolve(url.host_str().expect("an http URL has a host"), address)
        .http1_only()
        .timeout(timeout)
        .build()?;
    Ok(client.post(url.clone()).body(EVENT).send().await)
}

/// Describes the innermost error of a request; `None` for a timeout.
fn cause(error: &reqwest::Error) -> Option<String> {
    if error.is_timeout() {
        return None;
    }
    let mut last: &dyn Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    Some(last.downcast_ref().map_or_else(|| last.to_string(), server::describe))
}
