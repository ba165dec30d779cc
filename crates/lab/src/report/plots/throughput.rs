//! Jobs a second over workers under one lock, and the two lines that none can cross.

use super::heading;
use crate::experiments::figure::Unit;
use crate::experiments::plateau_limits;
use crate::experiments::results::Outcome;
use crate::report::Plot;
use crate::report::axes::{Area, Axes, Axis, Look};
use crate::report::canvas::{Anchor, Canvas, Face, Line, Mark};
use crate::report::colour::Colour;
use crate::report::courses::{Course, courses, middle, most, of};

const MEASURED: Look = Look { colour: Colour::Blue, mark: Some(Mark::Circle) };

pub fn draw(outcomes: &[Outcome]) -> Option<Plot> {
    let outcome = of(outcomes, "plateau")?;
    let measured = courses(outcome, "measured");
    let points = middle(&measured);
    let workers = points.last()?[0].clamp(1.0, 1e4);
    let limits = |workers: f64| plateau_limits(outcome.machine.lags, workers as u32);
    let ceiling = limits(1.0).locks?;
    let rate = |workers: f64| limits(workers).lowest().unwrap_or(ceiling);
    let model: Course =
        (1..=workers as u32).map(|it| [f64::from(it), rate(f64::from(it))]).collect();
    let run =
        "1 s of work, then 100 ms under the one lock, never out of jobs (stage 7, its times × 10)";
    let mut canvas = Canvas::new(heading("throughput", finding(&points), run, &[outcome]));
    let axes = Axes {
        area: Area::below(&canvas, 16.0),
        x: Axis::with_ticks("workers", 0.0, workers, points.iter().map(|point| point[0]).collect()),
        y: Axis::from_zero("jobs a second", most(&measured).max(ceiling) * 1.15),
    };
    axes.draw(&mut canvas);
    axes.key(&mut canvas, MEASURED.mark);
    let across = [[0.0, ceiling], [workers, ceiling]];
    axes.line(&mut canvas, &across, Colour::Vermillion, Line::Dashed);
    let mut at = axes.place(across[1]);
    at[1] -= 10.0;
    let words = format!("ceiling: 1 ÷ hold = {}", Unit::PerSecond.words(ceiling));
    canvas.text(at, Anchor::End, Face::Label, Colour::Vermillion, &words);
    axes.line(&mut canvas, &model, Colour::Muted, Line::Dashed);
    axes.courses(&mut canvas, &measured, MEASURED);
    for [workers, rate] in &points {
        let [x, y] = axes.place([*workers, *rate]);
        let right = axes.area.right - 30.0;
        let anchor = if x > right { Anchor::End } else { Anchor::Start };
        canvas.text(
            [x + if x > right { 4.0 } else { 0.0 }, y + 27.0],
            anchor,
            Face::Label,
            MEASURED.colour,
            &Unit::Seconds.number(*rate),
        );
    }
    Some(canvas.finish("Jobs a second rise with the workers up to the ceiling of one lock."))
}

/// From here on the lock is held all the time: (work + hold) ÷ hold.
const KNEE: f64 = 11.0;

fn finding(points: &Course) -> String {
    let words = |value: f64| Unit::PerSecond.number(value);
    let (Some([many, most]), Some([few, some])) =
        (points.last(), points.iter().rev().find(|point| point[0] <= KNEE))
    else {
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
    fn the_finding_is_the_datas() {
        let of = |last: f64| finding(&vec![[1.0, 0.91], [11.0, 9.97], [64.0, last]]);
        assert_eq!(
            of(9.98),
            "With one lock, 64 workers do 9.98 jobs a second, no more than 11 do (9.97)"
        );
        assert!(of(58.0).ends_with("64 workers do 58 jobs a second, 11 only 9.97"));
        assert!(of(5.0).ends_with("fewer than 11 do (9.97)"));
        assert_eq!(finding(&vec![[1.0, 0.91]]), "With one lock, 1 workers do 0.91 jobs a second");
        assert_eq!(finding(&vec![]), "");
    }
}
