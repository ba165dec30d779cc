//! More workers: worth it where jobs wait for something else, and only up to the cores where they compute.

use super::heading;
use crate::experiments::computed_at_most;
use crate::experiments::figure::Unit;
use crate::experiments::results::Outcome;
use crate::report::Plot;
use crate::report::axes::{Area, Axes, Axis, Look};
use crate::report::canvas::{Canvas, Line, Mark};
use crate::report::colour::Colour;
use crate::report::courses::{Course, courses, middle, most, of, predicted};

/// A way to work.
struct Way {
    /// Its course, as the experiment files it.
    series: &'static str,
    words: &'static str,
    look: Look,
}

const WAYS: [Way; 2] = [
    Way {
        series: "waiting",
        words: "waiting 500 ms",
        look: Look { colour: Colour::Blue, mark: Some(Mark::Circle) },
    },
    Way {
        series: "spinning",
        words: "computing 100 ms",
        look: Look { colour: Colour::Vermillion, mark: Some(Mark::Square) },
    },
];

pub fn draw(outcomes: &[Outcome]) -> Option<Plot> {
    let outcome = of(outcomes, "workers")?;
    let measured = WAYS.map(|way| courses(outcome, way.series));
    let middles = measured.each_ref().map(|it| middle(it));
    let places: Vec<f64> =
        middles.iter().max_by_key(|it| it.len())?.iter().map(|it| it[0]).collect();
    let workers = places.iter().copied().reduce(f64::max)?;
    let cores = outcome.machine.cores;
    let waiting = |workers: f64| predicted(outcome, &format!("wait_{workers}"));
    let foreseen: [Course; 2] = [
        places.iter().filter_map(|it| Some([*it, waiting(*it)?])).collect(),
        places.iter().map(|it| [*it, computed_at_most(cores, *it)]).collect(),
    ];
    let run =
        format!("One queue and ever more workers, never out of jobs, on {cores} cores (stage 6)");
    let mut canvas = Canvas::new(heading("pool", finding(&middles, cores), &run, &[outcome]));
    let axes = Axes {
        area: Area::below(&canvas, 172.0),
        x: Axis::with_ticks("workers", 0.0, workers, places),
        y: Axis::from_zero("jobs a second", most(measured.iter().flatten().chain(&foreseen))),
    };
    axes.draw(&mut canvas);
    axes.key(&mut canvas, None);
    let mut names = Vec::new();
    for ((way, measured), foreseen) in WAYS.iter().zip(&measured).zip(&foreseen) {
        axes.courses(&mut canvas, measured, way.look);
        axes.line(&mut canvas, foreseen, Colour::Ink, Line::Dashed);
        if let Some(end) = middle(measured).last() {
            let rate = Unit::PerSecond.words(end[1]);
            names.push((end[1], way.look.colour, format!("{}\n{rate}", way.words)));
        }
    }
    if let Some(most) = foreseen[1].last() {
        names.push((most[1], Colour::Ink, "computing,\nat most".to_owned()));
    }
    axes.names(&mut canvas, &names);
    Some(canvas.finish("Jobs a second over workers, for jobs that wait and for jobs that compute."))
}

fn finding(middles: &[Course], cores: usize) -> String {
    let gain = |course: &Course| {
        let (first, last) = (course.first()?, course.last()?);
        (last[0] > first[0] && first[1] > 0.0).then(|| (last[0] / first[0], last[1] / first[1]))
    };
    let [waiting, computing] = middles else { return String::new() };
    let words = |value: f64| Unit::Times.number(value);
    match (gain(waiting), gain(computing)) {
        (Some((more, waits)), Some((_, computes))) => {
            let but = if computes < waits * 0.9 { "but" } else { "and" };
            format!(
                "{more} times the workers do {} times the jobs where these wait, {but} {} times where they \
                 compute, on {cores} cores",
                words(waits),
                words(computes)
            )
        }
        _ => "Jobs a second over workers".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finding_is_the_datas() {
        let course = |last: f64| vec![[1.0, 2.0], [8.0, last]];
        let found = finding(&[course(16.0), course(4.0)], 2);
        assert!(
            found.contains("8 times the jobs where these wait, but 2 times where they compute"),
            "{found}"
        );
        assert!(finding(&[course(16.0), course(16.0)], 8).contains("wait, and 8 times"));
        assert_eq!(finding(&[vec![], vec![]], 2), "Jobs a second over workers");
    }
}
