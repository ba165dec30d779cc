//! Parses the request line and the field lines.

use std::ops::Range;

use crate::class::{TEXT, TOKEN};
use crate::{Fault, Method, limits, target};

/// Yields the lines of a head or of a trailer section as they become complete. Bytes are checked in
/// order, so the first fault found does not depend on how they were split.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    start: usize,
    /// Everything before this offset is text.
    at: usize,
}

impl Lines {
    /// Returns the next line of `buf` without its CRLF, or `None` while it is incomplete. A line
    /// that reaches `end` is the fault `beyond`.
    pub fn next(
        &mut self,
        buf: &[u8],
        end: usize,
        beyond: Fault,
    ) -> Result<Option<Range<usize>>, Fault> {
        let within = buf.len().min(end);
        self.at += TEXT.count(&buf[self.at..within]);
        // Text must end in CR LF. A CR alone is undecided until the next byte arrives.
        let (byte, next) = (buf.get(self.at), buf.get(self.at + 1));
        match (byte, next) {
            (Some(_), _) if self.at >= end => Err(beyond),
            (Some(b'\r'), Some(_)) if self.at + 1 >= end => Err(beyond),
            (Some(b'\r'), Some(b'\n')) => {
                let line = self.start..self.at;
                self.at += 2;
                self.start = self.at;
                Ok(Some(line))
            }
            (Some(b'\r'), Some(_)) => Err(Fault::BareCr),
            (Some(b'\r'), None) | (None, _) => Ok(None),
            (Some(b'\n'), _) => Err(Fault::BareLf),
            (Some(_), _) => Err(Fault::ControlCharacter),
        }
    }

    /// Returns the offset of the next line.
    pub fn start(&self) -> usize {
        self.start
    }
}

/// The first line of a request (RFC 9112 §3), as ranges of the buffer.
#[derive(Debug, Clone)]
pub(crate) struct RequestLine {
    pub range: Range<usize>,
    pub method: Option<Method>,
    /// The range of the path; empty for an absolute URI without one.
    pub path: Range<usize>,
    /// Major and minor version.
    pub version: (u8, u8),
}

impl RequestLine {
    fn parse(buf: &[u8], range: Range<usize>) -> Result<RequestLine, Fault> {
        let line = &buf[range.clone()];
        let mut parts = line.split(|&byte| byte == b' ');
        let (Some(name), Some(target), Some(version), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Fault::RequestLine);
        };
        if name.is_empty() || !TOKEN.all(name) {
            return Err(Fault::RequestLine);
        }
        let &[b'H', b'T', b'T', b'P', b'/', major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9'] =
            version
        else {
            return Err(Fault::RequestLine);
        };
        let method = Method::parse(name);
        let path = target::path(target, name)?;
        let target = range.start + name.len() + 1;
        let path = target + path.start..target + path.end;
        let version = (major - b'0', minor - b'0');
        Ok(RequestLine { range, method, path, version })
    }
}

/// Reads a head line by line.
#[derive(Debug, Default)]
pub(crate) struct HeadReader {
    lines: Lines,
    empty_lines: usize,
    request_line: Option<RequestLine>,
    fields: usize,
}

/// A complete head.
#[derive(Debug)]
pub(crate) struct Head {
    pub line: RequestLine,
    pub fields: Range<usize>,
    /// The number of bytes before the body.
    pub len: usize,
}

impl HeadReader {
    /// Continues reading `buf`, to which bytes may have been appended since the last call.
    pub fn read(&mut self, buf: &[u8]) -> Result<Option<Head>, Fault> {
        loop {
            let Some(line) = self.next_line(buf)? else { return Ok(None) };
            match self.request_line.take() {
                None if line.is_empty() => {
                    self.empty_lines += 1;
                    if self.empty_lines > limits::EMPTY_LINES {
                        return Err(Fault::EmptyLines);
                    }
                }
                None => self.request_line = Some(RequestLine::parse(buf, line)?),
                Some(request) if line.is_empty() => {
                    let fields = request.range.end + 2..self.lines.start();
                    return Ok(Some(Head { line: request, fields, len: self.lines.start() }));
                }
                Some(request) => {
                    self.fields += 1;
                    if self.fields > limits::FIELDS {
                        return Err(Fault::HeadersTooLarge);
                    }
                    self.request_line = Some(request);
                }
            }
        }
    }

    fn next_line(&mut self, buf: &[u8]) -> Result<Option<Range<usize>>, Fault> {
        let (end, beyond) = match &self.request_line {
            None => (self.lines.start() + limits::REQUEST_LINE + 2, Fault::UriTooLong),
            Some(request) => (request.range.start + limits::HEAD, Fault::HeadersTooLarge),
        };
        self.lines.next(buf, end, beyond)
    }

    /// Returns true when all of the `read` bytes are empty lines.
    pub fn is_before_request(&self, read: usize) -> bool {
        self.request_line.is_none() && self.lines.start() == read
    }
}

/// One field line (RFC 9112 §5): no white space before the colon, and no folding.
struct Field<'a> {
    name: &'a [u8],
    /// The value without surrounding white space.
    value: &'a [u8],
}

impl<'a> Field<'a> {
    fn parse(line: &'a [u8]) -> Result<Field<'a>, Fault> {
        let (name, rest) = line.split_at(TOKEN.count(line));
        match rest {
            [b':', value @ ..] if !name.is_empty() => Ok(Field { name, value: value.trim_ascii() }),
            _ => Err(Fault::FieldLine),
        }
    }
}

impl<'a> Field<'a> {
    /// Returns the members of a list. Empty ones are ignored (RFC 9110 §5.6.1.2).
    fn members(&self) -> impl Iterator<Item = &'a [u8]> {
        let members = self.value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        members.filter(|member| !member.is_empty())
    }
}

/// A field that may be given once.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Once<'a> {
    #[default]
    Absent,
    Given(&'a [u8]),
    Repeated,
}

impl<'a> Once<'a> {
    fn add(&mut self, value: &'a [u8]) {
        *self = match self {
            Once::Absent => Once::Given(value),
            _ => Once::Repeated,
        };
    }
}

/// The fields that the server evaluates.
#[derive(Debug, Default)]
pub(crate) struct Fields<'a> {
    pub host: Once<'a>,
    pub content_length: Once<'a>,
    pub transfer_encoding: Once<'a>,
    /// `Expect` contains 100-continue.
    pub expects_continue: bool,
    /// `Expect` contains something else.
    pub expects_more: bool,
    /// `Content-Encoding` contains a coding other than identity.
    pub is_encoded: bool,
    /// `Connection` contains the option `close`.
    pub close: bool,
    /// `Connection` contains the option `keep-alive`.
    pub keep_alive: bool,
}

impl<'a> Fields<'a> {
    /// Parses the field lines of a head or a trailer section, including the empty line at the end.
    pub fn parse(lines: &'a [u8]) -> Result<Fields<'a>, Fault> {
        let mut fields = Fields::default();
        // `Lines` guarantees that every line ends in CRLF, and that only the last one is empty.
        let lines = lines.split(|&byte| byte == b'\n').filter_map(|line| line.strip_suffix(b"\r"));
        for line in lines.filter(|line| !line.is_empty()) {
            let field = Field::parse(line)?;
            let is = |name: &str| field.name.eq_ignore_ascii_case(name.as_bytes());
            if is("host") {
                fields.host.add(field.value);
            } else if is("content-length") {
                fields.content_length.add(field.value);
            } else if is("transfer-encoding") {
                fields.transfer_encoding.add(field.value);
            } else if is("expect") {
                for expectation in field.members() {
                    let is_continue = expectation.eq_ignore_ascii_case(b"100-continue");
                    fields.expects_continue |= is_continue;
                    fields.expects_more |= !is_continue;
                }
            } else if is("content-encoding") {
                let is_coding = |coding: &[u8]| !coding.eq_ignore_ascii_case(b"identity");
                fields.is_encoded |= field.members().any(is_coding);
            } else if is("connection") {
                for option in field.members() {
                    fields.close |= option.eq_ignore_ascii_case(b"close");
                    // A list with bytes beyond ASCII is not a reliable request to keep HTTP/1.0
                    // open.
                    fields.keep_alive |=
                        option.eq_ignore_ascii_case(b"keep-alive") && field.value.is_ascii();
                }
            }
        }
        Ok(fields)
    }
}
