//! Many clients in one thread, with non-blocking sockets that are polled in turn.

use harness::server::Server;
use socket2::SockRef;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The number of connections opened between pauses; the server's backlog holds 1024.
const BATCH: usize = 100;
/// The pause between two polls.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// The number of received bytes that are kept.
const RECEIVED_MAX: usize = 1024 * 1024;

/// One client of a crowd.
pub(super) struct Client {
    stream: TcpStream,
    /// The bytes received so far.
    pub received: Vec<u8>,
    /// The time when its connection ended.
    pub ended: Option<Instant>,
    /// The time of its last successful write.
    pub last_sent: Instant,
}

/// Opens `count` connections.
pub(super) fn open(server: SocketAddr, count: usize) -> io::Result<Vec<Client>> {
    open_by(count, || TcpStream::connect(server))
}

/// Opens `count` connections with a small receive buffer, for clients that do not read.
pub(super) fn open_narrow(server: &Server, count: usize) -> io::Result<Vec<Client>> {
    open_by(count, || server.connect_narrow())
}

fn open_by(count: usize, connect: impl Fn() -> io::Result<TcpStream>) -> io::Result<Vec<Client>> {
    let mut clients = Vec::with_capacity(count);
    for index in 0..count {
        let stream = connect()?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        clients.push(Client {
            stream,
            received: Vec::new(),
            ended: None,
            last_sent: Instant::now(),
        });
        if index % BATCH == BATCH - 1 {
            sleep(POLL_INTERVAL);
        }
    }
    Ok(clients)
}

impl Client {
    /// Sends without blocking. Returns the number of bytes sent.
    pub fn send(&mut self, bytes: &[u8]) -> usize {
        match self.stream.write(bytes) {
            Ok(count) => {
                self.last_sent = Instant::now();
                count
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(_) => {
                self.ended.get_or_insert_with(Instant::now);
                0
            }
        }
    }

    /// Reads without blocking, until nothing more is there or the connection has ended.
    pub fn read(&mut self) {
        let mut bytes = [0; 16 * 1024];
        while self.ended.is_none() {
            match self.stream.read(&mut bytes) {
                Ok(1..) if self.received.len() > RECEIVED_MAX => {}
                Ok(count @ 1..) => self.received.extend_from_slice(&bytes[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Ok(0) | Err(_) => self.ended = Some(Instant::now()),
            }
        }
    }

    /// Returns true if the first answer has this status.
    pub fn got(&self, status: u16) -> bool {
        self.received.starts_with(format!("HTTP/1.1 {status} ").as_bytes())
    }

    /// Closes the connection with a reset.
    pub fn reset(self) -> io::Result<()> {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))
    }
}

/// Sends the same bytes from each client.
pub(super) fn send(clients: &mut [Client], bytes: &[u8]) {
    for client in clients {
        client.send(bytes);
    }
}

/// Reads until `is_done` returns true for each client, or the timeout is over.
pub(super) fn read_until(
    clients: &mut [Client],
    timeout: Duration,
    is_done: impl Fn(&Client) -> bool,
) {
    let until = Instant::now() + timeout;
    loop {
        clients.iter_mut().for_each(Client::read);
        if clients.iter().all(&is_done) || Instant::now() > until {
            return;
        }
        sleep(POLL_INTERVAL);
    }
}
