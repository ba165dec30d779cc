//! The lanes of the first workers: work, waiting for the lock, and having it.

use super::WIDTH;
use model::{Event, Server, What};
use std::time::Duration;

const LANES: u32 = 16;
/// Of these states a cell shows the one that fills most of it.
const STATES: [char; 4] = [' ', '▒', '·', '█'];
const IDLE: usize = 0;
const WORKING: usize = 1;
const WAITING: usize = 2;
const HOLDING: usize = 3;
/// A job is at least so many cells long, as far as it is long enough to be seen at all.
const CELLS_OF_A_JOB: u32 = 32;

/// What the first workers do, from the first arrival on, for as long as it can be told apart.
pub struct Lanes {
    /// The time that a character stands for, in nanoseconds.
    cell: u64,
    workers: u32,
    lanes: Vec<Lane>,
}

/// One worker's.
struct Lane {
    state: usize,
    since: u64,
    cells: Vec<[u64; 4]>,
}

impl Lanes {
    pub fn new(server: &Server, total: Duration) -> Self {
        let job = server.work_time() + server.hold_time();
        let whole = total / WIDTH as u32;
        // Two cells for a hold, if it is not too short for that.
        let cell = (server.hold_time() / 2).max(job / CELLS_OF_A_JOB).min(whole);
        let lane = || Lane { state: IDLE, since: 0, cells: vec![[0; 4]; WIDTH] };
        Self {
            cell: (cell.as_nanos() as u64).max(1),
            workers: server.workers,
            lanes: (0..LANES.min(server.workers)).map(|_| lane()).collect(),
        }
    }

    pub fn take(&mut self, Event { at, what, .. }: Event) {
        let (worker, state) = match what {
            What::Rejected | What::Accepted => return,
            What::Started { worker } => (worker, WORKING),
            What::Asked { worker } => (worker, WAITING),
            What::Locked { worker } => (worker, HOLDING),
            What::Done { worker } => (worker, IDLE),
        };
        if let Some(lane) = self.lanes.get_mut(worker as usize) {
            lane.turn(at, state, self.cell);
        }
    }

    /// The lanes, after an empty line.
    pub fn draw(mut self) -> String {
        let end = self.cell * WIDTH as u64;
        let mut text = format!(
            "\nthe first {} of {} workers, for {:?}: ▒ working  · waiting for a lock  █ having it\n",
            self.lanes.len(),
            self.workers,
            Duration::from_nanos(end)
        );
        for (number, lane) in self.lanes.iter_mut().enumerate() {
            lane.turn(end, IDLE, self.cell);
            let line: String = lane.cells.iter().map(shown).collect();
            text += format!("{number:>2} {line}").trim_end();
            text += "\n";
        }
        text
    }
}

impl Lane {
    /// Ends a state, which has filled its share of the cells since it began, and begins another.
    fn turn(&mut self, at: u64, state: usize, cell: u64) {
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

/// The state that fills most of a cell. A lock that is held at all for a while is what was to be seen:
/// of two that fill the same, the later one in a job's life.
fn shown(times: &[u64; 4]) -> char {
    let most = (0..times.len()).max_by_key(|state| times[*state]).unwrap_or(IDLE);
    STATES[most]
}
