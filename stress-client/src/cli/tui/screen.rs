//! The terminal while it is ours: taken once, and given back however the run ends.

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

/// Whether the terminal is ours. Held while anything is written to it, so that no half of a frame
/// comes after it was given back.
static TAKEN: Mutex<bool> = Mutex::new(false);
static PANIC_HOOK: Once = Once::new();

/// Standard error as a screen, given back when this is dropped.
pub struct Screen(Terminal<CrosstermBackend<Frames>>);

impl Screen {
    /// Takes the terminal that standard error is: standard output belongs to the result.
    pub fn take() -> io::Result<Self> {
        let no_terminal =
            |why: &str| io::Error::other(format!("{why}, and there is nothing to draw on"));
        if !io::stderr().is_terminal() {
            return Err(no_terminal("standard error is no terminal"));
        }
        if !crate::cli::draws() {
            return Err(no_terminal("TERM names no terminal that can be drawn on"));
        }
        let terminal = Terminal::new(CrosstermBackend::new(Frames::default()));
        let terminal = terminal.map_err(|error| no_terminal(&error.to_string()))?;
        PANIC_HOOK.call_once(|| {
            let tell = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                leave();
                tell(panic);
            }));
        });
        enable_raw_mode().map_err(|error| io::Error::other(format!("no keyboard: {error}")))?;
        *taken() = true;
        // From here on its drop gives the terminal back.
        let screen = Self(terminal);
        execute!(io::stderr(), EnterAlternateScreen, Hide)?;
        Ok(screen)
    }

    /// Draws one frame. It fails once the terminal was given back.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        match is_taken() {
            true => self.0.draw(draw).map(drop),
            false => Err(io::Error::other("the terminal was given back")),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

/// Gives the terminal back, from whichever thread, if it is still ours.
pub fn leave() {
    let mut taken = taken();
    if std::mem::take(&mut *taken) {
        // There is nothing to be done when it does not let itself be restored.
        let _ = execute!(io::stderr(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}

/// Whether the terminal is ours.
pub fn is_taken() -> bool {
    *taken()
}

fn taken() -> std::sync::MutexGuard<'static, bool> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Collects a frame and writes it at once; to nowhere when the terminal was given back meanwhile.
#[derive(Default)]
struct Frames(Vec<u8>);

impl Write for Frames {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let frame = std::mem::take(&mut self.0);
        match &*taken() {
            true => io::stderr().write_all(&frame),
            false => Ok(()),
        }
    }
}
