//! Jobs a second over workers: jobs that wait scale with the workers, jobs that compute only up to
//! the cores.

use super::heading;
use crate::experiments::computed_at_most;
use crate::experiments::figure::Unit;
use crate::experiments::results::Outcome;
use crate::report::lookup;
use charts::axes::{Area, Axes, Axis, Style};
use charts::canvas::{Canvas, Line, Mark};
use charts::series::{Series, greatest_y, median_series};
use charts::{Colour, Plot};

/// A kind of job.
struct JobKind {
    /// The name of its series.
    series: &'static str,
    label: &'static str,
    style: Style,
}

const KINDS: [JobKind; 2] = [
    JobKind {
        series: "waiting",
        label: "waiting 500 ms",
        style: Style { colour: Colour::Blue, mark: Some(Mark::Circle) },
    },
    JobKind {
        series: "spinning",
        label: "computing 100 ms",
        style: Style { colour: Colour::Vermillion, mark: Some(Mark::Square) },
    },
];

pub fn draw(outcomes: &[Outcome]) -> Option<Plot> {
    let outcome = lookup::outcome(outcomes, "workers")?;
    let measured = KINDS.map(|kind| lookup::all_series(outcome, kind.series));
    let middles = measured.each_ref().map(|all| median_series(all));
    let ticks: Vec<f64> =
        middles.iter().max_by_key(|series| series.len())?.iter().map(|point| point[0]).collect();
    let workers = ticks.iter().copied().reduce(f64::max)?;
    let cores = outcome.machine.cores;
    let waiting = |workers: f64| lookup::predicted(outcome, &format!("wait_{workers}"));
    let predictions: [Series; 2] = [
        ticks.iter().filter_map(|workers| Some([*workers, waiting(*workers)?])).collect(),
        ticks.iter().map(|workers| [*workers, computed_at_most(cores, *workers)]).collect(),
    ];
    let run =
        format!("One queue and ever more workers, never out of jobs, on {cores} cores (stage 6)");
    let mut canvas = Canvas::new(heading("pool", describe(&middles, cores), &run, &[outcome]));
    let axes = Axes {
        area: Area::below(&canvas, 172.0),
        x: Axis::with_ticks("workers", 0.0, workers, ticks),
        y: Axis::from_zero(
            "jobs a second",
            greatest_y(measured.iter().flatten().chain(&predictions)),
        ),
    };
    axes.draw(&mut canvas);
    axes.legend(&mut canvas, None);
    let mut labels = Vec::new();
    for ((kind, measured), prediction) in KINDS.iter().zip(&measured).zip(&predictions) {
        axes.repetitions(&mut canvas, measured, kind.style);
        axes.line(&mut canvas, prediction, Colour::Ink, Line::Dashed);
        if let Some(end) = median_series(measured).last() {
            let rate = Unit::PerSecond.words(end[1]);
            labels.push((end[1], kind.style.colour, format!("{}\n{rate}", kind.label)));
        }
    }
    if let Some(most) = predictions[1].last() {
        labels.push((most[1], Colour::Ink, "computing,\nat most".to_owned()));
    }
    axes.end_labels(&mut canvas, &labels);
    Some(canvas.finish("Jobs a second over workers, for jobs that wait and for jobs that compute."))
}

fn describe(middles: &[Series], cores: usize) -> String {
    let gain = |course: &Series| {
        let (first, last) = (course.first()?, course.last()?);
        (last[0] > first[0] && first[1] > 0.0).then(|| (last[0] / first[0], last[1] / first[1]))
    };
    let [waiting, computing] = middles else { return String::new() };
    let words = |value: f64| Unit::Times.number(value);
    match (gain(waiting), gain(computing)) {
        (Some((more, waits)), Some((_, computes))) => {
            let but = if computes < waits * 0.9 { "but" } else { "and" };
            format!(
                "{more} times the workers do {} times the jobs where these wait, {but} {} times \
                 where they compute, on {cores} cores",
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
    fn the_title_follows_from_the_data() {
        let course = |last: f64| vec![[1.0, 2.0], [8.0, last]];
        let found = describe(&[course(16.0), course(4.0)], 2);
        assert!(
            found.contains("8 times the jobs where these wait, but 2 times where they compute"),
            "{found}"
        );
        assert!(describe(&[course(16.0), course(16.0)], 8).contains("wait, and 8 times"));
        assert_eq!(describe(&[vec![], vec![]], 2), "Jobs a second over workers");
    }
}
