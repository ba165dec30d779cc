//! Connections that say nothing, and one honest request that asks whether the server still answers.

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

/// How many connections are being opened at a time: fewer than the 128 that wait in the listen
/// backlog of a server made with std.
const OPENING_MAX: u64 = 100;
/// A well-formed event that leaves every sum as it is.
const EVENT: &str = r#"{"user":"user0","action":"buy","amount":0}"#;

/// What is to be opened, and how long the probe may take.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The server, `http://` and a host.
    pub url: String,
    /// How many silent connections.
    pub connections: u64,
    /// How long the probe waits for its answer, and each connection for its connect.
    pub timeout: Duration,
    /// How long the silent connections are kept open once the probe is over.
    pub hold: Duration,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The version of this shape: 1.
    pub schema: u32,
    /// How many silent connections were asked for.
    pub silent: u64,
    /// How many of them were open while the probe asked.
    pub opened: u64,
    /// Whether the probe got an HTTP answer, whatever it said.
    pub answered: bool,
    /// The answer's status code.
    pub status: Option<u16>,
    /// Why a connection failed, of the silent ones or the probe's; `null` when none did, or none was
    /// answered in time.
    pub fault: Option<String>,
    /// How long the probe took, up to its answer or to the end of its patience.
    pub seconds: f64,
}

/// Why nothing could be asked.
#[derive(Debug, thiserror::Error)]
pub enum SilentError {
    /// The URL is refused.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// There is no such server.
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

/// Opens the silent connections, probes, and tells what it saw before it holds them open. It blocks
/// until that is done; the silent connections are closed when it returns.
///
/// # Errors
/// When there was nothing to ask: a URL that is none, a server that is not there, or too few files
/// that this process may open.
pub fn run(plan: &Plan, tell: impl FnOnce(&Report)) -> Result<Report, SilentError> {
    let url = server::parse_url(&plan.url)?;
    descriptors::reserve(plan.connections)?;
    let address = server::reach(&url, plan.timeout)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (silent, refused) = open(address, plan).await;
        let asked = Instant::now();
        let answer = probe(&url, address, plan.timeout).await?;
        let status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
        let seconds = asked.elapsed().as_secs_f64();
        let report = Report {
            schema: 1,
            silent: plan.connections,
            opened: silent.len() as u64,
            answered: status.is_some(),
            status,
            fault: answer.err().and_then(|error| cause(&error)).or(refused),
            seconds,
        };
        tell(&report);
        if !plan.hold.is_zero() {
            tokio::time::sleep(plan.hold).await;
        }
        Ok(report)
    })
}

/// Opens the connections, a batch at a time, and returns those that were taken, and why one was not.
async fn open(address: SocketAddr, plan: &Plan) -> (Vec<TcpStream>, Option<String>) {
    let (mut open, mut fault) = (Vec::new(), None);
    let mut left = plan.connections;
    while left > 0 {
        let batch = left.min(OPENING_MAX);
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
            // The server takes no more, and each further batch would only wait that long again.
            break;
        }
    }
    (open, fault)
}

/// Sends one honest request on a connection of its own.
///
/// # Errors
/// The outer one when there is no HTTP client to send it with, the inner one without an answer.
async fn probe(
    url: &Url,
    address: SocketAddr,
    patience: Duration,
) -> reqwest::Result<reqwest::Result<reqwest::Response>> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .resolve(url.host_str().expect("a URL of http has a host"), address)
        .http1_only()
        .timeout(patience)
        .build()?;
    Ok(client.post(url.clone()).body(EVENT).send().await)
}

/// The connection's own error beneath a request's; `None` for a timeout.
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
