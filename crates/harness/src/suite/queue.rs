//! The alternatives to a bounded queue.

use super::{Outcome, Stage};
use crate::books::{event, post};
use std::time::Duration;

pub(super) fn unbounded(stage: Stage) -> Outcome {
    let server = stage.start("--work 1h --queue unbounded")?;
    let mut wire = server.connect()?;
    for _ in 0..1000 {
        assert_eq!(wire.request("POST", "/", &event("alice", 1))?.status, 202);
    }
    Ok(())
}

pub(super) fn waiting(stage: Stage) -> Outcome {
    let server = stage.start("--work 1h --queue 3 --when-full wait")?;
    let mut wire = server.connect()?;
    for _ in 0..4 {
        assert_eq!(wire.request("POST", "/", &event("alice", 1))?.status, 202);
    }
    wire.send(post(event("alice", 1)))?;
    assert!(!wire.is_readable_within(Duration::from_millis(100))?, "answered beyond the capacity");
    // Only the sender of the event waits.
    assert_eq!(server.request("POST", "/", "{}")?.status, 400);
    Ok(())
}
