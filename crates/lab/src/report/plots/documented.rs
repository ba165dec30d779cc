//! The documented runs over time: accepted events above, rejected events below, each on its own
//! scale.

use super::heading;
use crate::experiments::documented::{Parameters, SCALE, STAGE7, STAGE8};
use crate::experiments::figure::Unit;
use crate::experiments::results::Outcome;
use crate::report::lookup;
use charts::axes::{Area, Axes, Axis, Style};
use charts::canvas::{Canvas, Line};
use charts::series::{Series, greatest_y, median_series};
use charts::{Colour, Plot};

/// Draws stage 7's documented run.
pub fn draw_stage7(outcomes: &[Outcome]) -> Option<Plot> {
    draw(outcomes, "accepted-7", "documented-7", STAGE7)
}

/// Draws stage 8's documented run.
pub fn draw_stage8(outcomes: &[Outcome]) -> Option<Plot> {
    draw(outcomes, "accepted-8", "documented-8", STAGE8)
}

fn draw(
    outcomes: &[Outcome],
    name: &'static str,
    from: &str,
    parameters: Parameters,
) -> Option<Plot> {
    let outcome = lookup::outcome(outcomes, from)?;
    let accepted = lookup::all_series(outcome, "accepted");
    let rejected = lookup::all_series(outcome, "rejected");
    let load = parameters.load(SCALE);
    let model = parameters.predict_series(outcome.machine.lags, SCALE);
    let seconds =
        accepted.iter().chain(&rejected).flatten().map(|point| point[0]).reduce(f64::max)?;
    let taken = lookup::measured(outcome, "scaled")
        .or(median_series(&accepted).last().map(|end| end[1]))
        .unwrap_or(0.0);
    let title = describe(taken, load.requests as f64, parameters.capacity() as f64);
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
        let model: Series = model.iter().filter(|point| point[0] <= seconds).copied().collect();
        let axes = Axes {
            area,
            x: if time.is_empty() {
                Axis::with_ticks(time, 0.0, seconds, Vec::new())
            } else {
                Axis::until(time, seconds)
            },
            y: Axis::coarse(
                format!("events {what} so far"),
                greatest_y(measured).max(greatest_y([&model])),
            ),
        };
        axes.draw(&mut canvas);
        if what == "accepted" {
            axes.legend(&mut canvas, None);
        }
        axes.repetitions(&mut canvas, measured, Style { colour, mark: None });
        axes.line(&mut canvas, &model, Colour::Ink, Line::Dashed);
        if let Some(end) = median_series(measured).last() {
            let count = Unit::Count.words(end[1]);
            axes.end_labels(&mut canvas, &[(end[1], colour, format!("{count}\n{what}"))]);
        }
    }
    Some(canvas.finish("Two panels over time: events accepted so far, and events rejected so far."))
}

fn describe(accepted: f64, total: f64, fits: f64) -> String {
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
    fn the_title_follows_from_the_data() {
        assert!(describe(144.0, 5000.0, 116.0).contains("116 fit at once, 28 more follow"));
        assert!(describe(116.0, 5000.0, 116.0).ends_with("none after them"));
        assert!(describe(100.0, 5000.0, 116.0).ends_with("fewer than the 116 that fit"));
        assert_eq!(describe(5000.0, 5000.0, 116.0), "All of 5,000 events are accepted");
    }
}
