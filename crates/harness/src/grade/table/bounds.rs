//! Bounds on clients (from stage 3 on).

use super::super::client::{request, wait_for};
use super::super::{Check, Subject, check};
use contract::{Stop, To, WireError, ensure};
use std::io::{ErrorKind, Write};
use std::time::Duration;

/// The time after which a client that takes no answer has not been given up.
const LIMIT: Duration = Duration::from_secs(8);
/// The number of bytes of requests after which the server must have stopped reading.
const UNREAD_MAX: usize = 64 * 1024 * 1024;
const EXCESS: usize = 200;

pub(super) fn checks() -> Vec<Check> {
    let checks = [
        check(
            "client-that-takes-no-answer",
            "Answers that nobody reads fill the server's memory, or occupy it for ever.",
            write_timeout,
        )
        .describe(
            "with --write-timeout 300ms, requests without end, and no answer read",
            "the connection is closed; another is served",
        ),
        check(
            "connections-beyond-the-limit",
            "A limit that answers says why; one that lets the excess wait hides it.",
            turned_away,
        )
        .describe(
            "with --max-connections 1, one connection that is served and 200 more",
            "503 too_many_connections or the end of each of them; the first is served all the time, \
             and a new one once it is closed",
        ),
    ];
    checks.map(|check| check.stages(3..=10)).into()
}

fn write_timeout(subject: &Subject) -> Result<(), Stop> {
    let knobs = "--write-timeout 300ms --idle-timeout 1h --request-timeout 1h";
    let server = subject.start(knobs)?;
    let mut deaf = server.connect_narrow()?;
    deaf.set_write_timeout(Some(LIMIT.min(subject.patience())))?;
    let some = "GET /nothing HTTP/1.1\r\nHost: check\r\n\r\n".repeat(1000);
    let mut sent = 0;
    loop {
        match deaf.write(some.as_bytes()) {
            Ok(count) => sent += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => {
                return Err(Stop::Failed(format!(
                    "a client that took no answer for {LIMIT:?} was still connected"
                )));
            }
            Err(_) => break,
        }
        ensure(sent <= UNREAD_MAX, "it read 64 MiB of requests from a client that took no answer")?;
    }
    request(&server, "GET", "/nothing", "")?;
    Ok(())
}

fn turned_away(subject: &Subject) -> Result<(), Stop> {
    let server = subject.start("--max-connections 1")?;
    let mut inside = server.connect()?;
    let mut serves = |when: &str| {
        let got = inside.request("GET", "/nothing", "");
        let failed = |error| Stop::Failed(format!("{when}, the one within the limit: {error}"));
        got.map(drop).map_err(failed)
    };
    serves("before the others")?;
    // A refused connection is closed as well.
    let excess: Vec<_> = (0..EXCESS).filter_map(|_| server.connect().ok()).collect();
    serves("with 200 connections beyond the limit")?;
    for mut wire in excess {
        // Without an answer if it was closed at once, or has waited for more than a second by now.
        let sent = wire.send("GET /nothing HTTP/1.1\r\nHost: check\r\n\r\n");
        match sent.and_then(|()| wire.answer(To::Other)) {
            Ok(got) if got.says("reason", "too_many_connections") => {}
            Err(WireError::Closed | WireError::Reset) => {}
            Ok(got) => {
                return Err(Stop::Failed(format!(
                    "with --max-connections 1, another connection was answered with {got}"
                )));
            }
            Err(error) => {
                return Err(Stop::Failed(format!(
                    "with --max-connections 1, another connection was neither rejected nor closed: \
                     {error}"
                )));
            }
        }
    }
    serves("after the others")?;
    drop(inside);
    wait_for(&server, || {
        Ok(match server.request("GET", "/nothing", "") {
            Ok(got) if got.says("reason", "too_many_connections") => {
                Err("a place that became free was not given again".to_owned())
            }
            Ok(_) => Ok(()),
            Err(error) => Err(format!("a connection in a place that became free: {error}")),
        })
    })
}
