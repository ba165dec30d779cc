//! The limits that every server from stage 3 on has, as flags.

use std::time::Duration;

/// What one client may take of a server.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Limits {
    /// Connections served at a time; one more is told to come back later
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections: u32,
    /// Time for a request, from its first byte to its last
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = positive)]
    pub request_timeout: Duration,
    /// Time that a connection may stay open between two requests; longer than that of a proxy in front
    #[arg(long, value_name = "TIME", default_value = "75s", value_parser = positive)]
    pub idle_timeout: Duration,
    /// Time that a client may take none of its answer
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = positive)]
    pub write_timeout: Duration,
}

/// Parses a duration such as `500ms`, as the value of a flag.
///
/// # Errors
/// When it is none, or has `M`, which would be a month and is written for a minute.
pub fn duration(text: &str) -> Result<Duration, String> {
    if text.contains('M') {
        return Err("M would be a month; write 1m for a minute".to_owned());
    }
    humantime::parse_duration(text).map_err(|error| error.to_string())
}

/// A duration that is longer than zero.
fn positive(text: &str) -> Result<Duration, String> {
    let duration = duration(text)?;
    let message = || "a timeout of zero would refuse every client".to_owned();
    (!duration.is_zero()).then_some(duration).ok_or_else(message)
}
