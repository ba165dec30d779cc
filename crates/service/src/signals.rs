//! The signals that stop a server: SIGINT from a terminal, SIGTERM from a service manager, SIGHUP
//! from a terminal that is closed.

use std::time::Duration;
use std::{io, process};

use tokio::time::Instant;

/// Signals within this time count as one stop: a launcher that forwards Ctrl-C, or `timeout`, sends
/// it to the process and to its group.
const SAME_STOP: Duration = Duration::from_millis(500);

/// The signals that stop a server, caught from its creation on.
pub struct Signals {
    #[cfg(unix)]
    caught: Vec<(i32, tokio::signal::unix::Signal)>,
}

impl Signals {
    /// Catches SIGINT, SIGTERM and, unless it was ignored when the process was started, SIGHUP.
    ///
    /// # Errors
    /// If the system does not allow it.
    #[cfg(unix)]
    pub fn catch() -> io::Result<Signals> {
        use nix::sys::signal::{SigSet, Signal};
        use tokio::signal::unix::{SignalKind, signal};
        let mut signals = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]);
        // Under nohup the server must outlive its terminal.
        if is_ignored(Signal::SIGHUP as u32) {
            signals.remove(Signal::SIGHUP);
        }
        // A blocked signal is inherited from the parent.
        signals.thread_unblock()?;
        let caught = signals.iter().map(|number| {
            let number = number as i32;
            Ok((number, signal(SignalKind::from_raw(number))?))
        });
        Ok(Signals { caught: caught.collect::<io::Result<_>>()? })
    }

    /// Waits for the next signal and returns its number.
    #[cfg(unix)]
    async fn next(&mut self) -> i32 {
        use std::{future::poll_fn, task::Poll};
        poll_fn(|cx| {
            for (number, signal) in &mut self.caught {
                if signal.poll_recv(cx).is_ready() {
                    return Poll::Ready(*number);
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Catches Ctrl-C.
    ///
    /// # Errors
    /// None.
    #[cfg(not(unix))]
    pub fn catch() -> io::Result<Signals> {
        Ok(Signals {})
    }

    /// Waits for the next Ctrl-C.
    #[cfg(not(unix))]
    async fn next(&mut self) -> i32 {
        let _ = tokio::signal::ctrl_c().await;
        2
    }

    /// Waits for the first signal. A second one then ends the process at once, with the exit status
    /// that a shell reports for a process killed by it.
    pub async fn stop(mut self) {
        self.next().await;
        let first = Instant::now();
        tokio::spawn(async move {
            loop {
                let number = self.next().await;
                if first.elapsed() > SAME_STOP {
                    process::exit(128 + number);
                }
            }
        });
    }
}

/// Returns true if the signal was ignored when the process was started (proc(5)).
#[cfg(unix)]
fn is_ignored(signal: u32) -> bool {
    let ignored = || {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    };
    ignored().is_some_and(|mask| mask & 1 << (signal - 1) != 0)
}
