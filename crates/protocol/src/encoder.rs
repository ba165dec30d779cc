//! Writes replies as HTTP/1.1.

use crate::{Reply, Status};

/// The interim answer to `Expect: 100-continue` (RFC 9110 §15.2.1).
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// The bytes reserved for a head, enough for nearly all: one allocation instead of several.
const HEAD_ROOM: usize = 256;

/// The properties of a request that affect how its answer is encoded.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// The request was HEAD: its answer ends after the head (RFC 9110 §9.3.2).
    pub head_only: bool,
    /// The request was GET or HEAD: its answer must not be cached (RFC 9111 §5.2.2.5).
    pub no_store: bool,
    /// The client speaks HTTP/1.0, which requires `Connection: keep-alive` to keep a connection
    /// open.
    pub http10: bool,
    /// The connection ends with this answer.
    pub close: bool,
}

/// Appends a reply to `out`. `date` is the current time as an IMF-fixdate (RFC 9110 §5.6.7), since
/// this crate has no clock.
pub fn encode(out: &mut Vec<u8>, reply: &Reply, exchange: Exchange, date: &str) {
    out.reserve(HEAD_ROOM + reply.body.len());
    let mut text = |part: &str| out.extend_from_slice(part.as_bytes());
    text("HTTP/1.1 ");
    text(reply.status.line());
    text("\r\nDate: ");
    text(date);
    if let Some((name, value)) = &reply.field {
        for part in ["\r\n", name, ": ", value] {
            text(part);
        }
    }
    if exchange.no_store {
        text("\r\nCache-Control: no-store");
    }
    if exchange.close {
        text("\r\nConnection: close");
    } else if exchange.http10 {
        text("\r\nConnection: keep-alive");
    }
    if reply.status != Status::NoContent {
        text("\r\nContent-Type: ");
        text(reply.content_type);
        text("\r\nContent-Length: ");
        decimal(out, reply.body.len());
    }
    out.extend_from_slice(b"\r\n\r\n");
    if !exchange.head_only && reply.status != Status::NoContent {
        out.extend_from_slice(&reply.body);
    }
}

/// Appends a number. `write!` would take as long as the rest of the head.
fn decimal(out: &mut Vec<u8>, number: usize) {
    if number >= 10 {
        decimal(out, number / 10);
    }
    out.push(b'0' + (number % 10) as u8); // one digit
}
