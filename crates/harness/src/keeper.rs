//! A child process that ends with its parent.

use crate::pipes::Pipe;
use crate::server::{Exit, Signal};
use std::collections::BTreeMap;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

/// The time that a killed process has to end.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);
/// The time for the end of the pipes after the end of the process.
const PIPE_TIMEOUT: Duration = Duration::from_secs(2);
/// The interval at which the exit of a process is checked for.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// The processes that run, by process id.
static RUNNING: Mutex<BTreeMap<u32, Arc<Mutex<Child>>>> = Mutex::new(BTreeMap::new());

/// Kills every running server with the processes that it has started.
pub(crate) fn kill_all() {
    let running: Vec<_> = lock(&RUNNING).values().cloned().collect();
    for child in running {
        signal(&mut lock(&child), Signal::Kill);
    }
}

/// A child process with a keeper thread, in a process group of its own.
///
/// The keeper starts the process and waits for its exit. On Linux the process is killed when the
/// *thread* that started it ends (`PR_SET_PDEATHSIG`), and so also when this program is killed.
#[derive(Debug)]
pub(crate) struct Process {
    child: Arc<Mutex<Child>>,
    /// Behind a lock, so that threads can share the process.
    exited: Mutex<Receiver<ExitStatus>>,
    stdout: Pipe,
    stderr: Pipe,
}

impl Process {
    /// Starts a program, and keeps the first `most` bytes of each output.
    pub fn spawn(binary: &str, arguments: &[&str], most: usize) -> io::Result<Self> {
        let mut command = command(binary);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
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
            let id = lock(&child).id();
            lock(&RUNNING).insert(id, child.clone());
            // Ignore errors here and below: the receiver may be dropped.
            let _ = started_sender.send(Ok(child.clone()));
            while !has_exited(&mut lock(&child)) {
                thread::sleep(POLL_INTERVAL);
            }
            lock(&RUNNING).remove(&id);
            // Reap under the lock with which signals are sent: afterwards the process id may belong
            // to another process, and so may that of its group.
            let status = {
                let mut child = lock(&child);
                let _ = kill_group(&mut child);
                child.wait()
            };
            if let Ok(status) = status {
                let _ = exit_sender.send(status);
            }
        });
        let child = started.recv().map_err(io::Error::other)??;
        let pipes = |child: &mut Child| child.stdout.take().zip(child.stderr.take());
        let pipes = pipes(&mut lock(&child));
        let (stdout, stderr) = pipes.ok_or_else(|| io::Error::other("no pipes"))?;
        let (stdout, stderr) = (Pipe::read(stdout, most, true), Pipe::read(stderr, most, false));
        Ok(Self { child, exited: Mutex::new(exited), stdout, stderr })
    }

    /// Sends a signal to the process, and SIGKILL also to those that it has started.
    pub fn signal(&self, to_send: Signal) {
        signal(&mut lock(&self.child), to_send);
    }

    /// Waits for the first line of standard output.
    pub fn first_line(&self, limit: Duration) -> Result<String, RecvTimeoutError> {
        self.stdout.first_line(limit)
    }

    pub fn wait(&mut self, limit: Duration) -> io::Result<Exit> {
        let mut ended = lock(&self.exited).recv_timeout(limit);
        let is_killed = ended == Err(RecvTimeoutError::Timeout);
        if is_killed {
            self.signal(Signal::Kill);
            ended = lock(&self.exited).recv_timeout(KILL_TIMEOUT);
        }
        let stdout = self.stdout.rest(PIPE_TIMEOUT).lines().map(str::to_owned).collect();
        let stderr = self.stderr.rest(PIPE_TIMEOUT);
        match ended {
            Ok(status) if !is_killed => Ok(Exit { status, stdout, stderr }),
            Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("cannot wait for it")),
            _ => Err(io::Error::other(format!(
                "still running after {}{}",
                humantime::format_duration(Duration::from_millis(limit.as_millis() as u64)),
                crate::server::outputs(&stdout, &stderr),
            ))),
        }
    }

    /// Returns true if the process has ended.
    pub fn has_ended(&self) -> bool {
        has_exited(&mut lock(&self.child))
    }

    pub fn id(&self) -> u32 {
        lock(&self.child).id()
    }

    pub fn stderr(&self) -> String {
        self.stderr.text()
    }
}

impl Drop for Process {
    /// Kills the process and waits for its end, so that its port and its files are free.
    fn drop(&mut self) {
        self.signal(Signal::Kill);
        // An error means that it has ended before, or cannot be killed.
        let _ = lock(&self.exited).recv_timeout(KILL_TIMEOUT);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn signal(child: &mut Child, signal: Signal) {
    if !has_exited(child) {
        // Ignore errors: it may just have ended.
        let _ = send(child, signal);
    }
}

/// Returns true if the process has ended, without reaping it: until then its id is not given to
/// another.
#[cfg(unix)]
fn has_exited(child: &mut Child) -> bool {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    // An error means that it has been reaped.
    !matches!(waitid(WaitId::Pid(Pid::from_child(child)), options), Ok(None))
}

#[cfg(not(unix))]
fn has_exited(child: &mut Child) -> bool {
    !matches!(child.try_wait(), Ok(None))
}

#[cfg(unix)]
fn send(child: &mut Child, signal: Signal) -> io::Result<()> {
    use rustix::process::{self, Pid};
    let signal = match signal {
        Signal::Terminate => process::Signal::TERM,
        Signal::Interrupt => process::Signal::INT,
        Signal::Hangup => process::Signal::HUP,
        Signal::Kill => return kill_group(child),
        Signal::Stop => process::Signal::STOP,
        Signal::Continue => process::Signal::CONT,
    };
    Ok(process::kill_process(Pid::from_child(child), signal)?)
}

#[cfg(unix)]
fn kill_group(child: &mut Child) -> io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process_group};
    Ok(kill_process_group(Pid::from_child(child), Signal::KILL)?)
}

#[cfg(not(unix))]
fn send(child: &mut Child, signal: Signal) -> io::Result<()> {
    match signal {
        Signal::Stop | Signal::Continue => Err(io::ErrorKind::Unsupported.into()),
        _ => child.kill(),
    }
}

#[cfg(not(unix))]
fn kill_group(child: &mut Child) -> io::Result<()> {
    child.kill()
}

/// Returns the command that runs a binary so that it ends with its parent, and with the signals that
/// stop it in their default state, which nohup changes; each if the system supports it.
fn command(binary: &str) -> Command {
    const SETPRIV: [&str; 3] = ["setpriv", "--pdeathsig", "KILL"];
    const ENV: [&str; 2] = ["env", "--default-signal=HUP,INT,TERM,PIPE"];
    static WRAPPERS: OnceLock<Vec<&str>> = OnceLock::new();
    let works = |wrapper: &&[&str]| {
        let mut trial = Command::new(wrapper[0]);
        trial.args(&wrapper[1..]).arg("true").stdout(Stdio::null()).stderr(Stdio::null());
        trial.status().is_ok_and(|status| status.success())
    };
    let wrappers = WRAPPERS.get_or_init(|| {
        let linux: [&[&str]; 2] = [&SETPRIV, &ENV];
        let linux = linux.into_iter().filter(|_| cfg!(target_os = "linux"));
        linux.filter(works).flatten().copied().collect()
    });
    // `env` would take such a name for a variable.
    let wrappers = if binary.contains('=') { &[] } else { &wrappers[..] };
    let mut words = wrappers.iter().copied().chain([binary]);
    let mut command = Command::new(words.next().unwrap_or(binary));
    command.args(words);
    command
}
