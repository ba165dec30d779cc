//! The flags of every subcommand that sends load.

use super::refuse;
use load::duration;
use load::{Choice, Engine, Events, Plan, Retry, RetryPace};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// The load to send and how to send it.
#[derive(clap::Args)]
pub struct LoadArgs {
    /// URL of the server.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// Number of connections, each sending one request at a time; with --rate, the maximum number.
    #[arg(long, default_value_t = 200)]
    concurrency: u64,
    /// Timeout of a request, from connecting to the last byte of the answer.
    #[arg(long, value_parser = duration::parse, default_value = "30s")]
    timeout: Duration,
    /// Warm-up time before the measurement; its requests are in none of the figures.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0s")]
    warmup: Duration,
    /// Stop the run after this many consecutive errors; 0 never stops it.
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    errors_in_a_row: u64,
    /// HTTP client: a reqwest client for each connection, or bare hyper connections.
    #[arg(long, value_parser = named(&[("reqwest", Engine::Reqwest), ("hyper", Engine::Hyper)]))]
    #[arg(default_value = "reqwest")]
    engine: Engine,
    /// Count an answer as accepted if it echoes the request exactly (stages 1 and 2).
    #[arg(long)]
    echo: bool,

    /// Number of users in the events.
    #[arg(long, value_name = "COUNT", default_value_t = 10, help_heading = "Events")]
    users: u64,
    /// How to choose the user of an event: in-turn, uniform, or zipf:EXPONENT (a few hot users).
    #[arg(long, value_name = "HOW", default_value_t = Choice::InTurn, help_heading = "Events")]
    choose: Choice,
    /// Amount of an event, or an inclusive range to choose from uniformly.
    #[arg(long, value_name = "N|LOW..HIGH", default_value = "1", help_heading = "Events")]
    #[arg(allow_hyphen_values = true)]
    amount: Amounts,
    /// Action of an event, or a comma-separated list to choose from uniformly.
    #[arg(long, value_name = "ACTION", default_value = "buy", help_heading = "Events")]
    #[arg(value_delimiter = ',')]
    actions: Vec<String>,
    /// Share of requests to make invalid; the server has to refuse them.
    #[arg(long, value_name = "PERCENT", default_value = "0%", value_parser = parse_percent)]
    #[arg(help_heading = "Events")]
    invalid: f64,
    /// Seed of the random numbers; the same seed sends the same requests.
    #[arg(long, default_value_t = 0, help_heading = "Events")]
    seed: u64,
    /// Send the lines of a file in turn, over and over, in place of events.
    #[arg(long, value_name = "FILE", help_heading = "Events")]
    #[arg(conflicts_with_all = ["users", "choose", "amount", "actions", "invalid"])]
    body_file: Option<PathBuf>,

    /// Retry an event that was rejected or never sent: not at all, at once, or after an exponential
    /// backoff that honours Retry-After. Every attempt counts as a request.
    #[arg(long, value_parser = named(&[
        ("none", RetryPace::None), ("at-once", RetryPace::AtOnce), ("backoff", RetryPace::Backoff),
    ]))]
    #[arg(default_value = "none", help_heading = "Retries")]
    retry: RetryPace,
    /// Maximum number of attempts for an event, including the first.
    #[arg(long, value_name = "COUNT", default_value_t = 4, help_heading = "Retries")]
    attempts: u32,
}

#[derive(Debug, Clone, Copy)]
struct Amounts(i64, i64);

impl LoadArgs {
    /// Returns the plan for these flags, without a number of requests or a duration.
    pub fn plan(&self) -> Plan {
        let bodies = self.body_file.as_deref().map(read_lines);
        Plan {
            url: self.url.clone(),
            requests: None,
            concurrency: self.concurrency,
            timeout: self.timeout,
            warmup: self.warmup,
            errors_in_a_row: self.errors_in_a_row,
            engine: self.engine,
            echo: self.echo,
            events: Events {
                users: self.users,
                choice: self.choose,
                amounts: self.amount.0..=self.amount.1,
                actions: self.actions.clone(),
                invalid: self.invalid,
                seed: self.seed,
                bodies,
            },
            retry: Retry { pace: self.retry, attempts: self.attempts },
            ..Plan::default()
        }
    }
}

/// Reads the lines of a file that are not empty.
fn read_lines(file: &Path) -> Arc<[Vec<u8>]> {
    match std::fs::read(file) {
        Ok(text) => {
            // Skip a UTF-8 byte order mark.
            let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
            let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
            lines.filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
        }
        Err(error) => refuse(format_args!("cannot read {}: {error}", file.display())),
    }
}

/// Parses `10%` as 0.1.
pub fn parse_percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    number.map(|percent| percent / 100.0).ok_or_else(|| "write it like 10%".to_owned())
}

impl FromStr for Amounts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (low, high) = text.split_once("..").unwrap_or((text, text));
        match (low.trim().parse(), high.trim().parse()) {
            (Ok(low), Ok(high)) => Ok(Self(low, high)),
            _ => Err("write it like 5 or -10..100".to_owned()),
        }
    }
}

/// Returns a parser that maps each name to its value.
fn named<T: Copy + Send + Sync + 'static>(
    names: &'static [(&'static str, T)],
) -> impl clap::builder::TypedValueParser<Value = T> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(names.iter().map(|(name, _)| *name)).map(|chosen| {
        let found = names.iter().find(|(name, _)| *name == chosen);
        found.map_or(names[0].1, |(_, value)| *value)
    })
}
