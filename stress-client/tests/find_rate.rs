//! Runs `stress-client find-rate` against small servers.
//!
//! A search needs rates that are kept. If the machine is too slow for that, a probe says so, and
//! the test is not judged.

// Test code, including the helpers.
#![allow(clippy::unwrap_used)]

#[expect(dead_code, reason = "this suite sends load only through searches")]
#[path = "run/client.rs"]
mod client;
#[expect(dead_code, reason = "this suite does not read requests")]
#[path = "run/server.rs"]
mod server;

use client::{Finished, client, command};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use serde_json::Value;
use server::{ACCEPTED, REJECTED, Server, answer};
use std::io::{BufRead, BufReader, Read};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

fn main() -> ExitCode {
    let test = |name: &str, run: fn() -> Completion| {
        Trial::ignorable_test(name, move || Ok::<_, Failed>(run()))
    };
    let trials = vec![
        test("a_search_reports_its_probes_and_why_it_ended", reports_probes),
        test("a_search_without_a_result_is_status_1", finds_nothing),
        test("a_search_that_loses_its_server_reports_its_probes", loses_server),
        test("a_search_needs_an_objective_and_valid_bounds", refuses_invalid_flags),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Runs a search and returns its JSON.
fn search(server: &Server, flags: &[&str]) -> (Finished, Value) {
    let url = server.url();
    let finished = client(&[&["find-rate", "--url", &url, "--json", "-"], flags].concat());
    let found = serde_json::from_str(finished.stdout()).unwrap();
    (finished, found)
}

/// Returns a completion that is not judged if the machine did not keep a rate.
fn not_judged(found: &Value) -> Option<Completion> {
    let probes = found["probes"].as_array().unwrap().iter();
    let broken = probes.flat_map(|probe| probe["broken"].as_array().unwrap());
    let mut reasons = broken.filter_map(Value::as_str);
    let why = reasons.find(|why| why.starts_with("the rate was not kept"))?;
    Some(Completion::ignored_with(format!("not judged, because {why}")))
}

/// Starts a server that rejects more than two requests at a time.
fn limited() -> Server {
    let slots = std::sync::Mutex::new(0_u32);
    Server::start(move |stream, _| {
        *slots.lock().unwrap() += 1;
        let busy = *slots.lock().unwrap() > 2;
        if !busy {
            thread::sleep(Duration::from_millis(5));
        }
        *slots.lock().unwrap() -= 1;
        if busy { answer(stream, 503, REJECTED) } else { answer(stream, 202, ACCEPTED) }
    })
}

fn reports_probes() -> Completion {
    let flags = ["--slo", "rejected<5%,errors=0", "--from", "20", "--probe", "300ms"];
    let (finished, found) =
        search(&limited(), &[&flags[..], &["--pause", "0s", "--precision", "50%"]].concat());
    let probes = found["probes"].as_array().unwrap();
    assert_eq!(probes[0]["rate"], 20.0);
    for probe in probes {
        assert!(probe["report"]["sent"].is_number() && probe["pending"].is_null(), "{probe}");
    }
    assert!(found["why"].as_str().unwrap().contains("no metrics"), "{found}");
    if let Some(not_judged) = not_judged(&found) {
        return not_judged;
    }
    let finished = finished.exits(0);
    let (rate, broken) = (found["rate"].as_f64().unwrap(), found["broken_at"].as_f64().unwrap());
    assert!(rate >= 20.0 && rate < broken && broken <= rate * 1.5, "{found}");
    let broke = probes.iter().find(|probe| probe["rate"] == found["broken_at"]).unwrap();
    assert!(broke["report"]["rejected"].as_u64().unwrap() > 0, "{broke}");
    assert!(finished.stderr().contains("is kept up to"), "{finished}");
    Completion::Completed
}

fn finds_nothing() -> Completion {
    let server = Server::answering(202, ACCEPTED);
    let short = ["--from", "100", "--probe", "50ms", "--pause", "0s"];
    let (finished, _) = search(&server, &[&short[..], &["--slo", "accepted=0"]].concat());
    finished.exits(1).says("is not kept at any rate");
    let (finished, found) =
        search(&server, &[&short[..], &["--to", "150", "--slo", "errors=0"]].concat());
    not_judged(&found).unwrap_or_else(|| {
        finished.exits(0).says("the highest rate to try");
        Completion::Completed
    })
}

fn loses_server() -> Completion {
    let mut server = Server::answering(202, ACCEPTED);
    let url = server.url();
    let flags = ["--from", "1", "--probe", "10ms", "--pause", "50ms", "--json", "-", "--url", &url];
    let flags = [&["find-rate", "--slo", "errors=0"], &flags[..]].concat();
    let mut child = command(&flags).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut String::new()).unwrap();
    server.close();
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    not_judged(&found).unwrap_or_else(|| {
        assert_eq!(output.status.code(), Some(4), "{rest}");
        assert!(!found["probes"].as_array().unwrap().is_empty(), "{found}");
        assert!(found["why"].as_str().unwrap().contains("cannot reach"), "{found}");
        Completion::Completed
    })
}

fn refuses_invalid_flags() -> Completion {
    for (flags, says) in [
        (&["find-rate"][..], "--slo"),
        (&["find-rate", "--slo", "fast"], "rejected<1%"),
        (&["find-rate", "--slo", "errors=0", "--from", "0"], "above zero"),
        (&["find-rate", "--slo", "errors=0", "--to", "inf"], "finite"),
        (&["find-rate", "--slo", "errors=0", "--precision", "0%"], "precision"),
    ] {
        client(flags).exits(2).says(says);
    }
    Completion::Completed
}
