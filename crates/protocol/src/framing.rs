//! Decides where a request's body ends.

use crate::Fault;
use crate::head::{Fields, Once};

/// The length of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// The number of bytes; 0 also when neither field is given.
    Length(u64),
    /// Chunks, up to one of size zero.
    Chunked,
    /// Chunks whose content has another coding, which is not decoded here.
    CodedThenChunked,
}

/// Decides by RFC 9112 §6.3, and refuses where that leaves a choice: a server that guesses where a
/// request ends lets one client write the beginning of another client's request.
pub(crate) fn framing(fields: &Fields<'_>, version: (u8, u8)) -> Result<Framing, Fault> {
    match (fields.transfer_encoding, fields.content_length) {
        (Once::Repeated, _) => Err(Fault::CodingRepeated),
        // Step 3: both fields together are a sign of request smuggling.
        (Once::Given(_), Once::Given(_) | Once::Repeated) => Err(Fault::LengthAndCoding),
        // §6.1: a recipient that speaks only HTTP/1.0 would not have seen the field.
        (Once::Given(_), _) if version == (1, 0) => Err(Fault::CodingInHttp10),
        // Step 4: chunked must come last, and once.
        (Once::Given(codings), Once::Absent) => {
            let mut codings = codings.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).rev();
            let chunked = |coding: &[u8]| coding.eq_ignore_ascii_case(b"chunked");
            match codings.next() {
                Some(last) if !chunked(last) => Err(Fault::ChunkedNotLast),
                _ if codings.clone().any(|coding| chunked(coding) || coding.is_empty()) => {
                    Err(Fault::ChunkedNotLast)
                }
                _ if codings.next().is_some() => Ok(Framing::CodedThenChunked),
                _ => Ok(Framing::Chunked),
            }
        }
        // Steps 5 and 6: one number in plain digits, which no other parser can read differently.
        (Once::Absent, Once::Repeated) => Err(Fault::LengthRepeated),
        (Once::Absent, Once::Given(digits)) => {
            let plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
            let length = str::from_utf8(digits).ok().filter(|_| plain).and_then(|n| n.parse().ok());
            length.map(Framing::Length).ok_or(Fault::LengthInvalid)
        }
        // Step 7: a request with neither has no body.
        (Once::Absent, Once::Absent) => Ok(Framing::Length(0)),
    }
}
