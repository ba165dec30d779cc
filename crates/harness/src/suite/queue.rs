//! The bounded queue and its alternatives.

use super::{Outcome, Stage};
use crate::books::{event, post};
use crate::server::Server;
use std::time::Duration;

/// The number of consecutive rejections after which no event will be accepted.
const REJECTIONS: usize = 50;

/// Sends events until none is accepted any more, and returns the number accepted.
fn fill(server: &Server) -> Result<usize, Box<dyn std::error::Error>> {
    let mut wire = server.connect()?;
    let (mut accepted, mut rejected) = (0, 0);
    while rejected < REJECTIONS {
        let got = wire.request("POST", "/", &event("alice", 1))?;
        if got.status == 202 {
            (accepted, rejected) = (accepted + 1, 0);
            continue;
        }
        let busy = got.status == 503 && got.says("reason", "server_busy");
        assert!(busy && got.field("Retry-After") == Some("1"), "{got}");
        rejected += 1;
    }
    Ok(accepted)
}

pub(super) fn capacity(stage: Stage) -> Outcome {
    for (queue, workers) in [(1, 1), (1, 3), (7, 2), (100, 16)] {
        let flags = format!("--work 1h --queue {queue} {}", stage.workers(workers));
        let server = stage.start(&flags)?;
        let workers = if stage.number == 5 { 1 } else { workers };
        assert_eq!(fill(&server)?, queue + workers, "{flags}");
        if stage.number >= 9 {
            let metrics = server.metrics()?;
            assert_eq!(metrics["pending"] as usize, queue + workers, "{metrics:?}");
        }
    }
    Ok(())
}

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
