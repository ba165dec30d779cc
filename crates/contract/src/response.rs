//! A strict parser of HTTP/1.1 answers, without I/O.
//!
//! It rejects any ambiguity about the end of an answer, since a misread end corrupts the next
//! answer on the connection (RFC 9112, section 6.3).

use serde_json::Value;
use std::fmt::{self, Display, Formatter};

/// The maximum length of a head, in bytes.
const HEAD_MAX: usize = 64 * 1024;
/// The maximum length of a body, in bytes.
const BODY_MAX: usize = 32 * 1024 * 1024;

/// An answer with its decoded body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header fields, in order.
    pub fields: Vec<(String, String)>,
    /// The body without its framing.
    pub body: Vec<u8>,
}

/// The kind of request, which decides whether its answer can have a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// A `HEAD` request, whose answer has no body.
    Head,
    /// Any other request.
    Other,
}

/// The part of an answer that is already read, so that no byte is read twice.
#[derive(Debug, Default)]
pub(crate) struct Partial {
    /// The number of bytes without the end of a head.
    head: usize,
    /// The number of bytes of complete chunks, and their content.
    chunks: usize,
    content: Vec<u8>,
}

/// The error for bytes that are not an HTTP/1.1 answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotHttp(pub &'static str);

impl Response {
    /// Parses an answer at the start of `bytes`, and returns it with its length.
    ///
    /// `ended` is true if there will be no more bytes. Returns `None` if more are needed.
    ///
    /// # Errors
    /// When `bytes` cannot be the start of an answer.
    pub fn parse(bytes: &[u8], to: To, ended: bool) -> Result<Option<(Self, usize)>, NotHttp> {
        Self::resume(bytes, to, ended, &mut Partial::default())
    }

    /// Parses on from where the last call for the same answer stopped, which had fewer bytes.
    pub(crate) fn resume(
        bytes: &[u8],
        to: To,
        ended: bool,
        partial: &mut Partial,
    ) -> Result<Option<(Self, usize)>, NotHttp> {
        let from = partial.head;
        let Some(head_end) = find(&bytes[from..], b"\r\n\r\n").map(|at| from + at) else {
            // The end of a head may be cut.
            partial.head = bytes.len().saturating_sub(3);
            let started = b"HTTP/1.".iter().zip(bytes).all(|(a, b)| a == b);
            return match () {
                () if !started => Err(NotHttp("it does not start with `HTTP/1.`")),
                () if bytes.len() > HEAD_MAX => Err(NotHttp("its head does not end")),
                () => Ok(None),
            };
        };
        partial.head = head_end;
        let (status, fields) = parse_head(&bytes[..head_end])?;
        let mut response = Self { status, fields, body: Vec::new() };
        let rest = &bytes[head_end + 4..];
        let Some(body_length) = response.read_body(rest, to, ended, partial)? else {
            return Ok(None);
        };
        Ok(Some((response, head_end + 4 + body_length)))
    }

    /// Returns the value of the first field with that name, in any case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Returns true if a comma-separated list field, on one line or several, contains `token`.
    #[must_use]
    pub fn lists(&self, name: &str, token: &str) -> bool {
        self.all(name)
            .flat_map(|value| value.split(','))
            .any(|item| item.trim().eq_ignore_ascii_case(token))
    }

    /// Parses the body as JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Returns true if the body is a JSON object in which `key` is the string `value`.
    #[must_use]
    pub fn says(&self, key: &str, value: &str) -> bool {
        self.json().is_some_and(|json| json.get(key).and_then(Value::as_str) == Some(value))
    }

    fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let named = move |(other, _): &&(String, String)| other.eq_ignore_ascii_case(name);
        self.fields.iter().filter(named).map(|(_, value)| value.as_str())
    }

    /// Finds the end of the body, in the order of RFC 9112, section 6.3, and decodes it.
    fn read_body(
        &mut self,
        rest: &[u8],
        to: To,
        ended: bool,
        partial: &mut Partial,
    ) -> Result<Option<usize>, NotHttp> {
        let chunked = self.field("transfer-encoding").is_some();
        let length = self.content_length()?;
        if self.status < 200 || self.status == 204 {
            if chunked || length.is_some() {
                return Err(NotHttp(
                    "a 1xx or 204 answer declares a body (RFC 9112, 6.1; RFC 9110, 8.6)",
                ));
            }
            return Ok(Some(0));
        }
        if chunked && length.is_some() {
            return Err(NotHttp("both Content-Length and Transfer-Encoding"));
        }
        if chunked && !self.all("transfer-encoding").eq(["chunked"]) {
            return Err(NotHttp("a transfer coding that was not requested"));
        }
        if to == To::Head {
            return Ok(Some(0));
        }
        if chunked {
            return self.read_chunks(rest, partial);
        }
        match length {
            Some(length) if length > BODY_MAX => Err(NotHttp("a body of more than 32 MiB")),
            Some(length) if rest.len() < length => Ok(None),
            Some(length) => {
                self.body = rest[..length].to_vec();
                Ok(Some(length))
            }
            None if ended => {
                self.body = rest.to_vec();
                Ok(Some(rest.len()))
            }
            None if rest.len() > BODY_MAX => Err(NotHttp("a body of more than 32 MiB")),
            None => Ok(None),
        }
    }

    fn content_length(&self) -> Result<Option<usize>, NotHttp> {
        let mut values = self.all("content-length");
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() || value.is_empty() || !value.bytes().all(|b| b.is_ascii_digit())
        {
            return Err(NotHttp("Content-Length is not one plain number"));
        }
        value.parse().map(Some).map_err(|_| NotHttp("Content-Length is too long"))
    }

    fn read_chunks(
        &mut self,
        rest: &[u8],
        partial: &mut Partial,
    ) -> Result<Option<usize>, NotHttp> {
        if rest.len() > BODY_MAX {
            return Err(NotHttp("a body of more than 32 MiB"));
        }
        let mut at = partial.chunks;
        loop {
            let Some(line_end) = find(&rest[at..], b"\r\n") else {
                let is_long = rest.len() - at > HEAD_MAX;
                return if is_long {
                    Err(NotHttp("a chunk size that does not end"))
                } else {
                    Ok(None)
                };
            };
            let line = &rest[at..at + line_end];
            let digits = line.split(|&b| b == b';').next().unwrap_or_default();
            let is_hex =
                (1..=8).contains(&digits.len()) && digits.iter().all(u8::is_ascii_hexdigit);
            let size = std::str::from_utf8(digits)
                .ok()
                .and_then(|hex| usize::from_str_radix(hex, 16).ok());
            let Some(size) = size.filter(|_| is_hex) else {
                return Err(NotHttp("a chunk size that is not hexadecimal"));
            };
            at += line_end + 2;
            if size == 0 {
                break;
            }
            let Some(chunk) = rest.get(at..at + size + 2) else { return Ok(None) };
            if !chunk.ends_with(b"\r\n") {
                return Err(NotHttp("a chunk without its CRLF"));
            }
            partial.content.extend_from_slice(&chunk[..size]);
            at += size + 2;
            partial.chunks = at;
        }
        loop {
            let Some(line_end) = find(&rest[at..], b"\r\n") else { return Ok(None) };
            at += line_end + 2;
            if line_end == 0 {
                self.body = std::mem::take(&mut partial.content);
                return Ok(Some(at));
            }
        }
    }
}

/// Status and header fields.
type Head = (u16, Vec<(String, String)>);

fn parse_head(head: &[u8]) -> Result<Head, NotHttp> {
    let head = std::str::from_utf8(head).map_err(|_| NotHttp("its head is not text"))?;
    let mut lines = head.split("\r\n");
    let status_line = lines.next().unwrap_or_default().as_bytes();
    let digits = match status_line {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0' | b'1', b' ', digits @ ..] => digits,
        _ => return Err(NotHttp("its first line does not start with `HTTP/1.1 `")),
    };
    let status = match digits {
        [a @ b'1'..=b'5', b, c] | [a @ b'1'..=b'5', b, c, b' ', ..]
            if b.is_ascii_digit() && c.is_ascii_digit() =>
        {
            [a, b, c].iter().fold(0, |sum, &&digit| sum * 10 + u16::from(digit - b'0'))
        }
        _ => return Err(NotHttp("its status is not three digits")),
    };
    if head.bytes().filter(|&b| b == b'\n' || b == b'\r').count()
        != 2 * head.matches("\r\n").count()
    {
        return Err(NotHttp("a bare CR or LF in its head"));
    }
    let mut fields = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':').ok_or(NotHttp("a header line without a colon"))?;
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(NotHttp("a header name that is not a token"));
        }
        fields.push((name.to_owned(), value.trim_matches([' ', '\t']).to_owned()));
    }
    Ok((status, fields))
}

/// Returns true for the characters of a header name (RFC 9110, section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}

impl Display for Response {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        for (name, value) in &self.fields {
            write!(f, " | {name}: {value}")?;
        }
        if self.body.is_empty() {
            write!(f, " | no body")
        } else {
            write!(f, " | {}", Bytes(&self.body))
        }
    }
}

/// Displays bytes escaped, and long ones without their middle.
pub struct Bytes<'a>(pub &'a [u8]);

impl Display for Bytes<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (start, end) = match self.0.len() {
            0..=400 => (self.0, &[][..]),
            length => (&self.0[..200], &self.0[length - 60..]),
        };
        write!(
            f,
            "{}",
            start.escape_ascii().to_string().replace("\\\"", "\"").replace("\\'", "'")
        )?;
        if !end.is_empty() {
            write!(f, " … {} bytes in total … {}", self.0.len(), end.escape_ascii())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
