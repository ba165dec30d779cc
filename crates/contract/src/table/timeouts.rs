//! Timeouts: of a request from its first byte, and of a connection between requests.

use super::{bare, post};
use crate::answer::ensure_error;
use crate::{Check, Response, Stop, Target, To, WireError, ensure, procedure};
use std::time::Duration;

/// The longest default timeout to wait for.
const AFFORDABLE: Duration = Duration::from_secs(20);

pub(crate) fn checks() -> Vec<Check> {
    const TIMEOUT: &str = "A request has a timeout from its first byte (RFC 9110, 15.5.9), or half a \
        request would hold a connection forever.";
    const TRICKLE: &str = "A slow trickle of bytes must not extend the timeout (Slowloris).";
    const IDLE: &str = "An idle connection is closed without an answer, which the client would take \
        for that of its next request (RFC 9112, 9.5).";
    let timed_out = "408 request_timeout, and the connection is closed";
    // The others need only the first, so that a default of 10 s is waited for twice and not more.
    vec![
        procedure("timeout-of-half-a-head", TIMEOUT, |target| {
            half(target, "GET /nothing HTTP/1.1\r\nHost: ch")
        })
        .needs("request-in-segments")
        .describe("half a head, then nothing", timed_out),
        procedure("timeout-of-half-a-body", TIMEOUT, |target| {
            half(target, &post("Content-Length: 10\r\n", "{"))
        })
        .needs("timeout-of-half-a-head")
        .describe("a head and one byte of ten, then nothing", timed_out),
        procedure("timeout-of-half-a-chunk", TIMEOUT, |target| {
            half(target, &post("Transfer-Encoding: chunked\r\n", "10\r\n{"))
        })
        .needs("coding-chunked")
        .needs("timeout-of-half-a-head")
        .describe("a head and half a chunk, then nothing", timed_out),
        procedure("timeout-of-second-request", TIMEOUT, second)
            .needs("keep-alive")
            .needs("timeout-of-half-a-head")
            .describe("a complete request, then half a head", timed_out),
        procedure("timeout-of-a-trickled-head", TRICKLE, |target| {
            trickle(target, &bare("GET /nothing", "X-Check: a\r\n"), 'a')
        })
        .needs("timeout-of-half-a-head")
        .needs("request-in-segments")
        .describe("a head, then a field that grows byte by byte and never ends", timed_out),
        procedure("timeout-of-a-trickled-body", TRICKLE, |target| {
            trickle(target, &post("Content-Length: 10000\r\n", "{"), ' ')
        })
        .needs("timeout-of-half-a-head")
        .needs("request-in-segments")
        .describe("a head, then a body that grows byte by byte and never ends", timed_out),
        procedure("idle-before-a-request", IDLE, |target| idle(target, false))
            .needs("request-in-segments")
            .describe("nothing", "the end of the connection, without a byte before it"),
        procedure("idle-after-a-request", IDLE, |target| idle(target, true))
            .needs("keep-alive")
            .needs("idle-before-a-request")
            .describe(
                "a complete request, then nothing",
                "its answer, then the end of the connection, without a byte before it",
            ),
        procedure(
            "idle-is-not-a-request",
            "Between requests only the idle timeout applies.",
            idle_outlives,
        )
        .needs("keep-alive")
        .needs("timeout-of-half-a-head")
        .describe(
            "an idle connection, then half a head on another",
            "when the half is answered with 408, the idle connection still serves requests",
        ),
    ]
    .into_iter()
    .map(Check::slow)
    .collect()
}

fn is_timeout(target: &Target, got: &Response) -> Result<(), Stop> {
    ensure_error(target, got, 408, "request_timeout")
}

fn half(target: &Target, bytes: &str) -> Result<(), Stop> {
    let mut wire = target.open_beyond(target.request_timeout())?;
    wire.send(bytes)?;
    is_timeout(target, &wire.answer(To::Other)?)?;
    target.ensure_closed(&mut wire)
}

fn second(target: &Target) -> Result<(), Stop> {
    let mut wire = target.open_beyond(target.request_timeout())?;
    let got = wire.request("GET", "/nothing", "")?;
    target.ensure_not_found(&got)?;
    wire.send("GET /nothing HTTP/1.1\r\nHost: ch")?;
    is_timeout(target, &wire.answer(To::Other)?)?;
    target.ensure_closed(&mut wire)
}

/// Sends the start of a request and then single bytes, each well within the timeout, until the
/// server answers.
fn trickle(target: &Target, start: &str, byte: char) -> Result<(), Stop> {
    let pause = target.request_timeout() / 10;
    let mut wire = target.open_beyond(target.request_timeout())?;
    wire.send(start.trim_end_matches("\r\n"))?;
    while !wire.is_readable_within(pause)? {
        // Ignore errors: the server may just have answered and closed the connection.
        let _ = wire.send(byte.to_string());
    }
    is_timeout(target, &wire.answer(To::Other)?)?;
    target.ensure_closed(&mut wire)
}

fn idle(target: &Target, after_request: bool) -> Result<(), Stop> {
    let timeout = target.idle_timeout();
    if target.idle_timeout.is_none() && timeout > AFFORDABLE {
        return Err(Stop::NotAsked(format!(
            "it would wait {timeout:?}: give --idle-timeout 2s to the server and here"
        )));
    }
    let mut wire = target.open_beyond(timeout)?;
    if after_request {
        let got = wire.request("GET", "/nothing", "")?;
        target.ensure_not_found(&got)?;
    }
    Ok(wire.end()?)
}

fn idle_outlives(target: &Target) -> Result<(), Stop> {
    let (request, idle) = (target.request_timeout(), target.idle_timeout());
    if idle < request * 3 {
        return Err(Stop::NotAsked(
            "the idle timeout is not three times the request timeout".into(),
        ));
    }
    let mut quiet = target.open_beyond(idle)?;
    let got = quiet.request("GET", "/nothing", "")?;
    target.ensure_not_found(&got)?;
    half(target, "GET /nothing HTTP/1.1\r\nHost: ch")?;
    match quiet.request("GET", "/nothing", "") {
        Ok(got) => target.ensure_not_found(&got),
        Err(WireError::Closed | WireError::Reset) => {
            ensure(false, "the idle connection was closed with the half-sent one")
        }
        Err(error) => Err(error.into()),
    }
}
