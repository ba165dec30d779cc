//! The state machine from bytes to requests.

use crate::body::{Body, Chunked};
use crate::framing::{Framing, framing};
use crate::head::{Fields, Head, HeadReader, Once};
use crate::{Exchange, Fault, Method, Routes, limits, target};

/// Reads the requests of one connection.
///
/// [`feed`](Decoder::feed) bytes as they come, then [`advance`](Decoder::advance) until it says
/// [`Progress::NeedMore`]. What the bytes mean does not depend on how they were cut.
#[derive(Debug)]
pub struct Decoder {
    routes: Routes,
    buf: Vec<u8>,
    /// Where in `buf` the current request starts; every other place is counted from here.
    start: usize,
    phase: Phase,
    exchange: Exchange,
}

/// What [`Decoder::advance`] came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// The bytes end before the request does.
    NeedMore,
    /// The client waits for `100 Continue` before it sends the body; the request then goes on.
    Continue,
    /// [`Decoder::request`] has a request, until the next call of `advance`.
    Ready,
    /// The request was read to its end and is refused; the next one can follow.
    Refused(Fault),
}

/// One request, borrowed from the buffer that it was read into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// The method. HEAD is served as GET is: the encoder leaves out the body.
    pub method: Method,
    /// The path without its query: one of the server's routes, or `*`.
    pub path: &'static str,
    /// Request line and field lines as the client wrote them, with the empty line at the end.
    pub head: &'a [u8],
    /// The body, out of its chunks.
    pub body: &'a [u8],
}

#[derive(Debug)]
enum Phase {
    Head(HeadReader),
    Body(Message),
    Closed,
}

/// A request whose head is read and whose body may not be.
#[derive(Debug)]
struct Message {
    head: Head,
    body: Body,
    /// Where it goes, or why it goes nowhere: said once the body is read, so that the connection
    /// can go on.
    destination: Result<(Method, &'static str), Fault>,
    wants_continue: bool,
    complete: bool,
}

impl Decoder {
    /// A decoder for a server with these routes.
    pub fn new(routes: Routes) -> Decoder {
        Decoder {
            routes,
            buf: Vec::new(),
            start: 0,
            phase: Phase::Head(HeadReader::default()),
            exchange: Exchange::default(),
        }
    }

    /// Takes the next bytes of the connection; none are kept once it [is closed](Self::is_closed).
    pub fn feed(&mut self, bytes: &[u8]) {
        if !self.is_closed() {
            self.buf.drain(..std::mem::take(&mut self.start));
            self.buf.extend_from_slice(bytes);
        }
    }

    /// Goes on to the next request; the one that was ready is done with.
    ///
    /// # Errors
    /// A fault after which no byte of this connection is read as a request.
    pub fn advance(&mut self) -> Result<Progress, Fault> {
        if let Phase::Body(message) = &self.phase
            && message.complete
        {
            self.start += message.len();
            self.next_request();
        }
        self.step().inspect_err(|_| self.close())
    }

    fn step(&mut self) -> Result<Progress, Fault> {
        if let Phase::Head(reader) = &mut self.phase {
            let Some(head) = reader.read(&self.buf[self.start..])? else {
                return Ok(Progress::NeedMore);
            };
            let message = self.admit(head)?;
            self.phase = Phase::Body(message);
        }
        let Phase::Body(message) = &mut self.phase else { return Ok(Progress::NeedMore) };
        let complete = match message.body.read(&mut self.buf, self.start + message.head.len) {
            // Refused before its body was looked at, and so large that reading on is no use.
            Err(Fault::BodyTooLarge) => {
                return Err(message.destination.clone().err().unwrap_or(Fault::BodyTooLarge));
            }
            complete => complete?,
        };
        if complete {
            message.complete = true;
            return Ok(message
                .destination
                .clone()
                .map_or_else(Progress::Refused, |_| Progress::Ready));
        }
        if std::mem::take(&mut message.wants_continue) {
            // Refused: the client is told so instead of being asked for the body.
            message.destination.clone()?;
            return Ok(Progress::Continue);
        }
        Ok(Progress::NeedMore)
    }

    /// Decides what a head means, in the order of the contract.
    fn admit(&mut self, head: Head) -> Result<Message, Fault> {
        let buf = &self.buf[self.start..];
        let version = head.line.version;
        self.exchange.head_only = head.line.method == Some(Method::Head);
        self.exchange.http10 = version == (1, 0);
        let fields = Fields::parse(&buf[head.fields.clone()])?;
        match fields.host {
            Once::Absent if version.0 == 1 && version.1 > 0 => return Err(Fault::HostMissing),
            Once::Repeated => return Err(Fault::HostRepeated),
            Once::Given(host) if !target::is_host(host) => return Err(Fault::HostInvalid),
            _ => {}
        }
        let framing = framing(&fields, version)?;
        if version.0 != 1 {
            return Err(Fault::UnsupportedVersion);
        }
        if framing == Framing::CodedThenChunked {
            return Err(Fault::UnsupportedEncoding);
        }
        let wants_continue = match fields.expect {
            Once::Absent => false,
            Once::Given(value) if value.eq_ignore_ascii_case(b"100-continue") => version.1 > 0,
            _ => return Err(Fault::ExpectationFailed),
        };
        // The target was checked to be ASCII.
        let path = str::from_utf8(&buf[head.line.path.clone()]).unwrap_or_default();
        let path = if path.is_empty() { "/" } else { path };
        let found = self.routes.find(head.line.method, path);
        let destination = found.and_then(|path| {
            head.line.method.map(|method| (method, path)).ok_or(Fault::UnknownMethod)
        });
        let body = match framing {
            Framing::Length(length) if length > limits::BODY as u64 => {
                return Err(destination.err().unwrap_or(Fault::BodyTooLarge));
            }
            Framing::Length(length) => Body::Length(length as usize), // bounded by the arm above
            Framing::Chunked | Framing::CodedThenChunked => Body::Chunked(Chunked::new()),
        };
        // RFC 9112 §9.3: HTTP/1.1 stays open unless told otherwise, HTTP/1.0 closes unless asked.
        self.exchange.close = fields.close || (version.1 == 0 && !fields.keep_alive);
        Ok(Message { head, body, destination, wants_continue, complete: false })
    }

    fn next_request(&mut self) {
        if self.exchange.close {
            return self.close();
        }
        self.exchange = Exchange::default();
        self.phase = Phase::Head(HeadReader::default());
        if self.start == self.buf.len() {
            self.start = 0;
            self.buf = Vec::new(); // an idle connection keeps no buffer
        }
    }

    /// The request that [`advance`](Self::advance) found ready; `None` at any other time.
    pub fn request(&self) -> Option<Request<'_>> {
        let Phase::Body(message) = &self.phase else { return None };
        let Message { head, body, destination: Ok((method, path)), complete: true, .. } = message
        else {
            return None;
        };
        let (lines, rest) = self.buf[self.start..].split_at(head.len);
        let head = &lines[head.line.range.start..]; // without the empty lines before it
        let body = match body {
            Body::Length(length) => &rest[..*length],
            Body::Chunked(chunked) => &chunked.content,
        };
        Some(Request { method: *method, path, head, body })
    }

    /// The request line as the client wrote it, for a log; empty before it and after a fault.
    pub fn request_line(&self) -> &str {
        let Phase::Body(message) = &self.phase else { return "" };
        let line = &self.buf[self.start..][message.head.line.range.clone()];
        str::from_utf8(line).unwrap_or_default() // it was checked to be ASCII
    }

    /// How the answer to the current request has to be framed.
    pub fn exchange(&self) -> Exchange {
        self.exchange
    }

    /// Whether the connection is between two requests, with nothing of the next one read.
    pub fn is_idle(&self) -> bool {
        let untouched = matches!(&self.phase, Phase::Head(reader) if reader.is_untouched());
        untouched && self.start == self.buf.len()
    }

    /// Whether the head of the current request is still to come, in part or whole.
    pub fn is_before_body(&self) -> bool {
        matches!(self.phase, Phase::Head(_))
    }

    /// Whether no further request will be read.
    pub fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed)
    }

    /// Reads no further request; the next answer is the connection's last.
    pub fn close(&mut self) {
        self.exchange.close = true;
        self.phase = Phase::Closed;
        self.start = 0;
        self.buf = Vec::new();
    }
}

impl Message {
    /// The bytes of the buffer that belong to it: chunks have left it already.
    fn len(&self) -> usize {
        self.head.len
            + match &self.body {
                Body::Length(length) => *length,
                Body::Chunked(_) => 0,
            }
    }
}
