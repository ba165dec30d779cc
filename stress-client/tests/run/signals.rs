//! A signal ends a run early, and its counts are exact.

use crate::client::{Finished, command, count};
use crate::server::{ACCEPTED, Gate, Server, answer};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command};
use std::sync::Arc;

const CONNECTIONS: u64 = 5;
const ANSWERED: u64 = 100;

/// A client whose five connections all wait for an answer, after a hundred answers.
struct Waiting {
    child: Child,
    stderr: BufReader<ChildStderr>,
    server: Server,
    answers: Arc<Gate>,
}

impl Waiting {
    fn start(flags: &[&str]) -> Self {
        let (answers, all_wait) = (Arc::new(Gate::default()), Arc::new(Gate::default()));
        let server = Server::start({
            let (answers, all_wait) = (answers.clone(), all_wait.clone());
            move |stream, request| {
                if request.number + 1 == ANSWERED + CONNECTIONS {
                    all_wait.open();
                }
                if request.number >= ANSWERED {
                    answers.wait();
                }
                answer(stream, 202, ACCEPTED)
            }
        });
        let url = server.url();
        let mut all = vec!["--url", &url, "--json", "-", "--concurrency", "5"];
        all.extend(flags);
        let mut child = command(&all).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        all_wait.wait();
        Self { child, stderr, server, answers }
    }

    fn signal(&mut self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// Waits until the client has reported the interruption.
    fn wait_until_noticed(&mut self) {
        let mut line = String::new();
        while !line.contains("interrupted") {
            line.clear();
            assert!(self.stderr.read_line(&mut line).unwrap() > 0, "no such line");
        }
    }

    fn finish(mut self) -> (Finished, Server) {
        let mut rest = Vec::new();
        self.stderr.read_to_end(&mut rest).unwrap();
        let mut output = self.child.wait_with_output().unwrap();
        output.stderr = rest;
        self.answers.open();
        (Finished::new("an interrupted run", output), self.server)
    }
}

#[test]
fn a_signal_waits_for_requests_in_flight_and_sends_no_more() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        for flags in [
            &["--requests", "1000000"][..],
            &["--duration", "1h"],
            &["--requests", "1000000", "--rate", "100000"],
        ] {
            let mut client = Waiting::start(flags);
            client.signal(signal);
            client.wait_until_noticed();
            client.answers.open();
            let (finished, server) = client.finish();
            let report = finished.exits(130).json();
            assert_eq!(report["interrupted"], true);
            assert_eq!(count(&report["accepted"]), ANSWERED + CONNECTIONS, "{report}");
            assert_eq!(server.requests(), ANSWERED + CONNECTIONS);
        }
    }
}

#[test]
fn requests_in_flight_keep_their_timeout() {
    let mut client = Waiting::start(&["--requests", "1000000", "--timeout", "500ms"]);
    client.signal("-INT");
    let (finished, server) = client.finish();
    let report = finished.exits(130).json();
    assert_eq!(count(&report["accepted"]), ANSWERED, "{report}");
    assert!(count(&report["errors"]["timeout"]) >= CONNECTIONS, "{report}");
    assert!(server.requests() <= count(&report["sent"]));
}

#[test]
fn the_second_signal_does_not_wait_for_requests_in_flight() {
    let mut client = Waiting::start(&["--requests", "1000000", "--timeout", "1h"]);
    client.signal("-INT");
    client.wait_until_noticed();
    client.signal("-INT");
    let (finished, _) = client.finish();
    let report = finished.exits(130).json();
    assert_eq!(count(&report["accepted"]), ANSWERED, "{report}");
    assert_eq!(count(&report["errors"]["unknown"]), CONNECTIONS, "{report}");
}

#[test]
fn a_signal_in_a_pause_starts_no_further_run() {
    let server = Server::answering(202, ACCEPTED);
    let url = server.url();
    let run = ["--requests", "9", "--repeat", "3", "--pause", "1h"];
    let search =
        ["find-rate", "--slo", "errors=0", "--from", "1", "--probe", "10ms", "--pause", "1h"];
    for (flags, first_line, says) in [
        (&run[..], "run 1 of 3", "interrupted after 1 of 3"),
        (&search, "1.000/s", "the search was interrupted"),
    ] {
        let flags = [flags, &["--url", &url, "--json", "-"]].concat();
        let mut child = command(&flags).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains(first_line) {
            line.clear();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "no {first_line:?}");
        }
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
        let mut rest = Vec::new();
        stderr.read_to_end(&mut rest).unwrap();
        let mut output = child.wait_with_output().unwrap();
        output.stderr = rest;
        let finished = Finished::new("interrupted", output).exits(130);
        let report: serde_json::Value = serde_json::from_str(finished.stdout()).unwrap();
        assert_eq!(report["interrupted"], true, "{finished}");
        assert!(report["sent"].is_null() || report["sent"] == 9, "{finished}");
        finished.says(says);
    }
}

#[test]
fn an_interrupted_run_is_status_130_even_if_an_expectation_fails() {
    let mut client = Waiting::start(&["--requests", "1000000", "--expect", "accepted=1000000"]);
    client.signal("-INT");
    client.wait_until_noticed();
    client.answers.open();
    let (finished, _) = client.finish();
    finished.exits(130).says("expected accepted=1000000, measured 105");
}
