//! The bounds that are set at the start, and what the log says.

use super::{Outcome, Stage};
use crate::books::{event, wait_for};
use crate::server::Server;
use std::io::{ErrorKind, Write};
use stress_client::check::{To, Trouble};

/// A client that takes nothing is given up, and with it all that it still wants.
pub(super) fn write_timeout(stage: Stage) -> Outcome {
    let server = stage.start("--write-timeout 300ms --idle-timeout 1h --request-timeout 1h")?;
    let mut deaf = server.connect_narrow()?;
    deaf.set_write_timeout(Some(crate::server::PATIENCE))?;
    let some = "GET /nothing HTTP/1.1\r\nHost: lab\r\n\r\n".repeat(1000);
    let error = loop {
        if let Err(error) = deaf.write_all(some.as_bytes()) {
            break error;
        }
    };
    let ended = matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe);
    assert!(ended, "{error}");
    assert_eq!(server.request("GET", "/nothing", "")?.status, 404);
    Ok(())
}

/// Who is outside may wait for an answer, but only 128 at a time; and none of them in the way of
/// who is inside.
pub(super) fn turned_away(stage: Stage) -> Outcome {
    const OUTSIDE: usize = 200;
    let server = stage.start("--max-connections 1")?;
    let mut inside = server.connect()?;
    assert_eq!(inside.request("GET", "/nothing", "")?.status, 404);
    let outside = (0..OUTSIDE).map(|_| server.connect()).collect::<Result<Vec<_>, _>>()?;
    assert_eq!(inside.request("GET", "/nothing", "")?.status, 404);
    let (mut told, mut ended) = (0, 0);
    for mut wire in outside {
        // Whoever was closed at once, or has waited for more than a second by now, is not told.
        let asked = wire.send("GET /nothing HTTP/1.1\r\nHost: lab\r\n\r\n");
        match asked.and_then(|()| wire.answer(To::Other)) {
            Ok(got) if got.says("reason", "too_many_connections") => told += 1,
            Err(Trouble::Closed | Trouble::Reset) => ended += 1,
            other => panic!("neither told nor closed: {other:?}"),
        }
    }
    assert!(told <= 128 && ended >= OUTSIDE - 128, "{told} told, {ended} closed");
    assert_eq!(inside.request("GET", "/nothing", "")?.status, 404);
    Ok(())
}

/// More clients than the system lets the server have: it says so, waits, and goes on.
#[cfg(unix)]
pub(super) fn descriptors(stage: Stage) -> Outcome {
    let limited = ["sh", "-c", "ulimit -n 40; exec \"$@\"", "sh", stage.binary];
    let server = Server::start_by(&limited, &[])?;
    let crowd = (0..60).map(|_| server.connect()).collect::<Result<Vec<_>, _>>()?;
    wait_for("a warning", || {
        let said = server.stderr();
        Ok(if said.contains("cannot accept") { Ok(()) } else { Err(said) })
    })?;
    assert!(server.stderr().contains("only 40 file descriptors"), "{}", server.stderr());
    drop(crowd);
    assert_eq!(server.request("GET", "/nothing", "")?.status, 404);
    Ok(())
}

/// With `RUST_LOG=debug`, a line for each request, and for each job one that names its user, in
/// whatever way the user is called.
#[cfg(unix)]
pub(super) fn log(stage: Stage) -> Outcome {
    let server = Server::start_by(&["env", "RUST_LOG=debug", stage.binary], &[])?;
    server.request("POST", "/", &event("line\\nbreak", 30))?;
    let has = |said: &str, parts: &[&str]| {
        said.lines().any(|line| parts.iter().all(|part| line.contains(part)))
    };
    let status = if stage.number < 5 { "200 OK" } else { "202 Accepted" };
    let length = format!("length={}", event("line\\nbreak", 30).len());
    wait_for("its lines", || {
        let said = server.stderr();
        let request = has(&said, &["POST / HTTP/1.1", &length, status]);
        let job = stage.number < 4 || has(&said, &[r"user=line\nbreak", "balance=30"]);
        Ok(if request && job { Ok(()) } else { Err(said) })
    })
}
