//! Plots a prediction: counts over time, and the states of the first workers.

mod lanes;

use crate::cli::table::exact;
use lanes::Lanes;
use model::{Event, EventKind, Load, Placement, Server, jobs, simulate};
use std::time::Duration;

/// Characters from the first arrival to the last completion.
const WIDTH: usize = 72;
const HEIGHT: usize = 3;
/// The characters for a part of a line's height, in eighths.
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Renders the plot, after an empty line; a sentence if the simulated time is zero.
pub fn render(server: &Server, load: &Load, placement: Placement, total: Duration) -> String {
    if total.is_zero() {
        return "\nnothing to plot: the simulated time is zero\n".to_owned();
    }
    let mut curves = Curves::new(total);
    let mut lanes = Lanes::new(server, total);
    simulate(server.shape(), jobs(server, load, placement), |event| {
        curves.record(event);
        lanes.record(event);
    });
    let last_arrival = curves.column(model::arrival(load.requests - 1, load.rate));
    let column = total.as_secs_f64() / WIDTH as f64;
    let peak_rate = |counts: &[u64]| {
        let most = counts.iter().max().copied().unwrap_or_default() as f64;
        format!("{} a second", exact(most / column))
    };
    let most = curves.queued.iter().max().copied().unwrap_or_default();
    let mut text = String::new();
    text += &chart("accepted", &peak_rate(&curves.accepted), &curves.accepted);
    text += &chart("rejected", &peak_rate(&curves.rejected), &curves.rejected);
    text += &chart("in the queue", &most.to_string(), &curves.queued);
    text += &axis(last_arrival, total);
    text + &lanes.draw()
}

/// Renders the columns of one number over time, below its name and maximum.
fn chart(name: &str, most: &str, values: &[u64]) -> String {
    let greatest = values.iter().max().copied().unwrap_or_default();
    if greatest == 0 {
        return format!("\n{name}: none\n");
    }
    let steps = 8 * HEIGHT;
    // Round up, so that any value above zero shows.
    let height = |value: &u64| (*value as f64 / greatest as f64 * steps as f64).ceil() as usize;
    let mut text = format!("\n{name}, at most {most}\n");
    for line in (0..HEIGHT).rev() {
        let cell = |value| EIGHTHS[height(value).saturating_sub(8 * line).min(8)];
        let line: String = values.iter().map(cell).collect();
        text += line.trim_end();
        text += "\n";
    }
    text
}

/// Renders the time axis, with a mark at the last arrival.
fn axis(last_arrival: usize, total: Duration) -> String {
    let line: String = (0..WIDTH).map(|i| if i == last_arrival { '^' } else { '-' }).collect();
    let end = format!("{:.3} s", total.as_secs_f64());
    format!("{line}\n0 s{end:>0$}   ^ the last arrival\n", WIDTH - 3)
}

/// The plotted numbers, one value for each column.
struct Curves {
    total: u64,
    accepted: Vec<u64>,
    rejected: Vec<u64>,
    /// The maximum length of the queue during the column.
    queued: Vec<u64>,
    waiting: u64,
    /// The last column with a queue length.
    reached: usize,
}

impl Curves {
    fn new(total: Duration) -> Self {
        Self {
            total: total.as_nanos() as u64,
            accepted: vec![0; WIDTH],
            rejected: vec![0; WIDTH],
            queued: vec![0; WIDTH],
            waiting: 0,
            reached: 0,
        }
    }

    fn column(&self, at: u64) -> usize {
        let column = u128::from(at) * WIDTH as u128 / u128::from(self.total);
        (column as usize).min(WIDTH - 1)
    }

    fn record(&mut self, event: Event) {
        let column = self.column(event.at);
        // The queue does not change between events.
        while self.reached < column {
            self.reached += 1;
            self.queued[self.reached] = self.waiting;
        }
        match event.kind {
            EventKind::Accepted => {
                self.accepted[column] += 1;
                self.waiting += 1;
            }
            EventKind::Rejected => self.rejected[column] += 1,
            EventKind::Started { .. } => self.waiting -= 1,
            EventKind::LockRequested { .. } | EventKind::Locked { .. } | EventKind::Done { .. } => {
            }
        }
        // Not after `Accepted`: a job that finds an idle worker starts at once and is never queued.
        if !matches!(event.kind, EventKind::Accepted) {
            self.queued[column] = self.queued[column].max(self.waiting);
        }
    }
}
