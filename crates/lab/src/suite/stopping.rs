//! Stopping by signal: what is lost, what is finished, what is told.

use super::books::{Books, event, wait_for, wait_for_balances};
use super::{Outcome, Stage};
use crate::server::{Exit, Server, Signal};
use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::thread;
use std::{env, fs, io, process};
use stress_client::check::{To, Trouble};

/// A folder of a test's own, removed with it.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> io::Result<Self> {
        let path = env::temp_dir().join(format!("lab-{name}-{}", process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// The path of a file in it.
    pub fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in the folder for temporary files is the system's to remove.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn accept(server: &Server, count: i64) -> Outcome {
    for amount in 1..=count {
        let got = server.request("POST", "/", &event("alice", amount))?;
        assert_eq!(got.status, 202, "{got}");
    }
    Ok(())
}

/// Waits until the listener is closed, and with it the intake before it.
fn wait_until_closed(server: &Server) -> Result<(), Box<dyn Error>> {
    wait_for("a closed listener", || match server.request("GET", "/nothing", "") {
        Err(Trouble::Unreachable(_)) => Ok(Ok(())),
        other => Ok(Err(format!("{other:?}"))),
    })
}

/// Asserts the exit status and the final metrics: received, processed and dropped.
fn assert_final(exit: &Exit, code: i32, figures: [u64; 3]) {
    assert_eq!(exit.code(), Some(code), "{exit}");
    assert_eq!(exit.stdout.len(), 1, "the second line is the last: {exit}");
    let line = exit.last_line().unwrap_or_default();
    let figure = |name| line.get(name).and_then(Value::as_u64);
    let told = ["received", "processed", "dropped"].map(figure);
    assert_eq!(told, figures.map(Some), "{exit}");
    let pending = figures[0] - figures[1] - figures[2];
    assert_eq!(figure("pending"), Some(pending), "{exit}");
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
    let folder = Folder::new("under-load")?;
    let state = folder.file("state.json");
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
    let line = exit.last_line().unwrap_or_default();
    let figure = |name| line.get(name).and_then(Value::as_u64).unwrap_or_default();
    assert_eq!(figure("pending"), 0, "{exit}");
    let done = figure("processed");
    let possible = books.accepted..=books.accepted + books.unknown;
    assert!(possible.contains(&done), "{done} processed, {books:?}");
    // Without an answer of unknown fate, the books say what the state has to be.
    let server = stage.start(&format!("--state {state}"))?;
    if books.unknown == 0 {
        assert_eq!(server.balances()?, books.sums);
    }
    Ok(())
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
        let folder = Folder::new(&format!("second-signal-{code}"))?;
        let state = folder.file("state.json");
        let server = stage.start(&format!("--work 1h --deadline 1h --state {state}"))?;
        accept(&server, 3)?;
        server.signal(Signal::Terminate);
        wait_until_closed(&server)?;
        server.signal(signal);
        let exit = server.wait()?;
        assert_eq!(exit.code(), Some(code), "{exit}");
        assert!(exit.stdout.is_empty(), "no final line: {exit}");
        assert!(stage.start(&format!("--state {state}"))?.balances()?.is_empty(), "no state");
    }
    Ok(())
}

pub(super) fn drain_delay(stage: Stage) -> Outcome {
    let server = stage.start("--work 0s --hold 0s --drain-delay 1h")?;
    assert_eq!(server.request("GET", "/health", "")?.status, 200);
    server.signal(Signal::Terminate);
    let got = wait_for("a health of 503", || {
        let got = server.request("GET", "/health", "")?;
        Ok(if got.status == 503 { Ok(got) } else { Err(got.to_string()) })
    })?;
    assert!(got.says("status", "draining"), "{got}");
    accept(&server, 3)?;
    wait_for_balances(&server, &BTreeMap::from([("alice".to_owned(), 6)]))?;
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
    // A round trip, so that the server has seen the half before the signal.
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

pub(super) fn held_shard(stage: Stage) -> Outcome {
    let folder = Folder::new("held-shard")?;
    let state = folder.file("state.json");
    // One worker, so that the third job is the one that holds the shard past the deadline.
    let server =
        stage.start(&format!("--work 0s --hold 1s --workers 1 --deadline 0s --state {state}"))?;
    for amount in [1, 10, 100] {
        assert_eq!(server.request("POST", "/", &event("alice", amount))?.status, 202);
    }
    wait_for("two jobs done", || {
        let metrics = server.metrics()?;
        Ok(if metrics["processed"] == 2 { Ok(()) } else { Err(format!("{metrics:?}")) })
    })?;
    server.signal(Signal::Terminate);
    assert_final(&server.wait()?, 1, [3, 2, 0]);
    let server = stage.start(&format!("--state {state}"))?;
    assert_eq!(server.balances()?, BTreeMap::from([("alice".to_owned(), 11)]));
    Ok(())
}

pub(super) fn state_survives(stage: Stage) -> Outcome {
    let folder = Folder::new("restart")?;
    let state = folder.file("state.json");
    let flags = format!("--work 1ms --hold 0s --queue 1000 --workers 4 --state {state}");
    let mut due = BTreeMap::new();
    for round in 0..3 {
        let server = stage.start(&flags)?;
        assert_eq!(server.balances()?, due, "at the start of round {round}");
        let books = Books::keep(server.address(), 4, 200, 10, 5);
        assert_eq!(books.accepted, 200, "{books:?}");
        for (user, sum) in books.sums {
            *due.entry(user).or_default() += sum;
        }
        server.signal(Signal::Terminate);
        assert_final(&server.wait()?, 0, [200, 200, 0]);
    }
    Ok(())
}
