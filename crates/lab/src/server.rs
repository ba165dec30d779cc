//! A server as a process of its own: started, spoken to, signalled, waited for, never left behind.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;
use stress_client::check::{Response, Trouble, Wire};

/// How long anything may take that a server does without being told to wait.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How often the keeper of a process looks whether it has ended.
const LOOK: Duration = Duration::from_millis(2);

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
    /// SIGKILL; on other systems than Unix, the only one there is.
    Kill,
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
                Err(io::Error::other(format!(
                    "{binary} {arguments:?} did not listen: {line:?}, {exit}"
                )))
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
        lock(&self.process.child).id()
    }

    /// A new connection to it.
    ///
    /// # Errors
    /// When it does not listen any more.
    pub fn connect(&self) -> Result<Wire, Trouble> {
        Wire::open(self.address, PATIENCE)
    }

    /// One request on a connection of its own.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn request(&self, method: &str, target: &str, body: &str) -> Result<Response, Trouble> {
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
            .map_err(|error| io::Error::other(format!("{got}: {error}")))
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

/// A child process with a thread that keeps it.
///
/// The keeper starts the process and lives as long as it: on Linux the process is killed with the
/// *thread* that started it (`PR_SET_PDEATHSIG`), and so also when this whole program is killed.
#[derive(Debug)]
struct Process {
    child: Arc<Mutex<Child>>,
    exited: Receiver<ExitStatus>,
    stdout: Receiver<String>,
    stderr: Arc<Mutex<Vec<u8>>>,
    stderr_reader: Option<thread::JoinHandle<()>>,
}

impl Process {
    fn spawn(binary: &str, arguments: &[&str]) -> io::Result<Self> {
        let mut command = command(binary);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let (tell, started) = channel();
        let (tell_exit, exited) = channel();
        thread::spawn(move || {
            let child = match command.spawn() {
                Ok(child) => Arc::new(Mutex::new(child)),
                Err(error) => {
                    let _ = tell.send(Err(error));
                    return;
                }
            };
            // A receiver that is gone has lost its interest.
            let _ = tell.send(Ok(child.clone()));
            loop {
                // Reaped under the lock that signals are sent under, so that none can reach a
                // process that has been given the same number since.
                let ended = lock(&child).try_wait();
                match ended {
                    Ok(None) => thread::sleep(LOOK),
                    Ok(Some(status)) => {
                        let _ = tell_exit.send(status);
                        return;
                    }
                    Err(_) => return,
                }
            }
        });
        let child = started.recv().map_err(io::Error::other)??;
        let pipes = |child: &mut Child| child.stdout.take().zip(child.stderr.take());
        let pipes = pipes(&mut lock(&child));
        let (stdout, stderr_pipe) = pipes.ok_or_else(|| io::Error::other("no pipes"))?;
        let (line_read, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = line_read.send(line);
            }
        });
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let said = stderr.clone();
        let stderr_reader = thread::spawn(move || {
            let mut lines = BufReader::new(stderr_pipe);
            let mut line = Vec::new();
            while matches!(lines.read_until(b'\n', &mut line), Ok(1..)) {
                lock(&said).append(&mut line);
            }
        });
        let stderr_reader = Some(stderr_reader);
        Ok(Self { child, exited, stdout: lines, stderr, stderr_reader })
    }

    fn signal(&self, signal: Signal) {
        let mut child = lock(&self.child);
        if matches!(child.try_wait(), Ok(None)) {
            // It may end in this very moment, which is what is wanted.
            let _ = send(&mut child, signal);
        }
    }

    fn wait(&mut self, limit: Duration) -> io::Result<Exit> {
        let ended = self.exited.recv_timeout(limit);
        if ended.is_err() {
            self.signal(Signal::Kill);
        }
        let stdout = self.stdout.iter().collect();
        if let Some(reader) = self.stderr_reader.take() {
            let _ = reader.join(); // what it read until it failed is there all the same
        }
        let stderr = self.stderr();
        match ended {
            Ok(status) => Ok(Exit { status, stdout, stderr }),
            Err(RecvTimeoutError::Timeout) => Err(io::Error::other(format!(
                "still running after {limit:?}; it said {stdout:?} and\n{stderr}"
            ))),
            Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("it cannot be waited for")),
        }
    }
}

impl Process {
    fn stderr(&self) -> String {
        String::from_utf8_lossy(&lock(&self.stderr)).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::Kill);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(unix)]
fn send(child: &mut Child, signal: Signal) -> io::Result<()> {
    use rustix::process::{self, Pid};
    let signal = match signal {
        Signal::Terminate => process::Signal::TERM,
        Signal::Interrupt => process::Signal::INT,
        Signal::Kill => process::Signal::KILL,
    };
    Ok(process::kill_process(Pid::from_child(child), signal)?)
}

#[cfg(not(unix))]
fn send(child: &mut Child, _: Signal) -> io::Result<()> {
    child.kill()
}

/// The command that runs a binary so that it ends with its starter, where the system can do that.
fn command(binary: &str) -> Command {
    static SETPRIV: OnceLock<bool> = OnceLock::new();
    let has_setpriv = || {
        let mut trial = Command::new("setpriv");
        trial.args(["--pdeathsig", "KILL", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
        trial.status().is_ok_and(|status| status.success())
    };
    if !cfg!(target_os = "linux") || !*SETPRIV.get_or_init(has_setpriv) {
        return Command::new(binary);
    }
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", binary]);
    command
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

    /// The last line on standard output as JSON.
    #[must_use]
    pub fn last_line(&self) -> Option<Value> {
        serde_json::from_str(self.stdout.last()?).ok()
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
