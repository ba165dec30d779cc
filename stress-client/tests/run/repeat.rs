//! Repeated runs.

use crate::client::client;
use crate::server::{ACCEPTED, REJECTED, Server, answer};

#[test]
fn all_runs_are_reported_with_the_median_run_first() {
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
    assert!(finished.stderr().starts_with("run 1 of 3: 40 requests in "), "{finished}");
    finished.says("3 runs: median (min..max)");
    let once = client(&["--url", &url, "--requests", "4", "--json", "-"]).exits(0).json();
    assert!(once.get("runs").is_none(), "{once}");
}

#[test]
fn every_run_has_to_meet_the_expectations() {
    // The requests of the second run are rejected.
    let server = Server::start(|stream, request| match request.number / 40 {
        1 => answer(stream, 503, REJECTED),
        _ => answer(stream, 202, ACCEPTED),
    });
    let url = server.url();
    let flags = ["--url", &url, "--requests", "40", "--repeat", "3", "--expect", "rejected=0"];
    client(&flags).exits(1).says("run 2 of 3: expected rejected=0, measured 40");
    client(&["--repeat", "0"]).exits(2);
}
