//! One client's connection: reads requests and writes answers, within time limits.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Poll, ready};
use std::time::Duration;

use protocol::{CONTINUE, Decoder, Fault, Progress, Reply, Request, Routes, encode};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, timeout};

use crate::Limits;
use crate::alarm::Alarm;
use crate::date::with_date;

/// Answers to pipelined requests are written together, up to about this many bytes.
const FLUSH_AT: usize = 16 * 1024;
/// The buffer size for a batch of answers, with room for the one that exceeds [`FLUSH_AT`].
const BATCH_ROOM: usize = FLUSH_AT + 1024;
/// The number of bytes still read after a request's timeout, if they have already arrived: they may
/// have come in time while the process was suspended. More than a whole request.
const MAX_OVERDUE: usize = 128 * 1024;
/// The time and the number of bytes for which a closing connection still reads.
const LINGER: (Duration, usize) = (Duration::from_secs(2), 16 * 1024 * 1024);

thread_local! {
    /// The buffer for reads, shared so that an idle connection holds none.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; 16 * 1024].into());
}

/// A connection that speaks HTTP/1.1 over any stream.
///
/// Call `next`, then `reply`, until `next` returns `None`. Every method can be cancelled and called
/// again: bytes read and bytes to be written stay in the connection.
#[derive(Debug)]
pub struct Connection<R: 'static, S = TcpStream> {
    stream: S,
    limits: Limits,
    decoder: Decoder<R>,
    alarm: Alarm,
    /// The time at which the current request began to arrive.
    began: Option<Instant>,
    /// The bytes of it that were read after its timeout.
    overdue: Option<usize>,
    out: Vec<u8>,
    /// The number of bytes of `out` already written.
    written: usize,
    /// The next answer ends the connection.
    leaving: bool,
    /// The connection ends as soon as no request is incomplete.
    finishing: bool,
    /// Counts against `--max-connections` until the connection is dropped.
    _permit: Option<OwnedSemaphorePermit>,
}

impl<R: Copy, S: AsyncRead + AsyncWrite + Unpin> Connection<R, S> {
    /// Creates a connection for a server with these routes.
    pub fn new(stream: S, routes: Routes<R>, limits: Limits) -> Connection<R, S> {
        Connection {
            stream,
            limits,
            decoder: Decoder::new(routes),
            alarm: Alarm::default(),
            began: None,
            overdue: None,
            out: Vec::new(),
            written: 0,
            leaving: false,
            finishing: false,
            _permit: None,
        }
    }

    /// Holds a permit until the connection is dropped.
    pub(crate) fn with_permit(self, permit: OwnedSemaphorePermit) -> Connection<R, S> {
        Connection { _permit: Some(permit), ..self }
    }

    /// Waits for the next request to one of the routes. Returns `None` when the connection has
    /// ended. Answers faults and OPTIONS itself.
    pub async fn next(&mut self) -> Option<Request<'_, R>> {
        loop {
            if self.out.len() > FLUSH_AT {
                self.flush().await?;
            }
            match self.decoder.advance() {
                Ok(Progress::NeedMore) => self.fill().await?,
                Ok(Progress::Continue) => self.out.extend_from_slice(CONTINUE),
                Ok(Progress::Refused(fault)) | Err(fault) => self.reply(&fault.reply()),
                Ok(Progress::Options(allow)) => self.reply(&Reply::options(allow)),
                Ok(Progress::Ready) => break,
            }
        }
        self.decoder.request()
    }

    /// Writes pending answers, then waits for more bytes. Returns `None` to end the connection.
    async fn fill(&mut self) -> Option<()> {
        self.flush().await?;
        if self.decoder.is_closed() {
            self.linger().await;
            return None;
        }
        let idle = self.decoder.is_idle();
        let allowed = if idle && self.finishing {
            Duration::ZERO // only read bytes that have already arrived
        } else if idle {
            self.limits.idle_timeout
        } else {
            let began = *self.began.get_or_insert_with(Instant::now);
            self.limits.request_timeout.saturating_sub(began.elapsed())
        };
        let timed_out = !idle && allowed.is_zero();
        let more = read(&mut self.stream, &mut self.decoder);
        let read = match self.overdue.filter(|_| timed_out) {
            None => self.alarm.within(allowed, more).await,
            // After the timeout, read only bytes that have arrived, up to a limit: a client that
            // always has another byte ready must still time out.
            Some(bytes) => poll_once(more).await.filter(|_| bytes < MAX_OVERDUE),
        };
        if let Some(Ok(count)) = read
            && timed_out
        {
            *self.overdue.get_or_insert(0) += count;
        }
        let fault = match read {
            Some(Ok(1..)) => return Some(()),
            Some(Ok(0)) if !idle => Fault::Truncated,
            None if !idle => Fault::RequestTimeout,
            // The client has disconnected, or the connection was idle: no answer.
            Some(Ok(0) | Err(_)) | None => return None,
        };
        self.decoder.close();
        self.reply(&fault.reply());
        Some(())
    }

    /// Answers the request that `next` returned. The answer is written when the connection next
    /// waits.
    pub fn reply(&mut self, reply: &Reply) {
        tracing::debug!(
            request = &*String::from_utf8_lossy(self.decoder.request_line()),
            length = self.decoder.request().map_or(0, |request| request.body.len()),
            answer = reply.status().line()
        );
        if reply.closes() || self.leaving || self.finishing {
            self.decoder.close();
        }
        (self.began, self.overdue) = (None, None);
        if !self.out.is_empty() {
            self.out.reserve_exact(BATCH_ROOM.saturating_sub(self.out.len())); // once per batch
        }
        with_date(|date| encode(&mut self.out, reply, self.decoder.exchange(), date));
    }

    /// Ends the connection with its next answer, which has `Connection: close`, so that the client
    /// does not reuse it (RFC 9112 §9.6).
    pub fn leave(&mut self) {
        self.leaving = true;
    }

    /// Ends the connection: at once if it is idle, otherwise with the answer to the incomplete
    /// request.
    pub fn finish(&mut self) {
        self.finishing = true;
    }

    /// Writes pending answers. Returns `None` on a timeout or an error.
    async fn flush(&mut self) -> Option<()> {
        while self.written < self.out.len() {
            let write = self.stream.write(&self.out[self.written..]);
            match self.alarm.within(self.limits.write_timeout, write).await {
                Some(Ok(count @ 1..)) => self.written += count,
                _ => return None,
            }
        }
        if !self.out.is_empty() {
            // A wrapper around a socket may buffer.
            self.alarm.within(self.limits.write_timeout, self.stream.flush()).await?.ok()?;
        }
        self.written = 0;
        self.out = Vec::new();
        Some(())
    }

    /// Stops sending, then discards input for a while: closing with unread bytes would reset the
    /// connection, and the client could lose the answer (RFC 9112 §9.6).
    async fn linger(&mut self) {
        let (time, bytes) = LINGER;
        let drain = async {
            self.stream.shutdown().await?;
            let mut left = bytes;
            while left > 0 {
                match read(&mut self.stream, &mut self.decoder).await? {
                    0 => break,
                    count => left = left.saturating_sub(count),
                }
            }
            io::Result::Ok(())
        };
        let _ = timeout(time, drain).await; // best effort
    }

    /// Reads one head, since clients read no answer before they have sent a request, answers it
    /// with
    /// `reply` and ends. A client that sends no head within `time` gets no answer.
    pub(crate) async fn reject(mut self, reply: &Reply, time: Duration) {
        let head = async {
            while let Ok(Progress::NeedMore) = self.decoder.advance()
                && self.decoder.is_before_body()
            {
                if read(&mut self.stream, &mut self.decoder).await? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            io::Result::Ok(())
        };
        if let Some(Ok(())) = Alarm::default().within(time, head).await {
            self.reply(reply);
            self.fill().await;
        }
    }
}

/// Polls a future once. Returns `None` if it is not ready.
async fn poll_once<T>(wait: impl Future<Output = T>) -> Option<T> {
    let mut wait = pin!(wait);
    poll_fn(|cx| match wait.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Waits for bytes and feeds them to the decoder. Returns their number, 0 at the end of the stream.
async fn read<R: Copy>(
    stream: &mut (impl AsyncRead + Unpin),
    decoder: &mut Decoder<R>,
) -> io::Result<usize> {
    poll_fn(|cx| {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut buf = ReadBuf::new(scratch);
            ready!(Pin::new(&mut *stream).poll_read(cx, &mut buf))?;
            decoder.feed(buf.filled());
            Ok(buf.filled().len()).into()
        })
    })
    .await
}
