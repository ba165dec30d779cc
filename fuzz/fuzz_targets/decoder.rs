//! Decodes arbitrary bytes: no panic, memory within the limits, the same result for every split.
#![no_main]

#[path = "../../crates/protocol/tests/contract/corpus.rs"]
#[allow(dead_code)]
mod corpus;
#[path = "../../crates/protocol/tests/contract/stream.rs"]
#[allow(dead_code)]
mod stream;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let whole = stream::read([bytes]);
    assert_eq!(stream::read(bytes.chunks(1)), whole, "byte by byte");
    assert_eq!(stream::read(pieces(bytes)), whole, "in pieces");
});

/// Splits the stream into pieces. Its own bytes determine their lengths, so that the fuzzer can
/// vary the splits and a stream of the corpus is a valid input.
fn pieces(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let size = usize::from(bytes.first()? % 32) + 1;
        let (piece, rest) = bytes.split_at(size.min(bytes.len()));
        bytes = rest;
        Some(piece)
    })
}
