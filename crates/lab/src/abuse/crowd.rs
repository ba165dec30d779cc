//! Many clients in one thread: sockets that never block, looked at by turns.

use harness::server::Server;
use socket2::SockRef;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How many connections are opened before the server is given a moment: its backlog holds 1024.
const BATCH: usize = 100;
/// How often the clients are looked at.
pub(super) const LOOK: Duration = Duration::from_millis(5);

/// One client of a crowd.
pub(super) struct Client {
    stream: TcpStream,
    /// What the server sent.
    pub received: Vec<u8>,
    /// When its connection ended.
    pub ended: Option<Instant>,
    /// When something last went out.
    pub last_sent: Instant,
}

/// Opens that many connections.
pub(super) fn open(server: SocketAddr, count: usize) -> io::Result<Vec<Client>> {
    open_by(count, || TcpStream::connect(server))
}

/// Opens that many connections of clients that will not read.
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
            sleep(LOOK);
        }
    }
    Ok(clients)
}

impl Client {
    /// Sends what the socket takes, and tells how much that is.
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

    /// Takes what has come.
    pub fn read(&mut self) {
        let mut bytes = [0; 16 * 1024];
        while self.ended.is_none() {
            match self.stream.read(&mut bytes) {
                Ok(1..) if self.received.len() > 1024 * 1024 => {} // more than anybody looks at
                Ok(count @ 1..) => self.received.extend_from_slice(&bytes[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Ok(0) | Err(_) => self.ended = Some(Instant::now()),
            }
        }
    }

    /// Whether the first answer has this status.
    pub fn got(&self, status: u16) -> bool {
        self.received.starts_with(format!("HTTP/1.1 {status} ").as_bytes())
    }

    /// Ends the connection with a reset instead of an end.
    pub fn reset(self) -> io::Result<()> {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))
    }
}

/// Sends the same from each of them.
pub(super) fn send(clients: &mut [Client], bytes: &[u8]) {
    for client in clients {
        client.send(bytes);
    }
}

/// Reads from all of them until `done` is true of each, or the time is over.
pub(super) fn read_until(clients: &mut [Client], time: Duration, done: impl Fn(&Client) -> bool) {
    let until = Instant::now() + time;
    loop {
        clients.iter_mut().for_each(Client::read);
        if clients.iter().all(&done) || Instant::now() > until {
            return;
        }
        sleep(LOOK);
    }
}
