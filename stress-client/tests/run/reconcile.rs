//! The client's books against a server's own.

use crate::client::client;
use crate::server::{ACCEPTED, REJECTED, Server, answer};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// How a server counts.
#[derive(Clone, Copy, PartialEq)]
enum Counts {
    Right,
    /// It forgets its first event.
    OneFewer,
    /// It counts its first event twice.
    OneMore,
    /// It counts what it rejects as if it were done.
    NothingDropped,
}

/// Accepts two of three and tells how many that were, in JSON or in the text format.
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
fn books_that_agree_and_books_that_do_not() {
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
fn what_was_made_to_be_refused_and_warmed_up_is_in_the_books() {
    let server = counting(Counts::Right, false);
    let url = server.url();
    // It takes everything for an event, so that nothing is refused and everything counted.
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
fn a_server_that_is_gone_at_the_end_is_told_beside_the_report() {
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
    let finished = client(&flags).exits(1).says("the server's counts after the run");
    assert_eq!(finished.json()["accepted"], 9);
}
