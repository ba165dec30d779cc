//! Accepts connections up to a limit, and rejects further ones.

use std::io::{self, Write as _};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use protocol::{Rejection, Reply, Routes};
use socket2::SockRef;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::{Connection, Limits};

/// The number of connections that may wait to be accepted. Beyond it, a client's system retries
/// after a second.
const BACKLOG: i32 = 1024;
/// The number of clients that are answered 503 at a time; further ones are closed without an
/// answer.
const MAX_REJECTING: usize = 128;
/// The time limit for the head of a rejected client.
const REJECT_TIMEOUT: Duration = Duration::from_secs(1);
/// The pause after the system had no descriptor or no memory for a connection.
const BACK_OFF: Duration = Duration::from_millis(50);

/// The error when an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source} (--listen 127.0.0.1:0 takes any free port)")]
pub struct BindError {
    address: String,
    source: io::Error,
}

/// A listening socket that enforces `--max-connections`.
#[derive(Debug)]
pub struct Listener<R: 'static> {
    socket: TcpListener,
    routes: Routes<R>,
    limits: Limits,
    /// One permit for each connection that may be open.
    room: Arc<Semaphore>,
    /// One permit for each client that may be rejected with an answer at a time.
    rejecting: Arc<Semaphore>,
}

impl<R: Copy + Send + Sync> Listener<R> {
    /// Listens on `address`, such as `127.0.0.1:8080`, with a backlog of 1024.
    ///
    /// # Errors
    /// If the address is in use, belongs to another machine, or is invalid.
    pub async fn bind(
        address: &str,
        routes: Routes<R>,
        limits: Limits,
    ) -> Result<Listener<R>, BindError> {
        let error = |source| BindError { address: address.to_owned(), source };
        // tokio would resolve the address on another thread, and panic if none can be started.
        let addresses = address.to_socket_addrs().map_err(error)?.collect::<Vec<_>>();
        let socket = TcpListener::bind(&*addresses).await.map_err(error)?;
        SockRef::from(&socket).listen(BACKLOG).map_err(error)?;
        warn_when_descriptors_are_few(limits.max_connections);
        let room = Arc::new(Semaphore::new(limits.max_connections as usize));
        let rejecting = Arc::new(Semaphore::new(MAX_REJECTING));
        Ok(Listener { socket, routes, limits, room, rejecting })
    }

    /// Returns the address, with the port that the system chose for port 0.
    ///
    /// # Errors
    /// If the system cannot report it.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Prints the address to standard output, where programs that start the server wait for it.
    pub fn announce(&self) {
        if let Ok(address) = self.address() {
            // Ignore errors: standard output may be closed.
            let _ = writeln!(io::stdout(), "listening on http://{address}");
        }
    }

    /// Waits for the next connection within the limit. Cancelling it loses no connection.
    pub async fn accept(&self) -> Connection<R> {
        let mut warned = false;
        loop {
            let stream = match self.socket.accept().await {
                Ok((stream, _)) => stream,
                // This client disconnected before it was accepted.
                Err(error) if concerns_one_client(&error) => continue,
                Err(error) => {
                    if !std::mem::replace(&mut warned, true) {
                        tracing::warn!("cannot accept: {error}; trying every {BACK_OFF:?}");
                    }
                    tokio::time::sleep(BACK_OFF).await;
                    continue;
                }
            };
            // Answers are written whole, so delaying them for more data gains nothing.
            let _ = stream.set_nodelay(true);
            let connection = Connection::new(stream, self.routes, self.limits);
            match self.room.clone().try_acquire_owned() {
                Ok(permit) => return connection.with_permit(permit),
                Err(_) => self.reject(connection),
            }
        }
    }

    fn reject(&self, connection: Connection<R>) {
        let Ok(permit) = self.rejecting.clone().try_acquire_owned() else { return };
        tokio::spawn(async move {
            let reply = Reply::rejected(Rejection::TooManyConnections);
            connection.with_permit(permit).reject(&reply, REJECT_TIMEOUT).await;
        });
    }
}

fn concerns_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

#[cfg(unix)]
fn warn_when_descriptors_are_few(max_connections: u32) {
    let Ok((limit, _)) = rlimit::Resource::NOFILE.get() else { return };
    if limit < u64::from(max_connections) {
        tracing::warn!(
            "only {limit} file descriptors for --max-connections {max_connections}: \
            raise `ulimit -n`"
        );
    }
}

#[cfg(not(unix))]
fn warn_when_descriptors_are_few(_max_connections: u32) {}
