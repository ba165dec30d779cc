//! Silent connections, and an honest request among them.

use super::{Outcome, Stage};
use crate::server::Server;
use contract::{To, Wire, WireError};
use std::time::Duration;

const SILENT: usize = 20;
const HONEST: &str =
    "POST / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
/// How long a frozen server is given to answer after all; it cannot, however long it is.
const GLANCE: Duration = Duration::from_millis(100);

pub(super) fn freezes(stage: Stage) -> Outcome {
    let server = stage.start("")?;
    let mut silent = open_silent(&server)?;
    let mut honest = server.connect()?;
    honest.send(HONEST)?;
    assert!(!honest.is_readable_within(GLANCE)?, "answered beside {SILENT} silent connections");
    let last = silent.pop();
    drop(silent);
    assert!(!honest.is_readable_within(GLANCE)?, "answered beside one silent connection");
    drop(last);
    assert_eq!(honest.answer(To::Other)?.status, 200, "once the last silent one is gone");
    Ok(())
}

pub(super) fn thread_per_connection(stage: Stage) -> Outcome {
    answers_beside_silence(&stage.start("--connections thread")?)
}

pub(super) fn serves(stage: Stage) -> Outcome {
    answers_beside_silence(&stage.start("")?)
}

fn answers_beside_silence(server: &Server) -> Outcome {
    let mut silent = open_silent(server)?;
    let mut honest = server.connect()?;
    honest.send(HONEST)?;
    honest.answer(To::Other)?;
    for wire in &mut silent {
        assert!(
            !wire.is_readable_within(Duration::from_millis(1))?,
            "a silent connection was closed"
        );
    }
    Ok(())
}

fn open_silent(server: &Server) -> Result<Vec<Wire>, WireError> {
    (0..SILENT).map(|_| server.connect()).collect()
}
