//! Estimates the ratio between two samples, with a nonparametric confidence interval.
//!
//! The samples must be independent, and have the same distribution up to a factor. The distribution
//! need not be normal: latencies have long tails, and one bad run of five is common.
//!
//! References:
//! - M. Hollander, D. A. Wolfe and E. Chicken (2014), "Nonparametric Statistical Methods", 3rd
//!   edition, Wiley: §4.2 the estimate, §4.3 the confidence interval.
//! - J. L. Hodges and E. L. Lehmann (1963), "Estimates of Location Based on Rank Tests", Annals of
//!   Mathematical Statistics 34, 598–611.
//! - H. B. Mann and D. R. Whitney (1947), "On a Test of Whether one of Two Random Variables is
//!   Stochastically Larger than the Other", Annals of Mathematical Statistics 18, 50–60: the
//!   distribution of U.
//! - G. E. Noether (1967), "Wilcoxon Confidence Intervals for Location Parameters in the Discrete
//!   Case", Journal of the American Statistical Association 62, 184–188: equal figures.
//!
//! They estimate a shift. A factor is a shift of the logarithms, and the methods depend on order
//! only, which logarithms preserve.

/// The inverse of the probability that a band misses the true ratio on one side: 95 % for both
/// sides.
const ONE_SIDE: f64 = 40.0;

/// The ratio of the second of two samples to the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// The Hodges–Lehmann estimate.
    pub estimate: f64,
    /// The confidence interval; `None` if the samples are too small.
    pub band: Option<Band>,
}

/// A confidence interval, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The confidence level, at least 0.95.
    pub level: f64,
}

/// The number of ratios that a band leaves out at each end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trim {
    ratios: usize,
    /// The confidence level of the band, at least 0.95.
    pub level: f64,
}

impl Band {
    /// Returns true if `ratio` is within the band.
    #[must_use]
    pub fn contains(&self, ratio: f64) -> bool {
        (self.low..=self.high).contains(&ratio)
    }
}

/// Returns the median of a sample: of an even number of values the mean of the middle two. `None`
/// for an empty sample.
#[must_use]
pub fn median(sample: &[f64]) -> Option<f64> {
    let (below, above) = middle(&sorted(sample.to_vec()))?;
    Some(f64::midpoint(below, above))
}

/// Returns the minimum and the maximum of a sample; `None` for an empty one.
#[must_use]
pub fn range(sample: &[f64]) -> Option<(f64, f64)> {
    let sample = sorted(sample.to_vec());
    Some((*sample.first()?, *sample.last()?))
}

impl Trim {
    /// Returns the trim for samples of n and m values: the greatest u with P(U ≤ u) of at most 1 in
    /// 40. `None` if even P(U = 0) is above that: 4 and 4 values are enough, 4 and 3 are not.
    ///
    /// Takes time proportional to n² · m².
    #[must_use]
    pub fn new(n: usize, m: usize) -> Option<Self> {
        let counts = lower_counts_of_u(n, m);
        let all = arrangements(n, m);
        let below = counts.iter().scan(0.0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        let rare = below.enumerate().take_while(|(_, below)| below * ONE_SIDE <= all);
        rare.last().map(|(u, below)| Self { ratios: u, level: 1.0 - 2.0 * below / all })
    }
}

/// Estimates the ratio of `after` to `before`: the median ratio over all pairs (Hodges and
/// Lehmann), of an even number the geometric mean of the middle two, so that the inverse samples
/// give the inverse ratio.
///
/// The band reaches from the k-th smallest of these ratios to the k-th greatest (Hollander, Wolfe
/// and Chicken, §4.3): the ratios at which the Mann–Whitney test finds no difference. With ties,
/// which rounding produces, its actual level is higher (Noether). `trim` is [`Trim::new`] for the
/// two sizes; it is a parameter, because one is enough for many figures.
///
/// `None` if a sample is empty or has a value that is not above zero.
#[must_use]
pub fn ratio(before: &[f64], after: &[f64], trim: Option<Trim>) -> Option<Ratio> {
    let ratios = before.iter().flat_map(|b| after.iter().map(move |a| (*b > 0.0, a / b)));
    let ratios: Option<Vec<f64>> = ratios
        .map(|(divides, ratio)| (divides && ratio > 0.0 && ratio.is_finite()).then_some(ratio))
        .collect();
    let ratios = sorted(ratios?);
    let (below, above) = middle(&ratios)?;
    let band = trim.and_then(|Trim { ratios: left_out, level }| {
        let high = ratios.len().checked_sub(1 + left_out)?;
        Some(Band { low: *ratios.get(left_out)?, high: ratios[high], level })
    });
    // The root of their product, without the overflow.
    Some(Ratio { estimate: below * (above / below).sqrt(), band })
}

/// Counts the orders of n + m different values in which a value of the second sample precedes one
/// of the first in u pairs, for each u up to n · m / 2; beyond it the distribution is symmetric.
///
/// Uses the recursion of Mann and Whitney (1947) on the greatest value: if it is in the first
/// sample, all m values of the second precede it; if it is in the second, it precedes none. It only
/// adds, so that counts above 2⁵³ lose no precision to cancellation.
fn lower_counts_of_u(n: usize, m: usize) -> Vec<f64> {
    let places = n * m / 2 + 1;
    let mut none = vec![0.0; places];
    none[0] = 1.0;
    // For i values of the first sample, and each number j of values of the second.
    let mut counts = vec![none; m + 1];
    for _i in 1..=n {
        for j in 1..=m {
            for u in (0..places).rev() {
                // This entry is still that of i - 1.
                let first_is_greatest = if u >= j { counts[j][u - j] } else { 0.0 };
                counts[j][u] = first_is_greatest + counts[j - 1][u];
            }
        }
    }
    counts.pop().unwrap_or_default()
}

/// Returns the number of orders of two samples: n + m choose n.
fn arrangements(n: usize, m: usize) -> f64 {
    (1..=n).fold(1.0, |all, i| all * (m + i) as f64 / i as f64)
}

/// Returns the middle two values of a sorted sample, which are the same one if its length is odd.
fn middle(sorted: &[f64]) -> Option<(f64, f64)> {
    let last = sorted.len().checked_sub(1)?;
    Some((sorted[last / 2], sorted[sorted.len() / 2]))
}

fn sorted(mut sample: Vec<f64>) -> Vec<f64> {
    sample.sort_by(f64::total_cmp);
    sample
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns every order of n + m values, as the ranks of both samples.
    fn orders(n: usize, m: usize) -> impl Iterator<Item = (Vec<f64>, Vec<f64>)> {
        (0_u32..1 << (n + m)).filter(move |set| set.count_ones() as usize == n).map(move |set| {
            let (first, second): (Vec<_>, Vec<_>) =
                (0..n + m).partition(|rank| set & (1 << rank) != 0);
            let figures = |ranks: Vec<usize>| ranks.iter().map(|r| (r + 1) as f64).collect();
            (figures(first), figures(second))
        })
    }

    fn ratio(before: &[f64], after: &[f64]) -> Option<Ratio> {
        super::ratio(before, after, Trim::new(before.len(), after.len()))
    }

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    #[test]
    fn the_median_and_the_range_of_a_sample() {
        for (sample, expected, ends) in [
            (&[][..], None, None),
            (&[3.0], Some(3.0), Some((3.0, 3.0))),
            (&[9.0, 1.0], Some(5.0), Some((1.0, 9.0))),
            (&[9.0, 1.0, 2.0], Some(2.0), Some((1.0, 9.0))),
            (&[4.0, 1.0, 9.0, 2.0], Some(3.0), Some((1.0, 9.0))),
        ] {
            assert_eq!(median(sample), expected, "{sample:?}");
            assert_eq!(range(sample), ends, "{sample:?}");
        }
    }

    #[test]
    fn the_distribution_of_u_matches_a_count_of_all_orders() {
        for n in 0..=6 {
            for m in 0..=6 {
                let mut counted = vec![0.0; n * m + 1];
                for (first, second) in orders(n, m) {
                    let pairs = first.iter().flat_map(|a| second.iter().map(move |b| (a, b)));
                    counted[pairs.filter(|(a, b)| b < a).count()] += 1.0;
                }
                assert_eq!(arrangements(n, m), counted.iter().sum::<f64>(), "{n} {m}");
                assert_eq!(lower_counts_of_u(n, m), counted[..=n * m / 2], "{n} {m}");
            }
        }
    }

    /// The usual table of the two-sided Mann–Whitney test at 5 %.
    #[test]
    fn the_critical_values_match_the_published_table() {
        for (n, m, u) in [
            (3, 3, None),
            (4, 3, None),
            (5, 2, None),
            (4, 4, Some(0)),
            (5, 3, Some(0)),
            (8, 2, Some(0)),
            (5, 5, Some(2)),
            (6, 6, Some(5)),
            (5, 8, Some(6)),
            (7, 7, Some(8)),
            (8, 8, Some(13)),
            (9, 9, Some(17)),
            (10, 10, Some(23)),
            (15, 15, Some(64)),
            (20, 20, Some(127)),
        ] {
            assert_eq!(Trim::new(n, m).map(|trim| trim.ratios), u, "{n} {m}");
            assert_eq!(Trim::new(n, m), Trim::new(m, n));
        }
        // A probability of 1 in 40 is low enough; 1 in 39 is not.
        assert_eq!(Trim::new(1, 39), Some(Trim { ratios: 0, level: 0.95 }));
        assert_eq!(Trim::new(1, 38), None);
    }

    /// The example of Hollander, Wolfe and Chicken, §4.1 to §4.3: tritiated water through a
    /// membrane, at term and before. They give a shift of -0.305 and (-0.76, 0.15) at 96 %.
    #[test]
    fn estimate_and_band_match_the_textbook() {
        let at_term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
        let before = [1.15, 0.88, 0.90, 0.74, 1.21];
        let Ratio { estimate, band } =
            ratio(&at_term.map(f64::exp), &before.map(f64::exp)).unwrap();
        let band = band.unwrap();
        assert!(close(estimate.ln(), -0.305), "{estimate}");
        assert!(close(band.low.ln(), -0.76) && close(band.high.ln(), 0.15), "{band:?}");
        assert!(close(band.level, 1.0 - 2.0 * 60.0 / 3003.0), "{band:?}");
    }

    /// Counts the bands that contain the true ratio over all orders, which are equally likely.
    #[test]
    fn a_band_contains_the_true_ratio_at_its_level() {
        for (n, m) in [(4, 4), (5, 3), (5, 5), (8, 5), (6, 7)] {
            let bands: Vec<_> = orders(n, m)
                .map(|(first, second)| ratio(&first, &second).unwrap().band.unwrap())
                .collect();
            let covering = bands.iter().filter(|band| band.contains(1.0)).count();
            let level = covering as f64 / bands.len() as f64;
            assert!(level >= 0.95 && close(level, bands[0].level), "{n} {m}: {level}");
        }
    }

    #[test]
    fn swapped_samples_have_the_inverse_ratio() {
        let (slow, fast) = ([12.0, 13.5, 11.0, 12.5], [3.0, 2.0, 2.5, 4.0]);
        let forward = ratio(&slow, &fast).unwrap();
        let inverse = ratio(&fast, &slow).unwrap();
        let (band, inverse_band) = (forward.band.unwrap(), inverse.band.unwrap());
        assert!(close(forward.estimate * inverse.estimate, 1.0));
        assert!(close(band.low * inverse_band.high, 1.0));
        assert!(close(band.high * inverse_band.low, 1.0));
    }

    #[test]
    fn small_samples_have_a_ratio_and_no_band() {
        assert_eq!(ratio(&[2.0], &[3.0]), Some(Ratio { estimate: 1.5, band: None }));
        assert_eq!(ratio(&[1.0, 1.0, 1.0], &[2.0, 2.0, 2.0]).unwrap().band, None);
    }

    #[test]
    fn equal_samples_have_the_ratio_one() {
        let same = [7.0; 5];
        let ratio = ratio(&same, &same).unwrap();
        assert!(close(ratio.estimate, 1.0) && ratio.band.unwrap().contains(1.0));
    }

    #[test]
    fn empty_and_non_positive_samples_have_no_ratio() {
        for (before, after) in [
            (&[][..], &[1.0][..]),
            (&[1.0], &[]),
            (&[0.0], &[1.0]),
            (&[1.0], &[0.0]),
            (&[1.0, 0.0], &[1.0]),
            (&[-1.0], &[-1.0]),
            (&[f64::NAN], &[1.0]),
            (&[f64::MIN_POSITIVE], &[f64::MAX]),
        ] {
            assert_eq!(ratio(before, after), None, "{before:?} {after:?}");
        }
    }
}
