//! Services that know nothing of the contract: requests of any kind, outcomes by rules, several URLs, and
//! load shapes. The same for each engine.

use crate::client::{client, count, run};
use crate::server::{Server, answer, send};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

const ENGINES: [&str; 2] = ["reqwest", "raw"];
const FEW: [&str; 4] = ["--requests", "12", "--concurrency", "2"];

/// Answers 200 and records each different request, head in lower case, lines sorted.
fn recording() -> (Server, Arc<Mutex<BTreeSet<String>>>) {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let server = Server::start({
        let seen = seen.clone();
        move |stream, request| {
            let mut lines: Vec<String> = request.head.lines().map(str::to_lowercase).collect();
            lines[1..].sort();
            seen.lock().unwrap().insert(format!("{}\n\n{}", lines.join("\n"), request.body));
            if request.head.starts_with("HEAD") {
                send(stream, "HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\n")
            } else {
                answer(stream, 200, "fine")
            }
        }
    });
    (server, seen)
}

#[test]
fn a_request_is_sent_as_asked_for() {
    let json = "content-type: application/json";
    for (flags, line, fields, body) in [
        (vec![], "post / http/1.1", vec!["content-length: 2", json], "{}"),
        (vec!["--path", "/a?b=c"], "post /a?b=c http/1.1", vec!["content-length: 2", json], "{}"),
        (vec!["--method", "PUT"], "put / http/1.1", vec!["content-length: 2", json], "{}"),
        (vec!["--method", "GET"], "get / http/1.1", vec![], ""),
        (vec!["--method", "HEAD"], "head / http/1.1", vec![], ""),
        (vec!["--method", "DELETE"], "delete / http/1.1", vec![], ""),
        (
            vec!["--header", "X-A: 1", "--header", "x-a: 2", "--header", "Content-Type: text/x"],
            "post / http/1.1",
            vec!["content-length: 2", "content-type: text/x", "x-a: 1", "x-a: 2"],
            "{}",
        ),
        (
            vec!["--header", "Host: h.example", "--header", "Authorization: Bearer x"],
            "post / http/1.1",
            vec!["authorization: bearer x", "content-length: 2", json],
            "{}",
        ),
    ] {
        for engine in ENGINES {
            let (server, seen) = recording();
            let host = if flags.contains(&"Host: h.example") {
                "host: h.example".to_owned()
            } else {
                server.url().replace("http://", "host: ")
            };
            let mut all = [&FEW[..], &["--engine", engine, "--outcomes", "http"], &flags].concat();
            if !body.is_empty() {
                all.extend(["--body", body]);
            }
            let report = run(&server.url(), &all);
            assert_eq!(count(&report["accepted"]), 12, "{engine} {flags:?} {report}");
            let mut fields: Vec<String> = fields.iter().map(ToString::to_string).collect();
            fields.extend([host, "accept: */*".to_owned()]);
            fields.sort();
            let expected = format!("{line}\n{}\n\n{body}", fields.join("\n"));
            // The default of reqwest alone.
            let seen = seen.lock().unwrap();
            let seen: Vec<String> = seen.iter().cloned().collect();
            let expected = match engine {
                "raw" => expected.replace("accept: */*\n", ""),
                _ => expected,
            };
            assert_eq!(seen, [expected], "{engine} {flags:?}");
        }
    }
}

#[test]
fn a_long_answer_is_read_to_its_end() {
    let long = "x".repeat(200_000);
    for framing in ["length", "chunks"] {
        for engine in ENGINES {
            let head = match framing {
                "length" => format!("Content-Length: {}\r\n\r\n{long}", long.len()),
                _ => format!(
                    "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{long}\r\n0\r\n\r\n",
                    long.len()
                ),
            };
            let server =
                Server::start(move |stream, _| send(stream, &format!("HTTP/1.1 200 X\r\n{head}")));
            let flags = [&FEW[..], &["--outcomes", "http", "--engine", engine]].concat();
            let report = run(&server.url(), &flags);
            assert_eq!(count(&report["accepted"]), 12, "{engine} {framing} {report}");
            // One may be slow and send nothing.
            assert!(server.connections() <= 2, "{engine} {framing}");
        }
    }
}

#[test]
fn rules_decide_about_answers() {
    let server = || {
        Server::start(|stream, request| match request.number % 4 {
            0 => answer(stream, 200, r#"{"state":"ok"}"#),
            1 => answer(stream, 200, r#"{"state":"busy"}"#),
            2 => answer(stream, 429, ""),
            _ => answer(stream, 500, ""),
        })
    };
    for (flags, accepted, rejected, errors) in [
        (vec!["--outcomes", "http"], 6, 3, 3),
        (vec!["--accept", "status=2xx"], 6, 0, 6),
        (vec!["--accept", "status=200,500"], 9, 0, 3),
        (vec!["--accept", "json:/state=ok", "--reject", "json:/state=busy"], 3, 3, 6),
        // A rejection takes precedence.
        (vec!["--accept", "status=2xx", "--reject", "json:/state=busy"], 3, 3, 6),
        (vec!["--accept", "json:/state=ok", "--accept", "status=500"], 6, 0, 6),
        (vec!["--outcomes", "http", "--reject", "status=500"], 6, 3, 3),
        (vec!["--outcomes", "http", "--accept", "status=500"], 3, 3, 6),
        (vec!["--outcomes", "contract"], 0, 0, 12),
    ] {
        for engine in ENGINES {
            let server = server();
            let flags = [&FEW[..], &["--engine", engine], &flags].concat();
            let report = run(&server.url(), &flags);
            let found = [&report["accepted"], &report["rejected"], &report["errors"]["total"]];
            assert_eq!(found.map(count), [accepted, rejected, errors], "{flags:?} {report}");
        }
    }
}

#[test]
fn several_urls_get_requests_in_turn() {
    let (one, two) = (Server::answering(200, ""), Server::answering(503, ""));
    for engine in ENGINES {
        let flags = [&FEW[..], &["--url", &two.url(), "--outcomes", "http", "--engine", engine]];
        let report = run(&one.url(), &flags.concat());
        assert_eq!([&report["accepted"], &report["rejected"]].map(count), [6, 6], "{report}");
        let each = report["urls"].as_array().unwrap();
        let figures = |nth: usize| {
            let counts = ["sent", "accepted", "rejected"].map(|name| count(&each[nth][name]));
            (each[nth]["url"].as_str().unwrap().to_owned(), counts)
        };
        assert_eq!((figures(0), figures(1)), ((one.url(), [6, 6, 0]), (two.url(), [6, 0, 6])));
    }
    assert_eq!((one.requests(), two.requests()), (12, 12));
}

#[test]
fn a_shape_sends_what_it_says_and_ends() {
    let server = Server::answering(200, "");
    for (shape, sent) in
        [("100/s:200ms", 20), ("0..200/s:200ms,burst:30", 50), ("burst:10,0/s:100ms,burst:10", 20)]
    {
        let flags = ["--shape", shape, "--outcomes", "http", "--engine", "raw"];
        let report = run(&server.url(), &flags);
        assert_eq!([&report["sent"], &report["due"]].map(count), [sent, sent], "{report}");
        assert_eq!(
            report["asked"]["shape"],
            shape.replace("ms", "e-3s").replace("200e-3s", "0.2s").replace("100e-3s", "0.1s")
        );
    }
    // A rate that no client can keep ends in time all the same.
    let flags = ["--rate", "1e15", "--duration", "200ms", "--outcomes", "http", "--engine", "raw"];
    let report = run(&server.url(), &flags);
    assert!(count(&report["due"]) > 199_000_000_000_000, "{report}");
    // A limit ends it earlier.
    let flags = ["--shape", "burst:20", "--requests", "7", "--outcomes", "http"];
    assert_eq!(count(&run(&server.url(), &flags)["sent"]), 7);
}

#[test]
fn poisson_arrivals_repeat_with_their_seed() {
    let server = Server::answering(200, "");
    let sent = |seed: &str| {
        let flags = ["--shape", "2000/s:100ms", "--arrivals", "poisson", "--seed", seed];
        count(&run(&server.url(), &[&flags[..], &["--outcomes", "http"]].concat())["sent"])
    };
    // 200 on average, with a standard deviation of 14.
    assert!((130..=270).contains(&sent("1")) && sent("1") == sent("1"));
    assert_ne!([sent("2"), sent("3"), sent("4")], [sent("1"); 3]);
}

#[test]
fn what_cannot_be_sent_is_refused() {
    for (flags, words) in [
        (vec!["--engine", "hyper"], "use raw"),
        (vec!["--header", "X"], "is not a header"),
        (vec!["--header", "Content-Length: 3"], "content-length"),
        (vec!["--method", "CONNECT"], "tunnel"),
        (vec!["--path", "x"], "must begin with /"),
        (vec!["--accept", "200"], "is not a rule"),
        (vec!["--shape", "100"], "is not a piece"),
        (vec!["--shape", "0/s:1s"], "without a request"),
        (vec!["--shape", "1/s:1s", "--rate", "5"], "--rate"),
        (vec!["--arrivals", "poisson", "--rate", "1e8"], "at most 10,000,000"),
        (vec!["--body", "x", "--users", "3"], "--users"),
        (vec!["--body", "@/no/such/file"], "cannot read /no/such/file"),
        (vec!["--reject", "status=429"], "--accept or --outcomes http"),
        (vec!["--reconcile", "--url", "http://h", "--url", "http://i"], "give one --url"),
        (vec!["--series", "a.csv", "--repeat", "2"], "--repeat"),
    ] {
        client(&flags).exits(2).says(words);
    }
}

#[test]
fn each_second_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (csv, lines, hdr) = (file("a.csv"), file("a.jsonl"), file("a.hlog"));
    let server = Server::answering(200, "");
    for series in [&csv, &lines] {
        let flags = ["--rate", "100", "--duration", "2200ms", "--outcomes", "http"];
        let flags = [&flags[..], &["--series", series, "--hdr", &hdr]].concat();
        assert_eq!(count(&run(&server.url(), &flags)["accepted"]), 220);
    }
    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    let rows: Vec<Vec<String>> =
        read(&csv).lines().map(|row| row.split(',').map(str::to_owned).collect()).collect();
    assert_eq!(rows[0][..4], ["seconds", "sent", "accepted", "rejected"]);
    let sent: Vec<u64> = rows[1..].iter().map(|row| row[1].parse().unwrap()).collect();
    assert!(sent.len() >= 3 && sent.iter().sum::<u64>() == 220, "{rows:?}");
    let objects = read(&lines);
    let objects = objects.lines().map(|line| serde_json::from_str(line).unwrap());
    assert_eq!(objects.map(|row: serde_json::Value| count(&row["sent"])).sum::<u64>(), 220);
    // An interval for each row and outcome, readable by HdrHistogram.
    let log = std::fs::read(&hdr).unwrap();
    let mut accepted = 0;
    for entry in IntervalLogIterator::new(&log) {
        if let LogEntry::Interval(interval) = entry.unwrap() {
            let bytes = BASE64_STANDARD.decode(interval.encoded_histogram()).unwrap();
            let histogram: Histogram<u64> =
                Deserializer::new().deserialize(&mut &bytes[..]).unwrap();
            let is_accepted = interval.tag().unwrap().as_str() == "accepted";
            accepted += if is_accepted { histogram.len() } else { 0 };
        }
    }
    assert_eq!(accepted, 220);
}

#[test]
fn the_table_has_the_percentiles_asked_for() {
    let server = Server::answering(200, "");
    let flags = ["--url", &server.url(), "--requests", "20", "--outcomes", "http"];
    let finished = client(&[&flags[..], &["--percentiles", "0,25,99.99"]].concat()).exits(0);
    let heads = finished.stdout().lines().nth(3).unwrap();
    let heads: Vec<&str> = heads.split_whitespace().collect();
    assert_eq!(heads, ["mean", "min", "p25", "p99.99", "max"]);
    client(&[&flags[..], &["--percentiles", "101"]].concat()).exits(2).says("between 0 and 100");
}

#[test]
fn a_record_that_cannot_be_written_is_an_error() {
    let server = Server::answering(200, "");
    let flags = ["--url", &server.url(), "--requests", "20", "--outcomes", "http"];
    client(&[&flags[..], &["--series", "/no/such/a.csv"]].concat()).exits(2).says("/no/such/a.csv");
    if cfg!(target_os = "linux") {
        let full = client(&[&flags[..], &["--series", "/dev/full"]].concat()).exits(1);
        assert!(full.says("cannot write --series").stdout().contains("20 requests"));
    }
}
