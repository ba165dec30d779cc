//! More than a server can do: what three kinds of queue make of it.

use super::heading;
use crate::experiments::figure::Unit;
use crate::experiments::results::Outcome;
use crate::report::Plot;
use crate::report::axes::{Area, Axes, Axis, Look};
use crate::report::canvas::{Canvas, Line, Mark};
use crate::report::colour::Colour;
use crate::report::courses::{Course, at, courses, middle, most, of};

/// What the experiment calls a queue, what people do, and how it is drawn.
const QUEUES: [(&str, &str, Look); 3] = [
    ("bounded", "a queue of 100", Look { colour: Colour::Blue, mark: Some(Mark::Circle) }),
    ("unbounded", "no bound", Look { colour: Colour::Vermillion, mark: Some(Mark::Square) }),
    ("waiting", "clients wait", Look { colour: Colour::Green, mark: Some(Mark::Triangle) }),
];

const RUN: &str =
    "Jobs of 5 ms and one worker, from 0.2 to 5 times what it can do, for 4 s (stage 5)";

/// Jobs done in time over the load.
pub fn in_time(outcomes: &[Outcome]) -> Option<Plot> {
    let outcome = of(outcomes, "overload")?;
    let run = format!("{RUN}; in time is within 1 s");
    curves(outcome, "overload", "in_time", "jobs done in time (a second)", &run, in_time_finding)
}

/// The age of a job that is done, over the load.
pub fn age(outcomes: &[Outcome]) -> Option<Plot> {
    let outcome = of(outcomes, "overload")?;
    let run = format!("{RUN}; of jobs done within a second of the load's end");
    curves(
        outcome,
        "overload-age",
        "age",
        "median age of a job when it is done (s)",
        &run,
        age_finding,
    )
}

fn curves(
    outcome: &Outcome,
    name: &'static str,
    series: &str,
    what: &str,
    run: &str,
    finding: fn(&[Course]) -> String,
) -> Option<Plot> {
    let measured = QUEUES.map(|(queue, ..)| courses(outcome, &format!("{series}_{queue}")));
    // The age has no model beside it.
    let model = QUEUES.map(|(queue, ..)| courses(outcome, &format!("model_{queue}")));
    let has_model = series == "in_time";
    let middles: Vec<Course> = measured.iter().map(|it| middle(it)).collect();
    let load = middles.iter().flatten().map(|point| point[0]).reduce(f64::max)?;
    let mut canvas = Canvas::new(heading(name, finding(&middles), run, &[outcome]));
    let drawn = measured.iter().chain(model.iter().filter(|_| has_model)).flatten();
    let mut axes = Axes {
        area: Area::below(&canvas, 150.0),
        x: Axis::until("load (times what the worker can do)", load),
        y: Axis::from_zero(what, most(drawn)),
    };
    axes.area.left += 4.0;
    axes.draw(&mut canvas);
    for ((.., look), measured) in QUEUES.iter().zip(&measured) {
        axes.courses(&mut canvas, measured, *look);
    }
    if has_model {
        axes.key(&mut canvas, None);
        for model in &model {
            axes.line(&mut canvas, &middle(model), Colour::Ink, Line::Dashed);
        }
    }
    let ends = QUEUES.iter().zip(&middles).filter_map(|((_, words, look), middle)| {
        Some((middle.last()?[1], look.colour, (*words).to_owned()))
    });
    axes.names(&mut canvas, &ends.collect::<Vec<_>>());
    Some(canvas.finish("Lines over the load, one for each kind of queue."))
}

/// What the bounded queue and the one without a bound come to under the heaviest load that both have.
fn heaviest(middles: &[Course]) -> Option<(f64, f64, f64)> {
    let [bounded, unbounded, ..] = middles else { return None };
    let load = unbounded.iter().rev().find(|point| at(bounded, point[0]).is_some())?;
    Some((load[0], at(bounded, load[0])?, load[1]))
}

fn in_time_finding(middles: &[Course]) -> String {
    let Some((load, bounded, unbounded)) = heaviest(middles) else {
        return "Jobs done in time, by kind of queue".to_owned();
    };
    let words = |value: f64| Unit::Seconds.number(value);
    let (few, many) = (words(unbounded), words(bounded));
    match bounded > unbounded * 1.1 {
        true => format!(
            "At {load} times capacity a server with a queue of 100 does {many} jobs a second in time, \
             one without a bound {few}"
        ),
        false => format!(
            "At {load} times capacity a queue of 100 is no better than none without a bound: {many} and \
             {few} jobs a second in time"
        ),
    }
}

fn age_finding(middles: &[Course]) -> String {
    let Some((load, bounded, unbounded)) = heaviest(middles) else {
        return "How old a job is when it is done, by kind of queue".to_owned();
    };
    let words = |value: f64| Unit::Seconds.words(value);
    match unbounded > bounded * 1.1 {
        true => format!(
            "At {load} times capacity a job is {} old when it is done with a queue of 100, {} without a bound",
            words(bounded),
            words(unbounded)
        ),
        false => format!(
            "At {load} times capacity jobs are no older without a bound ({}) than with a queue of 100 \
             ({})",
            words(unbounded),
            words(bounded)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finding_is_the_datas() {
        let course = |last: f64| vec![[1.0, 50.0], [5.0, last]];
        let found = in_time_finding(&[course(180.75), course(50.0), vec![]]);
        assert!(
            found.ends_with("does 181 jobs a second in time, one without a bound 50"),
            "{found}"
        );
        assert!(in_time_finding(&[course(50.0), course(50.0)]).contains("no better"));
        assert!(
            age_finding(&[course(0.5), course(2.0)]).contains("is 0.50 s old when it is done with")
        );
        assert!(age_finding(&[course(2.0), course(2.0)]).contains("no older"));
        assert!(in_time_finding(&[vec![], vec![]]).starts_with("Jobs done in time"));
    }
}
