//! Strategies that generate requests, streams and replies.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use protocol::{Exposition, Method, Rejection, Reply, Status};

use crate::stream::{Found, ROUTES};

/// A valid request: its bytes, and the expected result.
#[derive(Debug, Clone)]
pub struct Sent {
    pub bytes: Vec<u8>,
    pub found: Found,
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
    pub fn request()(
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
pub fn nearly_requests() -> impl Strategy<Value = Vec<u8>> {
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
pub enum Mutation {
    Replace(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    /// Repeats a part of the stream at another place.
    Copy(Index, Index, usize),
    Cut(Index),
}

pub fn mutation() -> impl Strategy<Value = Mutation> {
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

pub fn mutate(mut bytes: Vec<u8>, mutations: &[Mutation]) -> Vec<u8> {
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

/// A reply with the status and body that a client must read.
#[derive(Debug, Clone)]
pub struct Sample {
    pub reply: Reply,
    pub status: u16,
    pub body: Vec<u8>,
}

pub fn reply() -> impl Strategy<Value = Sample> {
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
