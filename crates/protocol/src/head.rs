//! Request line and fields, found without trusting a byte of them.

use std::ops::Range;

use crate::{Fault, Method, limits, target};

/// Yields the lines of a head or of a trailer section as they become complete. Each byte is looked
/// at once, in order, so the first fault found does not depend on how the bytes arrived.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    start: usize,
    at: usize,
}

impl Lines {
    /// The next line of `buf` without its CRLF, or `None` while it is incomplete. A byte at or
    /// beyond `end` is `beyond`.
    pub fn next(
        &mut self,
        buf: &[u8],
        end: usize,
        beyond: Fault,
    ) -> Result<Option<Range<usize>>, Fault> {
        while let Some(&byte) = buf.get(self.at) {
            if self.at >= end {
                return Err(beyond);
            }
            let after_cr = self.at > self.start && buf[self.at - 1] == b'\r';
            self.at += 1;
            match byte {
                b'\n' if after_cr => {
                    let line = self.start..self.at - 2;
                    self.start = self.at;
                    return Ok(Some(line));
                }
                _ if after_cr => return Err(Fault::BareCr),
                b'\n' => return Err(Fault::BareLf),
                b'\r' | b'\t' | b' '..=b'~' | 0x80.. => {}
                _ => return Err(Fault::ControlCharacter),
            }
        }
        Ok(None)
    }

    /// Where the next line starts.
    pub fn start(&self) -> usize {
        self.start
    }
}

/// The first line of a request (RFC 9112 §3), as places in the buffer.
#[derive(Debug, Clone)]
pub(crate) struct RequestLine {
    pub range: Range<usize>,
    pub method: Option<Method>,
    /// Where in the buffer the path is; for an absolute URI without one it is empty.
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
        if name.is_empty() || !name.iter().all(|&byte| is_token(byte)) {
            return Err(Fault::RequestLine);
        }
        let &[b'H', b'T', b'T', b'P', b'/', major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9'] =
            version
        else {
            return Err(Fault::RequestLine);
        };
        let method = Method::parse(name);
        let path = target::path(target, method)?;
        let target = range.start + name.len() + 1;
        let path = target + path.start..target + path.end;
        let version = (major - b'0', minor - b'0');
        Ok(RequestLine { range, method, path, version })
    }
}

/// A character of a token (RFC 9110 §5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Reads a head line by line, as it comes.
#[derive(Debug, Default)]
pub(crate) struct HeadReader {
    lines: Lines,
    empty_lines: usize,
    request_line: Option<RequestLine>,
    fields: usize,
}

/// A complete head: its request line and where its field lines are.
#[derive(Debug)]
pub(crate) struct Head {
    pub line: RequestLine,
    pub fields: Range<usize>,
    /// Bytes up to the body.
    pub len: usize,
}

impl HeadReader {
    /// Goes on reading `buf`, which starts where it started before and may be longer.
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

    /// Whether all of the `read` bytes are empty lines.
    pub fn is_before_request(&self, read: usize) -> bool {
        self.request_line.is_none() && self.lines.start() == read
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

/// The fields that decide something.
#[derive(Debug, Default)]
pub(crate) struct Fields<'a> {
    pub host: Once<'a>,
    pub content_length: Once<'a>,
    pub transfer_encoding: Once<'a>,
    pub expect: Once<'a>,
    /// `Connection` has the option `close`.
    pub close: bool,
    /// `Connection` has the option `keep-alive`.
    pub keep_alive: bool,
}

impl<'a> Fields<'a> {
    /// Reads the field lines of a head or a trailer section, the empty line at the end included.
    pub fn parse(lines: &'a [u8]) -> Result<Fields<'a>, Fault> {
        let mut storage = [httparse::EMPTY_HEADER; limits::FIELDS];
        let Ok(httparse::Status::Complete((_, parsed))) =
            httparse::parse_headers(lines, &mut storage)
        else {
            return Err(Fault::FieldLine);
        };
        let mut fields = Fields::default();
        for field in parsed {
            let is = |name: &str| field.name.eq_ignore_ascii_case(name);
            if is("host") {
                fields.host.add(field.value);
            } else if is("content-length") {
                fields.content_length.add(field.value);
            } else if is("transfer-encoding") {
                fields.transfer_encoding.add(field.value);
            } else if is("expect") {
                fields.expect.add(field.value);
            } else if is("connection") {
                for option in field.value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
                    fields.close |= option.eq_ignore_ascii_case(b"close");
                    // A list with more in it than tokens is no sure sign that HTTP/1.0 stays open.
                    fields.keep_alive |=
                        option.eq_ignore_ascii_case(b"keep-alive") && field.value.is_ascii();
                }
            }
        }
        Ok(fields)
    }
}
