//! Numbers as text.

/// Groups the digits before the decimal point by commas: `12345.6` becomes `12,345.6`.
#[must_use]
pub fn with_commas(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let digits = whole.trim_start_matches('-').len();
    let mut words = String::with_capacity(number.len() + digits / 3);
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len() - index;
        if digit.is_ascii_digit() && left < digits && left.is_multiple_of(3) {
            words.push(',');
        }
        words.push(digit);
    }
    words + rest
}

#[cfg(test)]
mod tests {
    use super::with_commas;

    #[test]
    fn digits_are_grouped_in_threes() {
        for (number, shown) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("12937", "12,937"),
            ("-1234567.25", "-1,234,567.25"),
            ("-123", "-123"),
            ("0.1234", "0.1234"),
        ] {
            assert_eq!(with_commas(number), shown);
        }
    }
}
