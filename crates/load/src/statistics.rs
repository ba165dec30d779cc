//! By what factor one sample lies above another, and in which band that factor is when every repeat of
//! the same run comes out a little different.
//!
//! Assumed: all figures are independent of each other, and both samples have the same distribution but
//! for a factor. Nothing is assumed of that distribution, a normal one least of all: latencies have long
//! tails, and one bad run of five is no rarity.
//!
//! References:
//! - M. Hollander, D. A. Wolfe and E. Chicken (2014), "Nonparametric Statistical Methods", 3rd edition,
//!   Wiley: §4.2 the estimate, §4.3 its band.
//! - J. L. Hodges and E. L. Lehmann (1963), "Estimates of Location Based on Rank Tests", Annals of
//!   Mathematical Statistics 34, 598–611.
//! - H. B. Mann and D. R. Whitney (1947), "On a Test of Whether one of Two Random Variables is
//!   Stochastically Larger than the Other", Annals of Mathematical Statistics 18, 50–60: the distribution
//!   of U.
//! - G. E. Noether (1967), "Wilcoxon Confidence Intervals for Location Parameters in the Discrete Case",
//!   Journal of the American Statistical Association 62, 184–188: equal figures.
//!
//! They speak of a shift. A factor is a shift of the logarithms, and everything here is made of order
//! alone, which logarithms leave as it is.

/// A band misses the truth on either side in one case of this many at most: 95 % for both sides.
const ONE_SIDE: f64 = 40.0;

/// By what factor the second of two samples lies above the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// The factor that is most in keeping with both samples.
    pub estimate: f64,
    /// Where the factor may well be; `None` when the samples are too small to say.
    pub band: Option<Band>,
}

/// A confidence interval, both ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// In what part of all cases such a band holds the true factor, from 0 to 1: 0.95 at least.
    pub level: f64,
}

/// How much a band leaves out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trim {
    /// So many of the ratios at either end.
    ratios: usize,
    /// In what part of all cases a band that leaves out no more holds the true factor, from 0 to 1.
    pub level: f64,
}

impl Band {
    /// Whether the factor may be this one.
    #[must_use]
    pub fn contains(&self, ratio: f64) -> bool {
        (self.low..=self.high).contains(&ratio)
    }
}

/// The middle of a sample, the mean of the two in the middle of an even one; `None` for an empty one.
#[must_use]
pub fn median(sample: &[f64]) -> Option<f64> {
    let (below, above) = middle(&sorted(sample.to_vec()))?;
    Some(f64::midpoint(below, above))
}

/// The least and the greatest of a sample; `None` for an empty one.
#[must_use]
pub fn range(sample: &[f64]) -> Option<(f64, f64)> {
    let sample = sorted(sample.to_vec());
    Some((*sample.first()?, *sample.last()?))
}

impl Trim {
    /// As much as a band of n figures before and m after may leave out: the ratios below the greatest U
    /// that comes about by chance in one case of forty at most. `None` when even U = 0 comes about more
    /// often: 4 and 4 figures are enough, 4 and 3 are not.
    ///
    /// Takes time in proportion to n² · m².
    #[must_use]
    pub fn of(n: usize, m: usize) -> Option<Self> {
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

/// The factor from `before` to `after`: the median of the ratios of every pair (Hodges and Lehmann), of
/// an even number the geometric mean of the two in the middle, so that the factor back is its inverse.
///
/// Its band goes from the k-th smallest of these ratios to the k-th greatest (Hollander, Wolfe and
/// Chicken, §4.3): the factors at which the test of Mann and Whitney finds no difference. Equal figures,
/// of which rounding makes many, let it hold the truth more often than its level says (Noether). `trim`
/// is that of these two sizes; it is asked for so that many such pairs need it only once.
///
/// `None` where there is no ratio: of nothing, and of figures that are not all above zero.
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
    // The root of their product, without a product that could be too great.
    Some(Ratio { estimate: below * (above / below).sqrt(), band })
}

/// In how many orders of n + m different figures the second sample's precede the first's in u pairs, for
/// each u up to the middle, n · m / 2; beyond it the distribution is its own mirror image.
///
/// The recursion of Mann and Whitney (1947), on the greatest figure of all: if it is of the first sample,
/// all m of the second precede it, and if it is of the second, it precedes none. Sums alone, so that
/// nothing is lost to cancellation where the counts exceed 2⁵³.
fn lower_counts_of_u(n: usize, m: usize) -> Vec<f64> {
    let places = n * m / 2 + 1;
    let mut none = vec![0.0; places];
    none[0] = 1.0;
    // For i figures of the first sample, and each number j of figures of the second.
    let mut counts = vec![none; m + 1];
    for _i in 1..=n {
        for j in 1..=m {
            for u in (0..places).rev() {
                // What stands there is still of i - 1.
                let first_is_greatest = if u >= j { counts[j][u - j] } else { 0.0 };
                counts[j][u] = first_is_greatest + counts[j - 1][u];
            }
        }
    }
    counts.pop().unwrap_or_default()
}

/// In how many orders two samples can lie: n + m over n.
fn arrangements(n: usize, m: usize) -> f64 {
    (1..=n).fold(1.0, |all, i| all * (m + i) as f64 / i as f64)
}

/// The two in the middle of a sorted sample, which are one and the same when it is odd.
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

    /// Every order of n + m figures, as the ranks of both samples.
    fn orders(n: usize, m: usize) -> impl Iterator<Item = (Vec<f64>, Vec<f64>)> {
        (0_u32..1 << (n + m)).filter(move |set| set.count_ones() as usize == n).map(move |set| {
            let (first, second): (Vec<_>, Vec<_>) =
                (0..n + m).partition(|rank| set & (1 << rank) != 0);
            let figures = |ranks: Vec<usize>| ranks.iter().map(|r| (r + 1) as f64).collect();
            (figures(first), figures(second))
        })
    }

    fn ratio(before: &[f64], after: &[f64]) -> Option<Ratio> {
        super::ratio(before, after, Trim::of(before.len(), after.len()))
    }

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9
    }

    #[test]
    fn the_middle_and_the_ends_of_a_sample() {
        for (sample, is, ends) in [
            (&[][..], None, None),
            (&[3.0], Some(3.0), Some((3.0, 3.0))),
            (&[9.0, 1.0], Some(5.0), Some((1.0, 9.0))),
            (&[9.0, 1.0, 2.0], Some(2.0), Some((1.0, 9.0))),
            (&[4.0, 1.0, 9.0, 2.0], Some(3.0), Some((1.0, 9.0))),
        ] {
            assert_eq!(median(sample), is, "{sample:?}");
            assert_eq!(range(sample), ends, "{sample:?}");
        }
    }

    #[test]
    fn the_distribution_of_u_is_that_of_all_orders_counted_one_by_one() {
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

    /// The usual table of Mann and Whitney's test: 5 % on both sides.
    #[test]
    fn the_critical_values_are_those_of_the_published_table() {
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
            assert_eq!(Trim::of(n, m).map(|trim| trim.ratios), u, "{n} {m}");
            assert_eq!(Trim::of(n, m), Trim::of(m, n));
        }
        // One case in forty is rare enough; one in thirty-nine is not.
        assert_eq!(Trim::of(1, 39), Some(Trim { ratios: 0, level: 0.95 }));
        assert_eq!(Trim::of(1, 38), None);
    }

    /// The example of Hollander, Wolfe and Chicken, §4.1 to §4.3: tritiated water through a membrane, at
    /// term and before. They give a shift of -0.305 and (-0.76, 0.15) at 96 %.
    #[test]
    fn estimate_and_band_are_those_of_the_textbook() {
        let at_term = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
        let before = [1.15, 0.88, 0.90, 0.74, 1.21];
        let Ratio { estimate, band } =
            ratio(&at_term.map(f64::exp), &before.map(f64::exp)).unwrap();
        let band = band.unwrap();
        assert!(close(estimate.ln(), -0.305), "{estimate}");
        assert!(close(band.low.ln(), -0.76) && close(band.high.ln(), 0.15), "{band:?}");
        assert!(close(band.level, 1.0 - 2.0 * 60.0 / 3003.0), "{band:?}");
    }

    /// Of all orders that chance can bring about, the band leaves out the truth in as many as it says.
    #[test]
    fn a_band_holds_the_truth_as_often_as_its_level_says() {
        for (n, m) in [(4, 4), (5, 3), (5, 5), (8, 5), (6, 7)] {
            let bands: Vec<_> = orders(n, m)
                .map(|(first, second)| ratio(&first, &second).unwrap().band.unwrap())
                .collect();
            let holding = bands.iter().filter(|band| band.contains(1.0)).count();
            let level = holding as f64 / bands.len() as f64;
            assert!(level >= 0.95 && close(level, bands[0].level), "{n} {m}: {level}");
        }
    }

    #[test]
    fn the_way_back_is_the_inverse() {
        let (slow, fast) = ([12.0, 13.5, 11.0, 12.5], [3.0, 2.0, 2.5, 4.0]);
        let there = ratio(&slow, &fast).unwrap();
        let back = ratio(&fast, &slow).unwrap();
        let (band, band_back) = (there.band.unwrap(), back.band.unwrap());
        assert!(close(there.estimate * back.estimate, 1.0));
        assert!(close(band.low * band_back.high, 1.0) && close(band.high * band_back.low, 1.0));
    }

    #[test]
    fn small_samples_have_a_ratio_and_no_band() {
        assert_eq!(ratio(&[2.0], &[3.0]), Some(Ratio { estimate: 1.5, band: None }));
        assert_eq!(ratio(&[1.0, 1.0, 1.0], &[2.0, 2.0, 2.0]).unwrap().band, None);
    }

    #[test]
    fn equal_figures_differ_by_nothing() {
        let same = [7.0; 5];
        let ratio = ratio(&same, &same).unwrap();
        assert!(close(ratio.estimate, 1.0) && ratio.band.unwrap().contains(1.0));
    }

    #[test]
    fn there_is_no_ratio_to_nothing() {
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
