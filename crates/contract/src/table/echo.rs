//! Stages 1 and 2: one request per connection, answered with its body.

use crate::answer::{Answer, answer};
use crate::{Check, check};

fn echoed(body: &'static str) -> Answer {
    answer(200).body(body).with("Connection", "close").closed()
}

pub(crate) fn checks() -> Vec<Check> {
    vec![
        check("echo-body", "The body is echoed, and then the connection is closed.")
            .stages(1..=2)
            .sends("POST / HTTP/1.1\r\nHost: check\r\nContent-Length: 5\r\n\r\nhello")
            .gets(echoed("hello")),
        check(
            "echo-length-in-lower-case",
            "Field names are case-insensitive (RFC 9110, 5.1): many HTTP clients send \
             `content-length`.",
        )
        .must()
        .needs("echo-body")
        .stages(1..=2)
        .sends("POST / HTTP/1.1\r\nhost: check\r\ncontent-length: 5\r\n\r\nhello")
        .gets(echoed("hello")),
        check("echo-length-in-any-case", "Field names are case-insensitive (RFC 9110, 5.1).")
            .must()
            .needs("echo-length-in-lower-case")
            .stages(1..=2)
            .sends("POST / HTTP/1.1\r\nHost: check\r\nCONTENT-lenGTH: 5\r\n\r\nhello")
            .gets(echoed("hello")),
        check(
            "echo-nothing",
            "Without Content-Length there is no body to wait for (RFC 9112, 6.3).",
        )
        .needs("echo-body")
        .stages(1..=2)
        .sends("GET / HTTP/1.1\r\nHost: check\r\n\r\n")
        .gets(echoed("")),
        check("echo-length-zero", "An empty body is complete at once.")
            .needs("echo-body")
            .stages(1..=2)
            .sends("POST / HTTP/1.1\r\nHost: check\r\nContent-Length: 0\r\n\r\n")
            .gets(echoed("")),
        check(
            "echo-any-bytes",
            "A body may contain any bytes, line ends and an end of head among them.",
        )
        .needs("echo-body")
        .stages(1..=2)
        .sends("POST / HTTP/1.1\r\nContent-Length: 12\r\nHost: check\r\n\r\n\r\n\r\nab\0\r\n\r\nc")
        .gets(echoed("\r\n\r\nab\0\r\n\r\nc")),
        check(
            "echo-head-and-body-apart",
            "A head and its body may come in separate segments (RFC 9112, 6.3).",
        )
        .must()
        .needs("echo-body")
        .stages(1..=2)
        .sends("POST / HTTP/1.1\r\nHost: check\r\nContent-Length: 5\r\n\r\n")
        .sends("hello")
        .gets(echoed("hello")),
        check("echo-long", "A body of many segments is echoed completely.")
            .needs("echo-body")
            .stages(1..=2)
            .sends(format!(
                "POST / HTTP/1.1\r\nHost: check\r\nContent-Length: 60000\r\n\r\n{}",
                "x".repeat(60_000)
            ))
            .gets(answer(200).body("x".repeat(60_000)).closed()),
    ]
}
