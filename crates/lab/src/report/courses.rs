//! What repetitions filed, brought to what can be drawn: finite numbers, and one course for all.

use crate::experiments::results::Outcome;
use load::statistics;

/// Points of a course.
pub type Course = Vec<[f64; 2]>;

/// What was found of an experiment, if it was run.
pub fn of<'a>(outcomes: &'a [Outcome], experiment: &str) -> Option<&'a Outcome> {
    outcomes.iter().find(|outcome| outcome.experiment == experiment)
}

/// The course of this name from each repetition, without what is no number and without empty ones.
pub fn courses(outcome: &Outcome, name: &str) -> Vec<Course> {
    let finite = |points: &Course| -> Course {
        points.iter().filter(|point| point.iter().all(|it| it.is_finite())).copied().collect()
    };
    let all = outcome.repetitions.iter().filter_map(|it| it.series.get(name));
    all.map(finite).filter(|course| !course.is_empty()).collect()
}

/// One course for all repetitions: the median at each place where they share their places, else the
/// repetition in the middle, by where it ends. Empty when there is none.
pub fn middle(courses: &[Course]) -> Course {
    let Some(first) = courses.first() else { return Course::new() };
    let alike =
        |it: &Course| it.len() == first.len() && it.iter().zip(first).all(|(a, b)| a[0] == b[0]);
    if !courses.iter().all(alike) {
        let last = |it: &&Course| it.last().map_or(0.0, |point| point[1]);
        return in_the_middle(courses, last).cloned().unwrap_or_default();
    }
    let at = |i: usize| courses.iter().map(|course| course[i][1]).collect::<Vec<_>>();
    let median = |i: usize| statistics::median(&at(i)).unwrap_or(first[i][1]);
    first.iter().enumerate().map(|(i, point)| [point[0], median(i)]).collect()
}

/// The one in the middle, by a figure of each.
pub fn in_the_middle<T>(all: impl IntoIterator<Item = T>, figure: impl Fn(&T) -> f64) -> Option<T> {
    let mut all: Vec<T> = all.into_iter().collect();
    all.sort_by(|a, b| figure(a).total_cmp(&figure(b)));
    let middle = all.len().checked_sub(1)? / 2;
    Some(all.swap_remove(middle))
}

/// The largest value of all courses; 0 when there is none.
pub fn most<'a>(courses: impl IntoIterator<Item = &'a Course>) -> f64 {
    courses.into_iter().flatten().map(|point| point[1]).fold(0.0, f64::max)
}

/// The value of a course at a place.
pub fn at(course: &Course, x: f64) -> Option<f64> {
    course.iter().find(|point| point[0] == x).map(|point| point[1])
}

/// The median of what was measured of a figure.
pub fn measured(outcome: &Outcome, id: &str) -> Option<f64> {
    statistics::median(&outcome.row(id)?.measured).filter(|it| it.is_finite())
}

/// What was predicted of a figure.
pub fn predicted(outcome: &Outcome, id: &str) -> Option<f64> {
    outcome.row(id)?.figure.expected.value().filter(|it| it.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_become_one_course() {
        let of = |y: [f64; 2]| vec![[1.0, y[0]], [2.0, y[1]]];
        let all = [of([1.0, 9.0]), of([3.0, 5.0]), of([2.0, 7.0])];
        assert_eq!(middle(&all), of([2.0, 7.0]));
        let apart = [vec![[0.1, 3.0]], vec![[0.2, 1.0]], vec![[0.3, 2.0]]];
        assert_eq!(middle(&apart), [[0.3, 2.0]]);
        assert!(middle(&[]).is_empty());
    }
}
