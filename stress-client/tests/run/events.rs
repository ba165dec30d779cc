//! The events and their retries.

use crate::client::{client, count, run};
use crate::server::{ACCEPTED, REJECTED, Server, answer, send};
use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::sync::{Arc, Mutex};

/// Starts a server that records all bodies.
fn recording() -> (Server, Arc<Mutex<Vec<String>>>) {
    let bodies: Arc<Mutex<Vec<String>>> = Arc::default();
    let server = Server::start({
        let bodies = bodies.clone();
        move |stream, request| {
            bodies.lock().unwrap().push(request.body.clone());
            answer(stream, 202, ACCEPTED)
        }
    });
    (server, bodies)
}

fn sorted(bodies: &Mutex<Vec<String>>) -> Vec<String> {
    let mut bodies = std::mem::take(&mut *bodies.lock().unwrap());
    bodies.sort_unstable();
    bodies
}

#[test]
fn a_seed_reproduces_a_run_and_another_does_not() {
    let (server, bodies) = recording();
    let send = |seed| {
        let flags = ["--requests", "200", "--concurrency", "7", "--users", "1000"];
        let varied = ["--choose", "zipf:1.1", "--amount", "-5..100", "--actions", "buy,sell"];
        run(&server.url(), &[&flags[..], &varied, &["--seed", seed]].concat());
        sorted(&bodies)
    };
    let first = send("1");
    assert_eq!(first, send("1"));
    assert_ne!(first, send("2"));
    let amounts: HashSet<_> = first.iter().map(|body| body.rsplit(':').next().unwrap()).collect();
    assert!(amounts.len() > 50, "{amounts:?}");
    assert!(["buy", "sell"].iter().all(|action| first.iter().any(|body| body.contains(action))));
}

#[test]
fn one_user_in_a_zipf_distribution_is_hot() {
    let (server, bodies) = recording();
    let flags = ["--requests", "1000", "--users", "100", "--choose", "zipf:1.5"];
    run(&server.url(), &flags);
    let mut users = BTreeMap::<String, u64>::new();
    for body in sorted(&bodies) {
        let user = body.split('"').nth(3).unwrap().to_owned();
        *users.entry(user).or_default() += 1;
    }
    // 1 / (sum of 1 / k^1.5 for k up to 100) = 41 %.
    assert!((350..480).contains(&users["user0"]), "{users:?}");
}

#[test]
fn invalid_requests_are_counted_separately() {
    let server =
        Server::start(|stream, request| match protocol::Event::parse(request.body.as_bytes()) {
            Ok(_) => answer(stream, 202, ACCEPTED),
            Err(_) => answer(stream, 400, r#"{"status":"error","reason":"invalid_json"}"#),
        });
    // Fewer connections than the listen backlog, or slow connects would add a remark.
    let flags = ["--requests", "500", "--invalid", "20%", "--concurrency", "8"];
    let report = run(&server.url(), &flags);
    let invalid = count(&report["invalid"]["sent"]);
    assert!((60..140).contains(&invalid), "{report}");
    assert_eq!(count(&report["invalid"]["refused"]), invalid);
    assert_eq!(count(&report["errors"]["status"]), invalid);
    assert_eq!(count(&report["accepted"]), 500 - invalid);
    // Refused invalid requests are not quoted as errors.
    assert_eq!(report["remarks"], serde_json::json!([]));
    // A server that accepts invalid requests is reported.
    let report = run(&Server::answering(202, ACCEPTED).url(), &flags);
    assert_eq!(count(&report["invalid"]["taken"]), invalid, "{report}");
    assert!(report["remarks"][0].as_str().unwrap().contains("like valid events"), "{report}");
}

#[test]
fn the_lines_of_a_file_are_sent_as_they_are() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    // A byte order mark is skipped.
    file.write_all(b"\xef\xbb\xbf{\"user\":\"a\"}\n\n  not json\r\nlast").unwrap();
    let (server, bodies) = recording();
    let flags = ["--requests", "6", "--body-file", file.path().to_str().unwrap()];
    run(&server.url(), &flags);
    let line = |line: &str| [line.to_owned(), line.to_owned()];
    assert_eq!(
        sorted(&bodies),
        [line("  not json"), line("last"), line("{\"user\":\"a\"}")].concat()
    );
    let missing = ["--body-file", "/no/such/file"];
    client(&missing).exits(2).says("cannot read /no/such/file");
    let empty = tempfile::NamedTempFile::new().unwrap();
    client(&["--body-file", empty.path().to_str().unwrap()]).exits(2).says("is empty");
}

#[test]
fn every_attempt_is_a_request_and_counts_as_one() {
    // Accepts each event at its third attempt.
    let seen: Mutex<BTreeMap<String, u64>> = Mutex::default();
    let server = Server::start(move |stream, request| {
        let mut seen = seen.lock().unwrap();
        let attempts = seen.entry(request.body.clone()).or_default();
        *attempts += 1;
        match *attempts {
            3 => answer(stream, 202, ACCEPTED),
            _ => answer(stream, 503, REJECTED),
        }
    });
    for (offset, load) in [(0, &["--concurrency", "5"][..]), (1, &["--rate", "1000"])] {
        let before = server.requests();
        let users = (1000 + offset).to_string();
        let flags = ["--requests", "40", "--users", &users, "--retry", "at-once"];
        // The second run has other users.
        let report = run(&server.url(), &[&flags[..], load, &["--actions", &users]].concat());
        assert_eq!(server.requests() - before, 120);
        assert_eq!(count(&report["sent"]), 120, "{report}");
        assert_eq!((count(&report["accepted"]), count(&report["rejected"])), (40, 80), "{report}");
        assert_eq!(count(&report["retries"]["events"]), 40);
        assert_eq!(count(&report["retries"]["again"]), 80);
        assert_eq!(count(&report["retries"]["exhausted"]), 0);
    }
}

#[test]
fn an_event_is_exhausted_after_its_last_attempt() {
    let server = Server::answering(503, REJECTED);
    for load in [&["--concurrency", "3"][..], &["--rate", "2000"]] {
        for pace in ["at-once", "backoff"] {
            let before = server.requests();
            let flags = ["--requests", "20", "--attempts", "3", "--retry", pace];
            let report = run(&server.url(), &[&flags[..], load].concat());
            assert_eq!(server.requests() - before, 60, "{pace} {load:?}");
            assert_eq!(count(&report["retries"]["exhausted"]), 20, "{report}");
            assert_eq!(count(&report["retries"]["abandoned"]), 0, "{report}");
        }
    }
}

#[test]
fn a_backoff_honours_retry_after() {
    let server = Server::start(|stream, _| {
        let length = REJECTED.len();
        let head = "HTTP/1.1 503 X\r\nRetry-After: 3600\r\nContent-Length:";
        send(stream, &format!("{head} {length}\r\n\r\n{REJECTED}"))
    });
    for load in [&["--concurrency", "3"][..], &["--rate", "200"]] {
        let before = server.requests();
        let flags = ["--duration", "200ms", "--retry", "backoff"];
        let report = run(&server.url(), &[&flags[..], load].concat());
        // No retry comes within the hour, and the run does not wait for it.
        assert_eq!(count(&report["retries"]["again"]), 0, "{report}");
        assert_eq!(count(&report["sent"]), server.requests() - before);
        assert_eq!(count(&report["retries"]["abandoned"]), count(&report["sent"]), "{report}");
    }
}

#[test]
fn a_request_of_unknown_fate_is_not_retried() {
    let server = Server::answering(500, "");
    let report = run(&server.url(), &["--requests", "20", "--retry", "at-once"]);
    assert_eq!(server.requests(), 20);
    assert_eq!(count(&report["errors"]["status"]), 20, "{report}");
}
