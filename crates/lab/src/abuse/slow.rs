//! Clients that are slow on purpose.

use super::crowd::{self, Client};
use super::{count, growth, honest, resident};
use crate::experiments::figure::{Figure, Unit};
use crate::experiments::trial::Trial;
use crate::experiments::{Experiment, Failure};
use harness::process::resident_bytes;
use std::thread;
use std::time::{Duration, Instant};

const TRICKLING: usize = 500;
/// The number of clients that never read.
const UNREADING: usize = 100;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// The time after its deadline by which a client has to be answered.
const TOLERANCE: Duration = Duration::from_millis(500);

pub(super) fn all() -> Vec<Experiment> {
    vec![
        Experiment {
            name: "head-trickle",
            stage: 10,
            title: "500 heads that grow by a byte a second",
            watch: [
                "Every client sends a head that never ends, one byte a second.",
                "Each has to be answered 408 and closed at --request-timeout; others notice \
                 nothing.",
            ],
            figures: |_| trickle_figures(),
            measure: |trial| trickle(trial, b"GET /health HTTP/1.1\r\nHost: abuse\r\nX-Abuse: "),
            why: "The deadline counts from a request's first byte; later bytes do not extend it.",
            read: "crates/connection/src/connection.rs",
        },
        Experiment {
            name: "body-trickle",
            stage: 10,
            title: "500 bodies that grow by a byte a second",
            watch: [
                "The same with a body: 60,000 bytes are announced, and one comes each second.",
                "Each has to be answered 408 and closed at --request-timeout; others notice \
                 nothing.",
            ],
            figures: |_| trickle_figures(),
            measure: |trial| {
                trickle(trial, b"POST / HTTP/1.1\r\nHost: abuse\r\nContent-Length: 60000\r\n\r\n ")
            },
            why: "The deadline is that of the whole request, head and body.",
            read: "crates/connection/src/connection.rs",
        },
        Experiment {
            name: "never-read",
            stage: 10,
            title: "100 clients that keep sending and read nothing",
            watch: [
                "Every client sends requests without end and never reads an answer, for two \
                 minutes.",
                "Each has to be closed at --write-timeout, and memory must not grow.",
            ],
            figures: |_| {
                vec![
                    growth(),
                    resident(),
                    count("closed", "clients closed").at_least(UNREADING as f64),
                    count("late", "closed later than the write timeout").exactly(0.0),
                ]
            },
            measure: never_read,
            why: "Answers are collected up to 16 KiB; while they cannot be written, nothing is \
                  read.",
            read: "crates/connection/src/connection.rs",
        },
    ]
}

fn trickle_figures() -> Vec<Figure> {
    let seconds = |id, what| Figure::new(id, what, Unit::Seconds);
    let mut figures = vec![
        count("answered", "answered 408").exactly(TRICKLING as f64),
        count("on_time", "closed at the deadline, within 500 ms").exactly(TRICKLING as f64),
        seconds("first", "time until the first is closed"),
        seconds("last", "time until the last is closed"),
    ];
    figures.extend(honest::figures());
    figures
}

fn trickle(trial: &mut Trial<'_>, start: &[u8]) -> Result<(), Failure> {
    let server = trial.start("")?;
    let alone = honest::measure_alone(&server)?;
    let (beside, (mut clients, began)) = honest::measure_during(&server, || {
        let mut clients = crowd::open(server.address(), TRICKLING)?;
        let mut began = Vec::new();
        for client in &mut clients {
            began.push(Instant::now());
            client.send(start);
        }
        let end = Instant::now() + REQUEST_TIMEOUT + 2 * TOLERANCE;
        while Instant::now() < end && clients.iter().any(|client| client.ended.is_none()) {
            crowd::read_until(&mut clients, Duration::from_secs(1), |client| {
                client.ended.is_some()
            });
            for client in clients.iter_mut().filter(|client| client.ended.is_none()) {
                client.send(b" ");
            }
        }
        Ok((clients, began))
    })?;
    clients.iter_mut().for_each(Client::read);
    let times: Vec<Duration> = clients
        .iter()
        .zip(&began)
        .filter_map(|(client, began)| Some(client.ended?.duration_since(*began)))
        .collect();
    let is_on_time =
        |time: &&Duration| (REQUEST_TIMEOUT..=REQUEST_TIMEOUT + TOLERANCE).contains(time);
    let seconds = |time: Option<&Duration>| time.map_or(f64::NAN, Duration::as_secs_f64);
    trial.record_count("answered", clients.iter().filter(|client| client.got(408)).count() as u64);
    trial.record_count("on_time", times.iter().filter(is_on_time).count() as u64);
    trial.record("first", seconds(times.iter().min()));
    trial.record("last", seconds(times.iter().max()));
    honest::record(trial, alone, beside);
    Ok(())
}

fn never_read(trial: &mut Trial<'_>) -> Result<(), Failure> {
    const TENTHS: usize = 10;
    // The server still works on what was sent for a while after a client cannot send more.
    const REST: Duration = Duration::from_secs(3);
    let server = trial.start("")?;
    let requests = b"GET /metrics HTTP/1.1\r\nHost: abuse\r\n\r\n".repeat(1000);
    let (mut closed, mut resident) = (Vec::new(), Vec::new());
    let mut clients: Vec<(Client, usize)> = Vec::new();
    // Longer than the life of a client, so that clients come and go in each tenth.
    let tenth = WRITE_TIMEOUT + Duration::from_secs(1);
    let begin = Instant::now();
    while resident.len() < TENTHS {
        // Replace the clients that were closed.
        let missing = UNREADING - clients.len();
        let more = crowd::open_narrow(&server, missing)?;
        clients.extend(more.into_iter().map(|client| (client, 0)));
        for (client, sent) in &mut clients {
            // Continue after a partial write.
            *sent = (*sent + client.send(&requests[*sent..])) % requests.len();
        }
        clients.retain(|(client, _)| {
            let stuck = client.ended.map(|ended| ended.duration_since(client.last_sent));
            closed.extend(stuck);
            stuck.is_none()
        });
        thread::sleep(crowd::POLL_INTERVAL);
        if begin.elapsed() > tenth * (resident.len() as u32 + 1) {
            resident.push(resident_bytes(server.process_id())? as f64);
            trial.show(&format!("{} of {TENTHS} tenths", resident.len()));
        }
    }
    let late = closed.iter().filter(|time| **time > WRITE_TIMEOUT + REST).count();
    trial.record("growth", resident[9] / resident[1]);
    trial.record("resident", resident[9] / 1e6);
    trial.record_count("closed", closed.len() as u64);
    trial.record_count("late", late as u64);
    Ok(())
}
