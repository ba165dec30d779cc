//! Compares the client's counts with a server's metrics.

use crate::client::client;
use crate::server::{ACCEPTED, REJECTED, Server, answer};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// The mistake of a server's metrics.
#[derive(Clone, Copy, PartialEq)]
enum Counts {
    Right,
    /// The first event is not counted.
    OneFewer,
    /// The first event is counted twice.
    OneMore,
    /// Rejected events are not counted as dropped.
    NothingDropped,
}

/// Starts a server that accepts two of three events and has metrics in JSON or in the text format.
fn counting(counts: Counts, text: bool) -> Server {
    let (received, dropped) = (AtomicU64::new(7), AtomicU64::new(3));
    let events = AtomicU64::new(0);
    Server::start(move |stream, request| {
        let (now, gone) = (received.load(SeqCst), dropped.load(SeqCst));
        let pending = now - gone;
        match request.body.as_str() {
            r#"{"type":"metrics"}"# if !text => answer(
                stream,
                200,
                &format!(
                    r#"{{"received":{now},"processed":0,"dropped":{gone},"pending":{pending}}}"#
                ),
            ),
            r#"{"type":"metrics"}"# => answer(stream, 400, r#"{"status":"error"}"#),
            "" => answer(
                stream,
                200,
                &format!(
                    "# TYPE events_received_total counter\nevents_received_total {now}\n\
                     events_processed_total 0\nevents_dropped_total {gone}\nevents_pending {pending}\n"
                ),
            ),
            _ => {
                let nth = events.fetch_add(1, SeqCst);
                received.fetch_add(
                    match (nth, counts) {
                        (0, Counts::OneFewer) => 0,
                        (0, Counts::OneMore) => 2,
                        _ => 1,
                    },
                    SeqCst,
                );
                if nth % 3 < 2 {
                    return answer(stream, 202, ACCEPTED);
                }
                dropped.fetch_add(u64::from(counts != Counts::NothingDropped), SeqCst);
                answer(stream, 503, REJECTED)
            }
        }
    })
}

#[test]
fn matching_and_contradictory_counts() {
    for (counts, status, says) in [
        (Counts::Right, 0, ""),
        (Counts::OneFewer, 1, "1 fewer than the 60"),
        (Counts::OneMore, 1, "1 more than the 60"),
        (Counts::NothingDropped, 1, "dropped 0 events, 30 fewer than the 30"),
    ] {
        for text in [false, true] {
            let server = counting(counts, text);
            let url = server.url();
            let flags = ["--url", &url, "--requests", "90", "--reconcile", "--json", "-"];
            let finished = client(&flags).exits(status).says(says);
            let differences = &finished.json()["reconciled"]["differences"];
            assert_eq!(differences == &serde_json::json!([]), status == 0, "{finished}");
        }
    }
}

#[test]
fn invalid_and_warm_up_requests_are_included() {
    let server = counting(Counts::Right, false);
    let url = server.url();
    // The server accepts and counts invalid requests too.
    let flags = ["--requests", "90", "--warmup", "20ms", "--invalid", "10%", "--reconcile"];
    client(&[&["--url", &url], &flags[..]].concat()).exits(0);
}

#[test]
fn a_server_without_metrics_is_refused_before_anything_is_sent() {
    let server = Server::answering(202, ACCEPTED);
    let url = server.url();
    let flags = ["--url", &url, "--reconcile"];
    client(&flags).exits(1).says("has no metrics").says("stages 9 and 10");
    assert_eq!(server.requests(), 2);
}

#[test]
fn missing_metrics_after_the_run_are_an_error_with_a_report() {
    let server = Server::start(|stream, request| match request.body.as_str() {
        r#"{"type":"metrics"}"# if request.number == 0 => {
            answer(stream, 200, r#"{"received":0,"processed":0,"dropped":0,"pending":0}"#)
        }
        r#"{"type":"metrics"}"# => answer(stream, 500, ""),
        "" => answer(stream, 500, ""),
        _ => answer(stream, 202, ACCEPTED),
    });
    let url = server.url();
    let flags = ["--url", &url, "--requests", "9", "--reconcile", "--json", "-"];
    let finished = client(&flags).exits(1).says("cannot read the metrics after the run");
    assert_eq!(finished.json()["accepted"], 9);
}
