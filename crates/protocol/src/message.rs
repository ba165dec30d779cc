//! Evaluates a head: where the body ends, the request's destination, how to frame the answer.

use crate::body::{Body, Chunked};
use crate::framing::{Framing, framing};
use crate::head::{Fields, Head, Once};
use crate::route::{Destination, Routes};
use crate::{Exchange, Fault, Method, limits, target};

/// One request, borrowed from the buffer that it was read into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a, R> {
    /// The method. HEAD is served like GET; the encoder omits the body.
    pub method: Method,
    /// The resource that the path names; the query is ignored.
    pub resource: R,
    /// The request line and field lines as the client sent them, including the final empty line.
    pub head: &'a [u8],
    /// The body, without chunk framing.
    pub body: &'a [u8],
}

/// A request whose head is complete; its body may be incomplete.
#[derive(Debug)]
pub(crate) struct Message<R> {
    pub head: Head,
    pub body: Body,
    /// The destination or the refusal, reported once the body is read, so that the connection can
    /// stay open.
    pub destination: Result<Destination<R>, Fault>,
    pub exchange: Exchange,
    pub wants_continue: bool,
    pub complete: bool,
}

impl<R: Copy> Message<R> {
    /// Evaluates a head, in the contract's order of checks. `buf` starts with the head.
    pub fn admit(head: Head, buf: &[u8], routes: Routes<R>) -> Result<Message<R>, Fault> {
        let version = head.line.version;
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
        if fields.expects_more {
            return Err(Fault::ExpectationFailed);
        }
        // RFC 9110 §10.1.1: HTTP/1.0 has no interim answers.
        let wants_continue = fields.expects_continue && version.1 > 0;
        let path = &buf[head.line.path.clone()];
        let path = str::from_utf8(path).expect("a path is ASCII, as `target::path` has checked");
        let path = if path.is_empty() { "/" } else { path };
        // A coding is refused only if there is a body, and after faults of method and path.
        let refuses_coding = fields.is_encoded && framing != Framing::Length(0);
        let destination = routes
            .find(head.line.method, path)
            .and_then(|found| if refuses_coding { Err(Fault::ContentEncoding) } else { Ok(found) });
        let body = match framing {
            Framing::Length(length) if length > limits::BODY as u64 => {
                return Err(destination.err().unwrap_or(Fault::BodyTooLarge));
            }
            Framing::Length(length) => Body::Length(length as usize), // bounded by the arm above
            Framing::Chunked | Framing::CodedThenChunked => Body::Chunked(Chunked::new()),
        };
        if wants_continue && !matches!(body, Body::Length(0)) {
            // A refused client may or may not send the body, so the start of its next request would
            // be ambiguous.
            destination.clone()?;
        }
        let exchange = Exchange {
            head_only: head.line.method == Some(Method::Head),
            no_store: matches!(head.line.method, Some(Method::Get | Method::Head)),
            http10: version.1 == 0,
            // RFC 9112 §9.3: by default HTTP/1.1 stays open and HTTP/1.0 closes.
            close: fields.close || (version.1 == 0 && !fields.keep_alive),
        };
        Ok(Message { head, body, destination, exchange, wants_continue, complete: false })
    }

    /// Returns the request once it is complete, if its destination is a resource.
    pub fn request<'a>(&'a self, buf: &'a [u8]) -> Option<Request<'a, R>> {
        let Message { head, body, destination, complete: true, .. } = self else { return None };
        let Ok(Destination::Resource(method, resource)) = *destination else { return None };
        let (lines, rest) = buf.split_at(head.len);
        let head = &lines[head.line.range.start..]; // without the empty lines before it
        let body = match body {
            Body::Length(length) => &rest[..*length],
            Body::Chunked(chunked) => &chunked.content,
        };
        Some(Request { method, resource, head, body })
    }

    /// Returns the number of bytes it takes in the buffer. Chunks have been removed from there.
    pub fn len(&self) -> usize {
        self.head.len
            + match &self.body {
                Body::Length(length) => *length,
                Body::Chunked(_) => 0,
            }
    }
}
