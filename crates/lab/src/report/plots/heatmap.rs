//! Latency over time as a heat map: the more answers in a cell, the darker it is.

use super::heading;
use crate::experiments::figure::Unit;
use crate::experiments::overload::{
    CELL_MS, CELL_S, HIDDEN_DURATION_S, HIDDEN_FACTOR, predict_hidden_latency,
};
use crate::experiments::results::Outcome;
use crate::report::lookup;
use charts::axes::{Area, Axes, Axis};
use charts::canvas::{Anchor, Canvas, Face, Line, MARGIN, WIDTH};
use charts::series::{Series, find_middle};
use charts::{Colour, Plot};

pub fn draw(outcomes: &[Outcome]) -> Option<Plot> {
    let outcome = lookup::outcome(outcomes, "hidden-queue")?;
    let cells = cells(outcome)?;
    let end = |axis: usize| cells.iter().map(|cell| cell[axis]).fold(0.0, f64::max);
    let (seconds, latency) = (end(0) + CELL_S, end(1) / 1e3 + CELL_MS / 1e3);
    let model: Series = (0..=100)
        .map(|i| seconds * f64::from(i) / 100.0)
        .map(|at| [at, predict_hidden_latency(outcome.machine.lags, at)])
        .collect();
    let known = ["rejected", "last"].map(|id| lookup::measured(outcome, id));
    let title = describe(known[0].unwrap_or(0.0), known[1].unwrap_or(latency * 1e3));
    let run = format!(
        "{HIDDEN_FACTOR} times what the worker can do for {HIDDEN_DURATION_S} s; who finds the \
         queue of 100 full waits (stage 5)"
    );
    let mut canvas = Canvas::new(heading("heatmap", title, &run, &[outcome]));
    let axes = Axes {
        area: Area::below(&canvas, 16.0),
        x: Axis::until("time (s)", seconds),
        y: Axis::from_zero("latency (s)", latency.max(model.last().map_or(0.0, |end| end[1]))),
    };
    axes.draw(&mut canvas);
    let most = end(2);
    for [at, ms, count] in &cells {
        let [left, bottom] = axes.to_pixels([*at, ms / 1e3]);
        let [right, top] = axes.to_pixels([at + CELL_S, (ms + CELL_MS) / 1e3]);
        canvas.rect(
            [left, top],
            [right - left - 1.0, bottom - top - 1.0],
            Colour::Blue,
            opacity(*count, most),
        );
    }
    axes.line(&mut canvas, &model, Colour::Vermillion, Line::Dashed);
    draw_legend(&mut canvas, most);
    Some(canvas.finish("Cells over time and latency, denser where there were more answers."))
}

/// Returns the cells of the repetition in the middle, by its longest latency.
fn cells(outcome: &Outcome) -> Option<Vec<[f64; 3]>> {
    let is_drawable = |cell: &&[f64; 3]| {
        cell.iter().all(|value| value.is_finite() && *value >= 0.0) && cell[2] > 0.0
    };
    let all = outcome.repetitions.iter().filter_map(|found| found.cells.get("latency"));
    let all = all.map(|cells| cells.iter().filter(is_drawable).copied().collect::<Vec<_>>());
    let longest = |cells: &Vec<[f64; 3]>| cells.iter().map(|cell| cell[1]).fold(0.0, f64::max);
    find_middle(all.filter(|cells| !cells.is_empty()), longest)
}

/// Returns a cell's opacity: visible for a single answer, and growing with the square root of the
/// count.
fn opacity(count: f64, most: f64) -> f64 {
    0.15 + 0.85 * (count / most).clamp(0.0, 1.0).sqrt()
}

fn draw_legend(canvas: &mut Canvas, most: f64) {
    let y = canvas.top + 26.0;
    let mut x = WIDTH - MARGIN - 88.0;
    canvas.text([x, y], Anchor::Start, Face::Text, Colour::Muted, "predicted");
    canvas.line(&[[x - 44.0, y - 5.0], [x - 8.0, y - 5.0]], Colour::Vermillion, Line::Dashed);
    let words = format!("{} answers", Unit::Count.words(most));
    x -= 68.0 + 9.4 * words.len() as f64;
    canvas.text([x, y], Anchor::Start, Face::Text, Colour::Muted, &words);
    x -= 8.0;
    for i in (0..5).rev() {
        x -= 18.0;
        let share = (f64::from(i) / 4.0).powi(2);
        canvas.rect([x, y - 13.0], [17.0, 16.0], Colour::Blue, opacity(share, 1.0));
    }
    canvas.text([x - 8.0, y], Anchor::End, Face::Text, Colour::Muted, "1");
}

fn describe(rejected: f64, last_ms: f64) -> String {
    let turned_away = if rejected > 0.0 {
        format!("{} are turned away", Unit::Count.words(rejected))
    } else {
        "Nobody is turned away".to_owned()
    };
    let last = Unit::Seconds.words(last_ms / 1e3);
    let load = format!("{HIDDEN_DURATION_S} s at {HIDDEN_FACTOR} times capacity");
    if last_ms > 500.0 {
        format!("{turned_away}: {load}, and the wait has grown to {last}")
    } else {
        format!("{turned_away}: {load}, and nobody waits longer than {last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_follows_from_the_data() {
        let grown = describe(0.0, 2316.0);
        assert_eq!(
            grown,
            "Nobody is turned away: 6 s at 1.5 times capacity, and the wait has grown to 2.32 s"
        );
        assert!(describe(12.0, 2316.0).starts_with("12 are turned away"));
        assert!(describe(0.0, 40.0).ends_with("nobody waits longer than 0.040 s"));
    }

    #[test]
    fn opacity_grows_with_the_count_and_one_is_visible() {
        assert!(opacity(1.0, 1e6) > 0.1 && opacity(1.0, 1e6) < opacity(100.0, 1e6));
        assert_eq!(opacity(5.0, 5.0), 1.0);
    }
}
