//! A server as a process of its own: started, spoken to, signalled, waited for, never left behind.

use crate::keeper::Process;
use contract::{Response, Wire, WireError};
use serde_json::Value;
use socket2::{Domain, Socket, Type};
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::process::ExitStatus;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::Duration;

/// How long anything may take that a server does without being told to wait.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A signal that comes sooner after the first one belongs to the same stop (stage 10); and a little more.
pub const SAME_STOP: Duration = Duration::from_millis(510);

/// A running server. Dropping it kills the process.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    process: Process,
}

/// How a process ended, and what it said.
#[derive(Debug)]
pub struct Exit {
    /// Its exit status.
    pub status: ExitStatus,
    /// The lines on standard output that were not read before.
    pub stdout: Vec<String>,
    /// All of standard error.
    pub stderr: String,
}

/// What a process is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM: end in good order.
    Terminate,
    /// SIGINT, as Ctrl-C sends it.
    Interrupt,
    /// SIGHUP, as a terminal that is closed sends it.
    Hangup,
    /// SIGKILL; on other systems than Unix, what every signal but the next two is.
    Kill,
    /// SIGSTOP: stand still, connections and all. Unix alone.
    Stop,
    /// SIGCONT: go on.
    Continue,
}

impl Server {
    /// Starts a binary on any free port of 127.0.0.1, with further arguments, and waits until it
    /// says where it listens.
    ///
    /// # Errors
    /// When it cannot be started, or ends or says something else instead.
    pub fn start(binary: &str, arguments: &[&str]) -> io::Result<Self> {
        Self::start_by(&[binary], arguments)
    }

    /// The same by way of another program: `["sh", "-c", "ulimit -n 64; exec \"$@\"", "sh", binary]`.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_by(command: &[&str], arguments: &[&str]) -> io::Result<Self> {
        let arguments = [&command[1..], &["--listen", "127.0.0.1:0"], arguments].concat();
        let binary = command[0];
        let mut process = Process::spawn(binary, &arguments)?;
        let line = process.stdout.recv_timeout(PATIENCE);
        let address =
            line.as_deref().ok().and_then(|line| line.strip_prefix("listening on http://"));
        match address.and_then(|address| address.parse().ok()) {
            Some(address) => Ok(Self { address, process }),
            None => {
                process.signal(Signal::Kill);
                let exit = process.wait(PATIENCE)?;
                Err(io::Error::other(match line {
                    Ok(line) => format!(
                        "its first line is `{line}`, not `listening on http://127.0.0.1:PORT`: {exit}"
                    ),
                    Err(RecvTimeoutError::Timeout) => format!(
                        "wrote no line within {PATIENCE:?} (is its first one flushed?): {exit}"
                    ),
                    Err(RecvTimeoutError::Disconnected) => {
                        format!("ended before it said where it listens: {exit}")
                    }
                }))
            }
        }
    }

    /// Runs a binary that is expected to end by itself, such as one whose arguments are refused.
    ///
    /// # Errors
    /// When it cannot be started or does not end.
    pub fn run_to_end(binary: &str, arguments: &[&str]) -> io::Result<Exit> {
        Process::spawn(binary, arguments)?.wait(PATIENCE)
    }

    /// Starts a binary and, without waiting for its first line, signals it after a while.
    ///
    /// # Errors
    /// When it cannot be started or does not end.
    pub fn signal_at_start(
        binary: &str,
        arguments: &[&str],
        after: Duration,
        signal: Signal,
    ) -> io::Result<Exit> {
        let mut process = Process::spawn(binary, arguments)?;
        thread::sleep(after);
        process.signal(signal);
        process.wait(PATIENCE)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The number of its process.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// A new connection to it.
    ///
    /// # Errors
    /// When it does not listen any more.
    pub fn connect(&self) -> Result<Wire, WireError> {
        Wire::open(self.address, PATIENCE)
    }

    /// A new connection that takes little before the server has to wait for its client to read: a
    /// receive buffer that grows would be taken for one that does.
    ///
    /// # Errors
    /// When it does not listen any more.
    pub fn connect_narrow(&self) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::for_address(self.address), Type::STREAM, None)?;
        socket.set_recv_buffer_size(4096)?;
        socket.connect(&self.address.into())?;
        Ok(socket.into())
    }

    /// One request on a connection of its own.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn request(&self, method: &str, target: &str, body: &str) -> Result<Response, WireError> {
        self.connect()?.request(method, target, body)
    }

    /// Every user's balance.
    ///
    /// # Errors
    /// When the server does not tell.
    pub fn balances(&self) -> io::Result<BTreeMap<String, i64>> {
        let got = self.request("GET", "/balances", "").map_err(io::Error::other)?;
        serde_json::from_slice(&got.body)
            .map_err(|error| io::Error::other(format!("{got}: {error}")))
    }

    /// The server's own figures by name (stages 9 and 10).
    ///
    /// # Errors
    /// When the server does not tell.
    pub fn metrics(&self) -> io::Result<BTreeMap<String, u64>> {
        let got = self.request("POST", "/", r#"{"type":"metrics"}"#).map_err(io::Error::other)?;
        serde_json::from_slice(&got.body)
            .map_err(|error| io::Error::other(format!("no metrics in {got}: {error}")))
    }

    /// What it has written to standard error until now.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.process.stderr()
    }

    /// Sends a signal; to a process that has ended, none.
    pub fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Waits until the process has ended.
    ///
    /// # Errors
    /// When it is still running after [`PATIENCE`]; it is killed then.
    pub fn wait(mut self) -> io::Result<Exit> {
        self.process.wait(PATIENCE)
    }
}

impl Exit {
    /// The exit status as a shell has it: 128 and the signal's number for a process that a signal
    /// ended.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&self.status) {
            return Some(128 + signal);
        }
        self.status.code()
    }

    /// A figure of the last line on standard output, if that is stage 10's.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<u64> {
        let line: Value = serde_json::from_str(self.stdout.last()?).ok()?;
        line.get(name)?.as_u64()
    }
}

impl Display for Exit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}; standard output {:?}; standard error:\n{}",
            self.status, self.stdout, self.stderr
        )
    }
}
