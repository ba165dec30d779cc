//! Stage 1: silent connections, and an honest request without an answer.

use super::figure::{Figure, Unit};
use super::trial::Trial;
use super::{Experiment, Failure};
use harness::process;
use harness::server::Server;
use load::silent;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

pub(super) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            name: "freeze",
            stage: 1,
            title: "20 silent connections, and an honest request",
            watch: [
                "Twenty clients connect and say nothing. Then an honest one asks.",
                "The server is waiting for the first of the twenty, and everybody for the server.",
            ],
            figures: |_| silent_figures(SILENT, false),
            measure: |trial| {
                let server = trial.start("")?;
                measure_silent(trial, &server, SILENT)
            },
            why: "One thread reads one connection to its end before it accepts the next.",
            read: "crates/stage1/src/main.rs",
        },
        Experiment {
            name: "thread-per-connection",
            stage: 1,
            title: "5,000 silent connections, a thread for each",
            watch: [
                "The other way out of the freeze: every connection has a thread of its own.",
                "Look at what each of them costs, and compare with stage 2's `crowd`.",
            ],
            figures: |_| crowd_figures(),
            measure: |trial| {
                let server = trial.start("--connections thread")?;
                measure_crowd(trial, &server)
            },
            why: "A waiting thread keeps its stack and a place in the kernel; none of them waits \
                  for another.",
            read: "crates/stage1/src/main.rs",
        },
    ]
}

/// The number of silent connections.
pub(super) const SILENT: u64 = 20;
const CROWD: u64 = 5000;
/// The timeout of the honest request. Its answer takes a millisecond or never comes.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

/// Returns the figures of an honest request beside silent connections.
pub(super) fn silent_figures(connections: u64, answered: bool) -> Vec<Figure> {
    let question = "Is the honest request answered within 2 s (1 for yes, 0 for no)?";
    vec![
        Figure::new("before", "honest request answered before them", Unit::YesNo).exactly(1.0),
        Figure::new("beside", format!("answered beside {connections} of them"), Unit::YesNo)
            .documented(if answered { "yes" } else { "no" })
            .exactly(f64::from(u8::from(answered)))
            .question(question),
        Figure::new("after", "answered when they are gone", Unit::YesNo).exactly(1.0),
    ]
}

/// Sends an honest request before, beside and after silent connections.
pub(super) fn measure_silent(
    trial: &mut Trial<'_>,
    server: &Server,
    connections: u64,
) -> Result<(), Failure> {
    probe(trial, server, "before", 0)?;
    probe(trial, server, "beside", connections)?;
    probe(trial, server, "after", 0).map(drop)
}

/// Opens silent connections, sends a request, closes them, and records whether there was an answer.
fn probe(
    trial: &mut Trial<'_>,
    server: &Server,
    id: &str,
    connections: u64,
) -> Result<silent::Report, Failure> {
    trial.show(&format!("an honest request, and {connections} silent connections"));
    if connections > 0 {
        trial.note_command(format!("cargo stress silent --connections {connections}"));
    }
    let plan = silent::Plan {
        url: server.url(),
        connections,
        timeout: ANSWER_TIMEOUT,
        hold: Duration::ZERO,
    };
    let seen = silent::run(&plan, |_| {})?;
    trial.record_bool(id, seen.answered);
    Ok(seen)
}

/// Returns the figures of a server with thousands of silent connections.
pub(super) fn crowd_figures() -> Vec<Figure> {
    let mut figures = silent_figures(CROWD, true);
    figures
        .push(Figure::new("opened", "silent connections open", Unit::Count).exactly(CROWD as f64));
    figures.push(Figure::new("probe_ms", "time of the answer beside them", Unit::Milliseconds));
    figures.push(Figure::new("kib", "resident memory for each of them", Unit::Kibibytes));
    figures
}

/// Measures before, beside and after the crowd, with the server's peak memory.
pub(super) fn measure_crowd(trial: &mut Trial<'_>, server: &Server) -> Result<(), Failure> {
    probe(trial, server, "before", 0)?;
    let process_id = server.process_id();
    let before = process::resident_bytes(process_id);
    let over = AtomicBool::new(false);
    let (seen, most) = thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut most = 0;
            while !over.load(Relaxed) {
                most = most.max(process::resident_bytes(process_id).unwrap_or_default());
                thread::sleep(Duration::from_millis(10));
            }
            most
        });
        let seen = probe(trial, server, "beside", CROWD);
        over.store(true, Relaxed);
        (seen, watching.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let seen = seen?;
    trial.record_count("opened", seen.opened);
    trial.record("probe_ms", seen.seconds * 1e3);
    let kib = |bytes: u64| bytes as f64 / 1024.0 / seen.opened as f64;
    trial.record_if_available("kib", before.map(|before| kib(most.saturating_sub(before))));
    probe(trial, server, "after", 0).map(drop)
}
