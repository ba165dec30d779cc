//! The bounded queue: how much it takes, and the other ways.

use super::{Outcome, Stage};
use crate::books::{event, post};
use crate::server::Server;
use std::time::Duration;

/// Rejections in a row after which nothing more will be accepted.
const IN_A_ROW: usize = 50;

/// How many events are accepted when none is ever done, sent one after another.
fn accepted_in_all(server: &Server) -> Result<usize, Box<dyn std::error::Error>> {
    let mut wire = server.connect()?;
    let (mut accepted, mut in_a_row) = (0, 0);
    while in_a_row < IN_A_ROW {
        let got = wire.request("POST", "/", &event("alice", 1))?;
        if got.status == 202 {
            (accepted, in_a_row) = (accepted + 1, 0);
            continue;
        }
        let busy = got.status == 503 && got.says("reason", "server_busy");
        assert!(busy && got.field("Retry-After") == Some("1"), "{got}");
        in_a_row += 1;
    }
    Ok(accepted)
}

pub(super) fn capacity(stage: Stage) -> Outcome {
    for (queue, workers) in [(1, 1), (1, 3), (7, 2), (100, 16)] {
        let flags = format!("--work 1h --queue {queue} {}", stage.workers(workers));
        let server = stage.start(&flags)?;
        let workers = if stage.number == 5 { 1 } else { workers };
        assert_eq!(accepted_in_all(&server)?, queue + workers, "{flags}");
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
