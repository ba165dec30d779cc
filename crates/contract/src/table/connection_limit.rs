//! The bound on connections.

use crate::{Check, Response, Stop, Target, Wire, ensure, procedure};
use std::thread::sleep;
use std::time::Duration;

/// Highest `--max-connections` that is tried.
const AFFORDABLE: usize = 1000;

pub(crate) fn checks() -> Vec<Check> {
    vec![
        procedure(
            "too-many-connections",
            "Connections are bounded; who is outside is told so, and \
                who is inside notices nothing.",
            too_many_connections,
        )
        .alone()
        .told(
            "as many connections as are allowed, then three more, then one that says nothing, then one \
                in place of one that was closed",
            "503 too_many_connections and the end for the three, the end alone for the silent one; \
                service for all others",
        ),
    ]
}

fn is_outside(got: &Response) -> bool {
    got.status == 503
        && got.says("status", "rejected")
        && got.says("reason", "too_many_connections")
        && got.lists("Connection", "close")
}

/// Opens a connection and asks something, again and again until it is served and not turned away.
fn open_inside(target: &Target) -> Result<Wire, Stop> {
    loop {
        let mut wire = target.open()?;
        let got = wire.request("GET", "/nothing", "")?;
        if got.status == 404 {
            return Ok(wire);
        }
        ensure(is_outside(&got), got.to_string())?;
        sleep(Duration::from_millis(10));
    }
}

fn too_many_connections(target: &Target) -> Result<(), Stop> {
    let limit = target.max_connections.unwrap_or(10_000);
    if limit > AFFORDABLE {
        return Err(Stop::Skipped(format!(
            "it would open {limit} connections: start the server with \
                --max-connections 100 and say so here"
        )));
    }
    // Connections of earlier checks may take a moment to be gone.
    let mut inside = (0..limit).map(|_| open_inside(target)).collect::<Result<Vec<_>, _>>()?;
    for _ in 0..3 {
        let mut outside = target.open()?;
        let got = outside.request("GET", "/nothing", "")?;
        ensure(is_outside(&got), format!("to connection {}: {got}", limit + 1))?;
        outside.end()?;
    }
    // An answer before the request is one that no client reads.
    target.open()?.end()?;
    let got = inside[0].request("GET", "/nothing", "")?;
    ensure(got.status == 404, format!("to one inside: {got}"))?;
    inside.pop();
    let mut next = open_inside(target)?;
    let got = next.request("GET", "/nothing", "")?;
    ensure(got.status == 404, format!("to one for another that was closed: {got}"))
}
