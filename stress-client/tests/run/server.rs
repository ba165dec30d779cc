//! A server with a thread for each connection, whose answers each test defines.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub const ACCEPTED: &str = r#"{"status":"accepted"}"#;
pub const REJECTED: &str = r#"{"status":"rejected","reason":"server_busy"}"#;

/// Whether a connection continues after a request.
#[derive(Clone, Copy, PartialEq)]
pub enum Then {
    Next,
    Close,
}

/// A complete request.
pub struct Request {
    /// The number of requests that the server read before it.
    pub number: u64,
    /// The request line and the header lines.
    pub head: String,
    pub body: String,
}

/// The server's counts.
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
    /// Serves each complete request with `answer`.
    pub fn start<A>(answer: A) -> Self
    where
        A: Fn(&mut TcpStream, &Request) -> Then + Send + Sync + 'static,
    {
        Self::start_raw(move |stream, counts| {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut stream = stream;
            while let Some((head, body)) = read_request(&mut reader) {
                let number = counts.requests.fetch_add(1, SeqCst);
                if answer(&mut stream, &Request { number, head, body }) == Then::Close {
                    break;
                }
            }
            // Decrement before the close, so that a client that reacts to it sees the new count.
            counts.open.fetch_sub(1, SeqCst);
        })
    }

    /// Serves each connection with `serve`, which has to decrement `open` at its end.
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

    /// Returns the number of complete requests.
    pub fn requests(&self) -> u64 {
        self.counts.requests.load(SeqCst)
    }

    /// Returns the maximum number of connections open at a time.
    pub fn peak(&self) -> u64 {
        self.counts.peak.load(SeqCst)
    }

    /// Returns the number of connections, without the one with which every run tries the server.
    pub fn connections(&self) -> u64 {
        self.counts.connections.load(SeqCst) - 1
    }

    /// Returns true if there was no connection at all.
    pub fn is_untouched(&self) -> bool {
        self.counts.connections.load(SeqCst) == 0
    }

    /// Stops listening, so that the next connect is refused.
    pub fn close(&mut self) {
        self.over.store(true, SeqCst);
        // Wakes the accept loop, which may have ended.
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

/// Sends a complete answer.
pub fn answer(stream: &mut TcpStream, status: u16, body: &str) -> Then {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n");
    send(stream, &(head + body))
}

/// Sends bytes; ends the connection if the client has closed it.
pub fn send(stream: &mut TcpStream, bytes: &str) -> Then {
    match stream.write_all(bytes.as_bytes()) {
        Ok(()) => Then::Next,
        Err(_) => Then::Close,
    }
}

/// Sends nothing until the client closes the connection.
pub fn stall(stream: &mut TcpStream) -> Then {
    let _ = stream.read(&mut [0]);
    Then::Close
}

/// Reads head and body of the next request; `None` if the client closed the connection.
pub fn read_request(reader: &mut impl BufRead) -> Option<(String, String)> {
    let (mut length, mut head) = (0, String::new());
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
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).unwrap()))
}

/// Listens on a port below the ephemeral range. From that range, a client that reconnects after its
/// server has gone could get the server's port and connect to itself.
pub fn bind() -> TcpListener {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    loop {
        let nth = (std::process::id() % 10_000) as u16 + TRIED.fetch_add(1, SeqCst) % 10_000;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", 12_000 + nth)) {
            return listener;
        }
    }
}

const GATE_TIMEOUT: Duration = Duration::from_secs(60);

/// A gate that threads wait for until it is opened.
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
        let (open, _) = self.opened.wait_timeout_while(open, GATE_TIMEOUT, |open| !*open).unwrap();
        assert!(*open, "the gate was not opened");
    }
}
