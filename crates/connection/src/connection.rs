//! One client's connection: requests out of it, answers into it, and never longer than agreed.

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
/// What a batch of answers takes of memory, the one that passes the limit included.
const BATCH_ROOM: usize = FLUSH_AT + 1024;
/// The bytes that a request may still bring when its time is over, all at once: what came while the process
/// stood still, and no more than a whole request.
const OVERDUE: usize = 128 * 1024;
/// How long, and for how many bytes, the end of a connection waits for its client to notice.
const LINGER: (Duration, usize) = (Duration::from_secs(2), 16 * 1024 * 1024);

thread_local! {
    /// What is read lands here first, so that a connection which only waits holds no buffer.
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; 16 * 1024].into());
}

/// A connection that speaks HTTP/1.1 over any stream.
///
/// `next`, then `reply`, until `next` is `None`. Every method can be cancelled and called again:
/// what was read and what is still to be written stays in the connection.
#[derive(Debug)]
pub struct Connection<R: 'static, S = TcpStream> {
    stream: S,
    limits: Limits,
    decoder: Decoder<R>,
    alarm: Alarm,
    /// When the request that is being read began to arrive.
    began: Option<Instant>,
    /// Bytes that were read of it since its time was over.
    overdue: Option<usize>,
    out: Vec<u8>,
    /// How much of `out` was written.
    written: usize,
    /// End with the next answer.
    leaving: bool,
    /// Close as soon as no request is half sent.
    finishing: bool,
    /// Counts against `--max-connections` until the connection is dropped.
    _place: Option<OwnedSemaphorePermit>,
}

impl<R: Copy, S: AsyncRead + AsyncWrite + Unpin> Connection<R, S> {
    /// A connection for a server with these routes.
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
            _place: None,
        }
    }

    /// Keeps a place taken for as long as the connection lives.
    pub(crate) fn with_place(self, place: OwnedSemaphorePermit) -> Connection<R, S> {
        Connection { _place: Some(place), ..self }
    }

    /// The next request for one of the routes; `None` when the connection has ended. Whatever is
    /// wrong with a request is answered here, and so is OPTIONS.
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

    /// Waits for more bytes, once every answer so far is written. `None` ends the connection.
    async fn fill(&mut self) -> Option<()> {
        self.flush().await?;
        if self.decoder.is_closed() {
            self.linger().await;
            return None;
        }
        let idle = self.decoder.is_idle();
        let allowed = match idle {
            true if self.finishing => Duration::ZERO, // and a last look at what has arrived already
            true => self.limits.idle_timeout,
            false => {
                let began = *self.began.get_or_insert_with(Instant::now);
                self.limits.request_timeout.saturating_sub(began.elapsed())
            }
        };
        let is_over = !idle && allowed.is_zero();
        let more = read(&mut self.stream, &mut self.decoder);
        let read = match self.overdue.filter(|_| is_over) {
            None => self.alarm.within(allowed, more).await,
            // Bytes that have not arrived by now are late. A client that always has one byte ready would
            // otherwise never run out of time.
            Some(bytes) => ready_now(more).await.filter(|_| bytes < OVERDUE),
        };
        if let Some(Ok(count)) = read
            && is_over
        {
            *self.overdue.get_or_insert(0) += count;
        }
        let fault = match read {
            Some(Ok(1..)) => return Some(()),
            Some(Ok(0)) if !idle => Fault::Truncated,
            None if !idle => Fault::RequestTimeout,
            // Nothing is owed to a client that is gone, or that has nothing to say.
            Some(Ok(0) | Err(_)) | None => return None,
        };
        self.decoder.close();
        self.reply(&fault.reply());
        Some(())
    }

    /// Answers the request that `next` gave. It is written when the connection next waits.
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
            self.out.reserve_exact(BATCH_ROOM.saturating_sub(self.out.len())); // and no more than once
        }
        with_date(|date| encode(&mut self.out, reply, self.decoder.exchange(), date));
    }

    /// Ends the connection with its next answer, which says `Connection: close`: a client that keeps it
    /// for later is not told in any other way (RFC 9112 §9.6).
    pub fn leave(&mut self) {
        self.leaving = true;
    }

    /// Ends the connection: at once between two requests, otherwise with the answer to the one
    /// that is half sent.
    pub fn finish(&mut self) {
        self.finishing = true;
    }

    /// Writes what is to be written; `None` when the client does not take it.
    async fn flush(&mut self) -> Option<()> {
        while self.written < self.out.len() {
            let write = self.stream.write(&self.out[self.written..]);
            match self.alarm.within(self.limits.write_timeout, write).await {
                Some(Ok(count @ 1..)) => self.written += count,
                _ => return None,
            }
        }
        if !self.out.is_empty() {
            // Sockets hold nothing back; a stream that is wrapped around one may.
            self.alarm.within(self.limits.write_timeout, self.stream.flush()).await?.ok()?;
        }
        self.written = 0;
        self.out = Vec::new();
        Some(())
    }

    /// Stops sending, then drops what still comes: closing with unread bytes would be a reset, and
    /// the client would lose the answer with it (RFC 9112 §9.6).
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
        let _ = timeout(time, drain).await; // a courtesy: nothing follows from its outcome
    }

    /// Reads one head, so that the client is listening, answers it whatever it says, and ends. A
    /// client that sends none in time gets no answer.
    pub(crate) async fn turn_away(mut self, reply: &Reply, patience: Duration) {
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
        if let Some(Ok(())) = Alarm::default().within(patience, head).await {
            self.reply(reply);
            self.fill().await;
        }
    }
}

/// Polls once; `None` where that would have to wait.
async fn ready_now<T>(wait: impl Future<Output = T>) -> Option<T> {
    let mut wait = pin!(wait);
    poll_fn(|cx| match wait.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Reads what is there, or waits for it; 0 is the end of the stream.
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
