//! The state machine from bytes to requests.

use crate::head::HeadReader;
use crate::message::Message;
use crate::route::{Destination, Routes};
use crate::{Exchange, Fault, Request};

/// Reads the requests of one connection.
///
/// [`feed`](Decoder::feed) bytes as they arrive, then call [`advance`](Decoder::advance) until it
/// returns [`Progress::NeedMore`]. The result does not depend on how the bytes were split.
#[derive(Debug)]
pub struct Decoder<R: 'static> {
    routes: Routes<R>,
    buf: Vec<u8>,
    /// The start of the current request in `buf`; every other offset is relative to it.
    start: usize,
    phase: Phase<R>,
    exchange: Exchange,
}

/// The result of [`Decoder::advance`].
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// The request is incomplete.
    NeedMore,
    /// The client waits for `100 Continue` before it sends the body.
    Continue,
    /// [`Decoder::request`] returns a request until the next call of `advance`.
    Ready,
    /// An OPTIONS request was read completely; contains the value of `Allow`.
    Options(String),
    /// The request was read completely and is refused; another one can follow.
    Refused(Fault),
}

#[derive(Debug)]
enum Phase<R> {
    Head(HeadReader),
    Body(Message<R>),
    Closed,
}

impl<R: Copy> Decoder<R> {
    /// Creates a decoder for a server with these routes.
    pub fn new(routes: Routes<R>) -> Decoder<R> {
        Decoder {
            routes,
            buf: Vec::new(),
            start: 0,
            phase: Phase::Head(HeadReader::default()),
            exchange: Exchange::default(),
        }
    }

    /// Appends the next bytes of the connection; ignores them once it [is closed](Self::is_closed).
    pub fn feed(&mut self, bytes: &[u8]) {
        if !self.is_closed() {
            self.buf.drain(..std::mem::take(&mut self.start));
            self.buf.extend_from_slice(bytes);
        }
    }

    /// Continues with the current request, or with the next one if the current one was complete.
    ///
    /// # Errors
    /// A fault after which no further byte of this connection is read as a request.
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
            let message = Message::admit(head, &self.buf[self.start..], self.routes)?;
            self.exchange = message.exchange;
            self.phase = Phase::Body(message);
        }
        let Phase::Body(message) = &mut self.phase else { return Ok(Progress::NeedMore) };
        let complete = match message.body.read(&mut self.buf, self.start + message.head.len) {
            // The body is too large to skip: report an earlier refusal if there is one.
            Err(Fault::BodyTooLarge) => {
                return Err(message.destination.clone().err().unwrap_or(Fault::BodyTooLarge));
            }
            complete => complete?,
        };
        if complete {
            message.complete = true;
            return Ok(match &message.destination {
                Ok(Destination::Resource(..)) => Progress::Ready,
                Ok(Destination::Options(allow)) => Progress::Options(allow.clone()),
                Err(fault) => Progress::Refused(fault.clone()),
            });
        }
        let asked = std::mem::take(&mut message.wants_continue);
        Ok(if asked { Progress::Continue } else { Progress::NeedMore })
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

    /// Returns the request after [`Progress::Ready`], and `None` at any other time.
    pub fn request(&self) -> Option<Request<'_, R>> {
        match &self.phase {
            Phase::Body(message) => message.request(&self.buf[self.start..]),
            _ => None,
        }
    }

    /// Returns the request line as the client sent it, for logging; empty before it is read and
    /// after a fault. A query may contain any byte from 0x80 on.
    pub fn request_line(&self) -> &[u8] {
        let Phase::Body(message) = &self.phase else { return b"" };
        &self.buf[self.start..][message.head.line.range.clone()]
    }

    /// Returns the properties of the current request that its answer depends on.
    pub fn exchange(&self) -> Exchange {
        self.exchange
    }

    /// Returns true between two requests. Empty lines do not count as the start of a request: some
    /// clients send one after a body.
    pub fn is_idle(&self) -> bool {
        let unread = self.buf.len() - self.start;
        matches!(&self.phase, Phase::Head(reader) if reader.is_before_request(unread))
    }

    /// Returns the number of bytes held: the current request's head and body, and any bytes after
    /// it.
    pub fn buffered(&self) -> usize {
        let content = match &self.phase {
            Phase::Body(message) => message.body.decoded_len(),
            _ => 0,
        };
        self.buf.len() + content
    }

    /// Returns true while the head of the current request is incomplete.
    pub fn is_before_body(&self) -> bool {
        matches!(self.phase, Phase::Head(_))
    }

    /// Returns true when no further request will be read.
    pub fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed)
    }

    /// Stops reading requests; the next answer is the connection's last.
    pub fn close(&mut self) {
        // The answer to a HEAD request has no body, even if the request is incomplete.
        let unread = self.buf[self.start..].trim_ascii_start();
        self.exchange.head_only |= unread.starts_with(b"HEAD ");
        self.exchange.no_store |= unread.starts_with(b"GET ") || unread.starts_with(b"HEAD ");
        self.exchange.close = true;
        self.phase = Phase::Closed;
        self.start = 0;
        self.buf = Vec::new();
    }
}
