//! A server that serves on for a while after the signal, and says so (stage 10).

use super::super::client::{accept, request, wait_for};
use super::super::{Check, Subject, check};
use super::drain::drained;
use crate::server::{Server, Signal};
use contract::{Response, Stop, ensure};
use std::thread;
use std::time::{Duration, Instant};

pub(super) fn checks() -> Vec<Check> {
    let checks = [
        check(
            "health-says-draining",
            "A load balancer learns from it that this server is about to go.",
            health,
        )
        .describe(
            "GET /health, SIGTERM with --drain-delay 1h, and GET /health again",
            "200 ok; then 503 draining, with Connection: close",
        ),
        check(
            "pooled-connections-leave",
            "A client that keeps a connection learns from it to open the next one elsewhere.",
            pooled_leave,
        )
        .needs("keep-alive")
        .needs("health-says-draining")
        .describe(
            "two connections that were used before, SIGTERM with --drain-delay 1h, and a request on \
             each",
            "answers with Connection: close, and then the end of the connection",
        ),
        check(
            "drain-delay-serves",
            "Until the load balancer has noticed, its requests still come.",
            drain_delay,
        )
        .describe(
            "with --drain-delay 1s, SIGTERM, and three events at once",
            "accepted and processed; exit status 0",
        ),
    ];
    checks.map(|check| check.stages(10..=10).needs("sigterm-drains")).into()
}

/// Waits until the server says that it stops.
fn await_draining(server: &Server) -> Result<Response, Stop> {
    wait_for(server, || {
        let got = server.request("GET", "/health", "").map_err(|error| {
            Stop::Failed(format!("after SIGTERM, with --drain-delay 1h, GET /health: {error}"))
        })?;
        let still = format!("after SIGTERM, GET /health was answered with {got}");
        Ok(if got.status == 503 { Ok(got) } else { Err(still) })
    })
}

fn pooled_leave(subject: &Subject) -> Result<(), Stop> {
    let server = subject.start("--drain-delay 1h")?;
    let mut pooled = Vec::new();
    for (method, target) in [("GET", "/balances"), ("GET", "/nothing")] {
        let mut wire = server.connect()?;
        wire.request("GET", "/health", "")?;
        pooled.push((wire, method, target));
    }
    server.signal(Signal::Terminate);
    await_draining(&server)?;
    for (mut wire, method, target) in pooled {
        let of = format!("during the drain delay, {method} {target} on a connection used before");
        let failed = |error| Stop::Failed(format!("{of}: {error}"));
        let got = wire.request(method, target, "").map_err(failed)?;
        ensure(got.lists("Connection", "close"), format!("{of} was answered with {got}"))?;
        wire.end().map_err(failed)?;
    }
    Ok(())
}

fn health(subject: &Subject) -> Result<(), Stop> {
    let server = subject.start("--drain-delay 1h")?;
    let got = request(&server, "GET", "/health", "")?;
    ensure(got.status == 200, format!("before the signal, GET /health was answered with {got}"))?;
    server.signal(Signal::Terminate);
    let got = await_draining(&server)?;
    ensure(
        got.says("status", "draining") && got.lists("Connection", "close"),
        format!("after SIGTERM, GET /health was answered with {got}"),
    )
}

fn drain_delay(subject: &Subject) -> Result<(), Stop> {
    let knobs = subject.knobs().work("0s").hold("0s").with("--drain-delay", "1s");
    let server = subject.start(&knobs.to_string())?;
    let begin = Instant::now();
    server.signal(Signal::Terminate);
    thread::sleep(Duration::from_millis(100));
    for nth in 0..3 {
        let accepted = accept(&server, "alice", 1);
        if begin.elapsed() > Duration::from_millis(900) && accepted.is_err() {
            return Err(Stop::NotJudged(
                "this machine was too late for the drain delay".to_owned(),
            ));
        }
        accepted.map_err(|stop| {
            super::when(&format!("{nth} events after SIGTERM, within --drain-delay 1s,"), stop)
        })?;
    }
    drained(&server.wait_for(subject.soon())?, Signal::Terminate, 3)
}
