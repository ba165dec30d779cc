//! Tests of the checks: the table is consistent, and wrong servers fail it.

use contract::{Check, Class, Outcome, Pace, Promise, Report, Target, Verdict, run, table, topic};
use std::collections::{HashMap, HashSet};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
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

/// Reads a head byte by byte; returns `None` at the end of the connection.
fn read_head(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut seen, mut byte) = (Vec::new(), [0]);
    while matches!(stream.read(&mut byte), Ok(1)) {
        seen.push(byte[0]);
        if seen.ends_with(b"\r\n\r\n") {
            return Some(seen);
        }
    }
    None
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
    let checks =
        table().into_iter().filter(|check| check.promise(stage).name.contains(only)).collect();
    run(&target, checks, |_| {})
}

fn passed(report: &Report) -> Vec<&'static str> {
    let passed = |verdict: &&Verdict| verdict.outcome == Outcome::Passed;
    report.verdicts.iter().filter(passed).map(|verdict| verdict.check.name).collect()
}

fn failure(report: &Report) -> String {
    report.failed().next().expect("a check that fails").to_string()
}

/// Returns the promises of all checks, each for the first stage that it applies to.
fn promises() -> Vec<Promise> {
    let of_first_stage = |check: &Check| check.promise(*check.promise(3).stages.start());
    table().iter().map(of_first_stage).collect()
}

#[test]
fn every_entry_is_complete_and_its_name_unique() {
    let mut names = HashSet::new();
    for promise in promises() {
        let name = promise.name;
        assert!(names.insert(name), "{name} is a duplicate");
        let is_kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(name.chars().all(is_kebab), "{name} is not kebab-case");
        assert!(promise.why.ends_with('.'), "{name}: `why` is not a sentence");
        assert!(!promise.expected.is_empty(), "{name} expects nothing");
        assert!(!promise.sent.is_empty(), "{name} sends nothing");
        let stages = &promise.stages;
        assert!((1..=10).contains(stages.start()) && (1..=10).contains(stages.end()), "{name}");
    }
}

#[test]
fn each_stage_has_the_checks_of_the_one_before() {
    let names = |stage: u8| -> HashSet<&str> {
        promises()
            .iter()
            .filter(|promise| promise.stages.contains(&stage))
            .map(|promise| promise.name)
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
fn needs_are_checks_of_the_same_stages_and_form_no_circle() {
    let promises = promises();
    let by_name: HashMap<_, _> = promises.iter().map(|promise| (promise.name, promise)).collect();
    for promise in &promises {
        for need in &promise.needs {
            let needed = by_name.get(need).unwrap_or_else(|| panic!("{need} is no check"));
            assert!(
                needed.stages.start() <= promise.stages.start()
                    && needed.stages.end() >= promise.stages.end(),
                "{} needs {need}, which is not asked in all of its stages",
                promise.name
            );
            assert!(
                promise.pace == Pace::Alone || needed.pace != Pace::Alone,
                "{} needs {need}, which runs after it",
                promise.name
            );
        }
        // Beyond the number of checks, a chain of needs is a circle.
        let (mut open, mut seen) = (promise.needs.clone(), HashSet::new());
        while let Some(need) = open.pop() {
            assert!(need != promise.name, "{need} needs itself");
            if seen.insert(need) {
                open.extend(&by_name[need].needs);
            }
        }
    }
}

/// Returns the anchor of a heading, as in the pages.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
    heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
}

#[test]
fn every_topic_has_hints_and_a_page() {
    const OUT_OF_BAND: [&str; 6] = ["start", "shutdown", "state", "work", "isolation", "bounds"];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let topics: HashSet<&str> = promises().iter().map(|promise| promise.topic).collect();
    for name in topics.into_iter().chain(OUT_OF_BAND) {
        let topic = topic(name).unwrap_or_else(|| panic!("{name} has no hints"));
        assert!(topic.look.ends_with('.') && topic.how.ends_with('.'), "{name}: no sentence");
        let (page, heading) = topic.read.split_once('#').expect("a page and a heading");
        let text = std::fs::read_to_string(root.join(page)).expect(page);
        let has_heading = text.lines().any(|line| {
            let title = line.trim_start_matches('#');
            line.starts_with("##") && anchor(title.trim()) == heading
        });
        assert!(has_heading, "{name}: {page} has no heading {heading}");
    }
}

#[test]
fn every_must_names_its_section_or_an_accepted_event() {
    let mut unnamed = Vec::new();
    for Promise { name, why, .. } in
        promises().iter().filter(|promise| promise.class == Class::Must)
    {
        let names_a_section = why.contains("RFC 9110, ") || why.contains("RFC 9112, ");
        let says = |word: &str| why.contains(word);
        let tells_of_an_event = says("event") && (says("lost") || says("twice") || says("changed"));
        if !names_a_section && !tells_of_an_event {
            unnamed.push(format!("{name}: {why}"));
        }
    }
    assert!(unnamed.is_empty(), "{}", unnamed.join("\n"));
}

/// Asserts that the first check fails, and that all others are not asked.
fn assert_asks_nothing_else(report: &Report) {
    let failed: Vec<_> = report.failed().map(|verdict| verdict.check.name).collect();
    assert_eq!((passed(report), failed), (vec![], vec!["answers"]), "{}", report.summary());
}

#[test]
fn a_server_that_never_answers_passes_nothing() {
    assert_asks_nothing_else(&check(10, "", |stream| {
        thread::sleep(Duration::from_secs(60));
        drop(stream);
    }));
}

#[test]
fn a_server_that_closes_at_once_passes_nothing() {
    assert_asks_nothing_else(&check(10, "", close));
}

#[test]
fn a_server_that_accepts_everything_fails_what_others_need() {
    let report = check(5, "", |mut stream| {
        while read_head(&mut stream).is_some() && stream.write_all(ACCEPTED.as_bytes()).is_ok() {}
    });
    let failed: Vec<_> = report.failed().map(|verdict| verdict.check.name).collect();
    for name in ["event-empty-object", "path-unknown"] {
        assert!(failed.contains(&name), "{name} did not fail: {failed:?}");
    }
    assert!(passed(&report).contains(&"event-accepted"), "{}", report.summary());
    let of = |name: &str| report.verdicts.iter().find(|verdict| verdict.check.name == name);
    for name in ["amount-with-fraction", "path-unknown-for-post"] {
        let verdict = of(name).expect("it is in the table");
        assert!(matches!(verdict.outcome, Outcome::NotAsked(_)), "{verdict}");
    }
}

#[test]
fn a_server_that_fails_byte_by_byte_is_found() {
    // Reads may merge bytes, but the second such request is the one sent byte by byte.
    static REQUESTS: AtomicUsize = AtomicUsize::new(0);
    let report = check(3, "path-unknown-for-post", |mut stream| {
        while let Some(head) = read_head(&mut stream) {
            let fails = head.windows(13).any(|window| window == b"POST /nothing")
                && REQUESTS.fetch_add(1, Ordering::Relaxed) > 0;
            let _ = stream.write_all(if fails { INVALID_HTTP } else { NOT_FOUND }.as_bytes());
        }
    });
    assert!(failure(&report).contains("sent byte by byte"), "{}", failure(&report));
}

#[test]
fn a_server_that_continues_after_an_error_fails_with_another_request() {
    let report = check(3, "line-without-target", |mut stream| {
        while let Some(head) = read_head(&mut stream) {
            if head.starts_with(b"BROKEN") {
                let _ = stream.write_all(INVALID_HTTP.as_bytes());
                return close(stream);
            }
            let is_error = head.starts_with(b"GET HTTP");
            let _ = stream.write_all(if is_error { INVALID_HTTP } else { NOT_FOUND }.as_bytes());
            if is_error {
                // The next request was sent in the same segment: there is nothing to wait for.
                let _ = stream.set_nonblocking(true);
                let has_next = read_head(&mut stream).is_some();
                let _ = stream.set_nonblocking(false);
                if has_next {
                    let _ = stream.write_all(NOT_FOUND.as_bytes());
                }
                return close(stream);
            }
        }
    });
    assert!(failure(&report).contains("followed by another request"), "{}", failure(&report));
}

#[test]
fn a_server_that_does_not_close_after_an_error_fails_one_check() {
    let run = |only| {
        check(3, only, |mut stream| {
            while read_head(&mut stream).is_some() {
                let _ = stream.write_all(INVALID_HTTP.as_bytes());
            }
        })
    };
    let shown = failure(&run("closed-after-an-error"));
    assert!(shown.contains("followed by: HTTP/1.1 400"), "{shown}");
    assert!(run("line-without-target").passed(), "it is judged by the habit of the server");
}

#[test]
fn a_failure_shows_sent_expected_got_and_why() {
    let shown = failure(&check(3, "length-list", |mut stream| {
        read_head(&mut stream);
        let _ = stream.write_all(NOT_FOUND.as_bytes());
        close(stream);
    }));
    for part in ["length-list", "Content-Length: 2, 2", "invalid_http", "404", "RFC 9112"] {
        assert!(shown.contains(part), "no {part} in:\n{shown}");
    }
}
