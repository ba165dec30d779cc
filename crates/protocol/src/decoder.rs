//! The state machine from bytes to requests.

use crate::head::HeadReader;
use crate::message::Message;
use crate::route::{Destination, Routes};
use crate::{Exchange, Fault, Request};

/// Reads the requests of one connection.
///
/// [`feed`](Decoder::feed) bytes as they come, then [`advance`](Decoder::advance) until it says
/// [`Progress::NeedMore`]. What the bytes mean does not depend on how they were cut.
#[derive(Debug)]
pub struct Decoder<R: 'static> {
    routes: Routes<R>,
    buf: Vec<u8>,
    /// Where in `buf` the current request starts; every other place is counted from here.
    start: usize,
    phase: Phase<R>,
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
    /// The request was read to its end and asks what is allowed: the value of `Allow`.
    Options(String),
    /// The request was read to its end and is refused; the next one can follow.
    Refused(Fault),
}

#[derive(Debug)]
enum Phase<R> {
    Head(HeadReader),
    Body(Message<R>),
    Closed,
}

impl<R: Copy> Decoder<R> {
    /// A decoder for a server with these routes.
    pub fn new(routes: Routes<R>) -> Decoder<R> {
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
            let message = Message::admit(head, &self.buf[self.start..], self.routes)?;
            self.exchange = message.exchange;
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

    /// The request that [`advance`](Self::advance) found ready; `None` at any other time.
    pub fn request(&self) -> Option<Request<'_, R>> {
        match &self.phase {
            Phase::Body(message) => message.request(&self.buf[self.start..]),
            _ => None,
        }
    }

    /// The request line as the client wrote it, for a log; empty before it and after a fault.
    /// A query may have any byte from 0x80 on.
    pub fn request_line(&self) -> &[u8] {
        let Phase::Body(message) = &self.phase else { return b"" };
        &self.buf[self.start..][message.head.line.range.clone()]
    }

    /// How the answer to the current request has to be framed.
    pub fn exchange(&self) -> Exchange {
        self.exchange
    }

    /// Whether the connection is between two requests, with nothing of the next one read but empty
    /// lines: some clients end a body with one.
    pub fn is_idle(&self) -> bool {
        let unread = self.buf.len() - self.start;
        matches!(&self.phase, Phase::Head(reader) if reader.is_before_request(unread))
    }

    /// Bytes that are held: of the current request, what its head and body take; besides, whatever
    /// was fed beyond it.
    pub fn buffered(&self) -> usize {
        let content = match &self.phase {
            Phase::Body(message) => message.body.taken_out(),
            _ => 0,
        };
        self.buf.len() + content
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
        // However far a HEAD request came, its answer has no body.
        let unread = self.buf[self.start..].trim_ascii_start();
        self.exchange.head_only |= unread.starts_with(b"HEAD ");
        self.exchange.no_store |= unread.starts_with(b"GET ") || unread.starts_with(b"HEAD ");
        self.exchange.close = true;
        self.phase = Phase::Closed;
        self.start = 0;
        self.buf = Vec::new();
    }
}
