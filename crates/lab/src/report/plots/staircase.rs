//! Ten clients in line: each waits for all who came before.

use super::heading;
use crate::experiments::figure::Unit;
use crate::experiments::results::Outcome;
use crate::report::Plot;
use crate::report::axes::{Area, Axes, Axis};
use crate::report::canvas::{Canvas, Line};
use crate::report::colour::Colour;
use crate::report::courses::{Course, courses, middle, most, of, predicted};

const UNDER: Colour = Colour::Vermillion;
const BEFORE: Colour = Colour::Blue;
/// How wide a bar is, where the next client is 1 further on.
const WIDE: f64 = 0.36;

pub fn draw(outcomes: &[Outcome]) -> Option<Plot> {
    let under = of(outcomes, "staircase")?;
    let before = of(outcomes, "no-staircase");
    let line = seconds(courses(under, "latency"));
    let flat = before.map(|it| seconds(courses(it, "latency"))).unwrap_or_default();
    let (steps, beside) = (middle(&line), middle(&flat));
    let (first, last) = (steps.first()?[1], steps.last()?[1]);
    let title = finding(&steps, &beside);
    let place = if before.is_some() { ", under one lock and before it" } else { " under one lock" };
    let run = format!("Ten clients at the same moment; 500 ms each{place} (stage 4)");
    let sources: Vec<&Outcome> = [Some(under), before].into_iter().flatten().collect();
    let mut canvas = Canvas::new(heading("staircase", title, &run, &sources));
    let clients = steps.iter().chain(&beside).map(|point| point[0]).fold(1.0, f64::max);
    let axes = Axes {
        area: Area::below(&canvas, 172.0),
        x: Axis::with_ticks("client, in the order of answers", 0.5, clients + 0.5, places(clients)),
        y: Axis::from_zero("latency (s)", most(line.iter().chain(&flat))),
    };
    axes.draw(&mut canvas);
    axes.key(&mut canvas, None);
    // Side by side, so that each client has its two waits next to each other.
    bars(&mut canvas, &axes, &steps, UNDER, -WIDE);
    bars(&mut canvas, &axes, &beside, BEFORE, 0.0);
    for (outcome, grows) in [(Some(under), true), (before, false)] {
        if let Some(each) = outcome.and_then(|it| predicted(it, "first")) {
            let at = |n: f64| [n, each / 1e3 * if grows { n } else { 1.0 }];
            axes.line(&mut canvas, &[at(1.0), at(clients)], Colour::Ink, Line::Dashed);
        }
    }
    let ends = [(&steps, UNDER, "under the lock"), (&beside, BEFORE, "before the lock")];
    let name = |(course, colour, words): (&Course, Colour, &str)| {
        let end = course.last()?[1];
        Some((end, colour, format!("{words}\n{}", Unit::Seconds.words(end))))
    };
    axes.names(&mut canvas, &ends.into_iter().filter_map(name).collect::<Vec<_>>());
    Some(canvas.finish(&format!("Latency rises from {first:.2} s to {last:.2} s.")))
}

fn bars(canvas: &mut Canvas, axes: &Axes, course: &Course, colour: Colour, from: f64) {
    for [n, value] in course {
        let [left, top] = axes.place([n + from, *value]);
        let [right, bottom] = axes.place([n + from + WIDE, 0.0]);
        canvas.rect([left, top], [right - left, bottom - top], colour, 1.0);
    }
}

fn seconds(courses: Vec<Course>) -> Vec<Course> {
    let one = |course: Course| course.into_iter().map(|[n, ms]| [n, ms / 1e3]).collect();
    courses.into_iter().map(one).collect()
}

/// A tick for each client, or for some of many.
fn places(clients: f64) -> Vec<f64> {
    let step = (clients / 12.0).ceil().max(1.0) as usize;
    (1..=clients as u32).step_by(step).map(f64::from).collect()
}

fn finding(steps: &Course, beside: &Course) -> String {
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
    fn the_finding_is_the_datas() {
        let (stairs, flat) =
            (vec![[1.0, 0.5], [2.0, 1.0], [3.0, 1.5]], vec![[1.0, 0.5], [2.0, 0.5]]);
        assert!(finding(&stairs, &vec![]).ends_with("adds 0.50 s: the last of 3 waits 1.50 s"));
        assert!(finding(&stairs, &flat).ends_with("without the lock all are done after 0.50 s"));
        assert!(finding(&stairs, &stairs).ends_with("hardly less"));
        assert!(finding(&flat, &vec![]).ends_with("nobody stands in line"));
    }
}
