//! A second signal, and a signal with `--drain-delay`.

use super::{count, failure, milliseconds, time};
use crate::experiments::figure::Figure;
use crate::experiments::machine::Machine;
use crate::experiments::trial::Trial;
use crate::experiments::{Experiment, Failure};
use harness::books::{event, wait_for};
use harness::server::{SAME_STOP, Signal};
use std::thread;
use std::time::{Duration, Instant};

/// Pairs of signals and the exit status.
const PAIRS: [(Signal, Signal, i32); 3] = [
    (Signal::Terminate, Signal::Terminate, 143),
    (Signal::Interrupt, Signal::Interrupt, 130),
    (Signal::Interrupt, Signal::Terminate, 143),
];
/// Flags with which the server is still draining when the second signal comes.
const DRAINING: [&str; 2] = ["--work 1h --deadline 1h", "--drain-delay 1h"];

pub(super) fn all() -> Vec<Experiment> {
    vec![Experiment {
        name: "stop-signals",
        stage: 10,
        title: "a second signal, and a signal with --drain-delay",
        watch: [
            "A second signal ends the server at once, with the status of that signal.",
            "With --drain-delay all is served for that long, and /health says 503.",
        ],
        figures,
        measure,
        why: "A second signal, 0.5 s or more after the first, ends the process with status 128 \
              + n.",
        read: "crates/service/src/signals.rs",
    }]
}

fn figures(_: &Machine) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (pair, (first, second, status)) in PAIRS.into_iter().enumerate() {
        for (drain, flags) in DRAINING.into_iter().enumerate() {
            let what = format!("{second:?} after {first:?}, {flags}");
            let id = |figure: &str| format!("{figure}_{pair}_{drain}");
            figures.extend([
                time(id("ended"), format!("{what}: time")).at_most(300.0),
                count(id("status"), format!("{what}: exit status")).exactly(f64::from(status)),
                count(id("lines"), format!("{what}: last lines")).exactly(0.0),
            ]);
        }
    }
    figures.extend([
        time("noticed", "--drain-delay 1s: time until /health says 503").at_most(100.0),
        time("closed", "time until it is closed").range(1000.0, 1300.0),
        count("served", "events accepted meanwhile").at_least(1.0),
        count("unprocessed", "of them not processed at the end").exactly(0.0),
        count("status", "exit status").exactly(0.0),
    ]);
    figures
}

fn measure(trial: &mut Trial<'_>) -> Result<(), Failure> {
    for (pair, (first, second, _)) in PAIRS.into_iter().enumerate() {
        for (drain, flags) in DRAINING.into_iter().enumerate() {
            let server = trial.start(flags)?;
            // A job, so that the server has something to drain.
            server.request("POST", "/", &event("late", 1))?;
            server.signal(first);
            let stopping = wait_for("a server that is stopping", || {
                let health = server.request("GET", "/health", "");
                let is_serving = health.is_ok_and(|got| got.status == 200);
                Ok(if is_serving { Err("it serves".to_owned()) } else { Ok(()) })
            });
            stopping.map_err(failure)?;
            thread::sleep(SAME_STOP);
            let signalled = Instant::now();
            server.signal(second);
            let exit = server.wait()?;
            let id = |figure: &str| format!("{figure}_{pair}_{drain}");
            trial.record(id("ended"), milliseconds(signalled.elapsed()));
            trial.record_status(id("status"), exit.code());
            trial.record_count(id("lines"), exit.stdout.len() as u64);
        }
    }
    measure_drain_delay(trial)
}

fn measure_drain_delay(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start("--work 0s --hold 0s --drain-delay 1s")?;
    let signalled = Instant::now();
    server.signal(Signal::Terminate);
    let (mut noticed, mut served, mut closed) = (None, 0, None);
    while closed.is_none() {
        match server.request("GET", "/health", "") {
            Ok(got) if got.status == 503 => {
                noticed.get_or_insert_with(|| signalled.elapsed());
            }
            Ok(_) => {}
            Err(_) => closed = Some(signalled.elapsed()),
        }
        if let Ok(got) = server.request("POST", "/", &event("delay", 1)) {
            served += u32::from(got.status == 202);
        }
        thread::sleep(Duration::from_millis(5));
    }
    let exit = server.wait()?;
    let processed = exit.figure("processed").map_or(f64::NAN, |processed| processed as f64);
    trial.record("noticed", noticed.map_or(f64::NAN, milliseconds));
    trial.record("closed", closed.map_or(f64::NAN, milliseconds));
    trial.record("served", f64::from(served));
    trial.record("unprocessed", f64::from(served) - processed);
    trial.record_status("status", exit.code());
    Ok(())
}
