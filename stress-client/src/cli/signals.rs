//! The first signal ends a run and lets it report; the second does not wait for what is in flight.

use super::INTERRUPTED;
#[cfg(feature = "tui")]
use super::tui::screen;
use load::Live;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Signalled by a key: a terminal in raw mode makes no signal of Ctrl-C.
static KEY: Notify = Notify::const_new();

/// How soon a wait notices a signal.
const TICK: Duration = Duration::from_millis(50);

/// The run that a signal stops: one after the other, when there are several.
#[derive(Default)]
pub struct Running(Mutex<(Arc<Live>, bool)>);

impl Running {
    /// Lets a new run begin; one that begins after the signal is stopped at once.
    pub fn begin(&self) -> Arc<Live> {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.0 = Arc::default();
        if running.1 {
            running.0.stop();
        }
        running.0.clone()
    }

    /// Whether a signal has come.
    pub fn is_interrupted(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    /// Waits, unless a signal comes.
    pub fn wait(&self, time: Duration) {
        let begin = Instant::now();
        while begin.elapsed() < time && !self.is_interrupted() {
            thread::sleep(TICK.min(time));
        }
    }

    fn stop(&self) {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.0.stop();
        running.1 = true;
    }

    fn abort(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.abort();
    }
}

/// A run that is stopped on Ctrl-C (on Unix on SIGTERM and SIGHUP, too).
pub fn stop_on_signal() -> Arc<Running> {
    let running = Arc::default();
    if let Err(error) = listen(&running) {
        super::tell(format_args!("a signal will end this without a report: {error}"));
    }
    running
}

fn listen(running: &Arc<Running>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Caught from here on, before anything is sent.
    let mut signals = {
        let _inside = runtime.enter();
        Signals::new()?
    };
    let running = running.clone();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(async {
            next(&mut signals).await;
            running.stop();
            tell("interrupted: waiting for what is in flight; again to report without it");
            next(&mut signals).await;
            running.abort();
            // The report takes no time; where it does, a third one ends it.
            next(&mut signals).await;
            #[cfg(feature = "tui")]
            screen::leave();
            std::process::exit(INTERRUPTED.into());
        });
    })?;
    Ok(())
}

/// Does what a signal does.
#[cfg(feature = "tui")]
pub fn raise() {
    KEY.notify_one();
}

async fn next(signals: &mut Signals) {
    tokio::select! {
        () = signals.next() => {}
        () = KEY.notified() => {}
    }
}

/// A line on standard error, unless that shows a screen that says the same.
fn tell(line: &str) {
    #[cfg(feature = "tui")]
    if screen::is_taken() {
        return;
    }
    super::tell(line);
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
