//! The due times of the requests of an open loop.

use super::shape::Shape;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand_distr::{Distribution, Exp1};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The spacing of the requests of a shape.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Spacing {
    /// As evenly as the rate allows.
    #[default]
    Even,
    /// As from independent clients: a Poisson process, with exponentially distributed gaps.
    Poisson,
}

/// The due times of a run, in order. Copies return the same times.
#[derive(Debug, Clone)]
pub(crate) struct Arrivals {
    shape: Shape,
    /// The random numbers for the gaps of a Poisson process with a rate of 1, which the shape scales
    /// (inversion: Çinlar, *Introduction to Stochastic Processes*, 1975).
    gaps: Option<SmallRng>,
    /// The position of the next request in the shape.
    position: f64,
}

impl Arrivals {
    pub(crate) fn new(shape: Shape, spacing: Spacing, seed: u64) -> Self {
        let gaps = (spacing == Spacing::Poisson).then(|| SmallRng::seed_from_u64(seed));
        let mut arrivals = Self { shape, gaps, position: 0.0 };
        if arrivals.gaps.is_some() {
            arrivals.advance();
        }
        arrivals
    }

    /// Returns the due time of the next request, from the start; `None` after the last. A time that
    /// no `Duration` can have is `Duration::MAX`.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        self.due(self.position)
    }

    fn due(&self, position: f64) -> Option<Duration> {
        let seconds = self.shape.due(position)?;
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
    }

    /// Returns the number of all requests due before `elapsed`, whatever the rate; `None` for random
    /// gaps, which can only be counted one by one.
    pub(crate) fn count_before(&self, elapsed: Duration) -> Option<u64> {
        if self.gaps.is_some() {
            return None;
        }
        let is_before = |number: u64| self.due(number as f64).is_some_and(|due| due < elapsed);
        // The conversion saturates.
        let count = self.shape.position(elapsed.as_secs_f64()).ceil() as u64;
        // Rounding may be wrong by one.
        Some(match count.checked_sub(1) {
            _ if is_before(count) => count.saturating_add(1),
            Some(last) if !is_before(last) => last,
            _ => count,
        })
    }

    /// Advances to the following request.
    pub(crate) fn advance(&mut self) {
        self.position += match &mut self.gaps {
            Some(gaps) => Exp1.sample(gaps),
            None => 1.0,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(shape: &str, spacing: Spacing, seed: u64) -> Vec<f64> {
        let mut arrivals = Arrivals::new(shape.parse().unwrap(), spacing, seed);
        let next = || {
            let due = arrivals.next_due()?;
            arrivals.advance();
            Some(due.as_secs_f64())
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn even_arrivals_are_as_many_as_the_shape_has() {
        assert_eq!(all("2/s:1s,burst:2", Spacing::Even, 0), [0.0, 0.5, 1.0, 1.0]);
        assert_eq!(all("1000/s:10s,0..1000/s:10s", Spacing::Even, 0).len(), 15_000);
    }

    #[test]
    fn even_arrivals_are_counted_as_they_come() {
        for shape in
            ["7/s:3s", "99.9/s:2s,0/s:1s,burst:5,0..300/s:2s", "300..0/s:2s,burst:1,1/s:2s"]
        {
            let arrivals = Arrivals::new(shape.parse().unwrap(), Spacing::Even, 0);
            let due = all(shape, Spacing::Even, 0);
            for step in 0..3_000_u32 {
                let elapsed = Duration::from_micros(2_347) * step;
                let expected = due.iter().filter(|due| **due < elapsed.as_secs_f64()).count();
                let counted = arrivals.count_before(elapsed).unwrap();
                assert_eq!(counted, expected as u64, "{shape} before {elapsed:?}");
            }
        }
        let steady = |rate| {
            let shape = Shape::steady(rate, Duration::ZERO).unwrap();
            Arrivals::new(shape, Spacing::Even, 0).count_before(Duration::from_secs(1))
        };
        assert!(steady(1e18).unwrap().abs_diff(10_u64.pow(18)) <= 1);
        assert_eq!(steady(f64::MAX), Some(u64::MAX));
    }

    #[test]
    fn poisson_arrivals_have_exponential_gaps() {
        let due = all("1000/s:20s", Spacing::Poisson, 1);
        // 20,000 on average, with a standard deviation of √20,000 = 141.
        assert!((19_300..20_700).contains(&due.len()), "{}", due.len());
        assert!(due.is_sorted());
        let gaps: Vec<f64> = due.windows(2).map(|pair| pair[1] - pair[0]).collect();
        // A gap exceeds the mean with a chance of 1 ÷ e = 36.8 %, and three times it with 5.0 %.
        let share =
            |limit: f64| gaps.iter().filter(|gap| **gap > limit).count() as f64 / gaps.len() as f64;
        assert!((share(0.001) - 0.368).abs() < 0.02, "{}", share(0.001));
        assert!((share(0.003) - 0.050).abs() < 0.01, "{}", share(0.003));
        assert_eq!(all("1000/s:1s", Spacing::Poisson, 7), all("1000/s:1s", Spacing::Poisson, 7));
        assert_ne!(all("1000/s:1s", Spacing::Poisson, 7), all("1000/s:1s", Spacing::Poisson, 8));
    }
}
