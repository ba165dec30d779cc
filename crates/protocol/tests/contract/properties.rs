//! Properties of every stream, checked with generated ones.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use protocol::{Event, Exchange, Exposition, Method, Rejection, Reply, Status, encode};

use crate::response::Response;
use crate::stream::{Found, ROUTES, read};

/// A valid request: its bytes, and the expected result.
#[derive(Debug, Clone)]
struct Sent {
    bytes: Vec<u8>,
    found: Found,
}

/// The encoding of a body on the wire.
#[derive(Debug, Clone)]
enum Framed {
    None,
    Length,
    /// The sizes of the chunks, the extension of each, and the trailers.
    Chunked {
        sizes: Vec<usize>,
        extension: String,
        trailers: Vec<String>,
    },
}

/// Generates a method, its route and a target for it.
fn line() -> impl Strategy<Value = (Method, &'static str, String)> {
    let routes = select(vec![
        (Method::Post, "/"),
        (Method::Get, "/balances"),
        (Method::Head, "/balances"),
        (Method::Options, "/balances"),
        (Method::Put, "/things"),
        (Method::Patch, "/things"),
        (Method::Delete, "/things"),
    ]);
    let origin = select(vec!["", "", "http://h", "HTTP://h.example:80", "https://[::1]"]);
    (routes, origin, "(\\?[a-zA-Z0-9=&/?%.~-]{0,20})?").prop_map(
        |((method, path), origin, query)| (method, path, format!("{origin}{path}{query}")),
    )
}

/// Changes the case of some letters.
fn in_any_case(name: &'static str) -> impl Strategy<Value = String> {
    vec(any::<bool>(), name.len()).prop_map(move |upper| {
        let letters = name.chars().zip(upper);
        letters
            .map(|(c, up)| if up { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
            .collect()
    })
}

fn field(name: &'static str, value: String) -> impl Strategy<Value = String> {
    (in_any_case(name), "[ \t]{0,3}", "[ \t]{0,3}")
        .prop_map(move |(name, before, after)| format!("{name}:{before}{value}{after}\r\n"))
}

/// Generates a field that the server ignores.
fn other_field() -> impl Strategy<Value = String> {
    ("X-[a-zA-Z0-9!#$%&'*+.^_`|~-]{0,12}", "[ \t]{0,2}", "[!-~]{0,10}([ \t][!-~]{1,10})?")
        .prop_map(|(name, space, value)| format!("{name}:{space}{value}\r\n"))
}

fn framed() -> impl Strategy<Value = Framed> {
    let chunked = (
        vec(1_usize..40, 0..8),
        "(;[a-z]{1,5}(=[a-zA-Z0-9]{1,5}|=\"[a-z ;,]{0,5}\")?){0,2}",
        vec(other_field(), 0..3),
    );
    prop_oneof![
        Just(Framed::None),
        Just(Framed::Length),
        chunked.prop_map(|(sizes, extension, trailers)| Framed::Chunked {
            sizes,
            extension,
            trailers
        }),
    ]
}

fn body_bytes(body: &[u8], framed: &Framed) -> Vec<u8> {
    let Framed::Chunked { sizes, extension, trailers } = framed else { return body.to_vec() };
    let mut bytes = Vec::new();
    let mut left = body;
    let mut sizes = sizes.iter().copied();
    while !left.is_empty() {
        let size = sizes.next().unwrap_or(left.len()).min(left.len());
        let (chunk, rest) = left.split_at(size);
        bytes.extend(format!("{size:x}{extension}\r\n").bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
        left = rest;
    }
    bytes.extend(format!("0{extension}\r\n{}\r\n", trailers.concat()).bytes());
    bytes
}

prop_compose! {
    fn request()(
        (method, path, target) in line(),
        framed in framed(),
        body in vec(any::<u8>(), 0..120),
    )(
        host in field("host", "h.example:8080".to_owned()),
        framing in match &framed {
            Framed::None => Just(String::new()).boxed(),
            Framed::Length => field("content-length", body.len().to_string()).boxed(),
            Framed::Chunked { .. } => field("transfer-encoding", "chunked".to_owned()).boxed(),
        },
        others in vec(other_field(), 0..6),
        empty_lines in 0_usize..4,
        order in Just(vec![0, 1, 2]).prop_shuffle(),
        (method, path, target, framed, body) in Just((method, path, target, framed, body)),
    ) -> Sent {
        let body = if matches!(framed, Framed::None) { Vec::new() } else { body };
        let fields = [host, framing, others.concat()];
        let fields: String = order.iter().map(|&at| fields[at].as_str()).collect();
        let head = format!("{} {target} HTTP/1.1\r\n{fields}\r\n", method.name()).into_bytes();
        let mut bytes = b"\r\n".repeat(empty_lines);
        bytes.extend(&head);
        bytes.extend(body_bytes(&body, &framed));
        let found = match method {
            Method::Options => Found::Options(ROUTES.allow(path)),
            _ => Found::Request { method, path, head, body },
        };
        Sent { bytes, found }
    }
}

/// Combines parts of requests, valid and invalid, at random.
fn nearly_requests() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&[u8]> = vec![
        b"GET /balances HTTP/1.1\r\n",
        b"POST / HTTP/1.1\r\n",
        b"POST / HTTP/1.0\r\n",
        b"HEAD /x HTTP/1.1\r\n",
        b"OPTIONS * HTTP/1.1\r\n",
        b"Host: h\r\n",
        b"Host: h\r\n\r\n",
        b"Content-Length: 5\r\n",
        b"\r\n\r\nhello",
        b"Content-Length: 0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n",
        b"5\r\nhello\r\n",
        b"0\r\n\r\n",
        b"0\r\n",
        b"1;x=y\r\nz\r\n",
        b"A: b\r\n",
        b"Expect: 100-continue\r\n",
        b"Connection: close\r\n",
        b"Connection: keep-alive\r\n",
        b"\r\n",
        b"\r",
        b"\n",
        b" ",
        b"\t",
        b"\0",
        b"\xff",
        b"ffffffffffffffff\r\n",
        b"Content-Length: 70000\r\n",
        b"Content-Length: +5\r\n",
        b":",
        b"hello",
    ];
    vec(select(words), 0..14).prop_map(|words| words.concat())
}

/// A random change to a stream.
#[derive(Debug, Clone)]
enum Mutation {
    Replace(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    /// Repeats a part of the stream at another place.
    Copy(Index, Index, usize),
    Cut(Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let telling = select(b"\r\n \t:;,+-0159afxAF/\0\x7f\x80\"".to_vec());
    let byte = prop_oneof![3 => telling, 1 => any::<u8>()].boxed();
    prop_oneof![
        (any::<Index>(), byte.clone()).prop_map(|(at, byte)| Mutation::Replace(at, byte)),
        (any::<Index>(), byte).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        any::<Index>().prop_map(Mutation::Remove),
        (any::<Index>(), any::<Index>(), 1_usize..60)
            .prop_map(|(from, to, len)| Mutation::Copy(from, to, len)),
        any::<Index>().prop_map(Mutation::Cut),
    ]
}

fn mutate(mut bytes: Vec<u8>, mutations: &[Mutation]) -> Vec<u8> {
    for mutation in mutations {
        if bytes.is_empty() {
            break;
        }
        let at = |index: &Index| index.index(bytes.len());
        match mutation {
            Mutation::Replace(index, byte) => {
                let at = at(index);
                bytes[at] = *byte;
            }
            Mutation::Insert(index, byte) => bytes.insert(at(index), *byte),
            Mutation::Remove(index) => drop(bytes.remove(at(index))),
            Mutation::Copy(from, to, len) => {
                let (from, to) = (at(from), at(to));
                let part = bytes[from..(from + len).min(bytes.len())].to_vec();
                bytes.splice(to..to, part);
            }
            Mutation::Cut(index) => bytes.truncate(at(index)),
        }
    }
    bytes
}

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

/// A reply with the status and body that a client must read.
#[derive(Debug, Clone)]
struct Sample {
    reply: Reply,
    status: u16,
    body: Vec<u8>,
}

fn reply() -> impl Strategy<Value = Sample> {
    let sample = |reply, status, body: &[u8]| Sample { reply, status, body: body.to_vec() };
    prop_oneof![
        ".*".prop_map(move |text| {
            let body = serde_json::to_vec(&text).expect("a string is JSON");
            sample(Reply::json(Status::Ok, &text), 200, &body)
        }),
        any::<u64>().prop_map(move |value| {
            let metrics = Exposition::default().gauge("a", "A.", value);
            let text = metrics.clone().into_text();
            sample(Reply::prometheus(metrics), 200, text.as_bytes())
        }),
        Just(sample(Reply::options("GET, HEAD".to_owned()), 204, b"")),
        Just(sample(Reply::accepted(Status::Accepted), 202, br#"{"status":"accepted"}"#)),
        Just(sample(
            Reply::rejected(Rejection::ServerBusy),
            503,
            br#"{"status":"rejected","reason":"server_busy"}"#,
        )),
    ]
}
