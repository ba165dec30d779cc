//! One connection of the load: a `reqwest::Client` of its own that sends one request at a time.
//!
//! A client shared by many requests opens more connections than it has requests in flight, because
//! a connect that lost against an idle connection is still finished and kept.

use super::outcome::{Cause, Fate, Outcome};
use super::plan::Plan;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Response, StatusCode, Url};
use std::net::SocketAddr;

/// An answer of the contract has some 60 bytes; one beyond this is not read to its end.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// One connection, opened by its first request and again whenever it was closed.
pub(super) struct Connection {
    client: Client,
    url: Url,
    users: u64,
    echo: bool,
}

/// An answer, read to its end.
pub(super) struct Answer {
    pub outcome: Outcome,
    status: StatusCode,
    body: Vec<u8>,
}

impl Answer {
    /// Status and body for a person: the beginning of it, on one line.
    pub(super) fn words(&self) -> String {
        let body = String::from_utf8_lossy(&self.body);
        let one_line = |c: char| if c.is_control() { ' ' } else { c };
        let body: String = body.chars().take(160).map(one_line).collect();
        format!("{} {body}", self.status)
    }
}

impl Connection {
    /// A connection to `address`, which is where the plan's URL was found to be.
    pub(super) fn new(plan: &Plan, url: Url, address: SocketAddr) -> reqwest::Result<Self> {
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            // What stays is hyper's own second try of a request that it had not begun to write
            // when its idle connection turned out to be closed: that one is still sent once.
            .retry(reqwest::retry::never())
            .resolve(url.host_str().unwrap_or_default(), address)
            .http1_only()
            .tcp_nodelay(true)
            .pool_max_idle_per_host(1)
            .pool_idle_timeout(None)
            // From the connect to the last byte of the body.
            .timeout(plan.timeout)
            .build()?;
        Ok(Self { client, url, users: plan.users, echo: plan.echo })
    }

    /// Sends request `number` and reads its answer to the end.
    pub(super) async fn exchange(&self, number: u64) -> Result<Answer, reqwest::Error> {
        let event = event(number % self.users);
        let response = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(event.clone())
            .send()
            .await?;
        let status = response.status();
        let (body, whole) = bounded_body(response).await?;
        let outcome = if !whole {
            Outcome::Error(Cause::Body, Fate::Unknown)
        } else if self.echo {
            Outcome::of_echo(status, &body, event.as_bytes())
        } else {
            Outcome::of_answer(status, &body)
        };
        Ok(Answer { outcome, status, body })
    }
}

/// Every event adds 1, so that the sum of all balances is the number of events accepted.
fn event(user: u64) -> String {
    format!(r#"{{"user":"user{user}","action":"buy","amount":1}}"#)
}

/// The body, and whether that is all of it: one longer than any answer of the contract is cut off.
async fn bounded_body(mut response: Response) -> reqwest::Result<(Vec<u8>, bool)> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Ok((body, false));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body, true))
}
