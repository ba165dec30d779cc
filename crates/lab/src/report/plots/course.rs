//! The documented runs as they go: accepted above, rejected below, each on its own scale.

use super::heading;
use crate::experiments::documented::{EIGHTH, Parameters, SCALE, SEVENTH};
use crate::experiments::figure::Unit;
use crate::experiments::results::Outcome;
use crate::report::Plot;
use crate::report::axes::{Area, Axes, Axis, Look};
use crate::report::canvas::{Canvas, Line};
use crate::report::colour::Colour;
use crate::report::courses::{Course, courses, measured, middle, most, of};

/// Stage 7's.
pub fn seventh(outcomes: &[Outcome]) -> Option<Plot> {
    draw(outcomes, "accepted-7", "documented-7", SEVENTH)
}

/// Stage 8's.
pub fn eighth(outcomes: &[Outcome]) -> Option<Plot> {
    draw(outcomes, "accepted-8", "documented-8", EIGHTH)
}

fn draw(
    outcomes: &[Outcome],
    name: &'static str,
    from: &str,
    parameters: Parameters,
) -> Option<Plot> {
    let outcome = of(outcomes, from)?;
    let accepted = courses(outcome, "accepted");
    let rejected = courses(outcome, "rejected");
    let load = parameters.load(SCALE);
    let model = parameters.course(outcome.machine.lags, SCALE);
    let seconds = accepted.iter().chain(&rejected).flatten().map(|it| it[0]).reduce(f64::max)?;
    let taken =
        measured(outcome, "scaled").or(middle(&accepted).last().map(|end| end[1])).unwrap_or(0.0);
    let title = finding(taken, load.requests as f64, parameters.capacity() as f64);
    let run = format!(
        "{} events at {}/s; {} (stage {}, times\u{a0}×\u{a0}{SCALE})",
        Unit::Count.words(load.requests as f64),
        Unit::Count.words(load.rate),
        parameters.words(SCALE),
        parameters.stage
    );
    let mut canvas = Canvas::new(heading(name, title, &run, &[outcome]));
    let whole = Area::below(&canvas, 130.0);
    let middle_y = f64::midpoint(whole.top, whole.bottom);
    let above = Area { bottom: middle_y - 6.0, ..whole };
    let below = Area { top: middle_y + 44.0, ..whole };
    let panels = [
        ("accepted", Colour::Blue, above, &accepted, &model[0], ""),
        ("rejected", Colour::Vermillion, below, &rejected, &model[1], "time (s)"),
    ];
    for (what, colour, area, measured, model, time) in panels {
        let model: Course = model.iter().filter(|point| point[0] <= seconds).copied().collect();
        let axes = Axes {
            area,
            x: if time.is_empty() {
                Axis::with_ticks(time, 0.0, seconds, Vec::new())
            } else {
                Axis::until(time, seconds)
            },
            y: Axis::coarse(format!("events {what} so far"), most(measured).max(most([&model]))),
        };
        axes.draw(&mut canvas);
        if what == "accepted" {
            axes.key(&mut canvas, None);
        }
        axes.courses(&mut canvas, measured, Look { colour, mark: None });
        axes.line(&mut canvas, &model, Colour::Ink, Line::Dashed);
        if let Some(end) = middle(measured).last() {
            let count = Unit::Count.words(end[1]);
            axes.names(&mut canvas, &[(end[1], colour, format!("{count}\n{what}"))]);
        }
    }
    Some(canvas.finish("Two panels over time: events accepted so far, and events rejected so far."))
}

fn finding(accepted: f64, total: f64, fits: f64) -> String {
    let words = |value: f64| Unit::Count.words(value);
    let (taken, all) = (words(accepted), words(total));
    match accepted - fits {
        _ if accepted >= total => format!("All of {all} events are accepted"),
        more if more > 0.5 => format!(
            "{taken} of {all} events are accepted: {} fit at once, {} more follow as jobs are done",
            words(fits),
            words(more)
        ),
        more if more > -0.5 => {
            format!(
                "{taken} of {all} events are accepted: as many as fit at once, and none after them"
            )
        }
        _ => {
            format!("{taken} of {all} events are accepted, fewer than the {} that fit", words(fits))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finding_is_the_datas() {
        assert!(finding(144.0, 5000.0, 116.0).contains("116 fit at once, 28 more follow"));
        assert!(finding(116.0, 5000.0, 116.0).ends_with("none after them"));
        assert!(finding(100.0, 5000.0, 116.0).ends_with("fewer than the 116 that fit"));
        assert_eq!(finding(5000.0, 5000.0, 116.0), "All of 5,000 events are accepted");
    }
}
