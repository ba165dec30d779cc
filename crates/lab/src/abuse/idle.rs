//! Open connections that do nothing.

use super::{count, crowd, honest};
use crate::experiments::figure::{Figure, Unit};
use crate::experiments::trial::Trial;
use crate::experiments::{Experiment, Failure};
use harness::books::post;
use harness::process::resident_bytes;
use std::thread;
use std::time::Duration;

const IDLE: usize = 9000;
/// The time limit for all answers.
const ANSWERS_WITHIN: Duration = Duration::from_secs(20);

pub(super) fn all() -> Vec<Experiment> {
    vec![Experiment {
        name: "idle",
        stage: 10,
        title: "9,000 idle connections, before and after a body of 60 KiB each",
        watch: [
            "Thousands of clients connect and send nothing; then each sends one large body.",
            "Memory per connection has to stay small, also after the buffers were in use.",
        ],
        figures: |_| {
            let kib = |id, what| Figure::new(id, what, Unit::Kibibytes);
            let mut figures = vec![
                kib("idle", "resident memory per connection").at_most(2.5),
                count("answered", "answered 400 after a body").exactly(IDLE as f64),
                kib("used", "resident memory per connection, after a body").at_most(4.0),
            ];
            figures.extend(honest::figures());
            figures
        },
        measure: idle,
        why: "Reads go to one buffer that all connections share; a connection that waits holds \
              none.",
        read: "crates/connection/src/connection.rs",
    }]
}

fn idle(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start("")?;
    let alone = honest::measure_alone(&server)?;
    let before = resident_bytes(server.process_id())?;
    let each = || -> Result<f64, Failure> {
        let more = resident_bytes(server.process_id())?.saturating_sub(before);
        Ok(more as f64 / 1024.0 / IDLE as f64)
    };
    let mut clients = crowd::open(server.address(), IDLE)?;
    let (beside, ()) = honest::measure_during(&server, || {
        thread::sleep(Duration::from_secs(3));
        Ok(())
    })?;
    trial.record("idle", each()?);
    // White space only: it is refused, but not before the end.
    let request = post([b' '; 60 * 1024]);
    for some in clients.chunks_mut(100) {
        for client in some.iter_mut() {
            let mut sent = 0;
            while sent < request.len() && client.ended.is_none() {
                sent += client.send(&request[sent..]);
            }
        }
        crowd::read_until(some, ANSWERS_WITHIN, |client| !client.received.is_empty());
    }
    let answered = clients.iter().filter(|client| client.got(400)).count();
    trial.record_count("answered", answered as u64);
    trial.record("used", each()?);
    honest::record(trial, alone, beside);
    Ok(())
}
