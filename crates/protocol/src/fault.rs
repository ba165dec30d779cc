//! Everything that can be wrong with a request, by cause, and the answer that each cause gets.

use serde::Serialize;

use crate::{Reply, Status};

/// What is wrong with a request. The sentence of each is the `detail` of its answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // each variant's sentence says what it is
pub enum Fault {
    // Not HTTP, or HTTP that two readers could read in two ways: 400, and nothing that follows on
    // the connection is read as a request.
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
    #[error("a chunk is longer than its size said (RFC 9112 section 7.1)")]
    ChunkEnd,
    #[error("the client stopped sending in the middle of the request")]
    Truncated,

    // Well-formed as far as it was read, and refused for its size, its time or its demands.
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
    #[error("only HTTP/1.x is spoken here")]
    UnsupportedVersion,
    #[error("no transfer coding but chunked is understood here")]
    UnsupportedEncoding,
    #[error("no expectation but 100-continue can be met")]
    ExpectationFailed,
    #[error("the body is larger than {} bytes", crate::limits::BODY)]
    BodyTooLarge,

    // Understood to its last byte, and refused for what it asks: the connection goes on.
    #[error("this method is not known here")]
    UnknownMethod,
    #[error("there is nothing at this path")]
    NotFound,
    #[error("this path allows {allow}")]
    MethodNotAllowed { allow: String },
    #[error("no content coding but identity is understood here (RFC 9110 section 15.5.16)")]
    ContentEncoding,
    #[error("{0}")]
    InvalidJson(String),
    #[error("the server has not the means to answer this now")]
    Unavailable,
}

impl Fault {
    /// The answer: status and `reason` by cause, the sentence as `detail`.
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
        let detail = &bounded(self.to_string());
        let reply = Reply::json(status, &Body { status: "error", reason, detail });
        match self {
            Fault::MethodNotAllowed { allow } => reply.with("Allow", allow.clone()),
            Fault::ContentEncoding => reply.with("Accept-Encoding", "identity"),
            Fault::Unavailable => reply.with("Retry-After", "1"),
            _ => reply,
        }
    }
}

/// The most bytes of a `detail`: it may quote the request, and an answer is no echo.
const DETAIL: usize = 200;

/// A sentence of at most [`DETAIL`] bytes: cut between two characters, marked where it was cut, and with
/// the place in the body, which serde_json names last.
fn bounded(sentence: String) -> String {
    const CUT: &str = "…";
    if sentence.len() <= DETAIL {
        return sentence;
    }
    let place = sentence.rfind(" at line ").map_or("", |at| &sentence[at..]);
    let place = if place.len() < DETAIL / 4 { place } else { "" };
    let most = DETAIL - CUT.len() - place.len();
    let cut = (0..=most).rev().find(|at| sentence.is_char_boundary(*at));
    let cut = cut.expect("0 is a boundary");
    [&sentence[..cut], CUT, place].concat()
}
