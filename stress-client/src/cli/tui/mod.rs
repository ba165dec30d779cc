//! `run --tui`: shows a run on the whole terminal.

mod draw;
mod poll;
pub mod screen;
mod series;
mod state;

use super::{INTERRUPTED, signals};
use load::{Live, Plan};
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use screen::Screen;
use state::State;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const REDRAW_EVERY: Duration = Duration::from_millis(200);
/// The timeout of waiting for a key, after which the thread checks whether the run is over.
const KEY_TIMEOUT: Duration = Duration::from_millis(40);

/// The display, drawn from its own thread.
pub struct Tui {
    finished: Sender<()>,
    thread: JoinHandle<()>,
}

impl Tui {
    /// Takes over the terminal and starts the thread.
    pub fn start(plan: &Plan, live: &Arc<Live>) -> io::Result<Self> {
        let screen = Screen::take()?;
        let (finished, wait) = mpsc::channel();
        let (plan, live) = (plan.clone(), live.clone());
        let thread = thread::Builder::new()
            .name("tui".to_owned())
            .spawn(move || draw_until_finished(screen, plan, &live, &wait))?;
        Ok(Self { finished, thread })
    }

    /// Restores the terminal.
    pub fn finish(self) {
        drop(self.finished);
        // The panic hook has printed a panic of the thread; the run still has its report.
        let _ = self.thread.join();
    }
}

/// Draws until the run is over. If the terminal fails, the run continues without it.
fn draw_until_finished(mut screen: Screen, plan: Plan, live: &Live, finished: &Receiver<()>) {
    let readings = poll::start(&plan.url);
    let mut state = State::new(plan);
    let mut next = Instant::now();
    let mut pressed = 0;
    while finished.try_recv() == Err(TryRecvError::Empty) {
        let now = Instant::now();
        if now >= next {
            next = (next + REDRAW_EVERY).max(now);
            readings.try_iter().for_each(|reading| state.apply(reading));
            state.update(live);
            if screen.draw(|frame| draw::draw(frame, &state)).is_err() {
                return;
            }
        }
        match wait_for_event() {
            Ok(Some(event)) if ends_run(&event) => {
                pressed += 1;
                interrupt(pressed);
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

fn wait_for_event() -> io::Result<Option<Event>> {
    Ok(if event::poll(KEY_TIMEOUT)? { Some(event::read()?) } else { None })
}

/// Returns true for a key that ends the run, Ctrl-C among them: in raw mode it raises no signal.
fn ends_run(event: &Event) -> bool {
    let Event::Key(key) = event else {
        return false;
    };
    key.kind == KeyEventKind::Press
        && match key.code {
            KeyCode::Esc | KeyCode::Char('q' | 'Q') => true,
            KeyCode::Char('c' | 'C') => key.modifiers.contains(KeyModifiers::CONTROL),
            _ => false,
        }
}

/// Acts as a signal on the first press, and exits on the second.
fn interrupt(pressed: u32) {
    if pressed > 1 {
        screen::leave();
        std::process::exit(INTERRUPTED.into());
    }
    signals::raise();
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::crossterm::event::KeyEvent;

    #[test]
    fn q_esc_and_ctrl_c_end_the_run() {
        for (code, modifiers, ends) in [
            (KeyCode::Char('q'), KeyModifiers::NONE, true),
            (KeyCode::Char('Q'), KeyModifiers::SHIFT, true),
            (KeyCode::Esc, KeyModifiers::NONE, true),
            (KeyCode::Char('c'), KeyModifiers::CONTROL, true),
            (KeyCode::Char('c'), KeyModifiers::NONE, false),
            (KeyCode::Char('z'), KeyModifiers::CONTROL, false),
            (KeyCode::Enter, KeyModifiers::NONE, false),
        ] {
            let mut key = KeyEvent::new(code, modifiers);
            assert_eq!(ends_run(&Event::Key(key)), ends, "{key:?}");
            // Windows also sends an event for the release.
            key.kind = KeyEventKind::Release;
            assert!(!ends_run(&Event::Key(key)), "{key:?}");
        }
        assert!(!ends_run(&Event::Resize(80, 24)));
    }
}
