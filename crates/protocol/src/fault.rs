//! The faults of a request, by cause, and the answer to each.

use serde::Serialize;

use crate::{Reply, Status};

/// A fault of a request. Its message is the `detail` of the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the messages describe the variants
pub enum Fault {
    // Not HTTP, or ambiguous: 400, and nothing that follows on the connection is read as a request.
    #[error("more than {} empty lines before the request", crate::limits::EMPTY_LINES)]
    EmptyLines,
    #[error("a control character in the head")]
    ControlCharacter,
    #[error("a line ends in LF without CR (RFC 9112 section 2.2)")]
    BareLf,
    #[error("CR without LF (RFC 9112 section 2.2)")]
    BareCr,
    #[error("the request line is not `method SP target SP HTTP/d.d` (RFC 9112 section 3)")]
    RequestLine,
    #[error("the request target is neither a path nor an absolute http URI (RFC 9112 section 3.2)")]
    Target,
    #[error("a field line is not `name: value` (RFC 9112 section 5)")]
    FieldLine,
    #[error("Host is missing (RFC 9112 section 3.2)")]
    HostMissing,
    #[error("Host is given twice (RFC 9112 section 3.2)")]
    HostRepeated,
    #[error("Host is not a host and port (RFC 9112 section 3.2)")]
    HostInvalid,
    #[error("Content-Length is given twice (RFC 9112 section 6.3)")]
    LengthRepeated,
    #[error("Content-Length is not a decimal number of bytes (RFC 9112 section 6.3)")]
    LengthInvalid,
    #[error("Content-Length beside Transfer-Encoding (RFC 9112 section 6.3)")]
    LengthAndCoding,
    #[error("Transfer-Encoding is given twice")]
    CodingRepeated,
    #[error("Transfer-Encoding in HTTP/1.0 (RFC 9112 section 6.1)")]
    CodingInHttp10,
    #[error("chunked is not the last transfer coding (RFC 9112 section 6.3)")]
    ChunkedNotLast,
    #[error("a chunk size is not a short hexadecimal number (RFC 9112 section 7.1)")]
    ChunkSize,
    #[error("a chunk extension is malformed or too long (RFC 9112 section 7.1.1)")]
    ChunkExtension,
    #[error("a chunk is longer than its declared size (RFC 9112 section 7.1)")]
    ChunkEnd,
    #[error("the client stopped sending in the middle of the request")]
    Truncated,

    // Well-formed as far as it was read, but too large, too slow or not supported.
    #[error("the request line is longer than {} bytes", crate::limits::REQUEST_LINE)]
    UriTooLong,
    #[error(
        "the head is larger than {} bytes or {} fields",
        crate::limits::HEAD,
        crate::limits::FIELDS
    )]
    HeadersTooLarge,
    #[error("the request was not complete in time")]
    RequestTimeout,
    #[error("only HTTP/1.x is supported")]
    UnsupportedVersion,
    #[error("no transfer coding other than chunked is supported")]
    UnsupportedEncoding,
    #[error("no expectation other than 100-continue is supported")]
    ExpectationFailed,
    #[error("the body is larger than {} bytes", crate::limits::BODY)]
    BodyTooLarge,

    // Read completely, then refused: the connection stays open.
    #[error("unknown method")]
    UnknownMethod,
    #[error("no resource at this path")]
    NotFound,
    #[error("this path allows {allow}")]
    MethodNotAllowed { allow: String },
    #[error("no content coding other than identity is supported (RFC 9110 section 15.5.16)")]
    ContentEncoding,
    #[error("{0}")]
    InvalidJson(String),
    #[error("the server lacks the resources to answer this request now")]
    Unavailable,
}

impl Fault {
    /// Returns the answer: status and `reason` by cause, the message as `detail`.
    pub fn reply(&self) -> Reply {
        let (status, reason) = match self {
            Fault::UriTooLong => (Status::UriTooLong, "uri_too_long"),
            Fault::HeadersTooLarge => (Status::HeadersTooLarge, "headers_too_large"),
            Fault::RequestTimeout => (Status::RequestTimeout, "request_timeout"),
            Fault::UnsupportedVersion => (Status::VersionNotSupported, "unsupported_version"),
            Fault::UnsupportedEncoding => (Status::NotImplemented, "unsupported_encoding"),
            Fault::ExpectationFailed => (Status::ExpectationFailed, "expectation_failed"),
            Fault::BodyTooLarge => (Status::ContentTooLarge, "body_too_large"),
            Fault::UnknownMethod => (Status::NotImplemented, "unknown_method"),
            Fault::NotFound => (Status::NotFound, "not_found"),
            Fault::MethodNotAllowed { .. } => (Status::MethodNotAllowed, "method_not_allowed"),
            Fault::ContentEncoding => (Status::UnsupportedMediaType, "unsupported_encoding"),
            Fault::InvalidJson(_) => (Status::BadRequest, "invalid_json"),
            Fault::Unavailable => (Status::ServiceUnavailable, "unavailable"),
            Fault::EmptyLines
            | Fault::ControlCharacter
            | Fault::BareLf
            | Fault::BareCr
            | Fault::RequestLine
            | Fault::Target
            | Fault::FieldLine
            | Fault::HostMissing
            | Fault::HostRepeated
            | Fault::HostInvalid
            | Fault::LengthRepeated
            | Fault::LengthInvalid
            | Fault::LengthAndCoding
            | Fault::CodingRepeated
            | Fault::CodingInHttp10
            | Fault::ChunkedNotLast
            | Fault::ChunkSize
            | Fault::ChunkExtension
            | Fault::ChunkEnd
            | Fault::Truncated => (Status::BadRequest, "invalid_http"),
        };
        #[derive(Serialize)]
        struct Body<'a> {
            status: &'static str,
            reason: &'static str,
            detail: &'a str,
        }
        let detail = &truncate(self.to_string());
        let reply = Reply::json(status, &Body { status: "error", reason, detail });
        match self {
            Fault::MethodNotAllowed { allow } => reply.with("Allow", allow.clone()),
            Fault::ContentEncoding => reply.with("Accept-Encoding", "identity"),
            Fault::Unavailable => reply.with("Retry-After", "1"),
            _ => reply,
        }
    }
}

/// The maximum length of a `detail` in bytes: it may quote the request.
const DETAIL: usize = 200;

/// Shortens a message to [`DETAIL`] bytes at a character boundary, with "…" for the omitted part.
/// The position in the body, which serde_json appends, is kept.
fn truncate(message: String) -> String {
    const CUT: &str = "…";
    if message.len() <= DETAIL {
        return message;
    }
    let position = message.rfind(" at line ").map_or("", |at| &message[at..]);
    let position = if position.len() < DETAIL / 4 { position } else { "" };
    let most = DETAIL - CUT.len() - position.len();
    let cut = (0..=most).rev().find(|at| message.is_char_boundary(*at));
    let cut = cut.expect("0 is a boundary");
    [&message[..cut], CUT, position].concat()
}
