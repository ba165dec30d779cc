//! Where an answer ends (RFC 9112 §6.3), whatever its server makes of it: the same for each engine.

use crate::client::{count, run};
use crate::server::{ACCEPTED, Server, Then, send};
use std::io::Write as _;

const ENGINES: [&str; 2] = ["reqwest", "raw"];

/// Runs 20 requests against a server that answers these bytes, and closes if told to. Returns the
/// figure that counts all of them.
fn outcome(engine: &str, bytes: String, then: Then) -> &'static str {
    let server = Server::start(move |stream, _| {
        send(stream, &bytes);
        then
    });
    let flags = ["--requests", "20", "--concurrency", "2", "--engine", engine];
    let report = run(&server.url(), &flags);
    assert!(count(&report["connections"]["peak"]) <= 2, "{report}");
    let counted = |name: &&str| {
        let value = report.get(name).or_else(|| report["errors"].get(name));
        value.is_some_and(|value| count(value) == 20)
    };
    let names = ["accepted", "rejected", "status", "body", "closed", "other"];
    names.into_iter().find(counted).unwrap_or("several")
}

#[test]
fn an_answer_ends_where_its_framing_says() {
    let long = "x".repeat(3000);
    let fields = |count: usize| "A: b\r\n".repeat(count);
    for (head, body, then, expected) in [
        // With a length.
        ("200 X\r\nContent-Length: 21", ACCEPTED, Then::Next, "accepted"),
        ("200 X\r\ncontent-length:21 ", ACCEPTED, Then::Next, "accepted"),
        ("200 X\r\nContent-Length: 21\r\nContent-Length: 21", ACCEPTED, Then::Next, "accepted"),
        ("200 X\r\nContent-Length: 21\r\nContent-Length: 22", ACCEPTED, Then::Next, "other"),
        ("200 X\r\nContent-Length: +21", ACCEPTED, Then::Next, "other"),
        ("200 X\r\nContent-Length: x", ACCEPTED, Then::Next, "other"),
        ("200 X\r\nContent-Length: 20", ACCEPTED, Then::Close, "body"),
        ("200 X\r\nContent-Length: 22", ACCEPTED, Then::Close, "closed"),
        ("200 X\r\nContent-Length: 0", "", Then::Next, "body"),
        // In chunks.
        (
            "200 X\r\nTransfer-Encoding: chunked",
            "15\r\n{ACCEPTED}\r\n0\r\n\r\n",
            Then::Next,
            "accepted",
        ),
        (
            "200 X\r\nTransfer-Encoding: Chunked",
            "1\r\n{\r\n14;a=b\r\n{REST}\r\n0\r\n\r\n",
            Then::Next,
            "accepted",
        ),
        (
            "200 X\r\nTransfer-Encoding: chunked",
            "15\r\n{ACCEPTED}\r\n0\r\nA: b\r\n\r\n",
            Then::Next,
            "accepted",
        ),
        (
            "200 X\r\nTransfer-Encoding: chunked\r\nContent-Length: 5",
            "15\r\n{ACCEPTED}\r\n0\r\n\r\n",
            Then::Next,
            "accepted",
        ),
        ("200 X\r\nTransfer-Encoding: chunked", "15\r\n{ACCEPTED}", Then::Close, "closed"),
        ("200 X\r\nTransfer-Encoding: chunked", "15\r\n{ACCEPTED}\r\n", Then::Close, "closed"),
        ("200 X\r\nTransfer-Encoding: chunked", "no size\r\n", Then::Next, "other"),
        (
            "200 X\r\nTransfer-Encoding: chunked",
            "14\r\n{ACCEPTED}\r\n0\r\n\r\n",
            Then::Next,
            "other",
        ),
        ("200 X\r\nTransfer-Encoding: chunked", "fffffffffffffffff\r\n", Then::Next, "other"),
        // Until the connection is closed.
        ("200 X", ACCEPTED, Then::Close, "accepted"),
        ("200 X\r\nTransfer-Encoding: gzip", ACCEPTED, Then::Close, "accepted"),
        ("200 X\r\nConnection: keep-alive", ACCEPTED, Then::Close, "accepted"),
        // Without a body.
        ("204 X", "", Then::Next, "body"),
        ("204 X\r\nContent-Length: 5", "", Then::Next, "body"),
        ("304 X\r\nContent-Length: 5", "", Then::Next, "status"),
        ("205 X\r\nContent-Length: 0", "", Then::Next, "body"),
        // More than one.
        (
            "100 Continue\r\n\r\nHTTP/1.1 200 X\r\nContent-Length: 21",
            ACCEPTED,
            Then::Next,
            "accepted",
        ),
        (
            "103 Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 X\r\nContent-Length: 21",
            ACCEPTED,
            Then::Next,
            "accepted",
        ),
        ("200 X\r\nContent-Length: 21", "{ACCEPTED}HTTP/1.1 500 X\r\n\r\n", Then::Next, "accepted"),
        ("200 X\r\nContent-Length: 21", "{ACCEPTED}\r\n", Then::Next, "accepted"),
        // Its size.
        ("200 X\r\n{LONG}\r\nContent-Length: 21", ACCEPTED, Then::Next, "accepted"),
        ("200 X\r\n{98}Content-Length: 21", ACCEPTED, Then::Next, "accepted"),
        ("200 X\r\n{100}Content-Length: 21", ACCEPTED, Then::Next, "other"),
        // No head.
        ("2000 X\r\nContent-Length: 21", ACCEPTED, Then::Close, "other"),
        ("200 X\r\nA b\r\nContent-Length: 21", ACCEPTED, Then::Close, "other"),
        ("", "", Then::Close, "other"),
    ] {
        let bytes = format!("HTTP/1.1 {head}\r\n\r\n{body}")
            .replace("{ACCEPTED}", ACCEPTED)
            .replace("{REST}", &ACCEPTED[1..])
            .replace("{LONG}", &format!("A: {long}"))
            .replace("{98}", &fields(98))
            .replace("{100}", &fields(100));
        for engine in ENGINES {
            assert_eq!(outcome(engine, bytes.clone(), then), expected, "{engine}: {bytes}");
        }
    }
}

#[test]
fn an_answer_of_http_1_0_ends_its_connection_unless_it_says_otherwise() {
    for (head, connections) in [("", 20), ("Connection: keep-alive\r\n", 1)] {
        for engine in ENGINES {
            let answer = format!("HTTP/1.0 200 X\r\n{head}Content-Length: 21\r\n\r\n{ACCEPTED}");
            let server = Server::start(move |stream, _| send(stream, &answer));
            let flags = ["--requests", "20", "--concurrency", "1", "--engine", engine];
            let report = run(&server.url(), &flags);
            assert_eq!(count(&report["accepted"]), 20, "{engine} {report}");
            assert_eq!(server.connections(), connections, "{engine} {report}");
        }
    }
}

#[test]
fn an_answer_may_come_byte_by_byte() {
    for head in ["Content-Length: 21\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n15\r\n"] {
        for engine in ENGINES {
            let end = if head.starts_with('T') { "\r\n0\r\nA: b\r\n\r\n" } else { "" };
            let answer = format!("HTTP/1.1 100 X\r\n\r\nHTTP/1.1 200 X\r\n{head}{ACCEPTED}{end}");
            let server = Server::start(move |stream, _| {
                stream.set_nodelay(true).unwrap();
                answer.bytes().for_each(|byte| {
                    stream.write_all(&[byte]).unwrap();
                    std::thread::yield_now();
                });
                Then::Next
            });
            let flags = ["--requests", "20", "--concurrency", "2", "--engine", engine];
            let report = run(&server.url(), &flags);
            assert_eq!(count(&report["accepted"]), 20, "{engine} {report}");
            assert_eq!(server.connections(), 2, "{engine} {report}");
        }
    }
}
