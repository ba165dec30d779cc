//! One change at a time: the lock, and the queue with the times, each alone and both together.

use super::heading;
use crate::experiments::figure::Unit;
use crate::experiments::results::Outcome;
use crate::report::Plot;
use crate::report::axes::{Area, Axes, Axis};
use crate::report::canvas::{Anchor, Canvas, Face, Line, MARGIN};
use crate::report::colour::Colour;
use crate::report::courses::{measured, of, predicted};

/// Figure, parameters, lock, colour.
const BARS: [(&str, &str, &str, Colour); 4] = [
    (
        "stage7_with_7",
        "a queue of 100, 100 ms of work, 10 ms under the lock",
        "one lock",
        Colour::Vermillion,
    ),
    ("stage8_with_7", "", "64 locks", Colour::Blue),
    (
        "stage7_with_8",
        "a queue of 1,000, 10 ms of work, 1 ms under the lock",
        "one lock",
        Colour::Vermillion,
    ),
    ("stage8_with_8", "", "64 locks", Colour::Blue),
];

pub fn draw(outcomes: &[Outcome]) -> Option<Plot> {
    let outcome = of(outcomes, "comparison")?;
    let counts = BARS.map(|(id, ..)| measured(outcome, id).map(|it| it.max(0.0)));
    let foreseen = BARS.map(|(id, ..)| predicted(outcome, id));
    let most = counts.iter().chain(&foreseen).flatten().copied().reduce(f64::max)?;
    let factor = |id| measured(outcome, id);
    let title = finding(factor("lock_7"), factor("lock_8"), factor("all"));
    let run = "5,000 events at the documented rates; everything else the same (times ×\u{a0}10, rates ÷\u{a0}10)";
    let mut canvas = Canvas::new(heading("comparison", title, run, &[outcome]));
    let axes = Axes {
        area: Area { left: 150.0, ..Area::below(&canvas, 40.0) },
        x: Axis::from_zero("events accepted of 5,000", most),
        y: Axis::with_ticks("", 0.0, 1.0, Vec::new()),
    };
    axes.draw(&mut canvas);
    axes.key(&mut canvas, None);
    let group = (axes.area.bottom - axes.area.top) / 2.0;
    for (i, (_, parameters, lock, colour)) in BARS.iter().enumerate() {
        let bar = (group - 34.0) / 2.0;
        let y = axes.area.top + group * (i / 2) as f64 + 26.0 + bar * (i % 2) as f64;
        if !parameters.is_empty() {
            let words = format!("Stage {}’s parameters: {parameters}", if i == 0 { 7 } else { 8 });
            canvas.text([MARGIN, y - 8.0], Anchor::Start, Face::Text, Colour::Ink, &words);
        }
        let base = y + bar / 2.0 + 5.0;
        canvas.text([axes.area.left - 12.0, base], Anchor::End, Face::Label, *colour, lock);
        let right = |value: f64| axes.place([value, 0.0])[0];
        let mut end = axes.area.left;
        if let Some(count) = counts[i] {
            end = right(count);
            // One lock is drawn as a frame's worth thinner, so that the two differ without their colour.
            let inset = if i % 2 == 0 { 8.0 } else { 3.0 };
            let size = [end - axes.area.left, bar - 2.0 * inset];
            canvas.rect([axes.area.left, y + inset], size, *colour, 1.0);
        }
        if let Some(value) = foreseen[i] {
            let x = right(value);
            canvas.line(&[[x, y], [x, y + bar]], Colour::Ink, Line::Dashed);
            end = end.max(x);
        }
        let words = counts[i].map_or("not measured".to_owned(), |it| Unit::Count.words(it));
        canvas.text([end + 12.0, base], Anchor::Start, Face::Label, *colour, &words);
    }
    Some(canvas.finish("Bars of accepted events: two kinds of lock under two sets of parameters."))
}

/// From what the lock alone is worth under either parameters, and what all changes together are.
fn finding(lock_7: Option<f64>, lock_8: Option<f64>, all: Option<f64>) -> String {
    let (Some(lock_7), Some(lock_8), Some(all)) = (lock_7, lock_8, all) else {
        return "Events accepted, by lock and by parameters".to_owned();
    };
    let words = |value: f64| Unit::Times.number(value);
    let lock = match (words(lock_7.min(lock_8)), words(lock_7.max(lock_8))) {
        (low, high) if low == high => low,
        (low, high) => format!("{low} to {high}"),
    };
    if lock_7.max(lock_8) < 1.05 {
        return format!(
            "64 locks instead of one change next to nothing ({lock} times); all changes together make it {} times",
            words(all)
        );
    }
    match lock_7.max(lock_8) < all * 0.5 {
        true => format!(
            "64 locks instead of one let in {lock} times as many; queue and times make the rest of {} times",
            words(all)
        ),
        false => {
            format!("Most of the {} times as many are the lock’s doing: {lock} times", words(all))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finding_is_the_datas() {
        let of = |a, b, c| finding(Some(a), Some(b), Some(c));
        assert!(of(1.14, 1.14, 11.6).contains("let in 1.14 times as many"));
        assert!(of(1.14, 1.2, 11.6).contains("let in 1.14 to 1.20 times as many"));
        assert!(of(1.0, 1.01, 11.6).contains("next to nothing"));
        assert!(of(8.0, 8.0, 11.6).starts_with("Most of the 11.6 times"));
        assert!(finding(None, None, None).starts_with("Events accepted"));
    }
}
