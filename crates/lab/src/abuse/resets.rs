//! Connections that are reset where it hurts.

use super::crowd::{self, Client};
use super::{Outcome, Stand, exactly};
use harness::books::{event, post, wait_for, wait_for_rest};
use harness::process::descriptors;
use std::time::Duration;

const EACH: usize = 300;

pub(super) fn resets(stand: &Stand) -> Outcome {
    let server = stand.start("--work 0s --hold 0s")?;
    let open_before = descriptors(server.process_id())?;
    let whole = post(event("reset", 1));
    let ask = "GET /balances HTTP/1.1\r\nHost: abuse\r\n\r\n";
    for (bytes, wait) in [
        (&whole[..10], false),               // within the head
        (&whole[..whole.len() - 5], false),  // within the body
        (&whole[..], true),                  // with the answer unread
        (ask.repeat(100).as_bytes(), false), // within the answers
    ] {
        let mut clients = crowd::open(server.address(), EACH)?;
        crowd::send(&mut clients, bytes);
        if wait {
            crowd::read_until(&mut clients, Duration::from_secs(5), |it| !it.received.is_empty());
        }
        clients.into_iter().try_for_each(Client::reset)?;
    }
    let metrics = wait_for_rest(&server)?;
    // What the dead have asked for is answered to its end before anybody notices.
    let open_after = wait_for("the descriptors of before", || {
        let now = descriptors(server.process_id())?;
        Ok(if now <= open_before { Ok(now) } else { Err(now.to_string()) })
    })?;
    let balance = server.balances()?.get("reset").copied().unwrap_or(0);
    Ok(vec![
        exactly("received: whole events, each once", metrics["received"] as usize, EACH),
        exactly("their sum", balance as usize, EACH),
        exactly("descriptors, as many as before", open_after, open_before),
    ])
}
