//! A connection that writes requests to a socket and reads answers from it. The request is built once,
//! except for its body.

mod read;

use super::{Answer, Connects, Failure, Target, Transport};
use read::{Expected, Reader};
use reqwest::Method;
use std::io::{self, ErrorKind, Write as _};
use tokio::io::Interest;
use tokio::net::TcpStream;

pub(crate) struct Raw {
    target: Target,
    connects: Connects,
    /// The head of a request without `Content-Length` and the final empty line.
    head: Vec<u8>,
    /// The request being sent. Its head stays the same while bodies have the same length.
    out: Vec<u8>,
    /// The length of the body in `out`; `None` if there is none yet.
    body_length: Option<usize>,
    reader: Reader,
    /// The open connection, removed while a request is in flight: dropping the request closes it.
    stream: Option<TcpStream>,
}

impl Transport for Raw {
    fn new(target: Target, connects: Connects) -> Result<Self, Failure> {
        let url = &target.url;
        let mut head = format!("{} {}", target.method, url.path()).into_bytes();
        if let Some(query) = url.query() {
            write!(head, "?{query}")?;
        }
        head.extend_from_slice(b" HTTP/1.1\r\n");
        for (name, value) in &target.headers {
            write!(head, "{name}: ")?;
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        let has_body = target.method != Method::HEAD;
        let reader = Reader::new(Expected { has_body, long_bodies: target.long_bodies });
        Ok(Self {
            target,
            connects,
            head,
            out: Vec::new(),
            body_length: None,
            reader,
            stream: None,
        })
    }

    async fn exchange(&mut self, body: Vec<u8>) -> Result<Answer, Failure> {
        self.build(&body)?;
        let mut kept = self.stream.take().filter(is_idle);
        let (mut stream, sent) = loop {
            let is_kept = kept.is_some();
            let mut stream = match kept.take() {
                Some(stream) => stream,
                None => Box::pin(self.connect()).await?,
            };
            self.reader.input.clear();
            let mut written = 0;
            let sent = send(&mut stream, &self.out, &mut written, &mut self.reader.input).await;
            // If the server has closed a kept connection and no byte was sent, use a new one.
            if written > 0 || !is_kept {
                break (stream, sent);
            }
        };
        // A server may answer and close before it has read the whole request.
        let answer = match (self.reader.read(&mut stream).await, sent) {
            (Ok(answer), Ok(())) => answer,
            (Ok(answer), Err(_)) => Answer { closes: true, ..answer },
            (Err(_), Err(error)) | (Err(error), Ok(())) => return Err(error.into()),
        };
        self.stream = (!answer.closes).then_some(stream);
        Ok(answer)
    }
}

impl Raw {
    /// Builds the request with this body.
    fn build(&mut self, body: &[u8]) -> io::Result<()> {
        match self.body_length.replace(body.len()) {
            Some(length) if length == body.len() => self.out.truncate(self.out.len() - length),
            _ => {
                self.out.clear();
                self.out.extend_from_slice(&self.head);
                if !body.is_empty() || self.target.method == Method::POST {
                    write!(self.out, "content-length: {}\r\n", body.len())?;
                }
                self.out.extend_from_slice(b"\r\n");
            }
        }
        self.out.extend_from_slice(body);
        Ok(())
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        self.connects.begin();
        let stream = TcpStream::connect(self.target.address).await?;
        stream.set_nodelay(true)?;
        self.connects.establish();
        Ok(stream)
    }
}

/// Returns true unless the server has closed the connection or sent something without a request.
fn is_idle(stream: &TcpStream) -> bool {
    // tokio knows that there is nothing to read and makes no system call.
    matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
}

/// Writes a request and counts the bytes. Reads an answer that comes meanwhile, since a server that
/// waits for it to be read may not read on.
async fn send(
    stream: &mut TcpStream,
    out: &[u8],
    written: &mut usize,
    input: &mut Vec<u8>,
) -> io::Result<()> {
    while *written < out.len() {
        match stream.try_write(&out[*written..]) {
            Ok(count) => *written += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let is_full = input.len() > read::HEAD_BYTES_MAX;
                let interest = if is_full {
                    Interest::WRITABLE
                } else {
                    Interest::READABLE | Interest::WRITABLE
                };
                if stream.ready(interest).await?.is_readable() {
                    match stream.try_read_buf(input) {
                        Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                        Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                        _ => {}
                    }
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
