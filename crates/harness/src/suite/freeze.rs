//! Silent connections and a normal request.

use super::{Outcome, Stage};
use crate::server::Server;
use contract::{To, Wire, WireError};
use std::time::Duration;

const SILENT: usize = 20;
const REQUEST: &str =
    "POST / HTTP/1.1\r\nHost: lab\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
/// The time to wait for an answer that a frozen server cannot give.
const WAIT: Duration = Duration::from_millis(100);

pub(super) fn freezes(stage: Stage) -> Outcome {
    let server = stage.start("")?;
    let mut silent = open_silent(&server)?;
    let mut normal = server.connect()?;
    normal.send(REQUEST)?;
    assert!(!normal.is_readable_within(WAIT)?, "answered beside {SILENT} silent connections");
    let last = silent.pop();
    drop(silent);
    assert!(!normal.is_readable_within(WAIT)?, "answered beside one silent connection");
    drop(last);
    assert_eq!(normal.answer(To::Other)?.status, 200, "once the last silent one is gone");
    Ok(())
}

pub(super) fn thread_per_connection(stage: Stage) -> Outcome {
    answers_beside_silence(&stage.start("--connections thread")?)
}

fn answers_beside_silence(server: &Server) -> Outcome {
    let mut silent = open_silent(server)?;
    let mut normal = server.connect()?;
    normal.send(REQUEST)?;
    normal.answer(To::Other)?;
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
