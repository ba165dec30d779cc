//! Reads a byte stream as a connection does, and checks that the result is the same for every
//! split.

use protocol::{Decoder, Fault, Method, Progress, Routes};

use crate::corpus::Case;

/// The routes of the decoders under test.
pub const ROUTES: Routes<&str> = Routes(&[
    ("/", &[Method::Post], "/"),
    ("/balances", &[Method::Get], "/balances"),
    ("/things", &[Method::Get, Method::Put, Method::Patch, Method::Delete], "/things"),
]);

/// A request to append to any stream.
const NEXT: &[u8] = b"GET /balances HTTP/1.1\r\nHost: next\r\n\r\n";

/// A request or fault that a decoder found in a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    Request {
        method: Method,
        path: &'static str,
        head: Vec<u8>,
        body: Vec<u8>,
    },
    /// OPTIONS, with the value of `Allow`.
    Options(String),
    /// Refused, and the connection stays open.
    Refused(Fault),
    /// Refused, and the connection ends.
    Closed(Fault),
    /// The connection ends because the previous request asked for it.
    Ended,
    /// The stream ends in the middle of a request.
    Cut,
}

impl Found {
    /// Returns a short description, as used in the cases.
    pub fn describe(&self) -> String {
        match self {
            Found::Request { method, path, body, .. } if body.is_empty() => {
                format!("{} {path}", method.name())
            }
            Found::Request { method, path, body, .. } => {
                format!("{} {path} {}", method.name(), String::from_utf8_lossy(body))
            }
            Found::Options(allow) => format!("allows {allow}"),
            Found::Refused(fault) => format!("refused {fault:?}"),
            Found::Closed(fault) => format!("closed {fault:?}"),
            Found::Ended => "ended".to_owned(),
            Found::Cut => "cut".to_owned(),
        }
    }
}

/// Decodes a stream that arrives in these pieces.
///
/// Also checks that the decoder terminates, holds no more than its limits when it asks for more,
/// and ignores input once it is closed.
pub fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Found> {
    let mut decoder = Decoder::new(ROUTES);
    let mut found = Vec::new();
    for piece in pieces {
        decoder.feed(piece);
        let before = decoder.buffered();
        take_all(&mut decoder, before, &mut found);
    }
    if !decoder.is_closed() && !decoder.is_idle() {
        found.push(Found::Cut);
    }
    found
}

fn take_all(decoder: &mut Decoder<&'static str>, fed: usize, found: &mut Vec<Found>) {
    use protocol::limits::{BODY, EMPTY_LINES, HEAD};
    let was_closed = decoder.is_closed();
    // The shortest request is longer than 16 bytes, and each may ask to continue.
    for _ in 0..fed / 8 + 4 {
        match decoder.advance() {
            Ok(Progress::NeedMore) => {
                assert!(decoder.request().is_none());
                assert!(decoder.buffered() <= 2 * EMPTY_LINES + HEAD + BODY);
                if decoder.is_closed() {
                    assert_eq!(decoder.buffered(), 0);
                    if !was_closed && !matches!(found.last(), Some(Found::Closed(_))) {
                        found.push(Found::Ended);
                    }
                }
                return;
            }
            Ok(Progress::Continue) => assert!(decoder.request().is_none()),
            Ok(Progress::Ready) => {
                let request = decoder.request().expect("ready says that there is one");
                found.push(Found::Request {
                    method: request.method,
                    path: request.resource,
                    head: request.head.to_vec(),
                    body: request.body.to_vec(),
                });
            }
            Ok(Progress::Options(allow)) => {
                assert!(decoder.request().is_none());
                found.push(Found::Options(allow));
            }
            Ok(Progress::Refused(fault)) => {
                assert!(decoder.request().is_none());
                found.push(Found::Refused(fault));
            }
            Err(fault) => {
                assert!(decoder.is_closed() && decoder.exchange().close);
                found.push(Found::Closed(fault));
            }
        }
    }
    panic!("the decoder does not terminate");
}

/// Decodes a stream, and checks that the result is the same in one piece, byte by byte, split at
/// every offset, and followed by another request.
pub fn meaning(bytes: &[u8]) -> Vec<Found> {
    let whole = read([bytes]);
    assert_eq!(read(bytes.chunks(1)), whole, "byte by byte, {:?}", text(bytes));
    for at in offsets(bytes.len()) {
        let (first, second) = bytes.split_at(at);
        assert_eq!(read([first, second]), whole, "cut at {at}, {:?}", text(bytes));
    }
    for found in &whole {
        if let Found::Request { head, .. } = found {
            assert!(bytes.windows(head.len()).any(|part| part == head), "a head as it was sent");
            assert!(head.ends_with(b"\r\n\r\n") && !head.starts_with(b"\r\n"));
        }
    }
    check_followed(bytes, &whole);
    whole
}

/// Checks that a request after the stream is read if and only if the connection stays open.
fn check_followed(bytes: &[u8], whole: &[Found]) {
    let mut expected = whole.to_vec();
    match whole.last() {
        Some(Found::Cut) => return, // the bytes would continue the incomplete request
        Some(Found::Closed(_) | Found::Ended) => {}
        _ => expected.push(Found::Request {
            method: Method::Get,
            path: "/balances",
            head: NEXT.to_vec(),
            body: Vec::new(),
        }),
    }
    assert_eq!(read([bytes, NEXT]), expected, "a request follows, {:?}", text(bytes));
    let joined = [bytes, NEXT].concat();
    assert_eq!(read([&joined[..]]), expected, "a request is joined on, {:?}", text(bytes));
    assert_eq!(read(joined.chunks(7)), expected, "in sevens, {:?}", text(bytes));
}

/// Returns every offset of a short stream; for a long one, both ends and a sample in between.
fn offsets(len: usize) -> impl Iterator<Item = usize> {
    (0..=len).filter(move |at| len < 1000 || *at < 40 || len - at < 40 || at % 1999 == 0)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(300)]).into_owned()
}

/// Checks every case, and reports all failures.
pub fn check(cases: &[Case<'_>]) {
    let mut failed = Vec::new();
    for (name, bytes, expected) in cases {
        let found: Vec<String> = meaning(bytes).iter().map(Found::describe).collect();
        if found != *expected {
            failed.push(format!("{name}: found {found:?}, expected {expected:?}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Checks one stream.
pub fn means(bytes: impl AsRef<[u8]>, expected: &[&str]) {
    check(&[("this stream", bytes.as_ref(), expected)]);
}
