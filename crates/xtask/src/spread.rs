//! Many runs as one figure: the median, and how far it may be off.

/// Lowest, median, highest.
pub fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values[0], values[values.len() - 1]);
    let middle = (values[(values.len() - 1) / 2] + values[values.len() / 2]) / 2.0;
    (low, middle, high)
}

/// The ratios of runs that were neighbours; nothing where there are none.
pub fn ratio(own: &[f64], other: &[f64]) -> String {
    let ratios: Vec<f64> = own.iter().zip(other).map(|(own, it)| own / it).collect();
    if ratios.is_empty() {
        return String::new();
    }
    let (low, middle, high) = spread(ratios);
    match high.is_finite() {
        true => format!("{middle:.2} ({low:.2} – {high:.2})"),
        false => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_is_between_two() {
        assert_eq!(spread(vec![4.0, 1.0, 2.0, 3.0]), (1.0, 2.5, 4.0));
    }

    #[test]
    fn ratios_are_of_the_same_round() {
        let own = [30.0, 10.0, 20.0];
        assert_eq!(ratio(&own, &[10.0, 10.0, 5.0]), "3.00 (1.00 – 4.00)");
        assert_eq!(ratio(&own, &[0.0; 3]), "");
        assert_eq!(ratio(&own, &[]), "");
    }
}
