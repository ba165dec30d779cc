//! One raw connection with a time limit: it sends any bytes, well-formed or not, and reads answers.

use super::response::{Bytes, NotHttp, Response, To};
use std::fmt::{self, Display, Formatter};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A connection on which everything has to happen within one limit, so that no server can hold a
/// check.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    received: Vec<u8>,
    ended: bool,
    limit: Duration,
    deadline: Instant,
}

/// Why there is no answer to read.
#[derive(Debug)]
pub enum Trouble {
    /// The connection could not be opened.
    Unreachable(io::Error),
    /// The server closed the connection where an answer was due.
    Closed,
    /// The connection was reset.
    Reset,
    /// Nothing more came within the limit; what came so far.
    TimedOut(Duration, Vec<u8>),
    /// The connection ended within an answer; what came of it.
    Cut(Vec<u8>),
    /// What came is no answer.
    NotHttp(NotHttp, Vec<u8>),
    /// Bytes came where the end of the connection was due.
    Surplus(Vec<u8>),
    /// Any other failure of the socket.
    Socket(io::Error),
}

impl Wire {
    /// Connects, and lets everything on this connection take `limit` at most.
    ///
    /// # Errors
    /// [`Trouble::Unreachable`] when nobody listens there.
    pub fn open(address: SocketAddr, limit: Duration) -> Result<Self, Trouble> {
        let stream = TcpStream::connect_timeout(&address, limit).map_err(Trouble::Unreachable)?;
        stream.set_nodelay(true).map_err(Trouble::Socket)?;
        Ok(Self {
            stream,
            received: Vec::new(),
            ended: false,
            limit,
            deadline: Instant::now() + limit,
        })
    }

    /// Sends bytes in one go.
    ///
    /// # Errors
    /// When the server went away, or took nothing within the limit.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> Result<(), Trouble> {
        let left = self.left()?;
        self.stream.set_write_timeout(Some(left)).map_err(Trouble::Socket)?;
        self.stream.write_all(bytes.as_ref()).map_err(|error| self.trouble(error))
    }

    /// Closes the sending side; answers can still be read.
    pub fn finish(&self) {
        // A connection that is gone already shows when it is read.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Reads the next answer.
    ///
    /// # Errors
    /// When there is none within the limit, or what comes is none.
    pub fn answer(&mut self, to: To) -> Result<Response, Trouble> {
        loop {
            match Response::parse(&self.received, to, self.ended) {
                Ok(Some((response, taken))) => {
                    self.received.drain(..taken);
                    return Ok(response);
                }
                Err(fault) => return Err(Trouble::NotHttp(fault, self.received.clone())),
                Ok(None) if self.ended && self.received.is_empty() => return Err(Trouble::Closed),
                Ok(None) if self.ended => return Err(Trouble::Cut(self.received.clone())),
                Ok(None) => self.receive()?,
            }
        }
    }

    /// Sends a request with a `Host` and, if it has a body, a `Content-Length`; reads its answer.
    ///
    /// # Errors
    /// As [`Wire::send`] and [`Wire::answer`].
    pub fn request(&mut self, method: &str, target: &str, body: &str) -> Result<Response, Trouble> {
        let length = match body.len() {
            0 => String::new(),
            length => format!("Content-Length: {length}\r\n"),
        };
        self.send(format!("{method} {target} HTTP/1.1\r\nHost: check\r\n{length}\r\n{body}"))?;
        self.answer(if method == "HEAD" { To::Head } else { To::Other })
    }

    /// Waits until the server closes the connection, which must come without another byte.
    ///
    /// # Errors
    /// When it stays open beyond the limit, is reset, or more bytes come.
    pub fn end(&mut self) -> Result<(), Trouble> {
        while self.received.is_empty() && !self.ended {
            self.receive()?;
        }
        match self.received.is_empty() {
            true => Ok(()),
            false => Err(Trouble::Surplus(self.received.clone())),
        }
    }

    /// Waits for a byte or the end for at most `pause`, and tells whether something came.
    ///
    /// # Errors
    /// When the connection was reset or its limit has passed.
    pub fn stirs_within(&mut self, pause: Duration) -> Result<bool, Trouble> {
        if self.ended || !self.received.is_empty() {
            return Ok(true);
        }
        match self.receive_within(pause.min(self.left()?)) {
            Err(Trouble::TimedOut(..)) => Ok(false),
            Err(trouble) => Err(trouble),
            Ok(()) => Ok(true),
        }
    }

    fn receive(&mut self) -> Result<(), Trouble> {
        let left = self.left()?;
        self.receive_within(left)
    }

    fn receive_within(&mut self, time: Duration) -> Result<(), Trouble> {
        let mut bytes = [0; 16 * 1024];
        self.stream.set_read_timeout(Some(time)).map_err(Trouble::Socket)?;
        match self.stream.read(&mut bytes) {
            Ok(0) => self.ended = true,
            Ok(count) => self.received.extend_from_slice(&bytes[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(self.trouble(error)),
        }
        Ok(())
    }

    fn left(&self) -> Result<Duration, Trouble> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        match left.is_zero() {
            true => Err(self.timed_out()),
            false => Ok(left),
        }
    }

    fn timed_out(&self) -> Trouble {
        Trouble::TimedOut(self.limit, self.received.clone())
    }

    fn trouble(&self, error: io::Error) -> Trouble {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => self.timed_out(),
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
                Trouble::Reset
            }
            _ => Trouble::Socket(error),
        }
    }
}

impl Display for Trouble {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(error) if error.kind() == ErrorKind::AddrNotAvailable => {
                write!(f, "no connection: this machine has no local port left; wait a minute")
            }
            Self::Unreachable(error) => write!(f, "no connection: {error}"),
            Self::Closed => write!(f, "closed without an answer"),
            Self::Reset => write!(f, "the connection was reset"),
            Self::TimedOut(limit, bytes) if bytes.is_empty() => {
                write!(f, "neither an answer nor the end within {limit:?}")
            }
            Self::TimedOut(limit, bytes) => {
                write!(f, "no more than this within {limit:?}: {}", Bytes(bytes))
            }
            Self::Cut(bytes) => write!(f, "closed within an answer: {}", Bytes(bytes)),
            Self::NotHttp(fault, bytes) => {
                write!(f, "no HTTP answer, {}: {}", fault.0, Bytes(bytes))
            }
            Self::Surplus(bytes) => write!(f, "bytes where the end was due: {}", Bytes(bytes)),
            Self::Socket(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Trouble {}
