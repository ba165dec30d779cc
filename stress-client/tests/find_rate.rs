//! `stress-client find-rate` through the real binary.
//!
//! A search rests on rates that are kept. Where the machine did not allow that, a probe says so, and the
//! search is not judged.

// All of it is test code, its helpers too.
#![allow(clippy::unwrap_used)]

#[expect(dead_code, reason = "this suite sends load through searches alone")]
#[path = "run/client.rs"]
mod client;
#[expect(dead_code, reason = "this suite looks at no request")]
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
        test("a_search_shows_what_it_tried_and_why_it_ended", shows_what_it_tried),
        test("a_search_that_finds_nothing_is_status_1", finds_nothing),
        test("a_search_that_loses_its_server_tells_what_it_tried", loses_its_server),
        test("a_search_needs_an_objective_and_sound_bounds", needs_sound_bounds),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Searches from 100 requests a second or less, and returns what was found.
fn search(server: &Server, flags: &[&str]) -> (Finished, Value) {
    let url = server.url();
    let finished = client(&[&["find-rate", "--url", &url, "--json", "-"], flags].concat());
    let found = serde_json::from_str(finished.stdout()).unwrap();
    (finished, found)
}

/// Not judged, when a rate that the server would have borne was not kept.
fn held_up(found: &Value) -> Option<Completion> {
    let probes = found["probes"].as_array().unwrap().iter();
    let broken = probes.flat_map(|probe| probe["broken"].as_array().unwrap());
    let mut reasons = broken.filter_map(Value::as_str);
    let why = reasons.find(|why| why.starts_with("the rate was not kept"))?;
    Some(Completion::ignored_with(format!("not judged, because {why}")))
}

/// Answers at once up to a number of requests at a time, and rejects beyond.
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

fn shows_what_it_tried() -> Completion {
    let flags = ["--slo", "rejected<5%,errors=0", "--from", "20", "--probe", "300ms"];
    let (finished, found) =
        search(&limited(), &[&flags[..], &["--pause", "0s", "--precision", "50%"]].concat());
    let probes = found["probes"].as_array().unwrap();
    assert_eq!(probes[0]["rate"], 20.0);
    for probe in probes {
        assert!(probe["report"]["sent"].is_number() && probe["pending"].is_null(), "{probe}");
    }
    assert!(found["why"].as_str().unwrap().contains("no metrics"), "{found}");
    if let Some(not_judged) = held_up(&found) {
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
    held_up(&found).unwrap_or_else(|| {
        finished.exits(0).says("the highest rate that was to be tried");
        Completion::Completed
    })
}

fn loses_its_server() -> Completion {
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
    held_up(&found).unwrap_or_else(|| {
        assert_eq!(output.status.code(), Some(4), "{rest}");
        assert!(!found["probes"].as_array().unwrap().is_empty(), "{found}");
        assert!(found["why"].as_str().unwrap().contains("cannot reach"), "{found}");
        Completion::Completed
    })
}

fn needs_sound_bounds() -> Completion {
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
