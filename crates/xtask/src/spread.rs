//! Summaries of repeated runs.

use load::statistics::{median, range};

/// Returns the minimum, the median and the maximum of a sample that is not empty.
pub fn spread(sample: &[f64]) -> (f64, f64, f64) {
    let (low, high) = range(sample).expect("a sample");
    (low, median(sample).expect("a sample"), high)
}

/// Formats the ratios of runs in the same round: the median and the range; empty if there are none.
pub fn ratio(own: &[f64], other: &[f64]) -> String {
    let ratios: Vec<f64> = own.iter().zip(other).map(|(own, other)| own / other).collect();
    if ratios.is_empty() || ratios.iter().any(|ratio| !ratio.is_finite()) {
        return String::new();
    }
    let (low, middle, high) = spread(&ratios);
    format!("{middle:.2} ({low:.2} – {high:.2})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_the_same_round() {
        let own = [30.0, 10.0, 20.0];
        assert_eq!(ratio(&own, &[10.0, 10.0, 5.0]), "3.00 (1.00 – 4.00)");
        assert_eq!(ratio(&own, &[0.0; 3]), "");
        assert_eq!(ratio(&own, &[]), "");
    }
}
