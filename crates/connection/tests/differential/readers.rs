//! Reads a stream with the decoder, with the connection around it, and with hyper.

use std::cell::RefCell;
use std::io;
use std::iter::Cycle;
use std::pin::Pin;
use std::slice::Iter;
use std::task::{Context, Poll};
use std::time::Duration;

use connection::{Connection, Limits};
use http_body_util::BodyExt as _;
use hyper::Uri;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use protocol::{Decoder, Fault, Method, Progress, Reply, Routes, Status};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const ALL: &[Method] = &[Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];
/// Allows every known method on every path, so that routing makes no difference.
const ROUTES: Routes<&str> =
    Routes(&[("/", ALL, "/"), ("/balances", ALL, "/balances"), ("/things", ALL, "/things")]);

const LIMITS: Limits = Limits {
    max_connections: 1,
    request_timeout: Duration::from_secs(10),
    idle_timeout: Duration::from_secs(60),
    write_timeout: Duration::from_secs(10),
};

/// A request as one parser saw it.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub method: String,
    /// `None` if hyper's URI parser refuses it.
    pub target: Option<Uri>,
    pub version: String,
    /// `None` if the request was read and refused.
    pub body: Option<Vec<u8>>,
}

impl Seen {
    fn new(line: &[u8], body: Option<Vec<u8>>) -> Seen {
        let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
        let [method, target, version] = words[..] else { panic!("{line:?} is no request line") };
        let text = |word: &[u8]| String::from_utf8(word.to_vec()).unwrap();
        let target = Uri::try_from(target).ok();
        Seen { method: text(method), target, version: text(version), body }
    }

    /// Returns true if another parser saw the same. A difference in a body that was not returned
    /// shows in the start of the next request.
    pub fn is_the_same(&self, other: &Seen) -> bool {
        (&self.method, &self.target, &self.version)
            == (&other.method, &other.target, &other.version)
            && (self.body.is_none() || self.body == other.body)
    }
}

/// The result of reading a stream.
#[derive(Debug)]
pub struct Reading<E> {
    pub seen: Vec<Seen>,
    /// The fault that ended it; `None` if it read to the end, or to a request that closes.
    pub refused: Option<E>,
    /// True if a request closed the connection; unknown for hyper.
    pub ended: bool,
}

/// Reads a stream with the decoder.
pub fn decoder(bytes: &[u8]) -> Reading<Fault> {
    let mut decoder = Decoder::new(ROUTES);
    decoder.feed(bytes);
    let mut seen = Vec::new();
    let refused = loop {
        match decoder.advance() {
            Ok(Progress::Continue) => {}
            Ok(Progress::NeedMore) => {
                let over = decoder.is_idle() || decoder.is_closed();
                break (!over).then_some(Fault::Truncated);
            }
            Ok(Progress::Ready | Progress::Options(_) | Progress::Refused(_)) => {
                seen.push(seen_by(&decoder))
            }
            Err(fault) => break Some(fault),
        }
    };
    let ended = refused.is_none() && decoder.is_closed();
    Reading { seen, refused, ended }
}

fn seen_by(decoder: &Decoder<&'static str>) -> Seen {
    let request = decoder.request();
    let seen = Seen::new(decoder.request_line(), request.map(|request| request.body.to_vec()));
    if let (Some(request), Some(target)) = (request, &seen.target) {
        assert_eq!((request.method.name(), request.resource), (&*seen.method, target.path()));
    }
    seen
}

/// Reads a stream in pieces of these sizes with a connection. Returns the requests and the number
/// of answers.
pub async fn connection(bytes: &[u8], sizes: &[usize]) -> (Vec<Seen>, usize) {
    let mut stream = Stream { input: bytes, sizes: sizes.iter().cycle(), output: Vec::new() };
    let mut connection = Connection::new(&mut stream, ROUTES, LIMITS);
    let mut seen = Vec::new();
    while let Some(request) = connection.next().await {
        let line = request.head.split(|&byte| byte == b'\r').next().unwrap();
        seen.push(Seen::new(line, Some(request.body.to_vec())));
        connection.reply(&Reply::accepted(Status::Ok));
    }
    drop(connection);
    // Interim answers do not count.
    let written = String::from_utf8(stream.output).unwrap();
    (seen, written.matches("HTTP/1.1 ").count() - written.matches("HTTP/1.1 100 ").count())
}

/// Reads a stream with hyper: defaults, but a client may close its sending side.
pub async fn hyper(bytes: &[u8]) -> Reading<hyper::Error> {
    let seen = RefCell::new(Vec::new());
    let service = hyper::service::service_fn(async |request: hyper::Request<Incoming>| {
        let (head, body) = request.into_parts();
        let (method, version) = (head.method.to_string(), format!("{:?}", head.version));
        // Do not open a tunnel.
        let status = if method == "CONNECT" { 501 } else { 200 };
        let body = Some(body.collect().await?.to_bytes().to_vec());
        seen.borrow_mut().push(Seen { method, target: Some(head.uri), version, body });
        let response = hyper::Response::builder().status(status).body(String::new());
        Ok::<_, hyper::Error>(response.unwrap())
    });
    let stream = Stream { input: bytes, sizes: [usize::MAX].iter().cycle(), output: Vec::new() };
    let mut builder = hyper::server::conn::http1::Builder::new();
    let refused =
        builder.half_close(true).serve_connection(TokioIo::new(stream), service).await.err();
    Reading { seen: seen.into_inner(), refused, ended: false }
}

/// A stream in memory that yields its bytes in pieces of these sizes, and accepts all output.
struct Stream<'a> {
    input: &'a [u8],
    sizes: Cycle<Iter<'a, usize>>,
    output: Vec<u8>,
}

impl Stream<'_> {
    fn piece(&mut self, room: usize) -> &[u8] {
        let size = self.sizes.next().map_or(room, |&size| size.min(room));
        let (piece, rest) = self.input.split_at(size.min(self.input.len()));
        self.input = rest;
        piece
    }

    fn take(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.output.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }
}

impl AsyncRead for Stream<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        buf.put_slice(self.piece(buf.remaining()));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream<'_> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.take(bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
