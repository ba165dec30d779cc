//! Properties of every stream, checked with generated ones.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use protocol::{Event, Exchange, encode};

use crate::response::Response;
use crate::strategies::{mutate, mutation, nearly_requests, reply, request};
use crate::stream::{Found, read};

/// Splits a stream into pieces of these sizes, repeated.
fn pieces<'a>(mut bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut sizes = sizes.iter().cycle();
    while !bytes.is_empty() {
        let size = sizes.next().map_or(bytes.len(), |&size| size.min(bytes.len()));
        let (piece, rest) = bytes.split_at(size);
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

fn sizes() -> impl Strategy<Value = Vec<usize>> {
    vec(1_usize..50, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_requests_are_decoded(sent in vec(request(), 1..5), sizes in sizes()) {
        let stream: Vec<u8> = sent.iter().flat_map(|sent| sent.bytes.clone()).collect();
        let expected: Vec<Found> = sent.into_iter().map(|sent| sent.found).collect();
        prop_assert_eq!(&read([&stream[..]]), &expected);
        prop_assert_eq!(&read(pieces(&stream, &sizes)), &expected);
        prop_assert_eq!(&read(stream.chunks(1)), &expected);
    }

    #[test]
    fn any_split_of_any_mixture_means_the_same(
        stream in nearly_requests(),
        sizes in sizes(),
        other_sizes in sizes(),
    ) {
        let whole = read([&stream[..]]);
        prop_assert_eq!(&read(pieces(&stream, &sizes)), &whole);
        prop_assert_eq!(&read(pieces(&stream, &other_sizes)), &whole);
        prop_assert_eq!(&read(stream.chunks(1)), &whole);
    }

    #[test]
    fn any_split_of_a_mutated_stream_means_the_same(
        sent in vec(request(), 1..4),
        mutations in vec(mutation(), 1..6),
        sizes in sizes(),
    ) {
        let stream = sent.into_iter().flat_map(|sent| sent.bytes).collect();
        let stream = mutate(stream, &mutations);
        let whole = read([&stream[..]]);
        prop_assert_eq!(&read(pieces(&stream, &sizes)), &whole);
        prop_assert_eq!(&read(stream.chunks(1)), &whole);
        // Nothing is read after a fault that closes the connection.
        let closed = whole.iter().position(|found| matches!(found, Found::Closed(_) | Found::Ended));
        prop_assert!(closed.is_none_or(|at| at == whole.len() - 1));
    }

    #[test]
    fn any_bytes_at_all_are_read_to_an_end(stream in vec(any::<u8>(), 0..400), sizes in sizes()) {
        prop_assert_eq!(read(pieces(&stream, &sizes)), read([&stream[..]]));
    }

    #[test]
    fn any_bytes_behind_a_head_are_read_to_an_end(
        head in select(vec!["Content-Length: 60", "Transfer-Encoding: chunked"]),
        rest in vec(prop_oneof![any::<u8>(), select(b"\r\n0123456789abcdef;".to_vec())], 0..300),
        sizes in sizes(),
    ) {
        let mut stream = format!("POST / HTTP/1.1\r\nHost: h\r\n{head}\r\n\r\n").into_bytes();
        stream.extend(rest);
        prop_assert_eq!(read(pieces(&stream, &sizes)), read([&stream[..]]));
    }

    #[test]
    fn any_bytes_are_an_event_or_none(body in vec(any::<u8>(), 0..200)) {
        let _ = Event::parse(&body);
    }

    #[test]
    fn an_event_is_read_as_it_was_written(user in ".{1,60}", action in ".{0,60}", amount: i64, other in ".*") {
        prop_assume!(user.len() <= 256);
        let body = serde_json::json!({
            "user": user, "action": action, "amount": amount, "zother": [other, {"user": other}],
        });
        let event = Event::parse(body.to_string().as_bytes());
        prop_assert_eq!(event, Ok(Event { user, action, amount }));
    }

    #[test]
    fn encoded_replies_are_read_back(
        replies in vec((reply(), any::<[bool; 4]>()), 1..6),
        date in "[A-Z][a-z]{2}, [0-9]{2}",
    ) {
        let mut out = Vec::new();
        for (reply, [head_only, no_store, http10, close]) in replies.clone() {
            let exchange = Exchange { head_only, no_store, http10, close };
            encode(&mut out, &reply.reply, exchange, &date);
        }
        let mut rest = &out[..];
        for (reply, [head_only, no_store, http10, close]) in &replies {
            let (response, after) = Response::read(rest, *head_only).expect("an answer");
            prop_assert_eq!(response.field("cache-control"), no_store.then_some("no-store"));
            rest = after;
            prop_assert_eq!(response.field("date"), Some(&date[..]));
            let connection = if *close { Some("close") } else { http10.then_some("keep-alive") };
            prop_assert_eq!(response.field("connection"), connection);
            prop_assert_eq!(response.status, reply.status);
            let body = if *head_only { &[][..] } else { &reply.body };
            prop_assert_eq!(&response.body[..], body);
        }
        prop_assert!(rest.is_empty());
    }
}
