//! Each sample is what the program printed at a server that rejects nearly everything; hey's server
//! ended before it.

use super::*;

fn counts(told: &Told) -> (u64, u64, u64) {
    (told.answers, told.successes, told.unanswered)
}

fn latencies(told: &Told) -> (f64, Option<f64>, f64) {
    (told.p99_ms, told.p999_ms, told.max_ms)
}

#[test]
fn wrk() {
    let told = of_wrk(include_str!("../samples/wrk.txt")).unwrap();
    assert_eq!(counts(&told), (84281, 2, 0));
    assert_eq!((told.seconds, latencies(&told)), (1.100070, (3.584, None, 8.204)));
    let words = "84281 requests in 1.10s, 14.87MB read; Non-2xx or 3xx responses: 84279";
    assert_eq!(told.words, words);
}

#[test]
fn oha() {
    let told = of_oha(include_str!("../samples/oha.json")).unwrap();
    assert_eq!(counts(&told), (43516, 43516, 18));
    assert!(told.seconds > 1.0 && told.p999_ms > Some(told.p99_ms));
    let words =
        r#"success rate 1.0, status codes {"503":43516}, errors {"aborted due to deadline":18}"#;
    assert_eq!(told.words, words);
}

#[test]
fn hey() {
    let told = of_hey(include_str!("../samples/hey.txt")).unwrap();
    assert_eq!(counts(&told), (15754, 0, 8956));
    assert!(told.seconds > 1.0 && told.p99_ms == 0.6 && told.max_ms > told.p99_ms);
    assert_eq!(told.words, "[503] 15754 responses, 8956 errors");
}

#[test]
fn ab() {
    let told = of_ab(include_str!("../samples/ab.txt")).unwrap();
    assert_eq!(counts(&told), (61996, 0, 0));
    assert_eq!((told.seconds, latencies(&told)), (1.0, (0.0, None, 2.0)));
    let words = "Complete requests 61996, Failed requests 0, Non-2xx responses 61996";
    assert_eq!(told.words, words);
}

#[test]
fn naive() {
    let told = of_naive(include_str!("../samples/naive.json")).unwrap();
    assert_eq!(counts(&told), (29035, 0, 0));
    assert_eq!(latencies(&told), (1.368382, None, 4.522699));
}

#[test]
fn ours() {
    let told = of_ours(include_str!("../samples/ours.json")).unwrap();
    assert_eq!(counts(&told), (39892, 0, 0));
    assert_eq!(latencies(&told), (0.963, Some(1.389), 4.487));
    let books = |accepted, rejected| Books { received: accepted + rejected, accepted, rejected };
    assert!(told.agrees(&books(0, 39892)));
    assert!(!told.agrees(&books(1, 39891)) && !told.agrees(&books(0, 39893)));
}

#[test]
fn what_is_no_report_is_none() {
    for of in [of_wrk, of_oha, of_hey, of_ab, of_naive, of_ours] {
        assert_eq!(of(""), None);
        assert_eq!(of("unable to connect\n{}"), None);
    }
}
