//! Plots the states of the first workers, one line for each: working, waiting for a lock, holding
//! it.

use super::WIDTH;
use model::{Event, EventKind, Server};
use std::time::Duration;

const LANES: u32 = 16;
/// The characters of the states. A cell shows the state that fills most of it.
const STATES: [char; 4] = [' ', '▒', '·', '█'];
const IDLE: usize = 0;
const WORKING: usize = 1;
const WAITING: usize = 2;
const HOLDING: usize = 3;
/// The maximum number of cells for a job whose hold is short.
const CELLS_PER_JOB: u32 = 32;

/// The states of the first workers, from the first arrival on, at a scale that shows single jobs.
pub struct Lanes {
    /// The time of one character, in nanoseconds.
    cell: u64,
    workers: u32,
    lanes: Vec<Lane>,
}

/// The states of one worker.
struct Lane {
    state: usize,
    since: u64,
    cells: Vec<[u64; 4]>,
}

impl Lanes {
    pub fn new(server: &Server, total: Duration) -> Self {
        let job = server.work_time() + server.hold_time();
        let whole = total / WIDTH as u32;
        // Two cells for a hold, unless it is too short for that.
        let cell = (server.hold_time() / 2).max(job / CELLS_PER_JOB).min(whole);
        let lane = || Lane { state: IDLE, since: 0, cells: vec![[0; 4]; WIDTH] };
        Self {
            cell: (cell.as_nanos() as u64).max(1),
            workers: server.workers,
            lanes: (0..LANES.min(server.workers)).map(|_| lane()).collect(),
        }
    }

    pub fn record(&mut self, Event { at, kind, .. }: Event) {
        let (worker, state) = match kind {
            EventKind::Rejected | EventKind::Accepted => return,
            EventKind::Started { worker } => (worker, WORKING),
            EventKind::LockRequested { worker } => (worker, WAITING),
            EventKind::Locked { worker } => (worker, HOLDING),
            EventKind::Done { worker } => (worker, IDLE),
        };
        if let Some(lane) = self.lanes.get_mut(worker as usize) {
            lane.enter(at, state, self.cell);
        }
    }

    /// Renders the lanes, after an empty line.
    pub fn draw(mut self) -> String {
        let end = self.cell * WIDTH as u64;
        let mut text = format!(
            "\nthe first {} of {} workers, for {:?}: ▒ working  · waiting for a lock  █ holding it\n",
            self.lanes.len(),
            self.workers,
            Duration::from_nanos(end)
        );
        for (number, lane) in self.lanes.iter_mut().enumerate() {
            lane.enter(end, IDLE, self.cell);
            let line: String = lane.cells.iter().map(cell_char).collect();
            text += format!("{number:>2} {line}").trim_end();
            text += "\n";
        }
        text
    }
}

impl Lane {
    /// Adds the time since the last change to the cells of the old state, and enters a new one.
    fn enter(&mut self, at: u64, state: usize, cell: u64) {
        let first = (self.since / cell).min(self.cells.len() as u64) as usize;
        for (i, times) in self.cells.iter_mut().enumerate().skip(first) {
            let begin = i as u64 * cell;
            if begin >= at {
                break;
            }
            times[self.state] += at.min(begin + cell) - self.since.max(begin);
        }
        (self.state, self.since) = (state, at);
    }
}

/// Returns the character of the state that fills most of a cell; on a tie, of the state that comes
/// later in a job, so that holding the lock shows.
fn cell_char(times: &[u64; 4]) -> char {
    let most = (0..times.len()).max_by_key(|state| times[*state]).unwrap_or(IDLE);
    STATES[most]
}
