//! A stream in memory. The test holds the client's end, sees each write separately, and controls
//! how much is read.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use connection::{Connection, Limits};
use protocol::{Method, Reply, Routes, Status};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::JoinHandle;

pub const ROUTES: Routes<&str> =
    Routes(&[("/", &[Method::Post], "/"), ("/balances", &[Method::Get], "/balances")]);

pub const LIMITS: Limits = Limits {
    max_connections: 1,
    request_timeout: Duration::from_secs(10),
    idle_timeout: Duration::from_secs(60),
    write_timeout: Duration::from_secs(10),
};

pub const GET: &str = "GET /balances HTTP/1.1\r\nHost: h\r\n\r\n";
pub const POST: &str = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi";

#[derive(Debug)]
struct Wire {
    input: VecDeque<u8>,
    /// The client has closed its sending side.
    eof: bool,
    reset: bool,
    /// The maximum number of bytes per read and per write.
    at_a_time: usize,
    /// The number of bytes that the client still accepts.
    room: usize,
    writes: Vec<Vec<u8>>,
    flushes: usize,
    /// The server has closed its sending side.
    shut: bool,
    /// The server has dropped the stream.
    dropped: bool,
    /// Every call first returns `Pending`, so that it can be cancelled there.
    reluctant: bool,
    asked_before: [bool; 4],
    wakers: Vec<Waker>,
}

impl Wire {
    /// Returns true if this call must return `Pending` although it could proceed.
    fn stalls(&mut self, call: usize, cx: &Context<'_>) -> bool {
        let asked_before = std::mem::replace(&mut self.asked_before[call], true);
        let stalls = self.reluctant && !asked_before;
        if stalls {
            cx.waker().wake_by_ref();
        } else {
            self.asked_before[call] = false;
        }
        stalls
    }
}

/// The server's end.
#[derive(Debug)]
pub struct Stream(Arc<Mutex<Wire>>);

/// The client's end.
#[derive(Debug, Clone)]
pub struct Client(Arc<Mutex<Wire>>);

pub fn wire() -> (Client, Stream) {
    let wire = Arc::new(Mutex::new(Wire {
        input: VecDeque::new(),
        eof: false,
        reset: false,
        at_a_time: usize::MAX,
        room: usize::MAX,
        writes: Vec::new(),
        flushes: 0,
        shut: false,
        dropped: false,
        reluctant: false,
        asked_before: [false; 4],
        wakers: Vec::new(),
    }));
    (Client(wire.clone()), Stream(wire))
}

fn lock(wire: &Mutex<Wire>) -> MutexGuard<'_, Wire> {
    wire.lock().expect("no test panics with the lock held")
}

impl Client {
    fn change(&self, change: impl FnOnce(&mut Wire)) {
        let mut wire = lock(&self.0);
        change(&mut wire);
        wire.wakers.drain(..).for_each(Waker::wake);
    }

    pub fn send(&self, bytes: impl AsRef<[u8]>) {
        self.change(|wire| wire.input.extend(bytes.as_ref()));
    }

    /// Closes the sending side.
    pub fn send_end(&self) {
        self.change(|wire| wire.eof = true);
    }

    pub fn reset(&self) {
        self.change(|wire| wire.reset = true);
    }

    /// Accepts this many further bytes.
    pub fn take(&self, room: usize) {
        self.change(|wire| wire.room = room);
    }

    pub fn at_a_time(&self, bytes: usize) {
        self.change(|wire| wire.at_a_time = bytes);
    }

    pub fn be_reluctant(&self) {
        self.change(|wire| wire.reluctant = true);
    }

    /// Returns the content of each write.
    pub fn writes(&self) -> Vec<String> {
        let wire = lock(&self.0);
        wire.writes.iter().map(|write| String::from_utf8_lossy(write).into_owned()).collect()
    }

    /// Returns everything that the server has sent.
    pub fn received(&self) -> String {
        self.writes().concat()
    }

    /// Returns the status codes of the answers in order. No body in these tests contains a status
    /// line.
    pub fn statuses(&self) -> Vec<u16> {
        let received = self.received();
        let answers = received.split("HTTP/1.1 ").skip(1);
        answers.map(|answer| answer[..3].parse().expect("a status code")).collect()
    }

    pub fn unread(&self) -> usize {
        lock(&self.0).input.len()
    }

    pub fn flushes(&self) -> usize {
        lock(&self.0).flushes
    }

    pub fn sees_end(&self) -> bool {
        let wire = lock(&self.0);
        wire.shut || wire.dropped
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut wire = lock(&self.0);
        if wire.reset {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if (wire.input.is_empty() && !wire.eof) || wire.stalls(0, cx) {
            wire.wakers.push(cx.waker().clone());
            return Poll::Pending;
        }
        let count = wire.input.len().min(wire.at_a_time).min(buf.remaining());
        let bytes: Vec<u8> = wire.input.drain(..count).collect();
        buf.put_slice(&bytes);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut wire = lock(&self.0);
        assert!(!wire.shut, "a write after the shutdown");
        if wire.reset {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        if wire.room == 0 || wire.stalls(1, cx) {
            wire.wakers.push(cx.waker().clone());
            return Poll::Pending;
        }
        let count = bytes.len().min(wire.at_a_time).min(wire.room);
        if wire.room != usize::MAX {
            wire.room -= count;
        }
        wire.writes.push(bytes[..count].to_vec());
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut wire = lock(&self.0);
        if wire.stalls(2, cx) {
            return Poll::Pending;
        }
        wire.flushes += 1;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut wire = lock(&self.0);
        if wire.stalls(3, cx) {
            return Poll::Pending;
        }
        wire.shut = true;
        Poll::Ready(Ok(()))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        lock(&self.0).dropped = true;
    }
}

/// Creates a client and a server that answers every request `200` until the connection ends, and
/// then returns the requests.
pub fn serve() -> (Client, JoinHandle<Vec<String>>) {
    let (client, stream) = wire();
    let mut connection = Connection::new(stream, ROUTES, LIMITS);
    let server = tokio::spawn(async move {
        let mut seen = Vec::new();
        while let Some(request) = connection.next().await {
            let body = String::from_utf8_lossy(request.body);
            seen.push(
                format!("{} {} {body}", request.method.name(), request.resource).trim().to_owned(),
            );
            connection.reply(&Reply::accepted(Status::Ok));
        }
        seen
    });
    (client, server)
}

/// Waits for the server's result. The hour is of tokio's paused clock and passes at once if all
/// tasks wait.
pub async fn end_of<T>(server: JoinHandle<T>) -> T {
    let hour = Duration::from_secs(3600);
    tokio::time::timeout(hour, server).await.expect("it ends").expect("it does not panic")
}

/// Waits until the server is idle: the paused clock advances only when all tasks wait.
pub async fn settle() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}

/// Lets time pass.
pub async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
