//! Parses durations of command-line flags.

use std::time::Duration;

/// Parses a duration such as `500ms` or `10s`.
///
/// # Errors
/// When it is not a duration, or contains `M`: a month for humantime, and often meant as a minute.
pub fn parse(text: &str) -> Result<Duration, String> {
    if text.contains('M') {
        return Err("M stands for months; write 1m for a minute".to_owned());
    }
    humantime::parse_duration(text).map_err(|error| error.to_string())
}
