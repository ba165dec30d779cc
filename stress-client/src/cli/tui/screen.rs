//! Takes over the terminal, and restores it however the run ends.

use ratatui::Frame;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, Once, PoisonError};

/// True while the terminal is taken over. Locked during a write, so that no frame is written after
/// the terminal was restored.
static TAKEN: Mutex<bool> = Mutex::new(false);
static PANIC_HOOK: Once = Once::new();

/// The terminal on standard error, restored on drop.
pub struct Screen(Terminal<CrosstermBackend<Frames>>);

impl Screen {
    /// Takes over the terminal on standard error; standard output is for the result.
    pub fn take() -> io::Result<Self> {
        if !io::stderr().is_terminal() {
            return Err(io::Error::other("standard error is not a terminal"));
        }
        if !crate::cli::stderr_has_escapes() {
            return Err(io::Error::other("TERM names a terminal without escape sequences"));
        }
        let terminal = Terminal::new(CrosstermBackend::new(Frames::default()))?;
        PANIC_HOOK.call_once(|| {
            let default = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                leave();
                default(panic);
            }));
        });
        enable_raw_mode()
            .map_err(|error| io::Error::other(format!("cannot read the keyboard: {error}")))?;
        *lock() = true;
        // Dropping it restores the terminal, also if `execute!` fails.
        let screen = Self(terminal);
        execute!(io::stderr(), EnterAlternateScreen, Hide)?;
        Ok(screen)
    }

    /// Draws one frame. Fails once the terminal was restored.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if !is_taken() {
            return Err(io::Error::other("the terminal was restored"));
        }
        self.0.draw(draw).map(drop)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

/// Restores the terminal if it is taken over; may be called from any thread.
pub fn leave() {
    let mut taken = lock();
    if std::mem::take(&mut *taken) {
        // Ignore errors: nothing else can be tried.
        let _ = execute!(io::stderr(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}

/// Returns true while the terminal is taken over.
pub fn is_taken() -> bool {
    *lock()
}

fn lock() -> std::sync::MutexGuard<'static, bool> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Buffers a frame and writes it as a whole, or discards it if the terminal was restored meanwhile.
#[derive(Default)]
struct Frames(Vec<u8>);

impl Write for Frames {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let frame = std::mem::take(&mut self.0);
        let taken = lock();
        if *taken { io::stderr().write_all(&frame) } else { Ok(()) }
    }
}
