//! A client as a process: run to its end, its processor time taken before it is gone.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use harness::process::{cpu_seconds, has_ended};
use harness::server::PATIENCE;

/// How often it is looked whether it has ended: often enough to see a peak of memory, and too seldom
/// to cost it anything.
const LOOK: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub struct Running {
    child: Child,
    begin: Instant,
    stdout: JoinHandle<io::Result<String>>,
    stderr: JoinHandle<io::Result<String>>,
}

/// How a client ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    /// From its start to its end.
    pub elapsed: Duration,
    /// Processor time of all its threads.
    pub cpu_seconds: f64,
}

impl Running {
    pub fn start(mut command: Command) -> io::Result<Running> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let begin = Instant::now();
        let mut child = command.spawn()?;
        let pipes = child.stdout.take().zip(child.stderr.take());
        let (stdout, stderr) = pipes.ok_or_else(|| io::Error::other("no pipes"))?;
        Ok(Running { child, begin, stdout: read(stdout), stderr: read(stderr) })
    }

    /// Waits for its end, which is to come after so many seconds, and meanwhile looks at what is to be
    /// seen of the process.
    pub fn end(mut self, seconds: u32, mut look: impl FnMut(u32)) -> io::Result<Ended> {
        let limit = Duration::from_secs(seconds.into()) + PATIENCE;
        let id = self.child.id();
        while !has_ended(id)? {
            if self.begin.elapsed() > limit {
                self.child.kill()?;
                self.child.wait()?;
                return Err(io::Error::other(format!("still running after {limit:?}")));
            }
            look(id);
            thread::sleep(LOOK);
        }
        let elapsed = self.begin.elapsed();
        let cpu_seconds = cpu_seconds(id)?;
        let status = self.child.wait()?;
        let text = |reader: JoinHandle<io::Result<String>>| {
            reader.join().map_err(|_| io::Error::other("its output was not read"))?
        };
        Ok(Ended {
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
