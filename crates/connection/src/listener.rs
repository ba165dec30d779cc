//! Accepts connections for as long as there is room, and goes on when there is none.

use std::io::{self, Write as _};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use protocol::{Rejection, Reply, Routes};
use socket2::SockRef;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::{Connection, Limits};

/// Connections that may wait to be accepted; the client of one more tries again a second later.
const BACKLOG: i32 = 1024;
/// Clients that are told at one time that there is no room; further ones are closed.
const TURNED_AWAY_AT_A_TIME: usize = 128;
/// How long such a client may take for its head.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long to wait when the system has no descriptor or no memory for one more connection.
const BACK_OFF: Duration = Duration::from_millis(50);

/// The address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source} (--listen 127.0.0.1:0 takes any free port)")]
pub struct BindError {
    address: String,
    source: io::Error,
}

/// A listening socket that keeps `--max-connections`.
#[derive(Debug)]
pub struct Listener<R: 'static> {
    socket: TcpListener,
    routes: Routes<R>,
    limits: Limits,
    /// One permit for each connection that may be open.
    room: Arc<Semaphore>,
    /// One permit for each client that is being told to come back.
    turned_away: Arc<Semaphore>,
}

impl<R: Copy + Send + Sync> Listener<R> {
    /// Listens on `address`, such as `127.0.0.1:8080`, with a backlog of 1024.
    ///
    /// # Errors
    /// When the address is in use, is not this machine's, or is none.
    pub async fn bind(
        address: &str,
        routes: Routes<R>,
        limits: Limits,
    ) -> Result<Listener<R>, BindError> {
        let error = |source| BindError { address: address.to_owned(), source };
        // Looked up here: tokio would do that on a thread of its own, and panic where none can be started.
        let addresses = address.to_socket_addrs().map_err(error)?.collect::<Vec<_>>();
        let socket = TcpListener::bind(&*addresses).await.map_err(error)?;
        SockRef::from(&socket).listen(BACKLOG).map_err(error)?;
        warn_when_descriptors_are_few(limits.max_connections);
        let room = Arc::new(Semaphore::new(limits.max_connections as usize));
        let turned_away = Arc::new(Semaphore::new(TURNED_AWAY_AT_A_TIME));
        Ok(Listener { socket, routes, limits, room, turned_away })
    }

    /// Where it listens, with the port that the system chose for port 0.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Says on standard output where it listens: the line that a program which started the server
    /// waits for.
    pub fn announce(&self) {
        if let Ok(address) = self.address() {
            // Nobody may be reading, which is no reason not to serve.
            let _ = writeln!(io::stdout(), "listening on http://{address}");
        }
    }

    /// The next connection that there is room for. Cancelling it loses none.
    pub async fn accept(&self) -> Connection<R> {
        let mut warned = false;
        loop {
            let stream = match self.socket.accept().await {
                Ok((stream, _)) => stream,
                // The client was gone before it was accepted: nothing that concerns the next one.
                Err(error) if is_of_one_client(&error) => continue,
                Err(error) => {
                    if !std::mem::replace(&mut warned, true) {
                        tracing::warn!("cannot accept: {error}; trying every {BACK_OFF:?}");
                    }
                    tokio::time::sleep(BACK_OFF).await;
                    continue;
                }
            };
            // Answers are written whole, so there is nothing to be gained by holding them back.
            let _ = stream.set_nodelay(true);
            let connection = Connection::new(stream, self.routes, self.limits);
            match self.room.clone().try_acquire_owned() {
                Ok(place) => return connection.with_place(place),
                Err(_) => self.turn_away(connection),
            }
        }
    }

    fn turn_away(&self, connection: Connection<R>) {
        let Ok(place) = self.turned_away.clone().try_acquire_owned() else { return };
        tokio::spawn(async move {
            let reply = Reply::rejected(Rejection::TooManyConnections);
            connection.with_place(place).turn_away(&reply, PATIENCE).await;
        });
    }
}

fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

#[cfg(unix)]
fn warn_when_descriptors_are_few(max_connections: u32) {
    let Ok((limit, _)) = rlimit::Resource::NOFILE.get() else { return };
    if limit < u64::from(max_connections) {
        tracing::warn!(
            "only {limit} file descriptors for --max-connections {max_connections}: raise `ulimit -n`"
        );
    }
}

#[cfg(not(unix))]
fn warn_when_descriptors_are_few(_max_connections: u32) {}
