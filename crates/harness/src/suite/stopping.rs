//! Shutdown by a signal.

use super::state::file;
use super::{Outcome, Stage};
use crate::books::{Books, event, wait_for, wait_for_balances};
use crate::server::{Exit, SAME_STOP, Server, Signal};
use contract::{To, Wire, WireError};
use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

pub(super) fn accept(server: &Server, count: i64) -> Outcome {
    for amount in 1..=count {
        let got = server.request("POST", "/", &event("alice", amount))?;
        assert_eq!(got.status, 202, "{got}");
    }
    Ok(())
}

/// Waits until the listener is closed; the intake is closed before it.
fn wait_until_closed(server: &Server) -> Result<(), Box<dyn Error>> {
    wait_for("a closed listener", || match server.request("GET", "/nothing", "") {
        Err(WireError::Unreachable(_)) => Ok(Ok(())),
        other => Ok(Err(format!("{other:?}"))),
    })
}

/// Asserts the exit status and the final metrics: received, processed and dropped.
pub(super) fn assert_final(exit: &Exit, code: i32, figures: [u64; 3]) {
    assert_eq!(exit.code(), Some(code), "{exit}");
    assert_eq!(exit.stdout.len(), 1, "expected one more line: {exit}");
    let found = ["received", "processed", "dropped"].map(|name| exit.figure(name));
    assert_eq!(found, figures.map(Some), "{exit}");
    let pending = figures[0] - figures[1] - figures[2];
    assert_eq!(exit.figure("pending"), Some(pending), "{exit}");
}

pub(super) fn loses_the_queue(stage: Stage) -> Outcome {
    let server = stage.start("--work 1h --queue 20")?;
    accept(&server, 10)?;
    server.signal(Signal::Terminate);
    let exit = server.wait()?;
    assert_eq!(exit.code(), Some(143), "{exit}");
    assert!(exit.stdout.is_empty(), "{exit}");
    Ok(())
}

pub(super) fn drains(stage: Stage) -> Outcome {
    let server = stage.start("--work 10ms --hold 0s --queue 100 --workers 2")?;
    accept(&server, 50)?;
    server.signal(Signal::Terminate);
    assert_final(&server.wait()?, 0, [50, 50, 0]);
    Ok(())
}

pub(super) fn drains_under_load(stage: Stage) -> Outcome {
    let folder = tempfile::tempdir()?;
    let state = file(&folder, "state.json");
    let server =
        stage.start(&format!("--work 1ms --hold 0s --queue 50 --workers 4 --state {state}"))?;
    let address = server.address();
    let books = thread::scope(|scope| -> Result<Books, Box<dyn Error>> {
        let load = scope.spawn(move || Books::keep(address, 8, 1_000_000, 1, 5));
        wait_for("events under way", || {
            let metrics = server.metrics()?;
            Ok(if metrics["processed"] > 200 { Ok(()) } else { Err(format!("{metrics:?}")) })
        })?;
        server.signal(Signal::Interrupt);
        load.join().map_err(|_| "the client failed".into())
    })?;
    let exit = server.wait()?;
    assert_eq!(exit.code(), Some(0), "{exit}");
    assert_eq!(exit.figure("pending"), Some(0), "{exit}");
    let done = exit.figure("processed").unwrap_or_default();
    let possible = books.accepted..=books.accepted + books.unknown;
    assert!(possible.contains(&done), "{done} processed, {books:?}");
    assert_eq!(books.cut, 0, "an answer was truncated: {books:?}");
    Ok(books.check(&stage.start(&format!("--state {state}"))?.balances()?)?)
}

pub(super) fn deadline(stage: Stage) -> Outcome {
    let server = stage.start("--work 1h --queue 10 --workers 2 --deadline 100ms")?;
    accept(&server, 7)?;
    server.signal(Signal::Terminate);
    let exit = server.wait()?;
    assert_final(&exit, 1, [7, 0, 0]);
    assert!(exit.stderr.contains('7'), "it does not say how many were lost: {exit}");
    Ok(())
}

pub(super) fn second_signal(stage: Stage) -> Outcome {
    for (signal, code) in [(Signal::Terminate, 143), (Signal::Interrupt, 130)] {
        let folder = tempfile::tempdir()?;
        let state = file(&folder, "state.json");
        let server = stage.start(&format!("--work 1h --deadline 1h --state {state}"))?;
        accept(&server, 3)?;
        server.signal(Signal::Terminate);
        wait_until_closed(&server)?;
        // A signal before that would count as the same stop.
        thread::sleep(SAME_STOP);
        server.signal(signal);
        let exit = server.wait()?;
        assert_eq!(exit.code(), Some(code), "{exit}");
        assert!(exit.stdout.is_empty(), "no final line: {exit}");
        assert!(stage.start(&format!("--state {state}"))?.balances()?.is_empty(), "no state");
    }
    Ok(())
}

/// A launcher may signal both the process and its group.
pub(super) fn one_stop_twice(stage: Stage) -> Outcome {
    for signals in [[Signal::Terminate, Signal::Interrupt], [Signal::Hangup, Signal::Terminate]] {
        let server = stage.start("--work 10ms --hold 0s --workers 2")?;
        accept(&server, 20)?;
        // Both are pending when it continues.
        server.signal(Signal::Stop);
        signals.into_iter().for_each(|signal| server.signal(signal));
        server.signal(Signal::Continue);
        assert_final(&server.wait()?, 0, [20, 20, 0]);
    }
    Ok(())
}

/// A child inherits blocked and ignored signals, such as nohup's SIGHUP.
#[cfg(target_os = "linux")]
pub(super) fn inherited_signals(stage: Stage) -> Outcome {
    let blocked = ["env", "--block-signal", stage.binary];
    let server = Server::start_by(&blocked, &[])?;
    accept(&server, 1)?;
    server.signal(Signal::Terminate);
    assert_final(&server.wait()?, 0, [1, 1, 0]);
    let server = Server::start_by(&["env", "--ignore-signal=HUP", stage.binary], &[])?;
    server.signal(Signal::Hangup);
    accept(&server, 1)?;
    server.signal(Signal::Terminate);
    assert_final(&server.wait()?, 0, [1, 1, 0]);
    Ok(())
}

pub(super) fn drain_delay(stage: Stage) -> Outcome {
    let server = stage.start("--work 0s --hold 0s --drain-delay 1h")?;
    // Idle connections, and the next request on each.
    let uses = [("GET", "/health"), ("GET", "/balances"), ("OPTIONS", "/"), ("GET", "/no")];
    let mut pooled = uses.map(|_| server.connect());
    for wire in &mut pooled {
        let wire = wire.as_mut().map_err(|error| format!("{error:?}"))?;
        assert_eq!(wire.request("GET", "/health", "")?.status, 200);
    }
    server.signal(Signal::Terminate);
    let got = wait_for("a health of 503", || {
        let got = server.request("GET", "/health", "")?;
        Ok(if got.status == 503 { Ok(got) } else { Err(got.to_string()) })
    })?;
    assert!(got.says("status", "draining"), "{got}");
    for (wire, (method, target)) in pooled.into_iter().zip(uses) {
        let mut wire = wire?;
        let got = wire.request(method, target, "")?;
        assert!(got.lists("Connection", "close"), "{method} {target}: {got}");
        wire.end()?;
    }
    accept(&server, 3)?;
    wait_for_balances(&server, &BTreeMap::from([("alice".to_owned(), 6)]))?;
    thread::sleep(SAME_STOP);
    server.signal(Signal::Terminate);
    let exit = server.wait()?;
    assert_eq!((exit.code(), exit.stdout.len()), (Some(143), 0), "{exit}");
    Ok(())
}

pub(super) fn request_in_hand(stage: Stage) -> Outcome {
    let server = stage.start("--work 0s --hold 0s")?;
    let mut half = server.connect()?;
    let body = event("alice", 1);
    let length = body.len();
    let (first, second) = body.split_at(10);
    half.send(format!("POST / HTTP/1.1\r\nHost: lab\r\nContent-Length: {length}\r\n\r\n{first}"))?;
    // After a round trip the server has read the half.
    server.request("GET", "/health", "")?;
    server.signal(Signal::Terminate);
    wait_until_closed(&server)?;
    half.send(second)?;
    let got = half.answer(To::Other)?;
    assert!(got.status == 503 && got.says("status", "rejected"), "{got}");
    assert!(got.says("reason", "shutting_down") && got.lists("Connection", "close"), "{got}");
    half.end()?;
    assert_final(&server.wait()?, 0, [1, 0, 1]);
    Ok(())
}

pub(super) fn idle_first(stage: Stage) -> Outcome {
    let server =
        stage.start("--work 0s --hold 0s --request-timeout 1h --idle-timeout 1h --deadline 1h")?;
    let (mut idle, mut silent, mut half) =
        (server.connect()?, server.connect()?, server.connect()?);
    idle.request("GET", "/health", "")?;
    half.send("GET /health HTTP/1.1\r\nHost: l")?;
    server.request("GET", "/health", "")?;
    server.signal(Signal::Terminate);
    idle.end()?;
    silent.end()?;
    half.send("ab\r\n\r\n")?;
    let got = half.answer(To::Other)?;
    assert!(got.says("status", "draining") && got.lists("Connection", "close"), "{got}");
    assert_final(&server.wait()?, 0, [0, 0, 0]);
    Ok(())
}

pub(super) fn half_a_request(stage: Stage) -> Outcome {
    let half = |server: &Server| -> Result<Wire, Box<dyn Error>> {
        let mut half = server.connect()?;
        half.send("POST / HTTP/1.1\r\nHost: lab\r\nContent-Length: 9\r\n\r\n{")?;
        server.request("GET", "/health", "")?;
        server.signal(Signal::Terminate);
        Ok(half)
    };
    // The request timeout, which is answered, or the deadline, whichever comes first.
    let server = stage.start("--request-timeout 300ms --deadline 1h")?;
    let got = half(&server)?.answer(To::Other)?;
    assert!(got.status == 408 && got.lists("Connection", "close"), "{got}");
    assert_final(&server.wait()?, 0, [0, 0, 0]);
    let server = stage.start("--request-timeout 1h --deadline 300ms")?;
    half(&server)?.end()?;
    assert_final(&server.wait()?, 0, [0, 0, 0]);
    Ok(())
}

/// A client that sends without pause always has a request pending.
pub(super) fn never_a_pause(stage: Stage) -> Outcome {
    let server = stage.start("--deadline 1h --request-timeout 1h --idle-timeout 1h")?;
    let mut requests = TcpStream::connect(server.address())?;
    let mut answers = requests.try_clone()?;
    thread::spawn(move || {
        let some = "GET /health HTTP/1.1\r\nHost: lab\r\n\r\n".repeat(1000);
        while requests.write_all(some.as_bytes()).is_ok() {}
    });
    answers.read_exact(&mut [0; 1 << 20])?;
    let reader = thread::spawn(move || io::copy(&mut answers, &mut io::sink()));
    server.signal(Signal::Terminate);
    assert_final(&server.wait()?, 0, [0, 0, 0]);
    // The end, or a reset because of unread requests.
    drop(reader.join());
    Ok(())
}

/// A signal during the start kills the server, or shuts it down gracefully.
pub(super) fn early_signal(stage: Stage) -> Outcome {
    for step in 0..30 {
        let after = Duration::from_micros(step * 200);
        let arguments = ["--listen", "127.0.0.1:0"];
        let exit = Server::signal_at_start(stage.binary, &arguments, after, Signal::Terminate)?;
        assert!(matches!(exit.code(), Some(0 | 143)), "after {after:?}: {exit}");
        assert!(exit.code() == Some(143) || exit.stdout.len() == 2, "after {after:?}: {exit}");
    }
    Ok(())
}
