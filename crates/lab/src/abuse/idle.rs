//! Connections that are open and do nothing.

use super::crowd;
use super::{Outcome, Stand, at_most, exactly, honest};
use harness::books::post;
use harness::process::resident_bytes;
use std::time::Duration;

const IDLE: usize = 9000;
/// How long all answers may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn idle(stand: &Stand) -> Outcome {
    let server = stand.start("")?;
    let without = honest::alone(&server)?;
    let before = resident_bytes(server.process_id())?;
    let each = || -> Result<f64, Box<dyn std::error::Error>> {
        let more = resident_bytes(server.process_id())?.saturating_sub(before);
        Ok(more as f64 / 1024.0 / IDLE as f64)
    };
    let mut clients = crowd::open(server.address(), IDLE)?;
    let (with, ()) = honest::beside(&server, || {
        std::thread::sleep(Duration::from_secs(3));
        Ok(())
    })?;
    let idle = each()?;
    // Nothing but white space, so that it is refused when all of it was read.
    let request = post([b' '; 60 * 1024]);
    for some in clients.chunks_mut(100) {
        for client in some.iter_mut() {
            let mut sent = 0;
            while sent < request.len() && client.ended.is_none() {
                sent += client.send(&request[sent..]);
            }
        }
        crowd::read_until(some, PATIENCE, |client| !client.received.is_empty());
    }
    let mut findings = vec![
        at_most("resident memory for each", idle, 2.5, "KiB"),
        exactly("answered after a body", clients.iter().filter(|it| it.got(400)).count(), IDLE),
        at_most("resident memory for each, after a body of 60 KiB", each()?, 4.0, "KiB"),
    ];
    findings.extend(honest::unmoved(without, with));
    Ok(findings)
}
