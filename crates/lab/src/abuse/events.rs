//! Events that are too many, all alike, or malformed.

use super::{count, failure, honest, record_last, resident, time, yes};
use crate::experiments::trial::Trial;
use crate::experiments::{Experiment, Failure};
use contract::{Response, To};
use harness::books::{event, post, wait_for_rest};
use harness::process::{resident_bytes, threads};
use harness::server::{Server, Signal};

/// The number of events sent before the first answer is read; the queue has room for them.
const PIPELINED: u64 = 500;
/// The number of events on one wire, which has a time limit.
const PER_WIRE: u64 = 20_000;
/// The default of `--max-users`.
const USERS: u64 = 1_000_000;
const HOT_EVENTS: u64 = 5000;

pub(super) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            name: "users",
            stage: 10,
            title: "a million users, and one more",
            watch: [
                "Events of a million users are accepted, the default limit; then comes one of a \
                 new user.",
                "Memory has to stay bounded, and reading all balances must not delay other \
                 clients.",
            ],
            figures: |_| {
                let mut figures = vec![
                    count("more", "status for one more user").exactly(503.0),
                    yes("reason", "with the reason too_many_users"),
                    count("known", "status for a known user").exactly(202.0),
                    count("sum", "sum of all balances").exactly(USERS as f64 + 1.0),
                    resident(),
                ];
                figures.extend(honest::figures());
                figures.push(time("longest", "an honest client's longest latency").at_most(50.0));
                figures
            },
            measure: users,
            why: "The intake counts the users that it has accepted; the balances are read on a \
                  thread of their own.",
            read: "crates/stage10/src/intake.rs",
        },
        Experiment {
            name: "hot-user",
            stage: 10,
            title: "one user for every event",
            watch: [
                "Every event is one user's, so every worker needs the same shard.",
                "All of them have to be counted, and none may fail.",
            ],
            figures: |_| {
                vec![
                    count("balance", "the user's balance").exactly(HOT_EVENTS as f64),
                    count("processed", "processed").exactly(HOT_EVENTS as f64),
                    count("failed", "failed").exactly(0.0),
                ]
            },
            measure: hot_user,
            why: "An update holds the lock of its shard from the read to the write.",
            read: "crates/stage10/src/balances.rs",
        },
        Experiment {
            name: "bodies",
            stage: 10,
            title: "deep, broken, duplicate and overflowing events",
            watch: [
                "Fields nested 10,000 deep, invalid UTF-8, fields twice, amounts beyond i64.",
                "Each has to get its status, and an overflow must not change the balance.",
            ],
            figures: |_| {
                let statuses =
                    bodies().into_iter().enumerate().map(|(index, (what, _, status))| {
                        count(format!("body_{index}"), what).exactly(f64::from(status))
                    });
                let mut figures: Vec<_> = statuses.collect();
                figures.extend([
                    count("failed", "failed: the overflow alone").exactly(1.0),
                    yes("balance", "the balance is still the largest amount"),
                ]);
                figures
            },
            measure: measure_bodies,
            why: "Skipped fields are parsed without recursion, and the sum of a balance is \
                  checked.",
            read: "crates/protocol/src/event.rs",
        },
        Experiment {
            name: "panics",
            stage: 10,
            title: "workers that panic",
            watch: [
                "Every other event makes its worker panic, before the drain and within it.",
                "The workers have to stay, and every event has to be counted.",
            ],
            figures: |_| {
                vec![
                    count("failed", "failed").exactly(500.0),
                    count("workers", "workers left").exactly(16.0),
                    count("drained", "processed at the end of the drain").exactly(1100.0),
                    count("drained_failed", "failed at the end of the drain").exactly(550.0),
                    count("status", "exit status").exactly(0.0),
                ]
            },
            measure: panics,
            why: "A worker catches the panic of a job, counts the job as failed, and takes the \
                  next one.",
            read: "crates/stage10/src/worker.rs",
        },
    ]
}

/// Sends an event for each number, and sends it again while the queue is full.
fn accept_all(server: &Server, count: u64, user: impl Fn(u64) -> String) -> Result<(), Failure> {
    let mut open: Vec<u64> = (0..count).rev().collect();
    while !open.is_empty() {
        let mut wire = server.connect()?;
        for _ in 0..PER_WIRE / PIPELINED {
            let batch = open.split_off(open.len() - open.len().min(PIPELINED as usize));
            let requests = batch.iter().flat_map(|number| post(event(&user(*number), 1)));
            wire.send(requests.collect::<Vec<u8>>())?;
            for number in batch {
                let got = wire.answer(To::Other)?;
                if got.says("reason", "server_busy") {
                    open.push(number);
                } else if got.status != 202 {
                    return Err(format!("to event {number}: {got}").into());
                }
            }
        }
    }
    Ok(())
}

fn users(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start("--work 0s --hold 0s")?;
    let alone = honest::measure_alone(&server)?;
    trial.show("events of a million users");
    accept_all(&server, USERS, |number| format!("user{number}"))?;
    wait_for_rest(&server).map_err(failure)?;
    let ask = |user: &str| server.request("POST", "/", &event(user, 1));
    let (more, known): (Response, Response) = (ask("one-more")?, ask("user7")?);
    trial.record_count("more", more.status.into());
    trial.record_bool("reason", more.says("reason", "too_many_users"));
    trial.record_count("known", known.status.into());
    trial.record("resident", resident_bytes(server.process_id())? as f64 / 1e6);
    let (beside, sum) = honest::measure_during(&server, || {
        let balances: i64 = server.balances()?.values().sum();
        Ok(balances)
    })?;
    trial.record("sum", sum as f64);
    honest::record(trial, alone, beside);
    trial.record("longest", beside.max);
    Ok(())
}

fn hot_user(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start("--work 0s")?;
    accept_all(&server, HOT_EVENTS, |_| "hot".to_owned())?;
    let metrics = wait_for_rest(&server).map_err(failure)?;
    trial.record("balance", server.balances()?.get("hot").copied().unwrap_or(0) as f64);
    trial.record_count("processed", metrics["processed"]);
    trial.record_count("failed", metrics["failed"]);
    Ok(())
}

/// Returns descriptions and bodies of events, and the status that each has to get.
fn bodies() -> [(&'static str, Vec<u8>, u16); 9] {
    let deep = |open: &str, inside: &str, close: &str| {
        let (open, close) = (open.repeat(10_000), close.repeat(10_000));
        let more = format!("{open}{inside}{close}");
        format!(r#"{{"user":"deep","action":"x","amount":1,"more":{more}}}"#).into_bytes()
    };
    let text = |text: &str| text.as_bytes().to_vec();
    let mut broken = text(r#"{"user":"u","action":"x","amount":1,"more":"?"}"#);
    broken.iter_mut().filter(|byte| **byte == b'?').for_each(|byte| *byte = 0xff);
    [
        ("arrays 10,000 deep in a field that is skipped", deep("[", "", "]"), 202),
        ("objects 10,000 deep in a field that is skipped", deep(r#"{"":"#, "1", "}"), 202),
        ("10,000 arrays and nothing else", b"[".repeat(10_000), 400),
        ("invalid UTF-8 in a field that is skipped", broken, 400),
        ("a user twice", text(r#"{"user":"a","user":"b","action":"x","amount":1}"#), 400),
        ("an amount twice", text(r#"{"user":"a","action":"x","amount":1,"amount":1}"#), 400),
        (
            "an amount beyond i64",
            text(r#"{"user":"a","action":"x","amount":9223372036854775808}"#),
            400,
        ),
        (
            "the largest amount",
            text(r#"{"user":"r","action":"x","amount":9223372036854775807}"#),
            202,
        ),
        ("one more, which overflows", text(r#"{"user":"r","action":"x","amount":1}"#), 202),
    ]
}

fn measure_bodies(trial: &mut Trial<'_>) -> Result<(), Failure> {
    // One worker, so that the event that overflows is the last.
    let server = trial.start("--work 0s --hold 0s --workers 1")?;
    let mut wire = server.connect()?;
    for (index, (_, body, _)) in bodies().into_iter().enumerate() {
        wire.send(post(body))?;
        trial.record_count(format!("body_{index}"), wire.answer(To::Other)?.status.into());
    }
    let metrics = wait_for_rest(&server).map_err(failure)?;
    trial.record_count("failed", metrics["failed"]);
    let balance = server.balances()?.get("r").copied();
    trial.record_bool("balance", balance == Some(i64::MAX));
    if balance != Some(i64::MAX) {
        trial.note(format!("the balance is {balance:?}"));
    }
    Ok(())
}

fn panics(trial: &mut Trial<'_>) -> Result<(), Failure> {
    let server = trial.start("--work 1ms --hold 0s --panic-user boom")?;
    let user = |number: u64| if number.is_multiple_of(2) { "boom" } else { "fine" };
    accept_all(&server, 1000, |number| user(number).to_owned())?;
    let metrics = wait_for_rest(&server).map_err(failure)?;
    trial.record_count("failed", metrics["failed"]);
    let threads = threads(server.process_id())?;
    let workers = threads.iter().filter(|name| name.starts_with("worker-")).count();
    trial.record_count("workers", workers as u64);
    // More events, so that jobs panic within the drain.
    for number in 0..100 {
        server.request("POST", "/", &event(user(number), 1))?;
    }
    server.signal(Signal::Terminate);
    let exit = server.wait()?;
    record_last(trial, "drained", &exit, "processed");
    record_last(trial, "drained_failed", &exit, "failed");
    trial.record_status("status", exit.code());
    Ok(())
}
