//! Open loop: requests are sent when they are due, and delays are reported.

use crate::client::{client, count, run};
use crate::server::{ACCEPTED, Server, answer};
use serde_json::Value;
use std::thread;
use std::time::Duration;

fn has_remark(report: &Value, words: &str) -> bool {
    let remarks = report["remarks"].as_array().unwrap();
    remarks.iter().any(|remark| remark.as_str().unwrap().contains(words))
}

#[test]
fn all_requests_are_sent_and_their_lag_is_reported() {
    let server = Server::answering(202, ACCEPTED);
    let report = run(&server.url(), &["--requests", "200", "--rate", "2000", "--concurrency", "8"]);
    assert_eq!(count(&report["accepted"]), 200);
    assert_eq!(server.requests(), 200);
    assert!(server.peak() <= 8);
    assert_eq!(count(&report["unsent"]), 0);
    assert!(report["send_lag_ms"]["p99"].is_number(), "{report}");
}

#[test]
fn a_closed_loop_has_no_lag() {
    let server = Server::answering(202, ACCEPTED);
    let report = run(&server.url(), &["--requests", "5"]);
    assert!(report["send_lag_ms"].is_null());
}

#[test]
fn waiting_for_a_busy_connection_counts_as_latency() {
    const HOLD_MS: u64 = 20;
    let server = Server::start(|stream, _| {
        thread::sleep(Duration::from_millis(HOLD_MS));
        answer(stream, 202, ACCEPTED)
    });
    let report = run(&server.url(), &["--requests", "21", "--rate", "1000", "--concurrency", "1"]);
    assert_eq!(count(&report["accepted"]), 21);
    // The last request was due after 20 ms and waited for 20 others of at least 20 ms each.
    let max = report["latency_ms"]["accepted"]["max"].as_f64().unwrap();
    assert!(max > (20 * HOLD_MS - 20) as f64, "{report}");
    assert!(has_remark(&report, "the rate was not kept"), "{report}");
}

#[test]
fn due_requests_that_were_never_sent_are_reported() {
    let server = Server::start(|stream, _| {
        thread::sleep(Duration::from_secs(1));
        answer(stream, 202, ACCEPTED)
    });
    let flags = ["--duration", "100ms", "--rate", "1000", "--concurrency", "1"];
    let report = run(&server.url(), &flags);
    assert_eq!(count(&report["sent"]), server.requests());
    assert!(count(&report["unsent"]) > 0, "{report}");
    assert!(has_remark(&report, "never sent"), "{report}");
}

#[test]
fn an_extreme_rate_sends_the_requested_number() {
    let server = Server::answering(202, ACCEPTED);
    for rate in ["1e9", "1e300"] {
        let report = run(&server.url(), &["--requests", "100", "--rate", rate]);
        assert_eq!(count(&report["accepted"]), 100);
    }
    assert_eq!(server.requests(), 200);
}

#[test]
fn a_rate_covers_the_time_spent_sending() {
    // One of forty requests is answered a second late.
    let server = Server::start(|stream, request| {
        if request.number == 20 {
            thread::sleep(Duration::from_secs(1));
        }
        answer(stream, 202, ACCEPTED)
    });
    let report = run(&server.url(), &["--requests", "40", "--rate", "100"]);
    let figure = |name: &str| report[name].as_f64().unwrap();
    assert!(figure("seconds") > 1.0 && figure("sending_seconds") < figure("seconds"), "{report}");
    let rate = 40.0 / figure("sending_seconds");
    assert!((figure("rate") / rate - 1.0).abs() < 0.001, "{report}");
    assert_eq!(figure("rate"), figure("accepted_per_second"));
    // The time counts on while the server stalls.
    let stuck = Server::start(|stream, request| {
        if request.number >= 20 {
            thread::sleep(Duration::from_secs(1));
        }
        answer(stream, 202, ACCEPTED)
    });
    let flags = ["--duration", "800ms", "--rate", "100", "--concurrency", "5"];
    let report = run(&stuck.url(), &flags);
    assert!(report["sending_seconds"].as_f64().unwrap() >= 0.8, "{report}");
    assert!(report["rate"].as_f64().unwrap() < 60.0, "{report}");
}

#[test]
fn a_low_rate_is_shown_with_three_decimals() {
    let server = Server::answering(202, ACCEPTED);
    let url = server.url();
    let once = client(&["--url", &url, "--requests", "1", "--rate", "0.1"]).exits(0);
    assert!(once.stdout().contains(" s: 0.100 a second, of 0.1 asked for"), "{once}");
}

#[test]
fn each_due_request_is_sent_or_unsent() {
    let server = Server::start(|stream, _| {
        thread::sleep(Duration::from_millis(30));
        answer(stream, 202, ACCEPTED)
    });
    for (warmup, concurrency, rate) in [("0s", "1", 1000), ("0s", "50", 200), ("100ms", "50", 200)]
    {
        let text = rate.to_string();
        let flags = ["--duration", "200ms", "--rate", &text, "--concurrency", concurrency];
        let report = run(&server.url(), &[&flags[..], &["--warmup", warmup]].concat());
        assert_eq!(count(&report["due"]), rate / 5, "{report}");
        assert_eq!(count(&report["sent"]) + count(&report["unsent"]), rate / 5, "{report}");
    }
}

#[test]
fn an_idle_connection_is_reused_before_another_is_opened() {
    let server = Server::answering(202, ACCEPTED);
    for engine in ["reqwest", "raw"] {
        let flags = ["--requests", "40", "--rate", "100", "--engine", engine];
        let report = run(&server.url(), &flags);
        let opened = count(&report["connections"]["opened"]);
        // One is enough, unless the machine stalls.
        assert!(opened < 20, "{report}");
    }
}
