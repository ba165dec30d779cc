//! Each limit: one below, exactly at, and one above it.

use protocol::limits;
use protocol::{Decoder, Fault, Progress};

use crate::stream::{Found, ROUTES, meaning, means};

const HOST: &str = "HTTP/1.1\r\nHost: h\r\n";

/// Checks that a request with `size` is accepted up to `limit`, and is `fault` above it.
fn at_most(limit: usize, fault: Fault, request: impl Fn(usize) -> String) {
    for size in [limit - 1, limit] {
        let found = meaning(request(size).as_bytes());
        assert!(
            matches!(found[..], [Found::Request { .. }]),
            "{size} of {limit}: {:?}",
            summarize(&found)
        );
    }
    for size in [limit + 1, limit + 2, 2 * limit] {
        let found = meaning(request(size).as_bytes());
        let summary = summarize(&found);
        assert_eq!(found, [Found::Closed(fault.clone())], "{size} of {limit}: {summary:?}");
    }
}

/// Describes the results briefly: bodies at the limit are too long to print.
fn summarize(found: &[Found]) -> Vec<String> {
    found.iter().map(|found| found.describe().chars().take(40).collect()).collect()
}

#[test]
fn a_request_line() {
    let around = "GET /balances? HTTP/1.1".len();
    let line = |size| format!("GET /balances?{} HTTP/1.1", "q".repeat(size - around));
    at_most(limits::REQUEST_LINE, Fault::UriTooLong, |size| {
        format!("{}\r\nHost: h\r\n\r\n", line(size))
    });
    // Empty lines before it are not part of it.
    let stream = format!("\r\n\r\n{}\r\nHost: h\r\n\r\n", line(limits::REQUEST_LINE));
    assert!(matches!(meaning(stream.as_bytes())[..], [Found::Request { .. }]));
    // It can be too long before it ends, and is parsed only once it ends.
    means("G".repeat(limits::REQUEST_LINE + 2), &["cut"]);
    means("G".repeat(limits::REQUEST_LINE + 3), &["closed UriTooLong"]);
}

#[test]
fn a_head() {
    at_most(limits::HEAD, Fault::HeadersTooLarge, |size| {
        let around = format!("GET /balances {HOST}A: \r\n\r\n").len();
        format!("GET /balances {HOST}A: {}\r\n\r\n", "v".repeat(size - around))
    });
    at_most(limits::HEAD, Fault::HeadersTooLarge, |size| {
        let around = format!("GET /balances {HOST}: v\r\n\r\n").len();
        format!("GET /balances {HOST}{}: v\r\n\r\n", "A".repeat(size - around))
    });
}

#[test]
fn the_number_of_fields() {
    at_most(limits::FIELDS, Fault::HeadersTooLarge, |count| {
        format!("GET /balances {HOST}{}\r\n", "A: b\r\n".repeat(count - 1))
    });
}

#[test]
fn empty_lines_before_a_request() {
    at_most(limits::EMPTY_LINES, Fault::EmptyLines, |count| {
        format!("{}GET /balances {HOST}\r\n", "\r\n".repeat(count))
    });
}

#[test]
fn a_body_of_known_length() {
    at_most(limits::BODY, Fault::BodyTooLarge, |size| {
        format!("POST / {HOST}Content-Length: {size}\r\n\r\n{}", "b".repeat(size))
    });
    // The largest `u64`, and one more, which is not a length.
    means(
        format!("POST / {HOST}Content-Length: 18446744073709551615\r\n\r\n"),
        &["closed BodyTooLarge"],
    );
    means(
        format!("POST / {HOST}Content-Length: 18446744073709551616\r\n\r\n"),
        &["closed LengthInvalid"],
    );
}

#[test]
fn a_chunked_body() {
    let head = format!("POST / {HOST}Transfer-Encoding: chunked\r\n\r\n");
    at_most(limits::BODY, Fault::BodyTooLarge, |size| {
        format!("{head}{size:x}\r\n{}\r\n0\r\n\r\n", "b".repeat(size))
    });
    at_most(limits::BODY, Fault::BodyTooLarge, |size| {
        let (half, rest) = (size / 2, size - size / 2);
        let (first, second) = ("b".repeat(half), "b".repeat(rest));
        format!("{head}{half:x}\r\n{first}\r\n{rest:x}\r\n{second}\r\n0\r\n\r\n")
    });
}

#[test]
fn chunks_of_one_byte_are_as_good_as_any() {
    let chunks = "1\r\nb\r\n".repeat(limits::BODY);
    let stream = format!("POST / {HOST}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n");
    for size in [stream.len(), 16 * 1024, 1000] {
        let found = crate::stream::read(stream.as_bytes().chunks(size));
        assert!(matches!(&found[..], [Found::Request { body, .. }] if body.len() == limits::BODY));
    }
}

#[test]
fn chunk_extensions() {
    let head = format!("POST / {HOST}Transfer-Encoding: chunked\r\n\r\n");
    at_most(limits::CHUNK_EXTENSIONS, Fault::ChunkExtension, |size| {
        format!("{head}1;{}\r\nb\r\n0\r\n\r\n", "e".repeat(size - 1))
    });
    // The limit is the sum over all chunks.
    let each = limits::CHUNK_EXTENSIONS / 2;
    at_most(each, Fault::ChunkExtension, |count| {
        format!("{head}{}0\r\n\r\n", "1;e\r\nb\r\n".repeat(count))
    });
}

#[test]
fn trailers() {
    let head = format!("POST / {HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n");
    at_most(limits::FIELDS, Fault::HeadersTooLarge, |count| {
        format!("{head}{}\r\n", "A: b\r\n".repeat(count))
    });
    at_most(limits::HEAD, Fault::HeadersTooLarge, |size| {
        format!("{head}A: {}\r\n\r\n", "v".repeat(size - "A: \r\n\r\n".len()))
    });
}

#[test]
fn nothing_is_held_for_bytes_that_were_only_claimed() {
    for claim in ["Content-Length: 65536\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n10000\r\n"] {
        let stream = format!("POST / {HOST}{claim}");
        let mut decoder = Decoder::new(ROUTES);
        decoder.feed(stream.as_bytes());
        assert_eq!(decoder.advance(), Ok(Progress::NeedMore));
        assert!(decoder.buffered() <= stream.len());
    }
}

#[test]
fn a_refused_body_is_not_kept() {
    let mut decoder = Decoder::new(ROUTES);
    decoder.feed(format!("POST / {HOST}Content-Length: 70000\r\n\r\n").as_bytes());
    assert_eq!(decoder.advance(), Err(Fault::BodyTooLarge));
    decoder.feed(&[b'b'; 70_000]);
    assert_eq!(decoder.buffered(), 0);
}
