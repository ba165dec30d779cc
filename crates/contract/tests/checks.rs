//! Tests of the checks: the table is consistent, and wrong servers fail it.

use contract::{Outcome, Report, Target, Verdict, run, table};
use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const ACCEPTED: &str =
    "HTTP/1.1 202 Accepted\r\nContent-Length: 21\r\n\r\n{\"status\":\"accepted\"}";
const INVALID_HTTP: &str = "HTTP/1.1 400 Bad Request\r\nContent-Length: 42\r\n\r\n\
    {\"status\":\"error\",\"reason\":\"invalid_http\"}";
const NOT_FOUND: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 39\r\n\r\n\
    {\"status\":\"error\",\"reason\":\"not_found\"}";

/// Starts a server that serves each connection with `connection`, on a separate thread.
fn serve(connection: fn(TcpStream)) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || connection(stream));
        }
    });
    address
}

/// Reads byte by byte until `pattern`; returns false at the end.
fn read_past(stream: &mut TcpStream, pattern: &[u8]) -> bool {
    let (mut seen, mut byte) = (Vec::new(), [0]);
    while matches!(stream.read(&mut byte), Ok(1)) {
        seen.push(byte[0]);
        if seen.ends_with(pattern) {
            return true;
        }
    }
    false
}

/// Closes the connection once the client has closed it too.
fn close(mut stream: TcpStream) {
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.read_to_end(&mut Vec::new());
}

/// Runs the checks of a stage whose name contains `only` against a server, with short timeouts.
fn check(stage: u8, only: &str, connection: fn(TcpStream)) -> Report {
    let target = Target {
        request_timeout: Some(Duration::from_millis(50)),
        idle_timeout: Some(Duration::from_millis(150)),
        max_connections: Some(256),
        patience: Duration::from_millis(200),
        ..Target::new(serve(connection), stage)
    };
    let checks = table().into_iter().filter(|check| check.name.contains(only)).collect();
    run(&target, checks, |_| {})
}

fn passed(report: &Report) -> Vec<&'static str> {
    let passed = |verdict: &&Verdict| verdict.outcome == Outcome::Passed;
    report.verdicts.iter().filter(passed).map(|verdict| verdict.check.name).collect()
}

fn failure(report: &Report) -> String {
    report.failed().next().expect("a check that fails").to_string()
}

#[test]
fn every_entry_is_complete_and_its_name_unique() {
    let mut names = HashSet::new();
    for check in table() {
        let name = check.name;
        assert!(names.insert(name), "{name} is a duplicate");
        let is_kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(name.chars().all(is_kebab), "{name} is not kebab-case");
        assert!(check.why.ends_with('.'), "{name}: `why` is not a sentence");
        assert!(!check.expected().is_empty(), "{name} expects nothing");
        assert!(!check.sent().is_empty(), "{name} sends nothing");
        assert!(
            (1..=10).contains(check.stages.start()) && (1..=10).contains(check.stages.end()),
            "{name}"
        );
    }
}

#[test]
fn each_stage_has_the_checks_of_the_one_before() {
    let names = |stage: u8| -> HashSet<&str> {
        table()
            .iter()
            .filter(|check| check.stages.contains(&stage))
            .map(|check| check.name)
            .collect()
    };
    for stage in 3..10 {
        let lost: Vec<_> = names(stage).difference(&names(stage + 1)).copied().collect();
        assert!(
            lost.iter().all(|name| name.ends_with("-not-yet")),
            "stage {} loses {lost:?}",
            stage + 1
        );
    }
}

#[test]
fn a_server_that_never_answers_passes_nothing() {
    let report = check(10, "", |stream| {
        thread::sleep(Duration::from_secs(60));
        drop(stream);
    });
    assert_eq!(passed(&report), Vec::<&str>::new());
}

#[test]
fn a_server_that_closes_at_once_passes_only_checks_without_an_answer() {
    let report = check(10, "", close);
    assert_eq!(passed(&report), ["body-cut-short", "chunks-cut-short", "idle-before-a-request"]);
}

#[test]
fn a_server_that_accepts_everything_passes_only_events() {
    let report = check(5, "", |mut stream| {
        while read_past(&mut stream, b"\r\n\r\n") && stream.write_all(ACCEPTED.as_bytes()).is_ok() {
        }
    });
    for name in passed(&report) {
        assert!(name.contains("event"), "{name} passed");
    }
    assert!(passed(&report).contains(&"event-accepted"), "{}", report.summary());
}

#[test]
fn a_server_that_fails_byte_by_byte_is_found() {
    // Reads may merge bytes, but the second connection is the one sent byte by byte.
    static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);
    let report = check(3, "path-unknown-for-post", |mut stream| {
        let is_first = CONNECTIONS.fetch_add(1, Ordering::Relaxed) == 0;
        while read_past(&mut stream, b"\r\n\r\n") {
            let _ = stream.write_all(if is_first { NOT_FOUND } else { INVALID_HTTP }.as_bytes());
        }
    });
    assert!(failure(&report).contains("sent byte by byte"), "{}", failure(&report));
}

#[test]
fn a_server_that_continues_after_an_error_fails_with_another_request() {
    let report = check(3, "line-without-target", |mut stream| {
        read_past(&mut stream, b"\r\n\r\n");
        let _ = stream.write_all(INVALID_HTTP.as_bytes());
        // The next request was sent in the same segment: there is nothing to wait for.
        let _ = stream.set_nonblocking(true);
        let has_next = read_past(&mut stream, b"\r\n\r\n");
        let _ = stream.set_nonblocking(false);
        if has_next {
            let _ = stream.write_all(NOT_FOUND.as_bytes());
        }
        close(stream);
    });
    assert!(failure(&report).contains("followed by another request"), "{}", failure(&report));
}

#[test]
fn a_server_that_does_not_close_after_an_error_fails() {
    let report = check(3, "line-without-target", |mut stream| {
        read_past(&mut stream, b"\r\n\r\n");
        let _ = stream.write_all(INVALID_HTTP.as_bytes());
        let _ = stream.read_to_end(&mut Vec::new());
    });
    assert!(failure(&report).contains("not closed"), "{}", failure(&report));
}

#[test]
fn a_failure_shows_sent_expected_got_and_why() {
    let shown = failure(&check(3, "length-list", |mut stream| {
        read_past(&mut stream, b"\r\n\r\n");
        let _ = stream.write_all(NOT_FOUND.as_bytes());
        close(stream);
    }));
    for part in ["length-list", "Content-Length: 2, 2", "invalid_http", "404", "RFC 9112"] {
        assert!(shown.contains(part), "no {part} in:\n{shown}");
    }
}
