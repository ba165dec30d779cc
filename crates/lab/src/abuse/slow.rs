//! Clients that are slow on purpose.

use super::crowd::{self, Client};
use super::{Outcome, Stand, at_most, exactly, finding, honest, told};
use harness::process::resident_bytes;
use std::time::{Duration, Instant};

const TRICKLING: usize = 500;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How much later than its deadline a client may be answered.
const LATE: Duration = Duration::from_millis(500);

pub(super) fn heads(stand: &Stand) -> Outcome {
    trickle(stand, b"GET /health HTTP/1.1\r\nHost: abuse\r\nX-Abuse: ")
}

pub(super) fn bodies(stand: &Stand) -> Outcome {
    trickle(stand, b"POST / HTTP/1.1\r\nHost: abuse\r\nContent-Length: 60000\r\n\r\n ")
}

fn trickle(stand: &Stand, start: &[u8]) -> Outcome {
    let server = stand.start("")?;
    let without = honest::alone(&server)?;
    let (with, (mut clients, began)) = honest::beside(&server, || {
        let mut clients = crowd::open(server.address(), TRICKLING)?;
        let mut began = Vec::new();
        for client in &mut clients {
            began.push(Instant::now());
            client.send(start);
        }
        let end = Instant::now() + REQUEST_TIMEOUT + 2 * LATE;
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
    let on_time = |time: &&Duration| (REQUEST_TIMEOUT..=REQUEST_TIMEOUT + LATE).contains(time);
    let (first, last) = (times.iter().min(), times.iter().max());
    let mut findings = vec![
        exactly("answered 408", clients.iter().filter(|it| it.got(408)).count(), TRICKLING),
        exactly("closed at the deadline", times.iter().filter(on_time).count(), TRICKLING),
        told("first and last of them", format!("{first:.2?}, {last:.2?}")),
    ];
    findings.extend(honest::unmoved(without, with));
    Ok(findings)
}

pub(super) fn never_read(stand: &Stand) -> Outcome {
    const CLIENTS: usize = 100;
    const TENTHS: u32 = 10;
    // When a client can send no more, the server still has a while to go with what was sent.
    const REST: Duration = Duration::from_secs(3);
    let server = stand.start("")?;
    let requests = b"GET /metrics HTTP/1.1\r\nHost: abuse\r\n\r\n".repeat(1000);
    let (mut closed, mut resident) = (Vec::new(), Vec::new());
    let mut clients: Vec<(Client, usize)> = Vec::new();
    // Longer than a client lasts, so that each tenth has clients that came and went.
    let tenth = WRITE_TIMEOUT + Duration::from_secs(1);
    let begin = Instant::now();
    while resident.len() < TENTHS as usize {
        // Whoever was closed is replaced, so that there are as many all the time.
        let missing = CLIENTS - clients.len();
        let more = crowd::open_narrow(&server, missing)?;
        clients.extend(more.into_iter().map(|client| (client, 0)));
        for (client, sent) in &mut clients {
            // Where a write took a part, the next one goes on.
            *sent = (*sent + client.send(&requests[*sent..])) % requests.len();
        }
        clients.retain(|(client, _)| {
            let stuck = client.ended.map(|ended| ended.duration_since(client.last_sent));
            closed.extend(stuck);
            stuck.is_none()
        });
        std::thread::sleep(crowd::LOOK);
        if begin.elapsed() > tenth * (resident.len() as u32 + 1) {
            resident.push(resident_bytes(server.process_id())? as f64);
        }
    }
    let late = closed.iter().filter(|time| **time > WRITE_TIMEOUT + REST).count();
    Ok(vec![
        at_most("resident memory, last tenth by second", resident[9] / resident[1], 1.05, "times"),
        told("resident memory", format!("{:.1} MiB", resident[9] / 1048576.0)),
        finding("closed", closed.len(), format!("{CLIENTS} or more"), closed.len() >= CLIENTS),
        exactly("of them later than the write timeout", late, 0),
    ])
}
