//! Handles Ctrl-C and termination signals: the first ends a run gracefully, the second without
//! waiting for requests in flight, the third exits.

use super::INTERRUPTED;
#[cfg(feature = "tui")]
use super::tui::screen;
use load::Live;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Notified when the TUI reads a key that ends the run: in raw mode Ctrl-C raises no signal.
static KEY: Notify = Notify::const_new();

/// The interval at which [`Interrupt::wait`] checks for a signal.
const TICK: Duration = Duration::from_millis(50);

/// Stops the current run on a signal, and each later one as it begins.
#[derive(Default)]
pub struct Interrupt(Mutex<State>);

#[derive(Default)]
struct State {
    run: Arc<Live>,
    is_set: bool,
}

impl Interrupt {
    /// Begins a run. If a signal has come, the run is already stopped.
    pub fn begin_run(&self) -> Arc<Live> {
        let mut state = self.lock();
        state.run = Arc::default();
        if state.is_set {
            state.run.stop();
        }
        state.run.clone()
    }

    /// Returns true once a signal has come.
    pub fn is_set(&self) -> bool {
        self.lock().is_set
    }

    /// Sleeps until the time has passed or a signal comes.
    pub fn wait(&self, time: Duration) {
        let begin = Instant::now();
        while begin.elapsed() < time && !self.is_set() {
            thread::sleep(TICK.min(time));
        }
    }

    fn stop(&self) {
        let mut state = self.lock();
        state.run.stop();
        state.is_set = true;
    }

    fn abort(&self) {
        self.lock().run.abort();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Installs handlers for Ctrl-C and, on Unix, SIGTERM and SIGHUP.
pub fn install_handlers() -> Arc<Interrupt> {
    let interrupt = Arc::default();
    if let Err(error) = listen(&interrupt) {
        super::print_stderr(format_args!(
            "cannot handle signals, Ctrl-C will exit without a report: {error}"
        ));
    }
    interrupt
}

fn listen(interrupt: &Arc<Interrupt>) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Installed before anything is sent.
    let mut signals = {
        let _guard = runtime.enter();
        Signals::new()?
    };
    let interrupt = interrupt.clone();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        runtime.block_on(async {
            next(&mut signals).await;
            interrupt.stop();
            print_stderr("interrupted: waiting for requests in flight; repeat to end at once");
            next(&mut signals).await;
            interrupt.abort();
            // In case the report cannot be written.
            next(&mut signals).await;
            #[cfg(feature = "tui")]
            screen::leave();
            std::process::exit(INTERRUPTED.into());
        });
    })?;
    Ok(())
}

/// Calls `action` on the first signal, and exits with the status of an interrupted run.
pub fn exit_after(action: fn()) {
    let listen = || -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut signals = {
            let _guard = runtime.enter();
            Signals::new()?
        };
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            runtime.block_on(signals.next());
            action();
            std::process::exit(INTERRUPTED.into());
        })?;
        Ok(())
    };
    if let Err(error) = listen() {
        super::print_stderr(format_args!("cannot handle signals: {error}"));
    }
}

/// Acts as a signal does.
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

/// Prints a line on standard error, unless the TUI is there, which shows the same.
fn print_stderr(line: &str) {
    #[cfg(feature = "tui")]
    if screen::is_taken() {
        return;
    }
    super::print_stderr(line);
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
