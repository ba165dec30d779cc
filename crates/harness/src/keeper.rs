//! A child process that ends with its parent.

use crate::server::{Exit, Signal};
use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

/// The time that a killed process has to end.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);
/// The interval at which the exit of a process is checked for.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// A child process with a keeper thread.
///
/// The keeper starts the process and waits for its exit. On Linux the process is killed when the
/// *thread* that started it ends (`PR_SET_PDEATHSIG`), and so also when this program is killed.
#[derive(Debug)]
pub(crate) struct Process {
    child: Arc<Mutex<Child>>,
    exited: Receiver<ExitStatus>,
    /// The lines of standard output.
    pub stdout: Receiver<String>,
    stderr: Arc<Mutex<Vec<u8>>>,
    stderr_reader: Option<thread::JoinHandle<()>>,
}

impl Process {
    pub fn spawn(binary: &str, arguments: &[&str]) -> io::Result<Self> {
        let mut command = command(binary);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let (started_sender, started) = channel();
        let (exit_sender, exited) = channel();
        thread::spawn(move || {
            let child = match command.spawn() {
                Ok(child) => Arc::new(Mutex::new(child)),
                Err(error) => {
                    let _ = started_sender.send(Err(error));
                    return;
                }
            };
            // Ignore errors here and below: the receiver may be dropped.
            let _ = started_sender.send(Ok(child.clone()));
            loop {
                // Reap under the lock with which signals are sent: afterwards the process id may
                // belong to another process.
                let ended = lock(&child).try_wait();
                match ended {
                    Ok(None) => thread::sleep(POLL_INTERVAL),
                    Ok(Some(status)) => {
                        let _ = exit_sender.send(status);
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
        let collected = stderr.clone();
        let stderr_reader = thread::spawn(move || {
            let mut lines = BufReader::new(stderr_pipe);
            let mut line = Vec::new();
            while matches!(lines.read_until(b'\n', &mut line), Ok(1..)) {
                lock(&collected).append(&mut line);
            }
        });
        let stderr_reader = Some(stderr_reader);
        Ok(Self { child, exited, stdout: lines, stderr, stderr_reader })
    }

    pub fn signal(&self, signal: Signal) {
        let mut child = lock(&self.child);
        if matches!(child.try_wait(), Ok(None)) {
            // Ignore errors: it may just have ended.
            let _ = send(&mut child, signal);
        }
    }

    pub fn wait(&mut self, limit: Duration) -> io::Result<Exit> {
        let ended = self.exited.recv_timeout(limit);
        if ended.is_err() {
            self.signal(Signal::Kill);
        }
        let stdout = self.stdout.iter().collect();
        if let Some(reader) = self.stderr_reader.take() {
            let _ = reader.join();
        }
        let stderr = self.stderr();
        match ended {
            Ok(status) => Ok(Exit { status, stdout, stderr }),
            Err(RecvTimeoutError::Timeout) => Err(io::Error::other(format!(
                "still running after {limit:?}; standard output {stdout:?}; standard error:\n{stderr}"
            ))),
            Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("cannot wait for it")),
        }
    }

    pub fn id(&self) -> u32 {
        lock(&self.child).id()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&lock(&self.stderr)).into_owned()
    }
}

impl Drop for Process {
    /// Kills the process and waits for its end, so that its port and its files are free.
    fn drop(&mut self) {
        self.signal(Signal::Kill);
        // An error means that it has ended before, or cannot be killed.
        let _ = self.exited.recv_timeout(KILL_TIMEOUT);
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
        Signal::Hangup => process::Signal::HUP,
        Signal::Kill => process::Signal::KILL,
        Signal::Stop => process::Signal::STOP,
        Signal::Continue => process::Signal::CONT,
    };
    Ok(process::kill_process(Pid::from_child(child), signal)?)
}

#[cfg(not(unix))]
fn send(child: &mut Child, signal: Signal) -> io::Result<()> {
    match signal {
        Signal::Stop | Signal::Continue => Err(io::ErrorKind::Unsupported.into()),
        _ => child.kill(),
    }
}

/// Returns the command that runs a binary so that it ends with its parent, if the system supports
/// it.
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
