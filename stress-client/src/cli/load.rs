//! The flags that say what load is sent, for every subcommand that sends load.

use super::refuse;
use load::duration;
use load::{Choice, Engine, Events, Plan, Retry, RetryPace};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// What is sent, to whom, and over what.
#[derive(clap::Args)]
pub struct Load {
    /// The server.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// How many connections, each sending one request after another; with --rate, the most open.
    #[arg(long, default_value_t = 200)]
    concurrency: u64,
    /// The time a request has, from its connect to the last byte of its answer.
    #[arg(long, value_parser = duration::parse, default_value = "30s")]
    timeout: Duration,
    /// Send load this long before it counts; it is in none of the figures.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0s")]
    warmup: Duration,
    /// Give up after so many errors with no answer in between; 0 for never.
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    errors_in_a_row: u64,
    /// What the connections are made of: one reqwest client each, or hyper's connections as they are.
    #[arg(long, value_parser = named(&[("reqwest", Engine::Reqwest), ("hyper", Engine::Hyper)]))]
    #[arg(default_value = "reqwest")]
    engine: Engine,
    /// Take the exact echo of a request for its acceptance (stages 1 and 2).
    #[arg(long)]
    echo: bool,

    /// How many users the events are about.
    #[arg(long, value_name = "COUNT", default_value_t = 10, help_heading = "Events")]
    users: u64,
    /// Which user comes next: in-turn, uniform, or zipf:EXPONENT, where a few are hot.
    #[arg(long, value_name = "HOW", default_value_t = Choice::InTurn, help_heading = "Events")]
    choose: Choice,
    /// The amount of an event, or the least and the greatest.
    #[arg(long, value_name = "N|LOW..HIGH", default_value = "1", help_heading = "Events")]
    #[arg(allow_hyphen_values = true)]
    amount: Amounts,
    /// The actions, one of them for each event.
    #[arg(long, value_name = "ACTION", default_value = "buy", help_heading = "Events")]
    #[arg(value_delimiter = ',')]
    actions: Vec<String>,
    /// How many of the requests are no events and have to be refused.
    #[arg(long, value_name = "PERCENT", default_value = "0%", value_parser = percent)]
    #[arg(help_heading = "Events")]
    invalid: f64,
    /// Where the random numbers begin: the same seed sends the same requests.
    #[arg(long, default_value_t = 0, help_heading = "Events")]
    seed: u64,
    /// Send the lines of a file, one after another and again from the first, in place of events.
    #[arg(long, value_name = "FILE", help_heading = "Events")]
    #[arg(conflicts_with_all = ["users", "choose", "amount", "actions", "invalid"])]
    body_file: Option<PathBuf>,

    /// What to do with an event that was rejected or never sent: nothing, send it again at once, or
    /// after a backoff that honours Retry-After. Every attempt is a request and counts as one.
    #[arg(long, value_parser = named(&[
        ("none", RetryPace::None), ("at-once", RetryPace::AtOnce), ("backoff", RetryPace::Backoff),
    ]))]
    #[arg(default_value = "none", help_heading = "Retries")]
    retry: RetryPace,
    /// How often an event is sent at most, the first time included.
    #[arg(long, value_name = "COUNT", default_value_t = 4, help_heading = "Retries")]
    attempts: u32,
}

#[derive(Debug, Clone, Copy)]
struct Amounts(i64, i64);

impl Load {
    /// The plan of a run that has no end yet.
    pub fn plan(&self) -> Plan {
        let bodies = self.body_file.as_deref().map(lines);
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

/// The lines of a file that are not empty.
fn lines(file: &Path) -> Arc<[Vec<u8>]> {
    match std::fs::read(file) {
        Ok(text) => {
            // Some editors mark UTF-8 at the head of a file: no part of the first body.
            let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
            let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
            lines.filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
        }
        Err(error) => refuse(format_args!("cannot read {}: {error}", file.display())),
    }
}

/// `10%` as 0.1.
pub fn percent(text: &str) -> Result<f64, String> {
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

/// One of a few names.
fn named<T: Copy + Send + Sync + 'static>(
    names: &'static [(&'static str, T)],
) -> impl clap::builder::TypedValueParser<Value = T> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(names.iter().map(|(name, _)| *name)).map(|chosen| {
        let found = names.iter().find(|(name, _)| *name == chosen);
        found.map_or(names[0].1, |(_, value)| *value)
    })
}
