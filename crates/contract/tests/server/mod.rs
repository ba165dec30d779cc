//! A server of stage 10 on threads, with faults to plant: what the checks must find.
//!
//! It decodes requests with `protocol`; everything else is its own, so that each fault is a few
//! lines in one place: `books` has those of the queue and the balances, `distort` those of the
//! answers, this file those of the connection.

mod books;
mod distort;
mod wild;

pub use books::{QUEUE, WORKERS};

use books::Books;
use protocol::{CONTINUE, Decoder, Event, Fault as Refusal, Method, Progress};
use protocol::{Rejection, Reply, Routes, Status, asks_for_metrics, encode};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub const REQUEST_TIMEOUT: Duration = Duration::from_millis(400);
pub const IDLE_TIMEOUT: Duration = Duration::from_millis(1300);
pub const CONNECTIONS: usize = 64;
/// The time for a head on a connection beyond the limit.
const BEYOND_TIMEOUT: Duration = Duration::from_millis(200);
/// The time for which a closing connection still reads.
const LINGER: Duration = Duration::from_millis(500);
const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

/// A planted fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    QueueOneShort,
    QueueOneTooLong,
    AcceptedThenDropped,
    NoQueueWait,
    FailedNotCounted,
    BalanceWraps,
    UpdatesLost,
    PendingWraps,
    DroppedTwice,
    NoDetail,
    Unsorted,
    Accepts200,
    Refuses422,
    LibraryBodies,
    NoDate,
    NoRetryAfter,
    NoKeepAlive,
    ReadsOnce,
    CaseSensitive,
    AnswersSwapped,
    NotClosed,
    ContinuesAfterError,
    EchoesLikeStage1,
    Silent,
    ByteByByte,
    EndlessHead,
    EndlessBody,
    EndlessContinue,
}

#[derive(Debug, Clone, Copy)]
enum Resource {
    Events,
    Balances,
    Metrics,
    Health,
}

const ROUTES: Routes<Resource> = Routes(&[
    ("/", &[Method::Post], Resource::Events),
    ("/balances", &[Method::Get], Resource::Balances),
    ("/metrics", &[Method::Get], Resource::Metrics),
    ("/health", &[Method::Get], Resource::Health),
]);

/// Starts a server with this fault. Its threads end with the process.
pub fn start(fault: Fault) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    let books = Arc::new(Books::new(fault));
    for _ in 0..WORKERS {
        let books = Arc::clone(&books);
        thread::spawn(move || books.work());
    }
    let open = Arc::new(AtomicUsize::new(0));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let is_beyond = open.fetch_add(1, Ordering::SeqCst) >= CONNECTIONS;
            let (books, open) = (Arc::clone(&books), Arc::clone(&open));
            thread::spawn(move || {
                if !wild::serve(fault, &stream) {
                    Connection::new(stream, fault, is_beyond).serve(&books);
                }
                open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    address
}

struct Connection {
    stream: TcpStream,
    fault: Fault,
    decoder: Decoder<Resource>,
    /// The answers that are not written yet.
    answers: Vec<Vec<u8>>,
    began: Option<Instant>,
    /// It is one more than the server allows.
    is_beyond: bool,
    /// The bytes read last.
    read: Vec<u8>,
}

impl Connection {
    fn new(stream: TcpStream, fault: Fault, is_beyond: bool) -> Self {
        Self {
            stream,
            fault,
            decoder: Decoder::new(ROUTES),
            answers: Vec::new(),
            began: None,
            is_beyond,
            read: Vec::new(),
        }
    }

    fn serve(mut self, books: &Books) {
        let _ = self.stream.set_nodelay(true);
        loop {
            let fault = match self.decoder.advance() {
                Ok(_) if self.is_beyond && self.is_head_complete() => {
                    self.decoder.close();
                    self.reply(&Reply::rejected(Rejection::TooManyConnections));
                    continue;
                }
                Ok(Progress::Ready) => {
                    let reply = self.answer(books);
                    self.reply(&reply);
                    continue;
                }
                Ok(Progress::Options(allow)) => {
                    self.reply(&Reply::options(allow));
                    continue;
                }
                Ok(Progress::Continue) => {
                    self.answers.push(CONTINUE.to_vec());
                    continue;
                }
                Ok(Progress::NeedMore) => match self.fill() {
                    Ok(()) => continue,
                    Err(None) => return,
                    Err(Some(_)) if self.is_beyond => return,
                    Err(Some(fault)) => {
                        self.decoder.close();
                        fault
                    }
                },
                Ok(Progress::Refused(fault)) | Err(fault) => fault,
            };
            self.reply(&fault.reply());
        }
    }

    fn is_head_complete(&self) -> bool {
        !self.decoder.is_before_body() && !self.decoder.is_closed()
    }

    fn answer(&self, books: &Books) -> Reply {
        let Some(request) = self.decoder.request() else { return Refusal::NotFound.reply() };
        match request.resource {
            Resource::Events => match Event::parse(request.body) {
                Ok(event) => match books.offer(event.user, event.amount) {
                    true => Reply::accepted(Status::Accepted),
                    false => Reply::rejected(Rejection::ServerBusy),
                },
                Err(_) if asks_for_metrics(request.body) => Reply::json(Status::Ok, &books.json()),
                Err(fault) => fault.reply(),
            },
            Resource::Balances => Reply::json(Status::Ok, &books.balances()),
            Resource::Metrics => Reply::prometheus(books.text()),
            Resource::Health => Reply::health(true),
        }
    }

    fn reply(&mut self, reply: &Reply) {
        if self.fault == Fault::NoKeepAlive {
            self.decoder.close();
        }
        self.began = None;
        let mut bytes = Vec::new();
        encode(&mut bytes, reply, self.decoder.exchange(), DATE);
        self.answers.push(distort::answer(self.fault, bytes));
    }

    /// Writes the answers and reads more. Fails at the end of the connection, with the fault of the
    /// request that is incomplete.
    fn fill(&mut self) -> Result<(), Option<Refusal>> {
        if self.fault == Fault::AnswersSwapped && self.answers.len() > 1 {
            self.answers.swap(0, 1);
        }
        self.stream.write_all(&self.answers.concat()).map_err(|_| None)?;
        let is_error = self.answers.last().is_some_and(|answer| distort::is_invalid_http(answer));
        self.answers.clear();
        if self.decoder.is_closed() {
            let stays = [Fault::NotClosed, Fault::ContinuesAfterError].contains(&self.fault);
            if !(stays && is_error) {
                return self.linger();
            }
            self.decoder = Decoder::new(ROUTES);
            let rest = self.read.windows(4).position(|window| window == b"\r\n\r\n");
            if let Some(at) = rest.filter(|_| self.fault == Fault::ContinuesAfterError) {
                self.decoder.feed(&self.read.split_off(at + 4));
                return Ok(());
            }
        }
        let is_idle = self.decoder.is_idle();
        let left = if self.is_beyond {
            BEYOND_TIMEOUT
        } else if is_idle {
            IDLE_TIMEOUT
        } else {
            let began = *self.began.get_or_insert_with(Instant::now);
            REQUEST_TIMEOUT.saturating_sub(began.elapsed())
        };
        let overdue = Err(Some(Refusal::RequestTimeout));
        if left.is_zero() {
            return overdue;
        }
        let _ = self.stream.set_read_timeout(Some(left));
        let mut bytes = vec![0; 256 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(0) if is_idle => Err(None),
            Ok(0) => Err(Some(Refusal::Truncated)),
            Ok(count) if self.fault == Fault::ReadsOnce && !is_idle && count > 0 => {
                Err(Some(Refusal::RequestLine))
            }
            Ok(count) => {
                self.read = distort::request(self.fault, &bytes[..count]);
                self.decoder.feed(&self.read);
                Ok(())
            }
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => {
                if is_idle {
                    Err(None)
                } else {
                    overdue
                }
            }
            Err(_) => Err(None),
        }
    }

    fn linger(&mut self) -> Result<(), Option<Refusal>> {
        let _ = self.stream.shutdown(Shutdown::Write);
        let (until, mut bytes) = (Instant::now() + LINGER, vec![0; 256 * 1024]);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let _ = self.stream.set_read_timeout(Some(left.max(Duration::from_millis(1))));
            match self.stream.read(&mut bytes) {
                Ok(1..) if !left.is_zero() => {}
                _ => return Err(None),
            }
        }
    }
}
