//! Connections that are reset within a request or an answer.

use super::crowd::{self, Client};
use super::{count, failure};
use crate::experiments::trial::Trial;
use crate::experiments::{Experiment, Failure};
use harness::books::{event, post, wait_for, wait_for_rest};
use harness::process::descriptors;
use std::time::Duration;

const EACH: usize = 300;

pub(super) fn all() -> Vec<Experiment> {
    vec![Experiment {
        name: "resets",
        stage: 10,
        title: "connections reset in the middle of requests and answers",
        watch: [
            "Clients reset their connection within the head, within the body, before they read the",
            "answer, and within the answers. Only complete events may count, each once.",
        ],
        figures: |_| {
            vec![
                count("received", "events received: the complete ones").exactly(EACH as f64),
                count("sum", "sum of their amounts").exactly(EACH as f64),
                count("descriptors", "file descriptors more than before").exactly(0.0),
            ]
        },
        measure: resets,
        why: "An event is decided when all of its body is there, whatever becomes of its \
              connection.",
        read: "crates/connection/src/connection.rs",
    }]
}

fn resets(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start("--work 0s --hold 0s")?;
    let before = descriptors(server.process_id())?;
    let event = post(event("reset", 1));
    let ask = "GET /balances HTTP/1.1\r\nHost: abuse\r\n\r\n";
    for (bytes, wait) in [
        (&event[..10], false),               // within the head
        (&event[..event.len() - 5], false),  // within the body
        (&event[..], true),                  // with the answer unread
        (ask.repeat(100).as_bytes(), false), // within the answers
    ] {
        let mut clients = crowd::open(server.address(), EACH)?;
        crowd::send(&mut clients, bytes);
        if wait {
            let is_answered = |client: &Client| !client.received.is_empty();
            crowd::read_until(&mut clients, Duration::from_secs(5), is_answered);
        }
        clients.into_iter().try_for_each(Client::reset)?;
    }
    let metrics = wait_for_rest(&server).map_err(failure)?;
    // The server writes the answers to the end before it notices the reset.
    let after = wait_for("the number of descriptors before", || {
        let now = descriptors(server.process_id())?;
        Ok(if now <= before { Ok(now) } else { Err(now.to_string()) })
    });
    let after = after.map_err(failure)?;
    trial.record_count("received", metrics["received"]);
    trial.record("sum", server.balances()?.get("reset").copied().unwrap_or(0) as f64);
    trial.record("descriptors", after as f64 - before as f64);
    Ok(())
}
