//! Jobs a second over workers under one lock, with the upper bounds set by the lock and by the
//! workers.

use super::heading;
use crate::experiments::figure::Unit;
use crate::experiments::plateau_limits;
use crate::experiments::results::Outcome;
use crate::report::lookup;
use charts::axes::{Area, Axes, Axis, Style};
use charts::canvas::{Anchor, Canvas, Face, Line, Mark};
use charts::series::{Series, greatest_y, median_series};
use charts::{Colour, Plot};

const MEASURED: Style = Style { colour: Colour::Blue, mark: Some(Mark::Circle) };

pub fn draw(outcomes: &[Outcome]) -> Option<Plot> {
    let outcome = lookup::outcome(outcomes, "plateau")?;
    let measured = lookup::all_series(outcome, "measured");
    let points = median_series(&measured);
    let workers = points.last()?[0].clamp(1.0, 1e4);
    let limits = |workers: f64| plateau_limits(outcome.machine.lags, workers as u32);
    let ceiling = limits(1.0).locks?;
    let rate = |workers: f64| limits(workers).lowest().unwrap_or(ceiling);
    let model: Series =
        (1..=workers as u32).map(f64::from).map(|workers| [workers, rate(workers)]).collect();
    let run = "1 s of work, then 100 ms under the one lock, never out of jobs (stage 7, its times \
               ×\u{a0}10)";
    let mut canvas = Canvas::new(heading("throughput", describe(&points), run, &[outcome]));
    let axes = Axes {
        area: Area::below(&canvas, 16.0),
        x: Axis::with_ticks("workers", 0.0, workers, points.iter().map(|point| point[0]).collect()),
        y: Axis::from_zero("jobs a second", greatest_y(&measured).max(ceiling) * 1.15),
    };
    axes.draw(&mut canvas);
    axes.legend(&mut canvas, MEASURED.mark);
    let across = [[0.0, ceiling], [workers, ceiling]];
    let height = axes.to_pixels(across[0])[1] - axes.area.top;
    let width = axes.area.right - axes.area.left;
    canvas.rect([axes.area.left, axes.area.top], [width, height], Colour::Vermillion, 0.1);
    axes.line(&mut canvas, &across, Colour::Vermillion, Line::Dashed);
    let at = [axes.area.right - 8.0, axes.area.top + 22.0];
    let words = format!("ceiling: 1 ÷ hold = {}", Unit::PerSecond.words(ceiling));
    canvas.text(at, Anchor::End, Face::Label, Colour::Vermillion, &words);
    axes.repetitions(&mut canvas, &measured, MEASURED);
    axes.line(&mut canvas, &model, Colour::Ink, Line::Dashed);
    for (i, [workers, rate]) in points.iter().enumerate() {
        let [x, y] = axes.to_pixels([*workers, *rate]);
        let words = Unit::PerSecond.number(*rate);
        let mut label = |dx: f64, dy: f64, anchor| {
            let at = [x + dx, y + dy];
            canvas.text(at, anchor, Face::Label, MEASURED.colour, &words);
        };
        // Labels are below the line where it is flat, and beside it where it rises.
        match points.get(i + 1) {
            None => label(6.0, 28.0, Anchor::End),
            Some(next) if next[1] > rate * 1.05 => label(14.0, 6.0, Anchor::Start),
            Some(_) => label(-4.0, 28.0, Anchor::Start),
        }
    }
    Some(canvas.finish("Jobs a second rise with the workers up to the ceiling of one lock."))
}

/// The number of workers from which on the lock is always held: (work + hold) ÷ hold.
const KNEE: f64 = 11.0;

fn describe(points: &Series) -> String {
    let words = |value: f64| Unit::PerSecond.number(value);
    let few = points.iter().rev().find(|point| point[0] <= KNEE).or(points.first());
    let (Some([many, most]), Some([few, some])) = (points.last(), few) else {
        return String::new();
    };
    if few == many {
        return format!("With one lock, {many} workers do {} jobs a second", words(*most));
    }
    let start = format!("With one lock, {many} workers do {} jobs a second,", words(*most));
    match most / some {
        ratio if ratio > 1.05 => format!("{start} {few} only {}", words(*some)),
        ratio if ratio < 0.95 => format!("{start} fewer than {few} do ({})", words(*some)),
        _ => format!("{start} no more than {few} do ({})", words(*some)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_follows_from_the_data() {
        let title = |last: f64| describe(&vec![[1.0, 0.91], [11.0, 9.97], [64.0, last]]);
        assert_eq!(
            title(9.98),
            "With one lock, 64 workers do 9.98 jobs a second, no more than 11 do (9.97)"
        );
        assert!(title(58.0).ends_with("64 workers do 58 jobs a second, 11 only 9.97"));
        assert!(title(5.0).ends_with("fewer than 11 do (9.97)"));
        assert_eq!(describe(&vec![[11.0, 9.9]]), "With one lock, 11 workers do 9.90 jobs a second");
        assert_eq!(describe(&vec![]), "");
    }
}
