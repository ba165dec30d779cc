//! The table of checks, a file a topic.
//!
//! To add a check: one entry with a name, the reason, the bytes and the answer. It is then sent
//! whole, byte by byte and with a further request behind it, with the same expectation.

mod backpressure;
mod chunked;
mod connection;
mod connection_limit;
mod content;
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

/// Every check of the contract, by topic.
#[must_use]
pub fn table() -> Vec<Check> {
    [
        echo::checks(),
        request_line::checks(),
        fields::checks(),
        host::checks(),
        lengths::checks(),
        chunked::checks(),
        expect::checks(),
        connection::checks(),
        methods::checks(),
        order::checks(),
        events::checks(),
        content::checks(),
        limits::checks(),
        timeouts::checks(),
        state::checks(),
        metrics::checks(),
        backpressure::checks(),
        // Last, because the server may take a moment to notice that the crowd has gone.
        connection_limit::checks(),
    ]
    .concat()
}

/// A request to hide in a body: answered 204 if it is read as a request.
const HIDDEN: &str = "OPTIONS * HTTP/1.1\r\nHost: check\r\n\r\n";

/// `POST /` with these field lines (each with its CRLF) after `Host`, and then the body as it is.
fn post(fields: &str, body: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: check\r\n{fields}\r\n{body}")
}

/// `POST /` with a body and its `Content-Length`.
fn post_body(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = post(&format!("Content-Length: {}\r\n", body.len()), "");
    [head.as_bytes(), body].concat()
}

/// `POST /` with these chunks (framing included) as its body.
fn post_chunked(chunks: &str) -> String {
    post("Transfer-Encoding: chunked\r\n", chunks)
}

/// A request without a body, with these field lines after `Host`.
fn bare(method_and_target: &str, fields: &str) -> String {
    format!("{method_and_target} HTTP/1.1\r\nHost: check\r\n{fields}\r\n")
}

/// An event that changes nothing: its amount is 0.
fn event(user: &str) -> String {
    format!(r#"{{"user":"{user}","action":"check","amount":0}}"#)
}
