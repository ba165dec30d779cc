//! Checks the form of a date in an answer.

/// Returns true for a date like `Sun, 06 Nov 1994 08:49:37 GMT`, the only form that may be sent
/// (RFC 9110, 5.6.7).
pub(crate) fn is_imf_fixdate(value: &str) -> bool {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let shape = "aaa, 00 aaa 0000 00:00:00 GMT";
    let fits = |(c, s): (char, char)| match s {
        'a' => c.is_ascii_alphabetic(),
        '0' => c.is_ascii_digit(),
        literal => c == literal,
    };
    value.len() == shape.len()
        && value.chars().zip(shape.chars()).all(fits)
        && DAYS.contains(&&value[..3])
        && MONTHS.contains(&&value[8..11])
}

#[cfg(test)]
mod tests {
    use super::is_imf_fixdate;

    #[test]
    fn dates() {
        assert!(is_imf_fixdate("Sun, 06 Nov 1994 08:49:37 GMT"));
        for wrong in [
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Abc, 06 Nov 1994 08:49:37 GMT",
            "",
        ] {
            assert!(!is_imf_fixdate(wrong), "{wrong}");
        }
    }
}
