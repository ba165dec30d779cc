//! Several runs of the same, and the search for a rate.

use crate::client::{client, count};
use crate::server::{ACCEPTED, REJECTED, Server, answer};
use serde_json::Value;
use std::thread;
use std::time::Duration;

#[test]
fn all_runs_are_reported_and_the_one_in_the_middle_stands_for_them() {
    let server = Server::answering(202, ACCEPTED);
    let url = server.url();
    let flags = ["--url", &url, "--requests", "40", "--repeat", "3", "--json", "-"];
    let finished = client(&flags).exits(0);
    let report = finished.json();
    let runs = report["runs"].as_array().unwrap();
    assert_eq!((runs.len(), server.requests()), (3, 120));
    let mut rates: Vec<f64> = runs.iter().map(|run| run["rate"].as_f64().unwrap()).collect();
    rates.sort_by(f64::total_cmp);
    assert_eq!(report["rate"].as_f64().unwrap(), rates[1]);
    assert!(runs.iter().all(|run| run["accepted"] == 40 && run.get("runs").is_none()));
    assert!(finished.stderr().starts_with("3 runs: medians"), "{finished}");
    let once = client(&["--url", &url, "--requests", "4", "--json", "-"]).exits(0).json();
    assert!(once.get("runs").is_none(), "{once}");
}

#[test]
fn every_run_has_to_be_as_expected() {
    // Only the second is rejected.
    let server = Server::start(|stream, request| match request.number / 40 {
        1 => answer(stream, 503, REJECTED),
        _ => answer(stream, 202, ACCEPTED),
    });
    let url = server.url();
    let flags = ["--url", &url, "--requests", "40", "--repeat", "3", "--expect", "rejected=0"];
    client(&flags).exits(1).says("run 2 of 3: expected rejected=0, measured 40");
    client(&["--repeat", "0"]).exits(2);
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

#[test]
fn a_search_shows_what_it_tried_and_why_it_ended() {
    let server = limited();
    let url = server.url();
    let flags = ["find-rate", "--url", &url, "--slo", "rejected<5%,errors=0", "--from", "20"];
    let fast = ["--probe", "300ms", "--pause", "0s", "--precision", "50%", "--json", "-"];
    let finished = client(&[&flags[..], &fast].concat()).exits(0);
    let found: Value = serde_json::from_str(finished.stdout()).unwrap();
    let (rate, broken) = (found["rate"].as_f64().unwrap(), found["broken_at"].as_f64().unwrap());
    assert!(rate >= 20.0 && rate < broken && broken <= rate * 1.5, "{found}");
    let probes = found["probes"].as_array().unwrap();
    assert_eq!(probes[0]["rate"], 20.0);
    for probe in probes {
        assert!(probe["report"]["sent"].is_number() && probe["pending"].is_null(), "{probe}");
    }
    let broke = probes.iter().find(|probe| probe["rate"] == found["broken_at"]).unwrap();
    assert!(count(&broke["report"]["rejected"]) > 0, "{broke}");
    assert!(found["why"].as_str().unwrap().contains("no metrics"), "{found}");
    assert!(finished.stderr().contains("is kept up to"), "{finished}");
}

#[test]
fn a_search_that_finds_nothing_is_status_1() {
    let server = Server::answering(202, ACCEPTED);
    let url = server.url();
    let flags = ["find-rate", "--url", &url, "--slo", "accepted=0", "--probe", "50ms"];
    let finished = client(&[&flags[..], &["--from", "100", "--pause", "0s"]].concat()).exits(1);
    assert!(finished.stdout().contains("is not kept at any rate"), "{finished}");
    let up = ["find-rate", "--url", &url, "--slo", "errors=0", "--probe", "50ms", "--pause", "0s"];
    let finished = client(&[&up[..], &["--from", "100", "--to", "150"]].concat()).exits(0);
    assert!(finished.stdout().contains("the highest rate that was to be tried"), "{finished}");
}

#[test]
fn a_search_needs_an_objective_and_sound_bounds() {
    for (flags, says) in [
        (&["find-rate"][..], "--slo"),
        (&["find-rate", "--slo", "fast"], "rejected<1%"),
        (&["find-rate", "--slo", "errors=0", "--from", "0"], "above zero"),
        (&["find-rate", "--slo", "errors=0", "--to", "inf"], "finite"),
        (&["find-rate", "--slo", "errors=0", "--precision", "0%"], "precision"),
    ] {
        client(flags).exits(2).says(says);
    }
}
