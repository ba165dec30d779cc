//! The values of a figure over the last minute, one for each second.

use std::collections::VecDeque;

/// The number of seconds kept.
pub const SECONDS: usize = 60;

/// A value for each second, newest first; `None` if it is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series(VecDeque<Option<u64>>);

impl Series {
    /// Adds the newest value and removes the one that is over a minute old.
    pub fn push(&mut self, value: Option<u64>) {
        self.0.push_front(value);
        self.0.truncate(SECONDS);
    }

    /// Returns the newest value.
    pub fn newest(&self) -> Option<u64> {
        self.0.front().copied().flatten()
    }

    /// Returns the greatest value.
    pub fn peak(&self) -> Option<u64> {
        self.0.iter().copied().flatten().max()
    }

    /// Returns all values, newest first.
    pub fn values(&self) -> impl Iterator<Item = Option<u64>> {
        self.0.iter().copied()
    }
}

impl<const N: usize> From<[u64; N]> for Series {
    fn from(values: [u64; N]) -> Self {
        Self(values.into_iter().map(Some).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_minute_is_kept_and_an_unknown_value_is_not_zero() {
        let mut series = Series::default();
        assert_eq!((series.newest(), series.peak()), (None, None));
        for value in (1..=70).rev() {
            series.push(Some(value));
        }
        assert_eq!(
            (series.newest(), series.peak(), series.values().count()),
            (Some(1), Some(60), 60)
        );
        series.push(None);
        assert_eq!((series.newest(), series.peak(), series.values().count()), (None, Some(59), 60));
    }
}
