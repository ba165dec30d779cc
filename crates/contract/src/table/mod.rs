//! The table of checks, with a file for each topic.
//!
//! A new check is one entry with a name, the reason, the bytes and the answer. It is sent whole,
//! byte by byte, and followed by another request, with the same expectation. It builds on the habits
//! of [`basics`], without which it is not asked, or without the part that needs them.

mod backpressure;
mod basics;
mod chunked;
mod connection;
mod connection_limit;
mod content;
mod counts;
mod echo;
mod events;
mod expect;
mod fields;
mod host;
mod lengths;
mod limits;
mod methods;
mod metrics;
mod order;
mod request_line;
mod state;
mod timeouts;

use super::Check;

/// Returns every check of the contract, by topic.
#[must_use]
pub fn table() -> Vec<Check> {
    let topics = [
        ("basics", basics::checks()),
        ("echo", echo::checks()),
        ("request line", request_line::checks()),
        ("fields", fields::checks()),
        ("host", host::checks()),
        ("lengths", lengths::checks()),
        ("chunks", chunked::checks()),
        ("expect", expect::checks()),
        ("connections", connection::checks()),
        ("methods", methods::checks()),
        ("order", order::checks()),
        ("events", events::checks()),
        ("content", content::checks()),
        ("limits", limits::checks()),
        ("timeouts", timeouts::checks()),
        ("balances", state::checks()),
        ("metrics", metrics::checks()),
        ("metrics", counts::checks()),
        ("queue", backpressure::checks()),
        ("metrics", counts::checks_of_rejected()),
        // Last, because the server may notice late that the many connections are closed.
        ("connection limit", connection_limit::checks()),
    ];
    let of_topic = |(topic, checks): (&'static str, Vec<Check>)| {
        checks.into_iter().map(move |check| check.topic(topic))
    };
    topics.into_iter().flat_map(of_topic).collect()
}

/// A request to put into a body. If it is read as a request, its answer comes in place of the 404
/// of the request that follows.
const HIDDEN: &str = "POST / HTTP/1.1\r\nHost: check\r\nContent-Length: 0\r\n\r\n";

/// Returns `POST /` with these field lines (each with its CRLF) after `Host`, and this body.
fn post(fields: &str, body: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: check\r\n{fields}\r\n{body}")
}

/// Returns `POST /` with a body and its `Content-Length`.
pub(crate) fn post_body(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = post(&format!("Content-Length: {}\r\n", body.len()), "");
    [head.as_bytes(), body].concat()
}

/// Returns `POST /` with these chunks (including their framing) as its body.
fn post_chunked(chunks: &str) -> String {
    post("Transfer-Encoding: chunked\r\n", chunks)
}

/// Returns a request without a body, with these field lines after `Host`.
pub(crate) fn bare(method_and_target: &str, fields: &str) -> String {
    format!("{method_and_target} HTTP/1.1\r\nHost: check\r\n{fields}\r\n")
}

/// Returns an event of amount 0.
pub(crate) fn event(user: &str) -> String {
    format!(r#"{{"user":"{user}","action":"check","amount":0}}"#)
}
