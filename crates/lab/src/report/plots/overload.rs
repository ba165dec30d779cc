//! Overload with three kinds of queue: jobs done in time, and the age of jobs.

use super::heading;
use crate::experiments::figure::Unit;
use crate::experiments::results::Outcome;
use crate::report::lookup;
use charts::axes::{Area, Axes, Axis, Style};
use charts::canvas::{Canvas, Line, Mark};
use charts::series::{Series, greatest_y, median_series, y_at};
use charts::{Colour, Plot};

/// The name of a queue in the series, its label, and its style.
const QUEUES: [(&str, &str, Style); 3] = [
    ("bounded", "a queue of 100", Style { colour: Colour::Blue, mark: Some(Mark::Circle) }),
    ("unbounded", "no bound", Style { colour: Colour::Vermillion, mark: Some(Mark::Square) }),
    ("waiting", "clients wait", Style { colour: Colour::Green, mark: Some(Mark::Triangle) }),
];

const RUN: &str =
    "Jobs of 5 ms and one worker, from 0.2 to 5 times what it can do, for 4 s (stage 5)";

/// Draws the jobs done in time over the load.
pub fn draw_in_time(outcomes: &[Outcome]) -> Option<Plot> {
    let outcome = lookup::outcome(outcomes, "overload")?;
    let run = format!("{RUN}; in time is within 1 s");
    draw_curves(
        outcome,
        "overload",
        "in_time",
        "jobs done in time (a second)",
        &run,
        describe_in_time,
    )
}

/// Draws the age of jobs when they are done, over the load.
pub fn draw_age(outcomes: &[Outcome]) -> Option<Plot> {
    let outcome = lookup::outcome(outcomes, "overload")?;
    let run = format!("{RUN}; of jobs done within a second of the load's end");
    draw_curves(
        outcome,
        "overload-age",
        "age",
        "median age of a job when it is done (s)",
        &run,
        describe_age,
    )
}

fn draw_curves(
    outcome: &Outcome,
    name: &'static str,
    series: &str,
    what: &str,
    run: &str,
    describe: fn(&[Series]) -> String,
) -> Option<Plot> {
    let measured =
        QUEUES.map(|(queue, ..)| lookup::all_series(outcome, &format!("{series}_{queue}")));
    // The model predicts only the jobs in time.
    let model = QUEUES.map(|(queue, ..)| lookup::all_series(outcome, &format!("model_{queue}")));
    let has_model = series == "in_time";
    let middles: Vec<Series> = measured.iter().map(|all| median_series(all)).collect();
    let load = middles.iter().flatten().map(|point| point[0]).reduce(f64::max)?;
    let mut canvas = Canvas::new(heading(name, describe(&middles), run, &[outcome]));
    let drawn = measured.iter().chain(model.iter().filter(|_| has_model)).flatten();
    let mut axes = Axes {
        area: Area::below(&canvas, 150.0),
        x: Axis::until("load (times what the worker can do)", load),
        y: Axis::from_zero(what, greatest_y(drawn)),
    };
    axes.area.left += 4.0;
    axes.draw(&mut canvas);
    for ((.., look), measured) in QUEUES.iter().zip(&measured) {
        axes.repetitions(&mut canvas, measured, *look);
    }
    if has_model {
        axes.legend(&mut canvas, None);
        for model in &model {
            axes.line(&mut canvas, &median_series(model), Colour::Ink, Line::Dashed);
        }
    }
    let ends = QUEUES.iter().zip(&middles).filter_map(|((_, words, look), middle)| {
        Some((middle.last()?[1], look.colour, (*words).to_owned()))
    });
    axes.end_labels(&mut canvas, &ends.collect::<Vec<_>>());
    Some(canvas.finish("Lines over the load, one for each kind of queue."))
}

/// Returns the heaviest load that both queues were measured at, and the values of the bounded and
/// the unbounded queue at it.
fn heaviest(middles: &[Series]) -> Option<(f64, f64, f64)> {
    let [bounded, unbounded, ..] = middles else { return None };
    let load = unbounded.iter().rev().find(|point| y_at(bounded, point[0]).is_some())?;
    Some((load[0], y_at(bounded, load[0])?, load[1]))
}

fn describe_in_time(middles: &[Series]) -> String {
    let Some((load, bounded, unbounded)) = heaviest(middles) else {
        return "Jobs done in time, by kind of queue".to_owned();
    };
    let words = |value: f64| Unit::Seconds.number(value);
    let (few, many) = (words(unbounded), words(bounded));
    if bounded > unbounded * 1.1 {
        format!(
            "At {load} times capacity a server with a queue of 100 does {many} jobs a second in \
             time, one without a bound {few}"
        )
    } else {
        format!(
            "At {load} times capacity a queue of 100 is no better than one without a bound: {many} \
             and {few} jobs a second in time"
        )
    }
}

fn describe_age(middles: &[Series]) -> String {
    let Some((load, bounded, unbounded)) = heaviest(middles) else {
        return "Age of a job when it is done, by kind of queue".to_owned();
    };
    let words = |value: f64| Unit::Seconds.words(value);
    let (young, old) = (words(bounded), words(unbounded));
    if unbounded > bounded * 1.1 {
        format!(
            "At {load} times capacity a job is {young} old when it is done with a queue of 100, \
             {old} without a bound"
        )
    } else {
        format!(
            "At {load} times capacity jobs are no older without a bound ({old}) than with a queue \
             of 100 ({young})"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_follows_from_the_data() {
        let course = |last: f64| vec![[1.0, 50.0], [5.0, last]];
        let found = describe_in_time(&[course(180.75), course(50.0), vec![]]);
        assert!(
            found.ends_with("does 181 jobs a second in time, one without a bound 50"),
            "{found}"
        );
        assert!(describe_in_time(&[course(50.0), course(50.0)]).contains("no better"));
        assert!(
            describe_age(&[course(0.5), course(2.0)])
                .contains("is 0.50 s old when it is done with")
        );
        assert!(describe_age(&[course(2.0), course(2.0)]).contains("no older"));
        assert!(describe_in_time(&[vec![], vec![]]).starts_with("Jobs done in time"));
    }
}
