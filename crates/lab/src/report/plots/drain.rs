//! A signal, and a queue that runs empty.

use super::heading;
use crate::experiments::figure::Unit;
use crate::experiments::results::Outcome;
use crate::report::Plot;
use crate::report::axes::{Area, Axes, Axis};
use crate::report::canvas::{Anchor, Canvas, Face, Line};
use crate::report::colour::Colour;
use crate::report::courses::{Course, courses, in_the_middle, measured, most, of, predicted};

pub fn draw(outcomes: &[Outcome]) -> Option<Plot> {
    let outcome = of(outcomes, "drain")?;
    // What becomes of the same jobs without a drain, if that was run as well.
    let signal = of(outcomes, "signal");
    let lost_9 = signal.and_then(|signal| measured(signal, "lost_9"));
    let all = courses(outcome, "left");
    let course = in_the_middle(&all, |it| it.last().map_or(0.0, |end| end[0]))?.clone();
    let (first, last) = (course.first()?[1], *course.last()?);
    let title = finding(first, last, lost_9);
    let run = "84 events accepted, 4 workers, 200 ms a job; then SIGTERM (stage 10)";
    let sources: Vec<&Outcome> = [outcome].into_iter().chain(signal).collect();
    let mut canvas = Canvas::new(heading("drain", title, run, &sources));
    // Half of them are left after half of the time.
    let foreseen = predicted(outcome, "half").map(|half| 2.0 * half);
    let seconds =
        all.iter().flatten().map(|point| point[0]).fold(foreseen.unwrap_or(0.0), f64::max);
    let axes = Axes {
        area: Area::below(&canvas, 16.0),
        x: Axis::from_zero("time since the signal (s)", seconds),
        y: Axis::from_zero("accepted and not done", most(&all)),
    };
    axes.draw(&mut canvas);
    axes.key(&mut canvas, None);
    for other in all.iter().filter(|it| **it != course) {
        axes.line(&mut canvas, &steps(other), Colour::Blue, Line::Faint);
    }
    axes.line(&mut canvas, &steps(&course), Colour::Blue, Line::Solid);
    if let Some(end) = foreseen {
        axes.line(&mut canvas, &[[0.0, first], [end, 0.0]], Colour::Ink, Line::Dashed);
    }
    let name = axes.place([seconds * 0.46, first * 0.62]);
    canvas.text(name, Anchor::Start, Face::Label, Colour::Blue, "stage 10 does what it accepted");
    if let Some(lost) = lost_9.filter(|lost| *lost > 0.0) {
        let words = format!("stage 9 is gone at once: {} lost", Unit::Count.words(lost));
        let at = axes.place([0.0, first * 0.08]);
        let from = axes.place([0.0, first]);
        canvas.line(&[from, axes.place([0.0, 0.0])], Colour::Vermillion, Line::Solid);
        canvas.text([at[0] + 12.0, at[1]], Anchor::Start, Face::Label, Colour::Vermillion, &words);
    }
    Some(canvas.finish("The number of jobs left falls in steps until none is."))
}

/// As many are left until one fewer is.
fn steps(course: &Course) -> Course {
    let corner = |pair: &[[f64; 2]]| [[pair[1][0], pair[0][1]], pair[1]];
    course.first().copied().into_iter().chain(course.windows(2).flat_map(corner)).collect()
}

fn finding(first: f64, last: [f64; 2], lost_9: Option<f64>) -> String {
    let all = Unit::Count.words(first);
    let ended = match last[1] > 0.0 {
        true => {
            format!("{} of {all} accepted events are left when it ends", Unit::Count.words(last[1]))
        }
        false => format!(
            "All {all} accepted events are done {} after SIGTERM",
            Unit::Seconds.words(last[0])
        ),
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
    fn the_finding_is_the_datas() {
        let found = finding(84.0, [4.2238, 0.0], Some(84.0));
        assert_eq!(
            found,
            "All 84 accepted events are done 4.22 s after SIGTERM; without a drain 84 are lost"
        );
        assert!(
            finding(84.0, [1.0, 67.0], None)
                .ends_with("67 of 84 accepted events are left when it ends")
        );
        assert!(finding(84.0, [4.2, 0.0], Some(0.0)).ends_with("none is lost either"));
    }

    #[test]
    fn between_two_points_as_many_are_left_as_at_the_first() {
        assert_eq!(steps(&vec![[0.0, 2.0], [1.0, 1.0]]), [[0.0, 2.0], [1.0, 2.0], [1.0, 1.0]]);
        assert!(steps(&vec![]).is_empty());
    }
}
