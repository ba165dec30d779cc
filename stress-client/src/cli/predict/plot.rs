//! A prediction as a picture: what happens over time, and what the first workers do meanwhile.

mod lanes;

use crate::cli::table::exact;
use lanes::Lanes;
use model::{Event, Load, Placement, Server, What, jobs, simulate};
use std::time::Duration;

/// Characters from the first arrival to the last completion.
const WIDTH: usize = 72;
const HEIGHT: usize = 3;
/// What is left of a column that is filled by so many eighths of a line.
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The picture, after an empty line; a sentence when there is no time to draw it over.
pub fn of(server: &Server, load: &Load, placement: Placement, total: Duration) -> String {
    if total.is_zero() {
        return "\nno time passes: there is nothing to draw\n".to_owned();
    }
    let mut curves = Curves::new(total);
    let mut lanes = Lanes::new(server, total);
    simulate(server.shape(), jobs(server, load, placement), |event| {
        curves.take(event);
        lanes.take(event);
    });
    let last_arrival = curves.column(model::arrival(load.requests - 1, load.rate));
    let column = total.as_secs_f64() / WIDTH as f64;
    let each = |counts: &[u64]| {
        let most = counts.iter().max().copied().unwrap_or_default() as f64;
        format!("{} a second", exact(most / column))
    };
    let most = curves.queued.iter().max().copied().unwrap_or_default();
    let mut text = String::new();
    text += &chart("accepted", &each(&curves.accepted), &curves.accepted);
    text += &chart("rejected", &each(&curves.rejected), &curves.rejected);
    text += &chart("in the queue", &most.to_string(), &curves.queued);
    text += &axis(last_arrival, total);
    text + &lanes.draw()
}

/// Columns of a number over time, under its name and its greatest value; nothing when it is always zero.
fn chart(name: &str, most: &str, values: &[u64]) -> String {
    let greatest = values.iter().max().copied().unwrap_or_default();
    if greatest == 0 {
        return format!("\n{name}: none\n");
    }
    let steps = 8 * HEIGHT;
    // What there is at all shows.
    let height = |value: &u64| (*value as f64 / greatest as f64 * steps as f64).ceil() as usize;
    let mut text = format!("\n{name}, at most {most}\n");
    for line in (0..HEIGHT).rev() {
        let line: String =
            values.iter().map(|it| EIGHTHS[height(it).saturating_sub(8 * line).min(8)]).collect();
        text += line.trim_end();
        text += "\n";
    }
    text
}

/// Where the time begins and ends, and where the last arrival was.
fn axis(last_arrival: usize, total: Duration) -> String {
    let line: String = (0..WIDTH).map(|i| if i == last_arrival { '^' } else { '-' }).collect();
    let end = format!("{:.3} s", total.as_secs_f64());
    format!("{line}\n0 s{end:>0$}   ^ the last arrival\n", WIDTH - 3)
}

/// Numbers over time, one for each column.
struct Curves {
    total: u64,
    accepted: Vec<u64>,
    rejected: Vec<u64>,
    /// The most that were in the queue in that time.
    queued: Vec<u64>,
    waiting: u64,
    /// The column that the queue's length was last written to.
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

    fn take(&mut self, event: Event) {
        let column = self.column(event.at);
        // The queue stays as it is until something happens.
        while self.reached < column {
            self.reached += 1;
            self.queued[self.reached] = self.waiting;
        }
        match event.what {
            What::Accepted => {
                self.accepted[column] += 1;
                self.waiting += 1;
            }
            What::Rejected => self.rejected[column] += 1,
            // One that finds an idle worker is started at once, and was never in the queue.
            What::Started { .. } => self.waiting -= 1,
            What::Asked { .. } | What::Locked { .. } | What::Done { .. } => {}
        }
        if !matches!(event.what, What::Accepted) {
            self.queued[column] = self.queued[column].max(self.waiting);
        }
    }
}
