//! Reads answers from a socket (RFC 9112).

use super::super::{Answer, LongBodies};
use httparse::{EMPTY_HEADER, Header, ParserConfig, Status};
use reqwest::header::{CONTENT_LENGTH, HeaderName, TRANSFER_ENCODING};
use reqwest::{StatusCode, Version};
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// The maximum number of fields in a head or a trailer section, the same as hyper's.
const FIELDS_MAX: usize = 100;
/// The maximum length of a head or a trailer section, in bytes.
pub(super) const HEAD_BYTES_MAX: usize = 400 * 1024;

/// The properties of all answers to the requests of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    /// False for the answers to HEAD.
    pub(super) has_body: bool,
    pub(super) long_bodies: LongBodies,
}

/// Reads one answer after another.
pub(super) struct Reader {
    expected: Expected,
    /// The received bytes that are not processed yet.
    pub(super) input: Vec<u8>,
    /// The last head and its bytes. Most answers have the same, which is then not parsed again.
    last: Option<(Vec<u8>, Head)>,
}

/// The end of a body (RFC 9112 §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Length(u64),
    Chunked,
    UntilClose,
}

/// The head of an answer.
#[derive(Debug, Clone, Copy)]
struct Head {
    status: StatusCode,
    framing: Framing,
    retry_after: Option<Duration>,
    closes: bool,
    /// In bytes.
    length: usize,
}

impl Reader {
    pub(super) fn new(expected: Expected) -> Self {
        Self { expected, input: Vec::with_capacity(4096), last: None }
    }

    /// Reads the next answer.
    pub(super) async fn read(&mut self, stream: &mut TcpStream) -> io::Result<Answer> {
        let head = loop {
            match self.head()? {
                // An interim answer (RFC 9110 §15.2); no protocol is ever switched.
                Some(Head { status, length, .. })
                    if status.is_informational() && status != StatusCode::SWITCHING_PROTOCOLS =>
                {
                    self.input.drain(..length);
                }
                Some(head) => break head,
                None if self.input.len() > HEAD_BYTES_MAX => {
                    return Err(invalid("an endless head"));
                }
                None => self.receive(stream).await?,
            }
        };
        self.input.drain(..head.length);
        let mut answer = Answer {
            status: head.status,
            body: Vec::new(),
            is_complete: true,
            long_bodies: self.expected.long_bodies,
            retry_after: head.retry_after,
            closes: head.closes,
        };
        match head.framing {
            Framing::Length(length) => drop(self.piece(stream, length, &mut answer).await?),
            Framing::Chunked => Box::pin(self.chunks(stream, &mut answer)).await?,
            Framing::UntilClose => {
                while answer.append(&self.input) {
                    self.input.clear();
                    if stream.read_buf(&mut self.input).await? == 0 {
                        break;
                    }
                }
            }
        }
        // The remaining bytes belong to no request.
        answer.closes |= !self.input.is_empty();
        Ok(answer)
    }

    /// Waits for more bytes.
    ///
    /// # Errors
    /// `UnexpectedEof` if the server has closed the connection.
    async fn receive(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        match stream.read_buf(&mut self.input).await? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Reads this many bytes of a body; returns false if the rest is not to be read.
    async fn piece(
        &mut self,
        stream: &mut TcpStream,
        length: u64,
        answer: &mut Answer,
    ) -> io::Result<bool> {
        let mut left = length;
        loop {
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(self.input.len());
            if !answer.append(&self.input[..count]) {
                return Ok(false);
            }
            self.input.drain(..count);
            left -= count as u64;
            if left == 0 {
                return Ok(true);
            }
            self.receive(stream).await?;
        }
    }

    /// Reads a chunked body (RFC 9112 §7.1).
    async fn chunks(&mut self, stream: &mut TcpStream, answer: &mut Answer) -> io::Result<()> {
        loop {
            let (start, size) = loop {
                match httparse::parse_chunk_size(&self.input) {
                    Err(_) => return Err(invalid("an invalid chunk size")),
                    Ok(Status::Complete(found)) => break found,
                    Ok(Status::Partial) if self.input.len() > HEAD_BYTES_MAX => {
                        return Err(invalid("an endless chunk size"));
                    }
                    Ok(Status::Partial) => self.receive(stream).await?,
                }
            };
            self.input.drain(..start);
            if size == 0 {
                return self.trailers(stream).await;
            }
            if !self.piece(stream, size, answer).await? {
                return Ok(());
            }
            while self.input.len() < 2 {
                self.receive(stream).await?;
            }
            if !self.input.starts_with(b"\r\n") {
                return Err(invalid("a chunk that is longer than its size"));
            }
            self.input.drain(..2);
        }
    }

    async fn trailers(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        loop {
            let mut fields = [EMPTY_HEADER; FIELDS_MAX];
            match httparse::parse_headers(&self.input, &mut fields).map_err(io::Error::other)? {
                Status::Complete((length, _)) => {
                    self.input.drain(..length);
                    return Ok(());
                }
                Status::Partial if self.input.len() > HEAD_BYTES_MAX => {
                    return Err(invalid("endless trailers"));
                }
                Status::Partial => self.receive(stream).await?,
            }
        }
    }

    /// Parses the head of an answer; returns `None` if it is not complete yet.
    fn head(&mut self) -> io::Result<Option<Head>> {
        if let Some((bytes, head)) = &self.last
            && self.input.starts_with(bytes)
        {
            return Ok(Some(*head));
        }
        let head = parse(&self.input, self.expected.has_body)?;
        // A date in `Retry-After` means another delay each time.
        if let Some(head) = head.filter(|head| head.retry_after.is_none()) {
            self.last = Some((self.input[..head.length].to_vec(), head));
        }
        Ok(head)
    }
}

fn parse(input: &[u8], has_body: bool) -> io::Result<Option<Head>> {
    let mut fields = [const { MaybeUninit::uninit() }; FIELDS_MAX];
    let mut response = httparse::Response::new(&mut []);
    let parsed = ParserConfig::default().parse_response_with_uninit_headers(
        &mut response,
        input,
        &mut fields,
    );
    let Status::Complete(length) = parsed.map_err(io::Error::other)? else { return Ok(None) };
    let status = StatusCode::from_u16(response.code.unwrap_or_default());
    let status = status.map_err(|_| invalid("an invalid status code"))?;
    let version = if response.version == Some(0) { Version::HTTP_10 } else { Version::HTTP_11 };
    let fields = &*response.headers;
    let framing = if has_body { framing(status, fields)? } else { Framing::Length(0) };
    let Answer { retry_after, closes, .. } =
        Answer::read(status, version, LongBodies::Cut, |name| text(fields, name));
    let closes =
        closes || framing == Framing::UntilClose || status == StatusCode::SWITCHING_PROTOCOLS;
    Ok(Some(Head { status, framing, retry_after, closes, length }))
}

fn framing(status: StatusCode, fields: &[Header<'_>]) -> io::Result<Framing> {
    let has_none = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status);
    if status.is_informational() || has_none {
        return Ok(Framing::Length(0));
    }
    if let Some(codings) = last(fields, &TRANSFER_ENCODING) {
        let coding = codings.rsplit(|byte| *byte == b',').next().unwrap_or_default();
        let is_chunked = coding.trim_ascii().eq_ignore_ascii_case(b"chunked");
        return Ok(if is_chunked { Framing::Chunked } else { Framing::UntilClose });
    }
    let mut length = None;
    // A list of equal lengths is allowed (RFC 9110 §8.6).
    for value in all(fields, &CONTENT_LENGTH).flat_map(|value| value.split(|byte| *byte == b',')) {
        let digits = str::from_utf8(value.trim_ascii()).ok();
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let value: Option<u64> = digits.and_then(|digits| digits.parse().ok());
        if value.is_none() || length.is_some_and(|length| Some(length) != value) {
            return Err(invalid("an invalid Content-Length"));
        }
        length = value;
    }
    Ok(length.map_or(Framing::UntilClose, Framing::Length))
}

/// Returns the values of all fields with a name.
fn all<'a>(fields: &[Header<'a>], name: &HeaderName) -> impl Iterator<Item = &'a [u8]> {
    let fields = fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name.as_str()));
    fields.map(|field| field.value)
}

fn last<'a>(fields: &[Header<'a>], name: &HeaderName) -> Option<&'a [u8]> {
    all(fields, name).last()
}

/// Returns the value of a field if it is text.
fn text<'a>(fields: &[Header<'a>], name: &HeaderName) -> Option<&'a str> {
    all(fields, name).next().and_then(|value| str::from_utf8(value).ok())
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what.to_owned())
}
