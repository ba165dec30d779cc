//! Each sample is the output of a run against a server that rejects nearly everything; hey's server
//! ended during the run.

use super::*;

fn counts(report: &ClientReport) -> (u64, u64, u64) {
    (report.answers, report.successes, report.unanswered)
}

fn latencies(report: &ClientReport) -> (f64, Option<f64>, f64) {
    (report.p99_ms, report.p999_ms, report.max_ms)
}

#[test]
fn wrk() {
    let report = parse_wrk(include_str!("../samples/wrk.txt")).unwrap();
    assert_eq!(counts(&report), (84281, 2, 0));
    assert_eq!((report.seconds, latencies(&report)), (1.100070, (3.584, None, 8.204)));
    let summary = "84281 requests in 1.10s, 14.87MB read; Non-2xx or 3xx responses: 84279";
    assert_eq!(report.summary, summary);
}

#[test]
fn oha() {
    let report = parse_oha(include_str!("../samples/oha.json")).unwrap();
    assert_eq!(counts(&report), (43516, 43516, 18));
    assert!(report.seconds > 1.0 && report.p999_ms > Some(report.p99_ms));
    let summary =
        r#"success rate 1.0, status codes {"503":43516}, errors {"aborted due to deadline":18}"#;
    assert_eq!(report.summary, summary);
}

#[test]
fn hey() {
    let report = parse_hey(include_str!("../samples/hey.txt")).unwrap();
    assert_eq!(counts(&report), (15754, 0, 8956));
    assert!(report.seconds > 1.0 && report.p99_ms == 0.6 && report.max_ms > report.p99_ms);
    assert_eq!(report.summary, "[503] 15754 responses, 8956 errors");
}

#[test]
fn ab() {
    let report = parse_ab(include_str!("../samples/ab.txt")).unwrap();
    assert_eq!(counts(&report), (61996, 0, 0));
    assert_eq!((report.seconds, latencies(&report)), (1.0, (0.0, None, 2.0)));
    let summary = "Complete requests 61996, Failed requests 0, Non-2xx responses 61996";
    assert_eq!(report.summary, summary);
}

#[test]
fn naive() {
    let report = parse_naive(include_str!("../samples/naive.json")).unwrap();
    assert_eq!(counts(&report), (29035, 0, 0));
    assert_eq!(latencies(&report), (1.368382, None, 4.522699));
}

#[test]
fn ours() {
    let report = parse_ours(include_str!("../samples/ours.json")).unwrap();
    assert_eq!(counts(&report), (39892, 0, 0));
    assert_eq!(latencies(&report), (0.963, Some(1.389), 4.487));
    let counters =
        |accepted, rejected| ServerCounters { received: accepted + rejected, accepted, rejected };
    assert!(report.agrees(&counters(0, 39892)));
    assert!(!report.agrees(&counters(1, 39891)) && !report.agrees(&counters(0, 39893)));
}

#[test]
fn invalid_output_is_none() {
    for parse in [parse_wrk, parse_oha, parse_hey, parse_ab, parse_naive, parse_ours] {
        assert_eq!(parse(""), None);
        assert_eq!(parse("unable to connect\n{}"), None);
    }
}
