//! Runs a server as a child process.

mod exit;

pub use exit::Exit;
pub(crate) use exit::outputs;

use crate::keeper::Process;
use contract::{Response, Wire, WireError};
use socket2::{Domain, Socket, Type};
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::time::{Duration, Instant};

/// The time limit for anything that a server should do at once.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A little more than the time within which stage 10 counts further signals as the same stop.
pub const SAME_STOP: Duration = Duration::from_millis(510);

/// The number of bytes kept of each output, more than the logs that programs read.
const OUTPUT_MAX: usize = 256 * 1024 * 1024;
/// The interval at which a port is tried.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// A running server. Dropping it kills the process, and those that it has started.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    process: Process,
    /// The end of all patience with it.
    until: Option<Instant>,
}

/// Kills every running server with the processes that it has started.
pub fn kill_all() {
    crate::keeper::kill_all();
}

/// How a server is started.
#[derive(Debug)]
pub(crate) struct Launch<'a> {
    /// The program and all its arguments.
    pub command: &'a [&'a str],
    /// The port of 127.0.0.1 to try, for a server that does not write its address.
    pub port: Option<u16>,
    /// The end of all patience.
    pub until: Option<Instant>,
    /// The number of bytes kept of each output.
    pub output_max: usize,
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
        let command = [command, &["--listen", "127.0.0.1:0"], arguments].concat();
        let (port, until, output_max) = (None, None, OUTPUT_MAX);
        Self::launch(&Launch { command: &command, port, until, output_max })
    }

    pub(crate) fn launch(launch: &Launch<'_>) -> io::Result<Self> {
        let (binary, arguments) =
            launch.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let process = Process::spawn(binary, arguments, launch.output_max)?;
        let address = SocketAddr::from(([127, 0, 0, 1], launch.port.unwrap_or(0)));
        let mut server = Self { address, process, until: launch.until };
        let listens = match launch.port {
            Some(_) => server.await_port(),
            None => server.read_address(),
        };
        if let Err(wrong) = listens {
            server.process.signal(Signal::Kill);
            return Err(io::Error::other(match server.process.wait(PATIENCE) {
                Ok(exit) => format!("{wrong}: {exit}"),
                Err(error) => format!("{wrong}: {error}"),
            }));
        }
        Ok(server)
    }

    /// Waits for the first line, and reads the address from it.
    fn read_address(&mut self) -> Result<(), String> {
        let patience = self.patience();
        let line = self.process.first_line(patience).map_err(|error| match error {
            RecvTimeoutError::Timeout => {
                format!("no line within {patience:.0?} (does it flush its first line?)")
            }
            RecvTimeoutError::Disconnected => "ended before its first line".to_owned(),
        })?;
        let address = line.strip_prefix("listening on http://");
        let address = address.and_then(|address| address.trim_end_matches('/').parse().ok());
        self.address = address.ok_or_else(|| {
            format!("its first line is `{line}`, not `listening on http://127.0.0.1:PORT`")
        })?;
        Ok(())
    }

    /// Waits until the port can be connected to.
    fn await_port(&self) -> Result<(), String> {
        let until = Instant::now() + self.patience();
        loop {
            let Err(error) = TcpStream::connect_timeout(&self.address, Duration::from_secs(1))
            else {
                return Ok(());
            };
            if self.process.has_ended() {
                return Err("ended before it listened".to_owned());
            }
            if Instant::now() >= until {
                return Err(format!("cannot connect to {}: {error}", self.address));
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    /// Returns the time limit for anything that the server should do at once.
    #[must_use]
    pub fn patience(&self) -> Duration {
        let left = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        // A time limit of zero is refused by a socket.
        left.unwrap_or(PATIENCE).clamp(Duration::from_millis(1), PATIENCE)
    }

    /// Runs a binary that ends by itself, such as with invalid arguments.
    ///
    /// # Errors
    /// When it cannot be started or does not end.
    pub fn run_to_end(binary: &str, arguments: &[&str]) -> io::Result<Exit> {
        Process::spawn(binary, arguments, OUTPUT_MAX)?.wait(PATIENCE)
    }

    /// Runs a command that must not start a server, and kills it when it says that it listens, or
    /// after `limit`.
    pub(crate) fn run_within(
        command: &[&str],
        limit: Duration,
        output_max: usize,
    ) -> io::Result<Exit> {
        let (binary, arguments) = command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut process = Process::spawn(binary, arguments, output_max)?;
        let until = Instant::now() + limit;
        let line = process.first_line(limit).ok();
        if let Some(line) = line.as_ref().filter(|line| line.starts_with("listening on ")) {
            return Err(io::Error::other(format!("it started, and wrote `{line}`")));
        }
        let mut exit = process.wait(until.saturating_duration_since(Instant::now()))?;
        exit.stdout.splice(..0, line);
        Ok(exit)
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
        let mut process = Process::spawn(binary, arguments, OUTPUT_MAX)?;
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
        Wire::open(self.address, self.patience())
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

    /// Returns true if the process has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.process.has_ended()
    }

    /// Waits until the process has ended, and kills it after the [`patience`](Self::patience).
    ///
    /// # Errors
    /// When it had to be killed.
    pub fn wait(self) -> io::Result<Exit> {
        let patience = self.patience();
        self.wait_for(patience)
    }

    /// Waits until the process has ended, and kills it after `limit`.
    ///
    /// # Errors
    /// When it had to be killed.
    pub fn wait_for(mut self, limit: Duration) -> io::Result<Exit> {
        self.process.wait(limit)
    }
}
