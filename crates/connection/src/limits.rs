//! The limits of every server from stage 3 on, as flags.

use std::time::Duration;

/// Limits on connections and their time.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Limits {
    /// Connections served at a time; further ones are answered 503
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections: u32,
    /// Longest time from a request's first byte to its last
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = positive)]
    pub request_timeout: Duration,
    /// Longest time that a connection stays open between requests; must exceed that of a proxy in
    /// front
    #[arg(long, value_name = "TIME", default_value = "75s", value_parser = positive)]
    pub idle_timeout: Duration,
    /// Longest time that an answer waits for the client to read any of it
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = positive)]
    pub write_timeout: Duration,
}

/// Parses a duration such as `500ms`, as the value of a flag.
///
/// # Errors
/// If it is invalid, or contains `M`, which means a month but is mistaken for a minute.
pub fn duration(text: &str) -> Result<Duration, String> {
    if text.contains('M') {
        return Err("M would be a month; write 1m for a minute".to_owned());
    }
    humantime::parse_duration(text).map_err(|error| error.to_string())
}

/// Parses a duration longer than zero.
fn positive(text: &str) -> Result<Duration, String> {
    let duration = duration(text)?;
    let message = || "a timeout of zero would refuse every client".to_owned();
    (!duration.is_zero()).then_some(duration).ok_or_else(message)
}
