//! A raw connection with a time limit, which sends any bytes and reads answers.

use super::response::{Bytes, NotHttp, Partial, Response, To};
use std::fmt::{self, Display, Formatter};
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A connection with one time limit for everything, so that no server can block a check.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
    /// The part of `received` that is already parsed.
    partial: Partial,
    ended: bool,
    limit: Duration,
    deadline: Instant,
}

/// Errors of a connection.
#[derive(Debug)]
pub enum WireError {
    /// The connection could not be opened.
    Unreachable(io::Error),
    /// The server closed the connection before an answer.
    Closed,
    /// The connection was reset.
    Reset,
    /// The time limit passed; the bytes received so far.
    TimedOut(Duration, Vec<u8>),
    /// The connection was closed within an answer; the bytes of it.
    Cut(Vec<u8>),
    /// The bytes are not an answer.
    NotHttp(NotHttp, Vec<u8>),
    /// There were bytes before the end of the connection.
    Surplus(Vec<u8>),
    /// Any other error of the socket.
    Socket(io::Error),
}

impl Wire {
    /// Connects, with a time limit for everything on this connection.
    ///
    /// # Errors
    /// [`WireError::Unreachable`] when the connection fails.
    pub fn open(address: SocketAddr, limit: Duration) -> Result<Self, WireError> {
        let stream = TcpStream::connect_timeout(&address, limit).map_err(WireError::Unreachable)?;
        stream.set_nodelay(true).map_err(WireError::Socket)?;
        Ok(Self {
            stream,
            received: Vec::new(),
            partial: Partial::default(),
            ended: false,
            limit,
            deadline: Instant::now() + limit,
        })
    }

    /// Sends bytes.
    ///
    /// # Errors
    /// When the server has closed the connection, or does not read within the limit.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), WireError> {
        let left = self.left()?;
        self.stream.set_write_timeout(Some(left)).map_err(WireError::Socket)?;
        self.stream.write_all(bytes.as_ref()).map_err(|error| self.convert(error))
    }

    /// Closes the sending side; answers can still be read.
    pub fn finish(&self) {
        // Ignore errors: reading shows whether the connection is closed.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Reads the next answer.
    ///
    /// # Errors
    /// When there is none within the limit, or the bytes are not an answer.
    pub fn answer(&mut self, to: To) -> Result<Response, WireError> {
        loop {
            match Response::resume(&self.received, to, self.ended, &mut self.partial) {
                Ok(Some((response, taken))) => {
                    self.received.drain(..taken);
                    self.partial = Partial::default();
                    return Ok(response);
                }
                // Nothing is read after that, and the bytes may be many.
                Err(fault) => {
                    return Err(WireError::NotHttp(fault, mem::take(&mut self.received)));
                }
                Ok(None) if self.ended && self.received.is_empty() => {
                    return Err(WireError::Closed);
                }
                Ok(None) if self.ended => {
                    return Err(WireError::Cut(mem::take(&mut self.received)));
                }
                Ok(None) => self.receive()?,
            }
        }
    }

    /// Sends a request with a `Host` and, if it has a body, a `Content-Length`, and reads its
    /// answer.
    ///
    /// # Errors
    /// As [`Wire::send`] and [`Wire::answer`].
    pub fn request(
        &mut self,
        method: &str,
        target: &str,
        body: &str,
    ) -> Result<Response, WireError> {
        let length = match body.len() {
            0 => String::new(),
            length => format!("Content-Length: {length}\r\n"),
        };
        self.send(format!("{method} {target} HTTP/1.1\r\nHost: check\r\n{length}\r\n{body}"))?;
        self.answer(if method == "HEAD" { To::Head } else { To::Other })
    }

    /// Waits until the server closes the connection without sending another byte.
    ///
    /// # Errors
    /// When it stays open beyond the limit, is reset, or has more bytes.
    pub fn end(&mut self) -> Result<(), WireError> {
        while self.received.is_empty() && !self.ended {
            self.receive()?;
        }
        if self.received.is_empty() {
            return Ok(());
        }
        Err(WireError::Surplus(self.received.clone()))
    }

    /// Waits until the server closes the connection, at most for `time`.
    ///
    /// # Errors
    /// As [`Wire::end`].
    pub(crate) fn end_within(&mut self, time: Duration) -> Result<(), WireError> {
        self.deadline = self.deadline.min(Instant::now() + time);
        self.limit = self.limit.min(time);
        self.end()
    }

    /// Waits for a byte or the end, and returns false if neither comes within `pause`.
    ///
    /// # Errors
    /// When the connection was reset or its limit has passed.
    pub fn is_readable_within(&mut self, pause: Duration) -> Result<bool, WireError> {
        if self.ended || !self.received.is_empty() {
            return Ok(true);
        }
        match self.receive_within(pause.min(self.left()?)) {
            Err(WireError::TimedOut(..)) => Ok(false),
            Err(error) => Err(error),
            Ok(()) => Ok(true),
        }
    }

    fn receive(&mut self) -> Result<(), WireError> {
        let left = self.left()?;
        self.receive_within(left)
    }

    fn receive_within(&mut self, time: Duration) -> Result<(), WireError> {
        let mut bytes = [0; 16 * 1024];
        self.stream.set_read_timeout(Some(time)).map_err(WireError::Socket)?;
        match self.stream.read(&mut bytes) {
            Ok(0) => self.ended = true,
            Ok(count) => self.received.extend_from_slice(&bytes[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(self.convert(error)),
        }
        Ok(())
    }

    fn left(&self) -> Result<Duration, WireError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.timed_out()) } else { Ok(left) }
    }

    fn timed_out(&self) -> WireError {
        WireError::TimedOut(self.limit, self.received.clone())
    }

    fn convert(&self, error: io::Error) -> WireError {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => self.timed_out(),
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
                WireError::Reset
            }
            _ => WireError::Socket(error),
        }
    }
}

impl Display for WireError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) if error.kind() == ErrorKind::AddrNotAvailable => {
                write!(f, "cannot connect: this machine has no local port left; wait a minute")
            }
            Self::Unreachable(error) => write!(f, "cannot connect: {error}"),
            Self::Closed => write!(f, "closed without an answer"),
            Self::Reset => write!(f, "connection reset"),
            Self::TimedOut(limit, bytes) if bytes.is_empty() => {
                write!(f, "neither an answer nor the end within {limit:?}")
            }
            Self::TimedOut(limit, bytes) => {
                write!(f, "only this within {limit:?}: {}", Bytes(bytes))
            }
            Self::Cut(bytes) => write!(f, "closed within an answer: {}", Bytes(bytes)),
            Self::NotHttp(fault, bytes) => {
                write!(f, "not an HTTP answer, {}: {}", fault.0, Bytes(bytes))
            }
            Self::Surplus(bytes) => write!(f, "bytes before the end: {}", Bytes(bytes)),
            Self::Socket(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for WireError {}
