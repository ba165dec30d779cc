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
        check("keep-alive-after-event", "The connection stays open after an accepted event.").needs("event-accepted").needs("keep-alive")
            .sends(post_body(event("check-keep-alive")))
            .gets(accepted()),
        check("pipelined-event-among-others", ORDER).must().needs("event-accepted").needs("pipelined")
            .sends(post_body("{}"))
            .and(post_body(event("check-pipelined")))
            .and(bare("GET /nothing", ""))
            .gets(error(400, "invalid_json"))
            .gets(accepted())
            .gets(error(404, "not_found").open()),
        check(
            "pipelined-up-to-an-error",
            "Requests before an error are answered; what follows it is never read as a request.",
        ).needs("pipelined").needs("closed-after-an-error")
        .sends(post_body("{}"))
        .and("BROKEN\r\n\r\n")
        .and(post_body(event("check-smuggled")))
        .gets(error(400, "invalid_json"))
        .gets(error(400, "invalid_http").closed()),
        check(
            "empty-lines-between-requests",
            "Old clients send CRLF after a body (RFC 9112, 2.2).",
        ).needs("pipelined")
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
        ).needs("request-in-segments").needs("pipelined")
        .describe(
            "a thousand pipelined requests, alternating between an unknown path and a body that is no event",
            "a thousand answers, in that order",
        ),
        procedure(
            "one-by-one-beside-silence",
            "A silent connection must not block others.",
            beside_silence,
        ).needs("request-in-segments")
        .alone()
        .describe(
            "half a head on 20 connections, then a complete request on another",
            "the complete request is answered while they wait",
        ),
    ]
}

fn closed() -> Vec<Check> {
    const EARLY: &str = "A reset right after an answer may discard it, so the server closes in \
        stages (RFC 9112, 9.6).";
    const HALF_CLOSED: &str =
        "A client that closes its sending side still reads answers (RFC 9112, 9.6).";
    vec![
        check(
            "close-asked-for",
            "The server closes the connection after the answer on request (RFC 9112, 9.6).",
        )
        .must()
        .sends(post("Content-Length: 2\r\nConnection: close\r\n", "{}"))
        .gets(error(400, "invalid_json").ends()),
        check(
            "close-is-announced",
            "An answer before a close has Connection: close (RFC 9112, 9.6).",
        )
        .needs("close-asked-for")
        .sends(post("Content-Length: 2\r\nConnection: close\r\n", "{}"))
        .gets(error(400, "invalid_json").lists("Connection", "close").ends()),
        check("close-in-any-case", "Connection options are case-insensitive (RFC 9110, 7.6.1).")
            .must()
            .needs("length-in-lower-case")
            .needs("close-asked-for")
            .sends(post("Content-Length: 2\r\nconnection: Close\r\n", "{}"))
            .gets(error(400, "invalid_json").ends()),
        check("close-in-a-list", "Connection is a list of options (RFC 9110, 7.6.1).")
            .needs("close-asked-for")
            .sends(post("Content-Length: 2\r\nConnection: x-check, close\r\n", "{}"))
            .gets(error(400, "invalid_json").ends()),
        check("close-on-a-second-line", "A list may span several lines (RFC 9110, 5.3).")
            .needs("close-asked-for")
            .sends(post("Content-Length: 2\r\nConnection: x-check\r\nConnection: close\r\n", "{}"))
            .gets(error(400, "invalid_json").ends()),
        check(
            "connection-option-like-close",
            "An option is a whole token: `closed` is not `close`.",
        )
        .needs("keep-alive")
        .sends(post("Content-Length: 2\r\nConnection: closed\r\n", "{}"))
        .gets(invalid_json()),
        check("half-closed-after-request", HALF_CLOSED)
            .sends(post_body("{}"))
            .finishes()
            .gets(error(400, "invalid_json").ends()),
        check("half-closed-after-several", HALF_CLOSED)
            .needs("keep-alive")
            .needs("pipelined")
            .needs("half-closed-after-request")
            .sends(post_body("{}"))
            .and(bare("GET /nothing", ""))
            .and(post_body("{}"))
            .finishes()
            .gets(error(400, "invalid_json"))
            .gets(error(404, "not_found"))
            .gets(error(400, "invalid_json").ends()),
        check("half-closed-after-event", HALF_CLOSED)
            .needs("event-accepted")
            .needs("half-closed-after-request")
            .sends(post_body(event("check-half-closed")))
            .finishes()
            .gets(accepted().ends()),
        procedure(
            "keep-alive-in-1-0",
            "HTTP/1.0 connections persist only if both sides request it (RFC 9112, 9.3).",
            keep_alive_in_1_0,
        )
        .needs("version-1-0")
        .describe(
            "an HTTP/1.0 request with Connection: keep-alive",
            "an answer; the connection stays open if it has keep-alive, and is closed if not",
        ),
        procedure("early-400-is-not-lost", EARLY, |target| {
            early_error(target, &format!("BROKEN\r\n\r\n{}", rest()), 400)
        })
        .needs("request-in-segments")
        .needs("closed-after-an-error")
        .describe("a line that is not HTTP, then 200,000 bytes", "400, then a close, not a reset"),
        procedure("early-413-is-not-lost", EARLY, |target| {
            early_error(target, &post("Content-Length: 200000\r\n", &rest()), 413)
        })
        .needs("body-of-65537-bytes")
        .needs("early-400-is-not-lost")
        .describe("a body of 200,000 bytes", "413, then a close, not a reset"),
        procedure("early-414-is-not-lost", EARLY, |target| {
            early_error(target, &bare(&format!("GET /{}", rest()), ""), 414)
        })
        .needs("line-of-9000-bytes")
        .needs("early-400-is-not-lost")
        .describe("a target of 200,000 bytes", "414, then a close, not a reset"),
        procedure("early-431-is-not-lost", EARLY, |target| {
            early_error(target, &bare("GET /nothing", &format!("X-Check: {}\r\n", rest())), 431)
        })
        .needs("head-of-17000-bytes")
        .needs("early-400-is-not-lost")
        .describe("a field of 200,000 bytes", "431, then a close, not a reset"),
    ]
}

fn dates() -> Vec<Check> {
    const DATE: &str =
        "A server with a clock sends a Date (RFC 9110, 6.6.1), in the form of 5.6.7.";
    vec![
        check("date-in-answers", DATE)
            .must()
            .sends(post_body("{}"))
            .gets(error(400, "invalid_json").dated()),
        check("date-in-404", DATE)
            .must()
            .needs("path-unknown")
            .needs("date-in-answers")
            .sends(bare("GET /nothing", ""))
            .gets(error(404, "not_found").dated()),
        check("date-in-405", DATE)
            .must()
            .needs("date-in-answers")
            .needs("method-get-on-events")
            .sends(bare("GET /", ""))
            .gets(answer(405).dated()),
        check("date-in-accepted", DATE)
            .must()
            .needs("event-accepted")
            .needs("date-in-answers")
            .sends(post_body(event("check-date")))
            .gets(accepted().dated()),
        check("date-in-invalid-http", DATE)
            .needs("date-in-answers")
            .sends("BROKEN\r\n\r\n")
            .gets(error(400, "invalid_http").dated()),
        check("date-in-413", DATE)
            .needs("date-in-answers")
            .needs("body-of-65537-declared")
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
        ensure(is_next, format!("answer {index} of 1000: {got} (out of order)"))?;
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

fn rest() -> String {
    "x".repeat(200_000)
}

fn early_error(target: &Target, sent: &str, status: u16) -> Result<(), Stop> {
    let mut wire = target.open()?;
    // Ignore errors: the server may have answered early, and that answer counts.
    let _ = wire.send(sent);
    let got = wire.answer(To::Other).map_err(|error| {
        Stop::Failed(format!("{error} (expected {status} before the end of the connection)"))
    })?;
    ensure(got.status == status, format!("{got} (expected status {status})"))?;
    wire.end().map_err(|error| Stop::Failed(format!("the right answer, then: {error}")))
}
