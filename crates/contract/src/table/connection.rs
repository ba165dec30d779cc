//! Connections: keep-alive, pipelining and closing (RFC 9112, section 9).

use super::{bare, event, post, post_body};
use crate::answer::{accepted, answer, error, invalid_json};
use crate::{Check, Stop, Target, To, check, ensure, procedure};
use std::time::Duration;

pub(crate) fn checks() -> Vec<Check> {
    [kept(), closed(), dates()].concat()
}

fn kept() -> Vec<Check> {
    const ORDER: &str = "Pipelined requests are answered in order (RFC 9112, 9.3.2); swapped \
        answers would reach the wrong caller.";
    vec![
        check("keep-alive-after-event", "The connection stays open after an accepted event.")
            .sends(post_body(event("check-keep-alive")))
            .gets(accepted()),
        check("pipelined-event-among-others", ORDER)
            .sends(post_body("{}"))
            .and(post_body(event("check-pipelined")))
            .and(bare("GET /nothing", ""))
            .gets(error(400, "invalid_json"))
            .gets(accepted())
            .gets(error(404, "not_found").open()),
        check(
            "pipelined-up-to-an-error",
            "Requests before an error are answered; what follows it is never read as a request.",
        )
        .sends(post_body("{}"))
        .and("BROKEN\r\n\r\n")
        .and(post_body(event("check-smuggled")))
        .gets(error(400, "invalid_json"))
        .gets(error(400, "invalid_http").closed()),
        check(
            "empty-lines-between-requests",
            "Old clients send CRLF after a body (RFC 9112, 2.2).",
        )
        .sends(post_body("{}"))
        .and("\r\n\r\n")
        .and(post_body("{}"))
        .gets(error(400, "invalid_json"))
        .gets(invalid_json()),
        procedure(
            "pipelined-deep",
            "A client may send many requests ahead; the server answers all in order without a \
             deadlock.",
            deep,
        )
        .describe(
            "a thousand pipelined requests, alternating between an unknown path and a body that is no event",
            "a thousand answers, in that order",
        ),
        procedure(
            "one-by-one-beside-silence",
            "A silent connection must not block others.",
            beside_silence,
        )
        .alone()
        .describe(
            "half a head on 20 connections, then a complete request on another",
            "the complete request is answered while they wait",
        ),
    ]
}

fn closed() -> Vec<Check> {
    const HALF_CLOSED: &str =
        "A client that closes its sending side still reads answers (RFC 9112, 9.6).";
    vec![
        check(
            "close-asked-for",
            "The server closes the connection after the answer on request (RFC 9112, 9.6).",
        )
        .sends(post("Content-Length: 2\r\nConnection: close\r\n", "{}"))
        .gets(error(400, "invalid_json").with("Connection", "close").closed()),
        check("close-in-any-case", "Connection options are case-insensitive (RFC 9110, 7.6.1).")
            .sends(post("Content-Length: 2\r\nconnection: Close\r\n", "{}"))
            .gets(error(400, "invalid_json").closed()),
        check("close-in-a-list", "Connection is a list of options (RFC 9110, 7.6.1).")
            .sends(post("Content-Length: 2\r\nConnection: x-check, close\r\n", "{}"))
            .gets(error(400, "invalid_json").closed()),
        check("close-on-a-second-line", "A list may span several lines (RFC 9110, 5.3).")
            .sends(post("Content-Length: 2\r\nConnection: x-check\r\nConnection: close\r\n", "{}"))
            .gets(error(400, "invalid_json").closed()),
        check(
            "connection-option-like-close",
            "An option is a whole token: `closed` is not `close`.",
        )
        .sends(post("Content-Length: 2\r\nConnection: closed\r\n", "{}"))
        .gets(invalid_json()),
        check("half-closed-after-request", HALF_CLOSED)
            .sends(post_body("{}"))
            .finishes()
            .gets(error(400, "invalid_json").closed()),
        check("half-closed-after-several", HALF_CLOSED)
            .sends(post_body("{}"))
            .and(bare("GET /nothing", ""))
            .and(post_body("{}"))
            .finishes()
            .gets(error(400, "invalid_json"))
            .gets(error(404, "not_found"))
            .gets(error(400, "invalid_json").closed()),
        check("half-closed-after-event", HALF_CLOSED)
            .sends(post_body(event("check-half-closed")))
            .finishes()
            .gets(accepted().closed()),
        procedure(
            "keep-alive-in-1-0",
            "HTTP/1.0 connections persist only if both sides request it (RFC 9112, 9.3).",
            keep_alive_in_1_0,
        )
        .describe(
            "an HTTP/1.0 request with Connection: keep-alive",
            "an answer; the connection stays open if it has keep-alive, and is closed if not",
        ),
        procedure(
            "early-error-is-not-lost",
            "A reset right after an answer may discard it, so the server closes in stages (RFC 9112, \
             9.6).",
            early_error,
        )
        .describe(
            "a body, a target and a field of 200,000 bytes, and as many after a request line that is \
             not HTTP, each before the answer is read",
            "413 body_too_large, 414 uri_too_long, 431 headers_too_large, 400 invalid_http, each \
             followed by a close and not a reset",
        ),
    ]
}

fn dates() -> Vec<Check> {
    const DATE: &str =
        "A server with a clock sends a Date (RFC 9110, 6.6.1), in the form of 5.6.7.";
    vec![
        check("date-in-answers", DATE)
            .sends(post_body("{}"))
            .gets(error(400, "invalid_json").dated()),
        check("date-in-404", DATE)
            .sends(bare("GET /nothing", ""))
            .gets(error(404, "not_found").dated()),
        check("date-in-405", DATE).sends(bare("GET /", "")).gets(answer(405).dated()),
        check("date-in-accepted", DATE)
            .sends(post_body(event("check-date")))
            .gets(accepted().dated()),
        check("date-in-invalid-http", DATE)
            .sends("BROKEN\r\n\r\n")
            .gets(error(400, "invalid_http").dated()),
        check("date-in-413", DATE)
            .sends(post("Content-Length: 65537\r\n", ""))
            .gets(answer(413).dated()),
    ]
}

fn deep(target: &Target) -> Result<(), Stop> {
    let mut wire = target.open()?;
    wire.send(
        [bare("GET /nothing", ""), post("Content-Length: 2\r\n", "{}")].concat().repeat(500),
    )?;
    for index in 0..1000 {
        let got = wire.answer(To::Other)?;
        let is_next = if index % 2 == 0 {
            got.status == target.dialect.not_found
        } else {
            target.dialect.refused == Some(got.status)
        };
        ensure(is_next, format!("answer {index}: {got} (out of order)"))?;
    }
    Ok(())
}

fn beside_silence(target: &Target) -> Result<(), Stop> {
    let mut silent = Vec::new();
    for _ in 0..target.max_connections.map_or(20, |limit| (limit / 4).min(20)) {
        let mut wire = target.open()?;
        wire.send("POST / HTTP/1.1\r\nHost: ch")?;
        silent.push(wire);
    }
    let got = target.open()?.request("GET", "/nothing", "")?;
    target.ensure_not_found(&got)?;
    // The last silent connection is the last to time out.
    let timed_out = match silent.last_mut() {
        Some(wire) => wire.is_readable_within(Duration::from_millis(1))?,
        None => false,
    };
    ensure(!timed_out, "it was answered only after the silent connections had timed out")
}

fn keep_alive_in_1_0(target: &Target) -> Result<(), Stop> {
    let mut wire = target.open()?;
    let request = "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}";
    wire.send(request)?;
    let got = wire.answer(To::Other)?;
    target.ensure_refused(&got)?;
    if !got.lists("Connection", "keep-alive") {
        return Ok(wire.end()?);
    }
    wire.send(request)?;
    let got = wire.answer(To::Other)?;
    target.ensure_refused(&got)
}

fn early_error(target: &Target) -> Result<(), Stop> {
    let rest = "x".repeat(200_000);
    for (sent, status, reason) in [
        (post("Content-Length: 200000\r\n", &rest), 413, "body_too_large"),
        (format!("GET /{rest} HTTP/1.1\r\nHost: check\r\n\r\n"), 414, "uri_too_long"),
        (bare("GET /nothing", &format!("X-Check: {rest}\r\n")), 431, "headers_too_large"),
        (format!("BROKEN\r\n\r\n{rest}"), 400, "invalid_http"),
    ] {
        let mut wire = target.open()?;
        wire.send(sent)?;
        let got = wire.answer(To::Other)?;
        ensure(got.status == status && got.says("reason", reason), got.to_string())?;
        wire.end()?;
    }
    Ok(())
}
