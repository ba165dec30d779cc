//! Latency over time as a grid: the denser a cell, the more answers took so long then.

use super::heading;
use crate::experiments::figure::Unit;
use crate::experiments::overload::{CELL_MS, CELL_S, HIDDEN_FACTOR, HIDDEN_LASTS, hidden_latency};
use crate::experiments::results::Outcome;
use crate::report::Plot;
use crate::report::axes::{Area, Axes, Axis};
use crate::report::canvas::{Anchor, Canvas, Face, Line, MARGIN, WIDTH};
use crate::report::colour::Colour;
use crate::report::courses::{Course, in_the_middle, measured, of};

pub fn draw(outcomes: &[Outcome]) -> Option<Plot> {
    let outcome = of(outcomes, "hidden-queue")?;
    let cells = cells(outcome)?;
    let end = |axis: usize| cells.iter().map(|cell| cell[axis]).fold(0.0, f64::max);
    let (seconds, latency) = (end(0) + CELL_S, end(1) / 1e3 + CELL_MS / 1e3);
    let model: Course = (0..=100)
        .map(|i| seconds * f64::from(i) / 100.0)
        .map(|at| [at, hidden_latency(outcome.machine.lags, at)])
        .collect();
    let known = ["rejected", "last"].map(|id| measured(outcome, id));
    let title = finding(known[0].unwrap_or(0.0), known[1].unwrap_or(latency * 1e3));
    let run = format!(
        "{HIDDEN_FACTOR} times what the worker can do for {HIDDEN_LASTS} s; who finds the queue of 100 full \
         waits (stage 5)"
    );
    let mut canvas = Canvas::new(heading("heatmap", title, &run, &[outcome]));
    let axes = Axes {
        area: Area::below(&canvas, 16.0),
        x: Axis::until("time (s)", seconds),
        y: Axis::from_zero("latency (s)", latency.max(model.last().map_or(0.0, |it| it[1]))),
    };
    axes.draw(&mut canvas);
    let most = end(2);
    for [at, ms, count] in &cells {
        let [left, bottom] = axes.place([*at, ms / 1e3]);
        let [right, top] = axes.place([at + CELL_S, (ms + CELL_MS) / 1e3]);
        canvas.rect(
            [left, top],
            [right - left - 1.0, bottom - top - 1.0],
            Colour::Blue,
            shade(*count, most),
        );
    }
    axes.line(&mut canvas, &model, Colour::Vermillion, Line::Dashed);
    key(&mut canvas, most);
    Some(canvas.finish("Cells over time and latency, denser where there were more answers."))
}

/// The cells of the repetition in the middle, by its longest latency.
fn cells(outcome: &Outcome) -> Option<Vec<[f64; 3]>> {
    let sound =
        |cell: &&[f64; 3]| cell.iter().all(|it| it.is_finite() && *it >= 0.0) && cell[2] > 0.0;
    let all = outcome.repetitions.iter().filter_map(|it| it.cells.get("latency"));
    let all = all.map(|it| it.iter().filter(sound).copied().collect::<Vec<_>>());
    let longest = |it: &Vec<[f64; 3]>| it.iter().map(|cell| cell[1]).fold(0.0, f64::max);
    in_the_middle(all.filter(|it| !it.is_empty()), longest)
}

/// How dense a cell is drawn. A single answer can be seen, and few can be told from many.
fn shade(count: f64, most: f64) -> f64 {
    0.15 + 0.85 * (count / most).clamp(0.0, 1.0).sqrt()
}

fn key(canvas: &mut Canvas, most: f64) {
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
        canvas.rect([x, y - 13.0], [17.0, 16.0], Colour::Blue, shade(share, 1.0));
    }
    canvas.text([x - 8.0, y], Anchor::End, Face::Text, Colour::Muted, "1");
}

fn finding(rejected: f64, last_ms: f64) -> String {
    let turned_away = match rejected > 0.0 {
        true => format!("{} are turned away", Unit::Count.words(rejected)),
        false => "Nobody is turned away".to_owned(),
    };
    let last = Unit::Seconds.words(last_ms / 1e3);
    let load = format!("{HIDDEN_LASTS} s at {HIDDEN_FACTOR} times capacity");
    match last_ms > 500.0 {
        true => format!("{turned_away}: {load}, and the wait has grown to {last}"),
        false => format!("{turned_away}: {load}, and nobody waits longer than {last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finding_is_the_datas() {
        let grown = finding(0.0, 2316.0);
        assert_eq!(
            grown,
            "Nobody is turned away: 6 s at 1.5 times capacity, and the wait has grown to 2.32 s"
        );
        assert!(finding(12.0, 2316.0).starts_with("12 are turned away"));
        assert!(finding(0.0, 40.0).ends_with("nobody waits longer than 0.040 s"));
    }

    #[test]
    fn more_is_denser_and_one_is_seen() {
        assert!(shade(1.0, 1e6) > 0.1 && shade(1.0, 1e6) < shade(100.0, 1e6));
        assert_eq!(shade(5.0, 5.0), 1.0);
    }
}
