//! The activity of each worker over time, one lane per worker: one lock above, 64 locks below.

use super::heading;
use crate::experiments::figure::Unit;
use crate::experiments::results::{Outcome, Span};
use crate::report::lookup;
use charts::axes::{Area, Axes, Axis};
use charts::canvas::{Anchor, Canvas, Face, MARGIN, WIDTH};
use charts::series::find_middle;
use charts::{Colour, Plot};

/// A kind of activity.
struct ActivityKind {
    /// Its name in a span.
    what: &'static str,
    label: &'static str,
    colour: Colour,
    /// Its share of a lane's height, which differs so that colour is not the only distinction.
    share: f64,
}

const ACTIVITIES: [ActivityKind; 3] = [
    ActivityKind { what: "work", label: "works", colour: Colour::Blue, share: 0.5 },
    ActivityKind {
        what: "wait",
        label: "waits for the lock",
        colour: Colour::Vermillion,
        share: 0.16,
    },
    ActivityKind { what: "hold", label: "has the lock", colour: Colour::Ink, share: 0.95 },
];

/// The gap between the two pools, with room for a label.
const GAP: f64 = 38.0;
/// The time shown, in seconds; in a longer one a hold would be too narrow to see.
const SHOWN: f64 = 1.0;

pub fn draw(outcomes: &[Outcome]) -> Option<Plot> {
    let stages = [("waits", "stage 7: one lock"), ("waits-gone", "stage 8: 64 locks")];
    let pools: Vec<(&str, &Outcome, Vec<Span>)> = stages
        .into_iter()
        .filter_map(|(name, words)| {
            let outcome = lookup::outcome(outcomes, name)?;
            Some((words, outcome, spans(outcome)?))
        })
        .collect();
    let end = pools.iter().flat_map(|pool| &pool.2).map(|span| span.to).reduce(f64::max)?;
    let sources: Vec<&Outcome> = pools.iter().map(|pool| pool.1).collect();
    let title = describe(
        &stages.map(|(name, _)| lookup::measured(lookup::outcome(outcomes, name)?, "waiting")),
    );
    let run = "Sixteen workers, 100 ms of work and 10 ms under the lock, never out of jobs";
    let mut canvas = Canvas::new(heading("swimlane", title, run, &sources));
    draw_legend(&mut canvas);
    let whole = Area { left: 104.0, ..Area::below(&canvas, 0.0) };
    let height = (whole.bottom - whole.top + GAP) / pools.len() as f64;
    for (i, (words, _, spans)) in pools.iter().enumerate() {
        let top = whole.top + height * i as f64;
        let area = Area { top, bottom: top + height - GAP, ..whole };
        let last = i + 1 == pools.len();
        draw_lanes(&mut canvas, area, spans, end.min(SHOWN), last);
        let at = [MARGIN, top - 10.0];
        canvas.text(at, Anchor::Start, Face::Label, Colour::Ink, words);
    }
    Some(canvas.finish("A lane for each worker over time, with its work, its waits and its holds."))
}

/// Returns the drawable spans of the repetition in the middle, by the total wait of its workers.
fn spans(outcome: &Outcome) -> Option<Vec<Span>> {
    let is_drawable = |span: &&Span| {
        span.from.is_finite() && span.to > span.from && span.to.is_finite() && span.worker < 64
    };
    let all = outcome.repetitions.iter().filter_map(|found| found.spans.get("workers"));
    let all = all.map(|spans| spans.iter().filter(is_drawable).cloned().collect::<Vec<_>>());
    let waited = |spans: &Vec<Span>| {
        spans.iter().filter(|span| span.what == "wait").map(|span| span.to - span.from).sum()
    };
    find_middle(all.filter(|spans| !spans.is_empty()), waited)
}

fn draw_lanes(canvas: &mut Canvas, area: Area, spans: &[Span], end: f64, last: bool) {
    let workers = spans.iter().map(|span| span.worker).max().unwrap_or(0) + 1;
    let time = if last { "time (s)" } else { "" };
    let axes = Axes {
        area,
        x: if last { Axis::until(time, end) } else { Axis::with_ticks(time, 0.0, end, Vec::new()) },
        y: Axis::with_ticks("", 0.0, f64::from(workers), Vec::new()),
    };
    axes.draw(canvas);
    let lane = (area.bottom - area.top) / f64::from(workers);
    for worker in (0..workers).step_by(5) {
        let y = area.top + lane * (f64::from(worker) + 0.5) + 5.0;
        let words = if worker == 0 { format!("worker {worker}") } else { worker.to_string() };
        canvas.text([area.left - 6.0, y], Anchor::End, Face::Small, Colour::Muted, &words);
    }
    for activity in ACTIVITIES {
        for span in spans.iter().filter(|span| span.what == activity.what && span.from < end) {
            let left = axes.to_pixels([span.from.max(0.0), 0.0])[0];
            let right = axes.to_pixels([span.to.min(end), 0.0])[0];
            let middle = area.top + lane * (f64::from(span.worker) + 0.5);
            let height = lane * activity.share;
            let corner = [left, middle - height / 2.0];
            canvas.rect(corner, [right - left, height], activity.colour, 1.0);
        }
    }
}

fn draw_legend(canvas: &mut Canvas) {
    let y = canvas.top + 37.0;
    let mut x = WIDTH - MARGIN;
    for ActivityKind { label, colour, share, .. } in ACTIVITIES.into_iter().rev() {
        x -= 9.2 * label.len() as f64;
        canvas.text([x, y], Anchor::Start, Face::Text, Colour::Ink, label);
        x -= 36.0;
        let height = 14.0 * share;
        canvas.rect([x, y - 5.0 - height / 2.0], [28.0, height], colour, 1.0);
        x -= 20.0;
    }
}

/// Describes the percentage of their time that workers wait, with one lock and with 64.
fn describe(waiting: &[Option<f64>; 2]) -> String {
    let words = |value: f64| Unit::Percent.words(value);
    match *waiting {
        [Some(one), Some(many)] if many < one * 0.5 => format!(
            "With one lock sixteen workers spend {} of their time waiting for it, with 64 locks {}",
            words(one),
            words(many)
        ),
        [Some(one), Some(many)] => format!(
            "64 locks hardly help: sixteen workers wait {} of their time, {} with one lock",
            words(many),
            words(one)
        ),
        [Some(one), None] => {
            format!(
                "With one lock sixteen workers spend {} of their time waiting for it",
                words(one)
            )
        }
        [None, Some(many)] => {
            format!(
                "With 64 locks sixteen workers spend {} of their time waiting for one",
                words(many)
            )
        }
        [None, None] => "The time of sixteen workers".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_follows_from_the_data() {
        assert!(
            describe(&[Some(31.3), Some(0.7)]).ends_with("waiting for it, with 64 locks 0.70 %")
        );
        assert!(describe(&[Some(31.3), Some(30.0)]).starts_with("64 locks hardly help"));
        assert!(describe(&[Some(31.3), None]).ends_with("31.3 % of their time waiting for it"));
        assert!(describe(&[None, Some(0.7)]).starts_with("With 64 locks"));
    }
}
