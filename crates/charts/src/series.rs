//! Series of points, one for each repetition of a run, and their middle.

use load::statistics;

/// Points `[x, y]` in the order in which they are drawn.
pub type Series = Vec<[f64; 2]>;

/// Returns one series for all repetitions: the median at each x when all share their x values,
/// otherwise the repetition in the middle by its last y. Empty when there are none.
#[must_use]
pub fn median_series(repetitions: &[Series]) -> Series {
    let Some(first) = repetitions.first() else { return Series::new() };
    let has_same_x = |series: &Series| {
        series.len() == first.len() && series.iter().zip(first).all(|(a, b)| a[0] == b[0])
    };
    if !repetitions.iter().all(has_same_x) {
        let last = |series: &&Series| series.last().map_or(0.0, |point| point[1]);
        return find_middle(repetitions, last).cloned().unwrap_or_default();
    }
    let values = |i: usize| repetitions.iter().map(|series| series[i][1]).collect::<Vec<_>>();
    let median = |i: usize| statistics::median(&values(i)).unwrap_or(first[i][1]);
    first.iter().enumerate().map(|(i, point)| [point[0], median(i)]).collect()
}

/// Returns the item in the middle when ordered by `key`, the lower of two; `None` without items.
pub fn find_middle<T>(items: impl IntoIterator<Item = T>, key: impl Fn(&T) -> f64) -> Option<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort_by(|a, b| key(a).total_cmp(&key(b)));
    let middle = items.len().checked_sub(1)? / 2;
    Some(items.swap_remove(middle))
}

/// Returns the greatest y of all series; 0 when there is none.
pub fn greatest_y<'a>(all: impl IntoIterator<Item = &'a Series>) -> f64 {
    all.into_iter().flatten().map(|point| point[1]).fold(0.0, f64::max)
}

/// Returns the y of the first point at exactly this x.
#[must_use]
pub fn y_at(series: &Series, x: f64) -> Option<f64> {
    series.iter().find(|point| point[0] == x).map(|point| point[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_are_reduced_to_one_series() {
        let series = |y: [f64; 2]| vec![[1.0, y[0]], [2.0, y[1]]];
        let all = [series([1.0, 9.0]), series([3.0, 5.0]), series([2.0, 7.0])];
        assert_eq!(median_series(&all), series([2.0, 7.0]));
        let apart = [vec![[0.1, 3.0]], vec![[0.2, 1.0]], vec![[0.3, 2.0]]];
        assert_eq!(median_series(&apart), [[0.3, 2.0]]);
        assert!(median_series(&[]).is_empty());
    }
}
