//! A server of one thread a connection, on a free port, whose answers each test writes itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub const ACCEPTED: &str = r#"{"status":"accepted"}"#;
pub const REJECTED: &str = r#"{"status":"rejected","reason":"server_busy"}"#;

/// What a connection does after a request.
#[derive(PartialEq)]
pub enum Then {
    Next,
    Close,
}

/// One whole request, as it was read.
pub struct Request {
    /// How many whole requests the server had read before it.
    pub number: u64,
    pub body: String,
}

/// What the server counted.
#[derive(Default)]
pub struct Counts {
    open: AtomicU64,
    peak: AtomicU64,
    connections: AtomicU64,
    requests: AtomicU64,
}

pub struct Server {
    address: SocketAddr,
    counts: Arc<Counts>,
    over: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves each whole request with `answer`.
    pub fn start<A>(answer: A) -> Self
    where
        A: Fn(&mut TcpStream, &Request) -> Then + Send + Sync + 'static,
    {
        Self::start_raw(move |stream, counts| {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut stream = stream;
            while let Some(body) = read_request(&mut reader) {
                let number = counts.requests.fetch_add(1, SeqCst);
                if answer(&mut stream, &Request { number, body }) == Then::Close {
                    break;
                }
            }
            // Counted as closed before it is: a peer that reacts to the close is never early.
            counts.open.fetch_sub(1, SeqCst);
        })
    }

    /// Serves each connection with `serve`, which counts it as closed when it is done.
    pub fn start_raw<S>(serve: S) -> Self
    where
        S: Fn(TcpStream, &Counts) + Send + Sync + 'static,
    {
        let listener = bind();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Counts::default());
        let over = Arc::new(AtomicBool::new(false));
        let serve = Arc::new(serve);
        let accepting = thread::spawn({
            let (counts, over) = (counts.clone(), over.clone());
            move || {
                for stream in listener.incoming() {
                    if over.load(SeqCst) {
                        break;
                    }
                    let stream = stream.unwrap();
                    let open = counts.open.fetch_add(1, SeqCst) + 1;
                    counts.peak.fetch_max(open, SeqCst);
                    counts.connections.fetch_add(1, SeqCst);
                    let (serve, counts) = (serve.clone(), counts.clone());
                    thread::spawn(move || serve(stream, &counts));
                }
            }
        });
        Self { address, counts, over, accepting: Some(accepting) }
    }

    /// Answers every request with this status and body.
    pub fn answering(status: u16, body: &'static str) -> Self {
        Self::start(move |stream, _| answer(stream, status, body))
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whole requests read.
    pub fn requests(&self) -> u64 {
        self.counts.requests.load(SeqCst)
    }

    /// The most connections open at a time.
    pub fn peak(&self) -> u64 {
        self.counts.peak.load(SeqCst)
    }

    /// All connections but the one that every run tries the server with.
    pub fn connections(&self) -> u64 {
        self.counts.connections.load(SeqCst) - 1
    }

    /// Whether anything has connected at all.
    pub fn is_untouched(&self) -> bool {
        self.counts.connections.load(SeqCst) == 0
    }

    /// Stops listening, so that the next connect is refused.
    pub fn close(&mut self) {
        self.over.store(true, SeqCst);
        // Wakes the accept loop; whether it is still there is the same to us.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            accepting.join().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

/// A whole answer.
pub fn answer(stream: &mut TcpStream, status: u16, body: &str) -> Then {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n");
    send(stream, &(head + body))
}

/// Bytes that are an answer or not; a peer that has gone ends the connection.
pub fn send(stream: &mut TcpStream, bytes: &str) -> Then {
    match stream.write_all(bytes.as_bytes()) {
        Ok(()) => Then::Next,
        Err(_) => Then::Close,
    }
}

/// Says nothing until the client hangs up.
pub fn stall(stream: &mut TcpStream) -> Then {
    let _ = stream.read(&mut [0]);
    Then::Close
}

/// The body of the next request, or `None` when the client hung up first.
pub fn read_request(reader: &mut impl BufRead) -> Option<String> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(String::from_utf8(body).unwrap())
}

/// Listens on a port that nobody is given by chance. Of a port from 32768 on, a client that comes back when
/// its server has gone can be given the very same, and be connected to itself; or another test has it.
pub fn bind() -> TcpListener {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    loop {
        let nth = (std::process::id() % 10_000) as u16 + TRIED.fetch_add(1, SeqCst) % 10_000;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", 12_000 + nth)) {
            return listener;
        }
    }
}

/// A gate that is not open by then stays shut: whoever was to open it has ended.
const PATIENCE: Duration = Duration::from_secs(60);

/// Something that threads wait for until it is opened, once and for all.
#[derive(Default)]
pub struct Gate {
    open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    pub fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.opened.notify_all();
    }

    pub fn wait(&self) {
        let open = self.open.lock().unwrap();
        let (open, _) = self.opened.wait_timeout_while(open, PATIENCE, |open| !*open).unwrap();
        assert!(*open, "nothing has opened the gate");
    }
}
