//! Runs a server as a child process.

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

/// The time limit for anything that a server should do at once.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A little more than the time within which stage 10 counts further signals as the same stop.
pub const SAME_STOP: Duration = Duration::from_millis(510);

/// A running server. Dropping it kills the process.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    process: Process,
}

/// The exit status and the output of a process.
#[derive(Debug)]
pub struct Exit {
    /// The exit status.
    pub status: ExitStatus,
    /// The lines of standard output that were not read before.
    pub stdout: Vec<String>,
    /// Standard error.
    pub stderr: String,
}

/// A signal to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM.
    Terminate,
    /// SIGINT, as sent by Ctrl-C.
    Interrupt,
    /// SIGHUP, as sent by a terminal that is closed.
    Hangup,
    /// SIGKILL. On other systems than Unix, the signals above kill too.
    Kill,
    /// SIGSTOP; Unix only.
    Stop,
    /// SIGCONT; Unix only.
    Continue,
}

impl Server {
    /// Starts a binary on a free port of 127.0.0.1, with further arguments, and waits for the line
    /// with its address.
    ///
    /// # Errors
    /// When it cannot be started, ends, or writes another line.
    pub fn start(binary: &str, arguments: &[&str]) -> io::Result<Self> {
        Self::start_by(&[binary], arguments)
    }

    /// Starts a binary through another program, such as `["sh", "-c", "ulimit -n 64; exec \"$@\"",
    /// "sh", binary]`.
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
                        "no line within {PATIENCE:?} (does it flush its first line?): {exit}"
                    ),
                    Err(RecvTimeoutError::Disconnected) => {
                        format!("ended before its first line: {exit}")
                    }
                }))
            }
        }
    }

    /// Runs a binary that ends by itself, such as with invalid arguments.
    ///
    /// # Errors
    /// When it cannot be started or does not end.
    pub fn run_to_end(binary: &str, arguments: &[&str]) -> io::Result<Exit> {
        Process::spawn(binary, arguments)?.wait(PATIENCE)
    }

    /// Starts a binary and sends a signal after some time, without waiting for its first line.
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

    /// Returns the address of the server.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of the server.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the process id.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn connect(&self) -> Result<Wire, WireError> {
        Wire::open(self.address, PATIENCE)
    }

    /// Opens a connection with a small, fixed receive buffer, so that the server soon has to wait
    /// for its client to read.
    ///
    /// # Errors
    /// When the connection fails.
    pub fn connect_narrow(&self) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::for_address(self.address), Type::STREAM, None)?;
        socket.set_recv_buffer_size(4096)?;
        socket.connect(&self.address.into())?;
        Ok(socket.into())
    }

    /// Sends a request on a new connection.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn request(&self, method: &str, target: &str, body: &str) -> Result<Response, WireError> {
        self.connect()?.request(method, target, body)
    }

    /// Returns the balance of every user.
    ///
    /// # Errors
    /// When there is no answer, or it is invalid.
    pub fn balances(&self) -> io::Result<BTreeMap<String, i64>> {
        let got = self.request("GET", "/balances", "").map_err(io::Error::other)?;
        serde_json::from_slice(&got.body)
            .map_err(|error| io::Error::other(format!("{got}: {error}")))
    }

    /// Returns the metrics by name (stages 9 and 10).
    ///
    /// # Errors
    /// When there is no answer, or it is invalid.
    pub fn metrics(&self) -> io::Result<BTreeMap<String, u64>> {
        let got = self.request("POST", "/", r#"{"type":"metrics"}"#).map_err(io::Error::other)?;
        serde_json::from_slice(&got.body)
            .map_err(|error| io::Error::other(format!("no metrics in {got}: {error}")))
    }

    /// Returns the standard error so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.process.stderr()
    }

    /// Sends a signal, unless the process has ended.
    pub fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Waits until the process has ended, and kills it after [`PATIENCE`].
    ///
    /// # Errors
    /// When it had to be killed.
    pub fn wait(mut self) -> io::Result<Exit> {
        self.process.wait(PATIENCE)
    }
}

impl Exit {
    /// Returns the exit status as a shell does: 128 plus the number of the signal for a process
    /// that was ended by one.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&self.status) {
            return Some(128 + signal);
        }
        self.status.code()
    }

    /// Returns a figure of stage 10's final line on standard output.
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
