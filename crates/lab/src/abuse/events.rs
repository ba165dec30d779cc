//! Events that are too many, too much alike, or none.

use super::{Outcome, Stand, at_most, exactly, exit_status, finding, honest, last, told};
use contract::{Response, To};
use harness::books::{event, post, wait_for_rest};
use harness::process::{resident_bytes, threads};
use harness::server::{Server, Signal};
use std::error::Error;

/// Events that are sent ahead: no more than the queue holds.
const AHEAD: u64 = 500;
/// Before a wire's time is over.
const ON_ONE_WIRE: u64 = 20_000;

/// Sends an event for each number, and again as long as there is no room for it.
fn accept_all(
    server: &Server,
    count: u64,
    user: impl Fn(u64) -> String,
) -> Result<(), Box<dyn Error>> {
    let mut open: Vec<u64> = (0..count).rev().collect();
    while !open.is_empty() {
        let mut wire = server.connect()?;
        for _ in 0..ON_ONE_WIRE / AHEAD {
            let batch = open.split_off(open.len() - open.len().min(AHEAD as usize));
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

pub(super) fn users(stand: &Stand) -> Outcome {
    const USERS: u64 = 1_000_000;
    let server = stand.start("--work 0s --hold 0s")?;
    let without = honest::alone(&server)?;
    accept_all(&server, USERS, |number| format!("user{number}"))?;
    wait_for_rest(&server)?;
    let ask = |user: &str| server.request("POST", "/", &event(user, 1));
    let is = |got: &Response, reason: &str| got.status == 503 && got.says("reason", reason);
    let (one_more, known) = (ask("one-more")?, ask("user7")?);
    let resident = resident_bytes(server.process_id())?;
    let (with, sum) = honest::beside(&server, || {
        let balances: i64 = server.balances()?.values().sum();
        Ok(balances)
    })?;
    let mut findings = vec![
        finding("one more", &one_more, "too_many_users", is(&one_more, "too_many_users")),
        exactly("status for a known one", known.status.into(), 202),
        exactly("sum of all balances", sum as usize, USERS as usize + 1),
        told("resident memory", format!("{} MiB", resident >> 20)),
    ];
    findings.extend(honest::unmoved(without, with));
    // Writing them all down must not stop the thread that serves everybody.
    findings.push(at_most("an honest client's longest wait", with.max, 50.0, "ms"));
    Ok(findings)
}

pub(super) fn hot_user(stand: &Stand) -> Outcome {
    const EVENTS: u64 = 5000;
    let server = stand.start("--work 0s")?;
    accept_all(&server, EVENTS, |_| "hot".to_owned())?;
    let metrics = wait_for_rest(&server)?;
    let balance = server.balances()?.get("hot").copied().unwrap_or(0);
    Ok(vec![
        exactly("its balance", balance as usize, EVENTS as usize),
        exactly("processed", metrics["processed"] as usize, EVENTS as usize),
        exactly("failed", metrics["failed"] as usize, 0),
    ])
}

pub(super) fn bodies(stand: &Stand) -> Outcome {
    // One worker, so that the amount which overflows comes last.
    let server = stand.start("--work 0s --hold 0s --workers 1")?;
    let deep = |open: &str, inside: &str, close: &str| {
        let (open, close) = (open.repeat(10_000), close.repeat(10_000));
        let more = format!("{open}{inside}{close}");
        format!(r#"{{"user":"deep","action":"x","amount":1,"more":{more}}}"#).into_bytes()
    };
    let text = |text: &str| text.as_bytes().to_vec();
    let mut broken = text(r#"{"user":"u","action":"x","amount":1,"more":"?"}"#);
    broken.iter_mut().filter(|byte| **byte == b'?').for_each(|byte| *byte = 0xff);
    let mut findings = Vec::new();
    let mut wire = server.connect()?;
    for (what, body, due) in [
        ("arrays 10,000 deep in a field that is skipped", deep("[", "", "]"), 202),
        ("objects as deep in it", deep(r#"{"":"#, "1", "}"), 202),
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
        ("one more", text(r#"{"user":"r","action":"x","amount":1}"#), 202),
    ] {
        wire.send(post(body))?;
        findings.push(exactly(what, wire.answer(To::Other)?.status.into(), due));
    }
    let metrics = wait_for_rest(&server)?;
    findings.push(exactly("failed, which is that one", metrics["failed"] as usize, 1));
    let rich = server.balances()?.get("r").copied();
    findings.push(finding(
        "its user's balance",
        format!("{rich:?}"),
        i64::MAX,
        rich == Some(i64::MAX),
    ));
    Ok(findings)
}

pub(super) fn panics(stand: &Stand) -> Outcome {
    let server = stand.start("--work 1ms --hold 0s --panic-user boom")?;
    accept_all(&server, 1000, |number| if number % 2 == 0 { "boom" } else { "fine" }.to_owned())?;
    let metrics = wait_for_rest(&server)?;
    let threads = threads(server.process_id())?;
    let workers = threads.iter().filter(|name| name.starts_with("worker-")).count();
    // Once more, so that the drain has panics in it.
    for number in 0..100 {
        server.request("POST", "/", &event(if number % 2 == 0 { "boom" } else { "fine" }, 1))?;
    }
    server.signal(Signal::Terminate);
    let exit = server.wait()?;
    Ok(vec![
        exactly("failed", metrics["failed"] as usize, 500),
        exactly("workers that are left", workers, 16),
        exactly("processed at the end of the drain", last(&exit, "processed"), 1100),
        exactly("failed at the end of the drain", last(&exit, "failed"), 550),
        exit_status(exit.code(), 0),
    ])
}
