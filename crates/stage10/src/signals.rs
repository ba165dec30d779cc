//! The signals that stop a server: SIGINT from a terminal, SIGTERM from whatever runs it.

use std::{io, process};

/// Both signals, caught from now on.
pub struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    pub fn catch() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
        Ok(Signals { interrupt: signal(interrupt)?, terminate: signal(terminate)? })
    }

    /// Waits for the next signal and returns its number.
    #[cfg(unix)]
    pub async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.interrupt.recv() => 2,
            _ = self.terminate.recv() => 15,
        }
    }

    #[cfg(not(unix))]
    pub fn catch() -> io::Result<Signals> {
        Ok(Signals {})
    }

    #[cfg(not(unix))]
    pub async fn next(&mut self) -> i32 {
        let _ = tokio::signal::ctrl_c().await;
        2
    }

    /// Lets the next signal end the process at once, with the status that a shell gives to one that
    /// died of it: whoever signals twice does not want to wait.
    pub fn exit_at_next(mut self) {
        tokio::spawn(async move { process::exit(128 + self.next().await) });
    }
}
