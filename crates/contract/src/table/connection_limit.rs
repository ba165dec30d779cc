//! The limit of connections.

use crate::{Check, Response, Stop, Target, Wire, ensure, procedure};
use std::thread::sleep;
use std::time::{Duration, Instant};

const ATTEMPTS: usize = 3;
/// The highest `--max-connections` to test.
const AFFORDABLE: usize = 1000;

pub(crate) fn checks() -> Vec<Check> {
    vec![
        procedure(
            "too-many-connections",
            "Connections are bounded; one beyond the limit is rejected without an effect on others.",
            too_many_connections,
        ).needs("keep-alive")
        .alone()
        .describe(
            "as many connections as allowed, then three more, then a silent one, then one in place of \
             a closed one",
            "503 too_many_connections and a close for the three, a close for the silent one; answers \
             for all others",
        ),
    ]
}

fn is_rejection(got: &Response) -> bool {
    got.status == 503
        && got.says("status", "rejected")
        && got.says("reason", "too_many_connections")
        && got.lists("Connection", "close")
}

/// Opens connections until one is served and not rejected.
fn open_inside(target: &Target) -> Result<Wire, Stop> {
    loop {
        let mut wire = target.open()?;
        let got = wire.request("GET", "/nothing", "")?;
        if got.status == target.dialect.not_found {
            return Ok(wire);
        }
        ensure(is_rejection(&got), got.to_string())?;
        sleep(Duration::from_millis(10));
    }
}

fn too_many_connections(target: &Target) -> Result<(), Stop> {
    let limit = target.max_connections.unwrap_or(10_000);
    if limit > AFFORDABLE {
        return Err(Stop::NotAsked(format!(
            "it would open {limit} connections: give --max-connections 100 to the server and here"
        )));
    }
    // On a busy machine the first may be closed as idle before the last is open.
    for _ in 0..ATTEMPTS {
        let begin = Instant::now();
        let outcome = fill(target, limit);
        if outcome.is_ok() || begin.elapsed() < target.idle_timeout() / 2 {
            return outcome;
        }
    }
    Err(Stop::NotJudged(format!(
        "this machine was too slow to open {limit} connections before the first was idle for too long"
    )))
}

fn fill(target: &Target, limit: usize) -> Result<(), Stop> {
    // The server may notice late that connections of earlier checks are closed.
    let mut inside = (0..limit).map(|_| open_inside(target)).collect::<Result<Vec<_>, _>>()?;
    for _ in 0..3 {
        let mut outside = target.open()?;
        let got = outside
            .request("GET", "/nothing", "")
            .map_err(|error| Stop::Failed(format!("to connection {}: {error}", limit + 1)))?;
        ensure(is_rejection(&got), format!("to connection {}: {got}", limit + 1))?;
        outside.end().map_err(|error| {
            Stop::Failed(format!("503 to connection {}, then: {error}", limit + 1))
        })?;
    }
    // A client that has sent no request would not read an answer.
    target
        .open()?
        .end()
        .map_err(|error| Stop::Failed(format!("a silent connection beyond the limit: {error}")))?;
    let got = inside[0]
        .request("GET", "/nothing", "")
        .map_err(|error| Stop::Failed(format!("on a connection within the limit: {error}")))?;
    target.ensure_not_found(&got)?;
    inside.pop();
    let mut next = open_inside(target)?;
    let got = next.request("GET", "/nothing", "")?;
    target.ensure_not_found(&got)
}
