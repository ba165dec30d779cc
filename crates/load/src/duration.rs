//! Durations as people write them.

use std::time::Duration;

/// Parses a duration such as `500ms` or `10s`.
///
/// # Errors
/// When it is none, or has `M`, which would be a month and is written for a minute.
pub fn parse(text: &str) -> Result<Duration, String> {
    if text.contains('M') {
        return Err("M would be a month; write 1m for a minute".to_owned());
    }
    humantime::parse_duration(text).map_err(|error| error.to_string())
}
