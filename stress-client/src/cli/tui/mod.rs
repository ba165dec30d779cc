//! `run --tui`: the whole terminal, redrawn while a run lasts.

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
/// How soon the end of the run is noticed.
const KEY_WAIT: Duration = Duration::from_millis(40);

/// Looks on from a thread of its own.
pub struct Watching {
    finished: Sender<()>,
    thread: JoinHandle<()>,
}

/// Takes the terminal and begins to look on.
pub fn start(plan: &Plan, live: &Arc<Live>) -> io::Result<Watching> {
    let screen = Screen::take()?;
    let (finished, wait) = mpsc::channel();
    let (plan, live) = (plan.clone(), live.clone());
    let thread = thread::Builder::new()
        .name("tui".to_owned())
        .spawn(move || look_on(screen, plan, &live, &wait))?;
    Ok(Watching { finished, thread })
}

impl Watching {
    /// Gives the terminal back.
    pub fn finish(self) {
        drop(self.finished);
        // A panic over there has been told, and does not take the run's report with it.
        let _ = self.thread.join();
    }
}

/// Draws until the run is over. Without a terminal to draw on or to read from, the run goes on alone.
fn look_on(mut screen: Screen, plan: Plan, live: &Live, finished: &Receiver<()>) {
    let readings = poll::start(&plan.url);
    let mut state = State::new(plan);
    let mut next = Instant::now();
    let mut pressed = 0;
    while finished.try_recv() == Err(TryRecvError::Empty) {
        let now = Instant::now();
        if now >= next {
            next = (next + REDRAW_EVERY).max(now);
            readings.try_iter().for_each(|reading| state.hear(reading));
            state.look(live);
            if screen.draw(|frame| draw::draw(frame, &state)).is_err() {
                return;
            }
        }
        match wait_for_event() {
            Ok(Some(event)) if ends_the_run(&event) => {
                pressed += 1;
                interrupt(pressed);
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

fn wait_for_event() -> io::Result<Option<Event>> {
    Ok(if event::poll(KEY_WAIT)? { Some(event::read()?) } else { None })
}

/// In raw mode Ctrl-C is a key and no signal.
fn ends_the_run(event: &Event) -> bool {
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

/// The first press is a signal like any other. The second does not wait for whoever hears those.
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
            assert_eq!(ends_the_run(&Event::Key(key)), ends, "{key:?}");
            // Windows tells of the release as well.
            key.kind = KeyEventKind::Release;
            assert!(!ends_the_run(&Event::Key(key)), "{key:?}");
        }
        assert!(!ends_the_run(&Event::Resize(80, 24)));
    }
}
