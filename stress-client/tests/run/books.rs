//! Closed loop: the client's counts match what the server did.

use crate::client::{count, run as run_any};
use crate::server::{ACCEPTED, Gate, REJECTED, Server, Then, answer, send, stall};
use serde_json::Value;
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

const SMALL: [&str; 4] = ["--requests", "60", "--concurrency", "6"];
const IMPATIENT: [&str; 6] = ["--requests", "12", "--concurrency", "4", "--timeout", "300ms"];

fn run(url: &str, flags: &[&str]) -> Value {
    let (_, engine) = module_path!().rsplit_once('_').unwrap();
    run_any(url, &[flags, &["--engine", engine]].concat())
}

/// Panics unless all requests are errors with this cause and this fate.
fn assert_all_are(report: &Value, cause: &str, fate: &str) {
    assert_eq!(count(&report["errors"][cause]), count(&report["sent"]), "{report}");
    assert_eq!(count(&report["errors"][fate]), count(&report["sent"]), "{report}");
}

#[test]
fn each_request_is_sent_once_over_at_most_the_requested_connections() {
    let users: Arc<Mutex<HashMap<String, u64>>> = Arc::default();
    let server = Server::start({
        let users = users.clone();
        move |stream, request| {
            *users.lock().unwrap().entry(request.body.clone()).or_default() += 1;
            answer(stream, 202, ACCEPTED)
        }
    });
    let flags = ["--requests", "300", "--concurrency", "20", "--users", "3"];
    let report = run(&server.url(), &flags);
    assert_eq!(count(&report["accepted"]), 300);
    assert_eq!(server.requests(), 300);
    // On a busy machine some connections may send all requests before others begin.
    assert!(server.peak() <= 20 && server.connections() == server.peak());
    let expected = ["user0", "user1", "user2"]
        .map(|user| (format!(r#"{{"user":"{user}","action":"buy","amount":1}}"#), 100));
    assert_eq!(*users.lock().unwrap(), HashMap::from(expected));
}

#[test]
fn an_answer_in_pieces_opens_no_second_connection() {
    let server = Server::start(|stream, _| {
        stream.set_nodelay(true).unwrap();
        for piece in ["HTTP/1.1 202 X\r\n", "Content-Length: 21\r\n\r\n", &ACCEPTED[..20]] {
            stream.write_all(piece.as_bytes()).unwrap();
            std::thread::yield_now();
        }
        send(stream, &ACCEPTED[20..])
    });
    let report = run(&server.url(), &["--requests", "2000", "--concurrency", "8"]);
    assert_eq!(count(&report["accepted"]), 2000);
    assert_eq!(server.requests(), 2000);
    assert!(server.peak() <= 8 && server.connections() == server.peak());
}

#[test]
fn a_rejection_may_have_any_status_code() {
    for status in [200, 429, 503] {
        let server = Server::answering(status, REJECTED);
        let report = run(&server.url(), &SMALL);
        assert_eq!(count(&report["rejected"]), 60, "{report}");
        assert_eq!(server.requests(), 60);
        let remark = report["remarks"][0].as_str().unwrap();
        assert!(remark.contains("busy before this run"), "{report}");
    }
}

#[test]
fn accepted_and_rejected_requests_are_counted_separately() {
    let server = Server::start(|stream, request| match request.number % 10 {
        0 => answer(stream, 202, ACCEPTED),
        _ => answer(stream, 503, REJECTED),
    });
    let report = run(&server.url(), &SMALL);
    assert_eq!((count(&report["accepted"]), count(&report["rejected"])), (6, 54));
    assert_eq!(report["remarks"], serde_json::json!([]));
}

#[test]
fn a_contradictory_answer_is_an_error() {
    for (status, body, cause) in [
        (202, "garbage", "body"),
        (202, "", "body"),
        (500, ACCEPTED, "status"),
        (400, r#"{"status":"error","reason":"invalid_json"}"#, "status"),
    ] {
        let server = Server::answering(status, body);
        let report = run(&server.url(), &SMALL);
        assert_all_are(&report, cause, "unknown");
        assert_eq!(server.requests(), 60, "{status} {body}");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let server = Server::start(|stream, _| {
        send(stream, "HTTP/1.1 307 X\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")
    });
    assert_all_are(&run(&server.url(), &SMALL), "status", "unknown");
    assert_eq!(server.requests(), 60);
}

#[test]
fn an_echo_counts_when_it_is_exact() {
    let flags = ["--requests", "20", "--concurrency", "2", "--echo"];
    let exact = Server::start(|stream, request| answer(stream, 200, &request.body));
    assert_eq!(count(&run(&exact.url(), &flags)["accepted"]), 20);
    let short = Server::start(|stream, request| answer(stream, 200, &request.body[1..]));
    assert_all_are(&run(&short.url(), &flags), "body", "unknown");
    // Without --echo an echo is an error.
    assert_all_are(&run(&exact.url(), &SMALL), "body", "unknown");
}

#[test]
fn an_endless_body_is_truncated() {
    let server = Server::start(|stream, _| {
        let mut then = send(stream, "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n");
        while then == Then::Next {
            then = send(stream, "4\r\nmore\r\n");
        }
        then
    });
    let report = run(&server.url(), &["--requests", "6", "--concurrency", "2"]);
    assert_all_are(&report, "body", "unknown");
    assert_eq!(server.requests(), 6);
}

#[test]
fn a_missing_or_late_answer_is_a_timeout() {
    let silent = Server::start(|stream, _| stall(stream));
    assert_all_are(&run(&silent.url(), &IMPATIENT), "timeout", "unknown");
    let late = Server::start(|stream, _| {
        stall(stream);
        answer(stream, 202, ACCEPTED)
    });
    assert_all_are(&run(&late.url(), &IMPATIENT), "timeout", "unknown");
    // The timeout includes the body.
    let half = Server::start(|stream, _| {
        send(stream, "HTTP/1.1 202 X\r\nContent-Length: 21\r\n\r\n{");
        stall(stream)
    });
    assert_all_are(&run(&half.url(), &IMPATIENT), "timeout", "unknown");
}

#[test]
fn a_connection_closed_within_an_answer_is_not_retried() {
    for partial in [
        "",
        "HTTP/1.1 20",
        "HTTP/1.1 202 X\r\nContent-Length: 100\r\n",
        "HTTP/1.1 202 X\r\nContent-Length: 100\r\n\r\n{\"status\":\"accepted\"}",
        "HTTP/1.1 202 X\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n{\"status\":\"acc",
    ] {
        let server = Server::start(move |stream, _| {
            send(stream, partial);
            Then::Close
        });
        let report = run(&server.url(), &SMALL);
        assert_all_are(&report, "closed", "unknown");
        assert_eq!(server.requests(), 60, "{partial:?}");
        assert!(server.peak() <= 6, "{partial:?}");
    }
}

#[test]
fn a_reset_differs_from_a_close() {
    // Closing a socket that holds unread bytes resets the connection.
    let server = Server::start_raw(|stream, _| drop(stream.peek(&mut [0])));
    assert_all_are(&run(&server.url(), &SMALL), "reset", "unknown");
}

#[test]
fn an_answer_that_is_not_http_is_quoted() {
    let server = Server::start(|stream, _| {
        send(stream, "220 mail.example.com ESMTP\r\n\r\n");
        Then::Close
    });
    let report = run(&server.url(), &SMALL);
    assert_all_are(&report, "other", "unknown");
    let remark = report["remarks"][0].as_str().unwrap();
    assert!(remark.contains("one of the errors"), "{report}");
}

#[test]
fn an_announced_close_after_every_answer_loses_nothing() {
    let server = Server::start(|stream, _| {
        let head = "HTTP/1.1 202 X\r\nConnection: close\r\nContent-Length: 21\r\n\r\n";
        send(stream, &format!("{head}{ACCEPTED}"));
        Then::Close
    });
    let report = run(&server.url(), &SMALL);
    assert_eq!(count(&report["accepted"]), 60, "{report}");
    // The client may close first, so the server's peak is not exact.
    assert_eq!((server.requests(), server.connections()), (60, 60));
}

#[test]
fn requests_lost_to_an_unannounced_close_are_counted() {
    let server = Server::start(|stream, _| {
        answer(stream, 202, ACCEPTED);
        Then::Close
    });
    let report = run(&server.url(), &["--requests", "600", "--concurrency", "6"]);
    // The server never reads a request written after it closed the connection.
    assert_eq!(count(&report["accepted"]), server.requests(), "{report}");
    let lost = count(&report["errors"]["closed"]) + count(&report["errors"]["reset"]);
    assert_eq!(count(&report["accepted"]) + lost, 600, "{report}");
    assert!(server.peak() <= 6);
}

#[test]
fn requests_after_the_server_has_gone_are_never_sent() {
    let gone = Arc::new(Gate::default());
    let tenth = Arc::new(Gate::default());
    let mut server = Server::start({
        let (gone, tenth) = (gone.clone(), tenth.clone());
        move |stream, request| {
            if request.number < 9 {
                return answer(stream, 202, ACCEPTED);
            }
            tenth.open();
            gone.wait();
            let head = "HTTP/1.1 202 X\r\nConnection: close\r\nContent-Length: 21\r\n\r\n";
            send(stream, &format!("{head}{ACCEPTED}"));
            Then::Close
        }
    });
    let url = server.url();
    let client = std::thread::spawn(move || run(&url, &["--requests", "50", "--concurrency", "1"]));
    tenth.wait();
    server.close();
    gone.open();
    let report = client.join().unwrap();
    assert_eq!(count(&report["accepted"]), 10, "{report}");
    assert_eq!(count(&report["errors"]["refused"]), 40, "{report}");
    assert_eq!(count(&report["errors"]["not_sent"]), 40, "{report}");
    assert_eq!(server.requests(), 10);
}

#[test]
fn a_duration_ends_a_run_without_a_number_of_requests() {
    let server = Server::answering(202, ACCEPTED);
    let report = run(&server.url(), &["--duration", "50ms", "--concurrency", "2"]);
    assert_eq!(count(&report["accepted"]), server.requests());
    assert_eq!(report["interrupted"], false);
    // With both, whichever comes first.
    let report = run(&server.url(), &["--duration", "1h", "--requests", "7"]);
    assert_eq!(count(&report["sent"]), 7);
}

#[test]
fn fewer_requests_than_connections_leave_the_rest_unopened() {
    let server = Server::answering(202, ACCEPTED);
    let report = run(&server.url(), &["--requests", "3", "--concurrency", "50"]);
    assert_eq!(count(&report["accepted"]), 3);
    assert!(server.connections() <= 3);
}
