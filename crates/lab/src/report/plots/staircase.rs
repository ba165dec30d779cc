//! The latency of ten clients at once: under a lock, each waits for all before it.

use super::heading;
use crate::experiments::figure::Unit;
use crate::experiments::results::Outcome;
use crate::report::lookup;
use charts::axes::{Area, Axes, Axis};
use charts::canvas::{Canvas, Line};
use charts::series::{Series, greatest_y, median_series};
use charts::{Colour, Plot};

const UNDER: Colour = Colour::Vermillion;
const BEFORE: Colour = Colour::Blue;
/// The width of a bar; clients are 1 apart.
const BAR_WIDTH: f64 = 0.36;

pub fn draw(outcomes: &[Outcome]) -> Option<Plot> {
    let under = lookup::outcome(outcomes, "staircase")?;
    let before = lookup::outcome(outcomes, "no-staircase");
    let line = seconds(lookup::all_series(under, "latency"));
    let flat =
        before.map(|outcome| seconds(lookup::all_series(outcome, "latency"))).unwrap_or_default();
    let (steps, beside) = (median_series(&line), median_series(&flat));
    let (first, last) = (steps.first()?[1], steps.last()?[1]);
    let title = describe(&steps, &beside);
    let position =
        if before.is_some() { ", under one lock and before it" } else { " under one lock" };
    let run = format!("Ten clients at the same moment; 500 ms each{position} (stage 4)");
    let sources: Vec<&Outcome> = [Some(under), before].into_iter().flatten().collect();
    let mut canvas = Canvas::new(heading("staircase", title, &run, &sources));
    let clients = steps.iter().chain(&beside).map(|point| point[0]).fold(1.0, f64::max);
    let axes = Axes {
        area: Area::below(&canvas, 172.0),
        x: Axis::with_ticks("client, in the order of answers", 0.5, clients + 0.5, ticks(clients)),
        y: Axis::from_zero("latency (s)", greatest_y(line.iter().chain(&flat))),
    };
    axes.draw(&mut canvas);
    axes.legend(&mut canvas, None);
    draw_bars(&mut canvas, &axes, &steps, UNDER, -BAR_WIDTH);
    draw_bars(&mut canvas, &axes, &beside, BEFORE, 0.0);
    for (outcome, grows) in [(Some(under), true), (before, false)] {
        if let Some(each) = outcome.and_then(|outcome| lookup::predicted(outcome, "first")) {
            let at = |n: f64| [n, each / 1e3 * if grows { n } else { 1.0 }];
            axes.line(&mut canvas, &[at(1.0), at(clients)], Colour::Ink, Line::Dashed);
        }
    }
    let ends = [(&steps, UNDER, "under the lock"), (&beside, BEFORE, "before the lock")];
    let label = |(series, colour, words): (&Series, Colour, &str)| {
        let end = series.last()?[1];
        Some((end, colour, format!("{words}\n{}", Unit::Seconds.words(end))))
    };
    axes.end_labels(&mut canvas, &ends.into_iter().filter_map(label).collect::<Vec<_>>());
    Some(canvas.finish(&format!("Latency rises from {first:.2} s to {last:.2} s.")))
}

fn draw_bars(canvas: &mut Canvas, axes: &Axes, series: &Series, colour: Colour, from: f64) {
    for [n, value] in series {
        let [left, top] = axes.to_pixels([n + from, *value]);
        let [right, bottom] = axes.to_pixels([n + from + BAR_WIDTH, 0.0]);
        canvas.rect([left, top], [right - left, bottom - top], colour, 1.0);
    }
}

/// Converts milliseconds to seconds.
fn seconds(all: Vec<Series>) -> Vec<Series> {
    let convert = |series: Series| series.into_iter().map(|[n, ms]| [n, ms / 1e3]).collect();
    all.into_iter().map(convert).collect()
}

/// Returns a tick for each client, or at most twelve.
fn ticks(clients: f64) -> Vec<f64> {
    let step = (clients / 12.0).ceil().max(1.0) as usize;
    (1..=clients as u32).step_by(step).map(f64::from).collect()
}

fn describe(steps: &Series, beside: &Series) -> String {
    let words = |value: f64| Unit::Seconds.words(value);
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return String::new() };
    let clients = steps.len();
    if clients < 2 || last[1] <= first[1] * 1.5 {
        return format!(
            "All {clients} clients have their answer after {}: nobody stands in line",
            words(last[1])
        );
    }
    let each = (last[1] - first[1]) / (clients - 1) as f64;
    let line = format!(
        "Each client in line adds {}: the last of {clients} waits {}",
        words(each),
        words(last[1])
    );
    match beside.last() {
        Some(end) if end[1] < last[1] * 0.5 => {
            format!("{line}; without the lock all are done after {}", words(end[1]))
        }
        Some(end) => format!("{line}; without the lock it is {}, hardly less", words(end[1])),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_follows_from_the_data() {
        let (stairs, flat) =
            (vec![[1.0, 0.5], [2.0, 1.0], [3.0, 1.5]], vec![[1.0, 0.5], [2.0, 0.5]]);
        assert!(describe(&stairs, &vec![]).ends_with("adds 0.50 s: the last of 3 waits 1.50 s"));
        assert!(describe(&stairs, &flat).ends_with("without the lock all are done after 0.50 s"));
        assert!(describe(&stairs, &stairs).ends_with("hardly less"));
        assert!(describe(&flat, &vec![]).ends_with("nobody stands in line"));
    }
}
