//! Signals, and the clients that are there when they come.

use super::{count, crowd, failure, milliseconds, record_last, time, yes};
use crate::experiments::figure::Figure;
use crate::experiments::machine::Machine;
use crate::experiments::trial::Trial;
use crate::experiments::{Experiment, Failure};
use contract::{To, WireError};
use harness::books::{Books, event, wait_for};
use harness::server::{Exit, Signal};
use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// The number of stops under load.
const STOPS: u64 = 50;
const DEADLINE_MS: f64 = 1500.0;
/// The number of accepted jobs that cannot be done by the deadline.
const LATE_JOBS: i64 = 30;

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub(super) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            name: "stop-under-load",
            stage: 10,
            title: "SIGTERM under full load, fifty times",
            watch: [
                "Sixteen connections send without a pause; SIGTERM comes earlier or later each \
                 time.",
                "What the client knows, the state file and the last line have to agree.",
            ],
            figures: under_load_figures,
            measure: under_load,
            why: "The intake closes under the lock that every event passes: each is in or out.",
            read: "crates/stage10/src/shutdown.rs",
        },
        Experiment {
            name: "stop-clients",
            stage: 10,
            title: "SIGTERM beside idle, silent and half-sent clients",
            watch: [
                "At the signal a hundred clients are idle, a hundred have sent nothing, two are \
                 halfway.",
                "The listener and the idle ones close at once; the two get their 408 at the \
                 timeout.",
            ],
            figures: |_| {
                let at_once = |id, what| time(id, what).at_most(300.0);
                let mut figures = vec![
                    at_once("refused", "time until new connections are refused"),
                    at_once("idle", "time until the last idle client is closed"),
                    at_once("silent", "time until the last silent client is closed"),
                ];
                for (id, what) in HALVES {
                    figures.push(count(id, format!("status for {what}")).exactly(408.0));
                    let since = format!("time since the first byte of {what}");
                    figures.push(time(format!("{id}_time"), since).range(1900.0, 2500.0));
                }
                figures.push(count("status", "exit status").exactly(0.0));
                figures
            },
            measure: clients,
            why: "A connection between requests is closed at the signal; a request keeps its \
                  deadline.",
            read: "crates/stage10/src/shutdown.rs",
        },
        Experiment {
            name: "stop-deadline",
            stage: 10,
            title: "SIGTERM with a job longer than the deadline",
            watch: [
                "Thirty jobs of an hour and a deadline of 1.5 s; then half a request and no job.",
                "The first server reports 30 lost events with status 1; the second loses nothing.",
            ],
            figures: |_| {
                let ends = |id, what| time(id, what).range(DEADLINE_MS, DEADLINE_MS + 500.0);
                vec![
                    ends("ended", "time until it ends"),
                    count("status", "exit status").exactly(1.0),
                    count("pending", "pending in the last line").exactly(LATE_JOBS as f64),
                    yes("reported", "standard error has the number of lost events"),
                    ends("half_ended", "time until it ends, beside half a request"),
                    count("half_status", "exit status, beside half a request").exactly(0.0),
                ]
            },
            measure: deadline,
            why: "The deadline bounds the wait for the workers and for the connections alike.",
            read: "crates/stage10/src/shutdown.rs",
        },
    ]
}

/// The checks after each stop under load, by id.
const CHECKS: [(&str, &str); 6] = [
    ("balances", "stops whose state is what the client knows"),
    ("status", "stops with exit status 0"),
    ("whole", "stops without a truncated answer"),
    ("books", "stops with received = processed + dropped"),
    ("processed", "stops with as many processed as accepted, or of unknown fate"),
    ("dropped", "stops with as many dropped as rejected, or of unknown fate"),
];

fn under_load_figures(_: &Machine) -> Vec<Figure> {
    let checks = CHECKS.map(|(id, what)| count(id, what).exactly(STOPS as f64));
    let events = [count("accepted", "events accepted"), count("unknown", "events of unknown fate")];
    checks.into_iter().chain(events).collect()
}

fn under_load(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let (mut accepted, mut unknown, mut passed) = (0, 0, [0; CHECKS.len()]);
    for stop in 0..STOPS {
        trial.show(&format!("{stop} of {STOPS} stops"));
        let folder = tempfile::tempdir()?;
        let state = folder.path().join("state.json");
        let server = trial.start(&format!("--state {}", state.display()))?;
        let address = server.address();
        let books = thread::scope(|scope| {
            let load = scope.spawn(move || Books::keep(address, 16, 10_000_000, 1 + stop % 16, 7));
            // From the first moments to a queue that has long been full.
            thread::sleep(ms(5 + stop * 7));
            server.signal(Signal::Terminate);
            load.join().map_err(|_| "the client failed")
        })?;
        let exit = server.wait()?;
        let state: BTreeMap<String, i64> = serde_json::from_str(&fs::read_to_string(&state)?)?;
        for ((result, passed), (id, _)) in
            check_stop(&books, &state, &exit).into_iter().zip(&mut passed).zip(CHECKS)
        {
            match result {
                Ok(()) => *passed += 1,
                Err(fault) => trial.note(format!("stop {stop}, {id}: {fault}")),
            }
        }
        accepted += books.accepted;
        unknown += books.unknown;
    }
    for ((id, _), passed) in CHECKS.into_iter().zip(passed) {
        trial.record_count(id, passed);
    }
    trial.record_count("accepted", accepted);
    trial.record_count("unknown", unknown);
    Ok(())
}

/// Returns the results of [`CHECKS`] for one stop.
fn check_stop(
    books: &Books,
    state: &BTreeMap<String, i64>,
    exit: &Exit,
) -> [Result<(), String>; CHECKS.len()] {
    // Without the last line, counts that no check accepts.
    let [received, processed, dropped] =
        ["received", "processed", "dropped"].map(|name| exit.figure(name).unwrap_or(u64::MAX));
    let check = |holds: bool, fault: String| if holds { Ok(()) } else { Err(fault) };
    let accepted = books.accepted..=books.accepted + books.unknown;
    let rejected = books.rejected..=books.rejected + books.unknown;
    [
        books.check(state),
        check(exit.code() == Some(0), format!("it is {:?}", exit.code())),
        check(books.cut == 0, format!("{} answers", books.cut)),
        check(
            received == processed.wrapping_add(dropped),
            format!("{received}, {processed}, {dropped}"),
        ),
        check(accepted.contains(&processed), format!("{processed}, not in {accepted:?}")),
        check(rejected.contains(&dropped), format!("{dropped}, not in {rejected:?}")),
    ]
}

/// Requests that are half sent at the signal, by id.
const HALVES: [(&str, &str); 2] = [("half_head", "half a head"), ("half_body", "half a body")];

fn clients(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start("--request-timeout 2s --deadline 4s")?;
    let mut idle = crowd::open(server.address(), 100)?;
    let mut silent = crowd::open(server.address(), 100)?;
    crowd::send(&mut idle, b"GET /health HTTP/1.1\r\nHost: abuse\r\n\r\n");
    crowd::read_until(&mut idle, Duration::from_secs(5), |client| client.got(200));
    let half = [
        "GET /health HTTP/1.1\r\nHost: ab",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{",
    ];
    let began = Instant::now();
    let mut half = half.map(|bytes| {
        let mut wire = server.connect()?;
        wire.send(bytes)?;
        Ok::<_, WireError>(wire)
    });
    server.request("GET", "/health", "")?;
    let signalled = Instant::now();
    server.signal(Signal::Terminate);
    let refused = wait_for("a refused connection", || {
        Ok(match server.connect() {
            Err(WireError::Unreachable(_)) => Ok(signalled.elapsed()),
            other => Err(format!("{other:?}")),
        })
    });
    trial.record("refused", milliseconds(refused.map_err(failure)?));
    for crowd in [&mut idle, &mut silent] {
        crowd::read_until(crowd, Duration::from_secs(5), |client| client.ended.is_some());
    }
    for (id, crowd) in [("idle", &idle), ("silent", &silent)] {
        let ends = crowd.iter().filter_map(|client| client.ended);
        let last = ends.map(|ended| ended.duration_since(signalled)).max();
        trial.record(id, last.map_or(f64::NAN, milliseconds));
    }
    for ((id, _), wire) in HALVES.into_iter().zip(&mut half) {
        let got = wire.as_mut().map_err(|error| error.to_string())?.answer(To::Other)?;
        trial.record(format!("{id}_time"), milliseconds(began.elapsed()));
        trial.record_count(id, got.status.into());
    }
    drop(half);
    trial.record_status("status", server.wait()?.code());
    Ok(())
}

fn deadline(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start("--work 1h --deadline 1500ms")?;
    for amount in 1..=LATE_JOBS {
        server.request("POST", "/", &event("late", amount))?;
    }
    let signalled = Instant::now();
    server.signal(Signal::Terminate);
    let exit = server.wait()?;
    trial.record("ended", milliseconds(signalled.elapsed()));
    trial.record_status("status", exit.code());
    record_last(trial, "pending", &exit, "pending");
    trial.record_bool("reported", exit.stderr.contains(&LATE_JOBS.to_string()));
    // Half a request and no job: the deadline ends the wait for it, and nothing is lost.
    let server = trial.start("--request-timeout 1h --deadline 1500ms")?;
    let mut half = server.connect()?;
    half.send("GET /health HTT")?;
    server.request("GET", "/health", "")?;
    let signalled = Instant::now();
    server.signal(Signal::Terminate);
    let exit = server.wait()?;
    trial.record("half_ended", milliseconds(signalled.elapsed()));
    trial.record_status("half_status", exit.code());
    Ok(())
}
