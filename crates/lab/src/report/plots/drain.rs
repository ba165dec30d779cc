//! The number of jobs left after SIGTERM, over time.

use super::heading;
use crate::experiments::figure::Unit;
use crate::experiments::results::Outcome;
use crate::report::lookup;
use charts::axes::{Area, Axes, Axis};
use charts::canvas::{Anchor, Canvas, Face, Line};
use charts::series::{Series, find_middle, greatest_y};
use charts::{Colour, Plot};

pub fn draw(outcomes: &[Outcome]) -> Option<Plot> {
    let outcome = lookup::outcome(outcomes, "drain")?;
    let signal = lookup::outcome(outcomes, "signal");
    let lost_9 = signal.and_then(|signal| lookup::measured(signal, "lost_9"));
    let all = lookup::all_series(outcome, "left");
    let drawn = find_middle(&all, |series| series.last().map_or(0.0, |end| end[0]))?.clone();
    let (first, last) = (drawn.first()?[1], *drawn.last()?);
    let title = describe(first, last, lost_9);
    let run = "84 events accepted, 4 workers, 200 ms a job; then SIGTERM (stage 10)";
    let sources: Vec<&Outcome> = [outcome].into_iter().chain(signal).collect();
    let mut canvas = Canvas::new(heading("drain", title, run, &sources));
    // The drain is linear: it ends after twice the predicted half.
    let expected_end = lookup::predicted(outcome, "half").map(|half| 2.0 * half);
    let seconds =
        all.iter().flatten().map(|point| point[0]).fold(expected_end.unwrap_or(0.0), f64::max);
    let axes = Axes {
        area: Area::below(&canvas, 16.0),
        x: Axis::from_zero("time since the signal (s)", seconds),
        y: Axis::from_zero("accepted and not done", greatest_y(&all)),
    };
    axes.draw(&mut canvas);
    axes.legend(&mut canvas, None);
    for other in all.iter().filter(|series| **series != drawn) {
        axes.line(&mut canvas, &steps(other), Colour::Blue, Line::Faint);
    }
    axes.line(&mut canvas, &steps(&drawn), Colour::Blue, Line::Solid);
    if let Some(end) = expected_end {
        axes.line(&mut canvas, &[[0.0, first], [end, 0.0]], Colour::Ink, Line::Dashed);
    }
    let name = axes.to_pixels([seconds * 0.46, first * 0.62]);
    canvas.text(name, Anchor::Start, Face::Label, Colour::Blue, "stage 10 does what it accepted");
    if let Some(lost) = lost_9.filter(|lost| *lost > 0.0) {
        let words = format!("stage 9 is gone at once: {} lost", Unit::Count.words(lost));
        let at = axes.to_pixels([0.0, first * 0.08]);
        let from = axes.to_pixels([0.0, first]);
        canvas.line(&[from, axes.to_pixels([0.0, 0.0])], Colour::Vermillion, Line::Solid);
        canvas.text([at[0] + 12.0, at[1]], Anchor::Start, Face::Label, Colour::Vermillion, &words);
    }
    Some(canvas.finish("The number of jobs left falls in steps until none is."))
}

/// Inserts corners, so that the line falls in steps.
fn steps(series: &Series) -> Series {
    let corner = |pair: &[[f64; 2]]| [[pair[1][0], pair[0][1]], pair[1]];
    series.first().copied().into_iter().chain(series.windows(2).flat_map(corner)).collect()
}

fn describe(first: f64, last: [f64; 2], lost_9: Option<f64>) -> String {
    let all = Unit::Count.words(first);
    let ended = if last[1] > 0.0 {
        format!("{} of {all} accepted events are left when it ends", Unit::Count.words(last[1]))
    } else {
        let took = Unit::Seconds.words(last[0]);
        format!("All {all} accepted events are done {took} after SIGTERM")
    };
    match lost_9 {
        Some(lost) if lost > 0.0 => {
            format!("{ended}; without a drain {} are lost", Unit::Count.words(lost))
        }
        Some(_) => format!("{ended}; without a drain none is lost either"),
        None => ended,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_follows_from_the_data() {
        let found = describe(84.0, [4.2238, 0.0], Some(84.0));
        assert_eq!(
            found,
            "All 84 accepted events are done 4.22 s after SIGTERM; without a drain 84 are lost"
        );
        assert!(
            describe(84.0, [1.0, 67.0], None)
                .ends_with("67 of 84 accepted events are left when it ends")
        );
        assert!(describe(84.0, [4.2, 0.0], Some(0.0)).ends_with("none is lost either"));
    }

    #[test]
    fn the_value_stays_the_same_until_the_next_point() {
        assert_eq!(steps(&vec![[0.0, 2.0], [1.0, 1.0]]), [[0.0, 2.0], [1.0, 2.0], [1.0, 1.0]]);
        assert!(steps(&vec![]).is_empty());
    }
}
