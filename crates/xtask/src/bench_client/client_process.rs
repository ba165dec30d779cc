//! Runs a client to its end and reads its processor time before it is reaped.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use harness::process::{cpu_seconds, has_ended};
use harness::server::PATIENCE;

/// The interval between polls of a client: short enough for peak memory, long enough to cost
/// nothing.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub struct ClientProcess {
    child: Child,
    begin: Instant,
    stdout: JoinHandle<io::Result<String>>,
    stderr: JoinHandle<io::Result<String>>,
}

/// The exit status and output of a client.
#[derive(Debug)]
pub struct ClientExit {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    /// Time from start to end.
    pub elapsed: Duration,
    /// Processor time of all threads.
    pub cpu_seconds: f64,
}

impl ClientProcess {
    pub fn start(mut command: Command) -> io::Result<ClientProcess> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let begin = Instant::now();
        let mut child = command.spawn()?;
        let pipes = child.stdout.take().zip(child.stderr.take());
        let (stdout, stderr) = pipes.ok_or_else(|| io::Error::other("no pipes"))?;
        Ok(ClientProcess { child, begin, stdout: read(stdout), stderr: read(stderr) })
    }

    /// Waits for the client to end, which should be after `seconds`, and calls `poll` with its
    /// process id meanwhile.
    pub fn wait(mut self, seconds: u32, mut poll: impl FnMut(u32)) -> io::Result<ClientExit> {
        let limit = Duration::from_secs(seconds.into()) + PATIENCE;
        let id = self.child.id();
        while !has_ended(id)? {
            if self.begin.elapsed() > limit {
                self.child.kill()?;
                self.child.wait()?;
                return Err(io::Error::other(format!("still running after {limit:?}")));
            }
            poll(id);
            thread::sleep(POLL_INTERVAL);
        }
        let elapsed = self.begin.elapsed();
        let cpu_seconds = cpu_seconds(id)?;
        let status = self.child.wait()?;
        let text = |reader: JoinHandle<io::Result<String>>| {
            reader.join().map_err(|_| io::Error::other("the output could not be read"))?
        };
        Ok(ClientExit {
            status,
            stdout: text(self.stdout)?,
            stderr: text(self.stderr)?,
            elapsed,
            cpu_seconds,
        })
    }
}

fn read(mut pipe: impl Read + Send + 'static) -> JoinHandle<io::Result<String>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    })
}
