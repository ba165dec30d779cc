//! The flags of every subcommand that sends load.

use super::refuse;
use load::duration;
use load::{
    Choice, Engine, Events, HeaderName, HeaderValue, Method, Outcomes, Plan, Request, Retry,
    RetryPace, Rule,
};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// The flags of generated events, which a body replaces.
const EVENTS: [&str; 5] = ["users", "choose", "amount", "actions", "invalid"];

#[derive(Debug, Clone, Copy)]
enum Preset {
    Contract,
    Http,
}

/// The load to send and how to send it.
#[derive(clap::Args)]
pub struct LoadArgs {
    /// URL of the server; may be repeated.
    ///
    /// Several servers get requests in turn.
    #[arg(long = "url", value_name = "URL", default_value = "http://127.0.0.1:8080")]
    urls: Vec<String>,
    /// Number of connections to each server; with --rate or --shape, the maximum number.
    ///
    /// Each of them sends one request at a time.
    #[arg(long, value_name = "COUNT", default_value_t = 200)]
    concurrency: u64,
    /// Timeout of a request, from connecting to the last byte of the answer.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "30s")]
    #[arg(hide_short_help = true)]
    timeout: Duration,
    /// Warm-up time before the measurement; its requests are in none of the figures.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0s")]
    #[arg(hide_short_help = true)]
    warmup: Duration,
    /// Stop the run after this many consecutive errors; 0 never stops it.
    #[arg(long, value_name = "COUNT", default_value_t = 1000, hide_short_help = true)]
    errors_in_a_row: u64,
    /// HTTP client: reqwest, as in most programs, or raw, which uses less CPU time.
    ///
    /// raw writes requests to a socket and reads answers from it, for http:// alone.
    #[arg(long, value_parser = parse_engine, default_value = "reqwest")]
    engine: Engine,
    /// Method of the requests.
    ///
    /// Events are sent only by methods that have a body.
    #[arg(long, value_name = "NAME", default_value = "POST", help_heading = "Requests")]
    #[arg(value_parser = Request::parse_method)]
    method: Method,
    /// Path and query of the requests, in place of those of the URL.
    #[arg(long, value_parser = Request::parse_path, help_heading = "Requests")]
    #[arg(hide_short_help = true)]
    path: Option<String>,
    /// Header of the requests, 'Name: value'; may be repeated.
    ///
    /// It replaces the client's own of the same name.
    #[arg(long = "header", value_name = "HEADER", help_heading = "Requests")]
    #[arg(value_parser = Request::parse_header)]
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Body of the requests, in place of events; @FILE is the content of a file.
    #[arg(long, value_name = "TEXT", help_heading = "Requests")]
    #[arg(conflicts_with_all = EVENTS)]
    body: Option<String>,
    /// Send the lines of a file in turn, over and over, in place of events.
    #[arg(long, value_name = "FILE", help_heading = "Requests", hide_short_help = true)]
    #[arg(conflicts_with_all = EVENTS, conflicts_with = "body")]
    body_file: Option<PathBuf>,

    /// Meaning of an answer: contract, the JSON of this course, or http, its status.
    ///
    /// With http, 2xx is accepted, and 429 and 503 are rejected. All other answers are errors.
    #[arg(long, value_name = "PRESET", help_heading = "Outcomes")]
    #[arg(value_parser = named(&[("contract", Preset::Contract), ("http", Preset::Http)]))]
    #[arg(default_value = "contract")]
    outcomes: Preset,
    /// Rule for accepted answers, in place of the preset's: status=2xx, status=200,204, or
    /// json:/status=ok (a JSON pointer and the value there); may be repeated.
    #[arg(long, value_name = "RULE", help_heading = "Outcomes", hide_short_help = true)]
    accept: Vec<Rule>,
    /// Rule for rejected answers, written in the same way; takes precedence over --accept. All other
    /// answers are errors.
    #[arg(long, value_name = "RULE", help_heading = "Outcomes", hide_short_help = true)]
    reject: Vec<Rule>,
    /// Count an answer as accepted if it echoes the request exactly (stages 1 and 2).
    #[arg(long, help_heading = "Outcomes", conflicts_with_all = ["outcomes", "accept", "reject"])]
    #[arg(hide_short_help = true)]
    echo: bool,

    /// Number of users in the events.
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 10,
        help_heading = "Events",
        hide_short_help = true
    )]
    users: u64,
    /// How to choose the user of an event: in-turn, uniform, or zipf:EXPONENT (a few hot users).
    #[arg(long, value_name = "HOW", default_value_t = Choice::InTurn, help_heading = "Events", hide_short_help = true)]
    choose: Choice,
    /// Amount of an event, or an inclusive range to choose from uniformly.
    #[arg(
        long,
        value_name = "N|LOW..HIGH",
        default_value = "1",
        help_heading = "Events",
        hide_short_help = true
    )]
    #[arg(allow_hyphen_values = true)]
    amount: Amounts,
    /// Action of an event, or a comma-separated list to choose from uniformly.
    #[arg(
        long,
        value_name = "ACTION",
        default_value = "buy",
        help_heading = "Events",
        hide_short_help = true
    )]
    #[arg(value_delimiter = ',')]
    actions: Vec<String>,
    /// Share of requests to make invalid; the server has to refuse them.
    #[arg(long, value_name = "PERCENT", default_value = "0%", value_parser = parse_percent)]
    #[arg(help_heading = "Events", hide_short_help = true)]
    invalid: f64,
    /// Seed of the random numbers; the same seed sends the same requests.
    #[arg(long, default_value_t = 0, help_heading = "Events", hide_short_help = true)]
    seed: u64,
    /// Retry an event that was rejected or never sent: not at all, at once, or after an exponential
    /// backoff that honours Retry-After. Every attempt counts as a request.
    #[arg(long, value_parser = named(&[
        ("none", RetryPace::None), ("at-once", RetryPace::AtOnce), ("backoff", RetryPace::Backoff),
    ]))]
    #[arg(default_value = "none", help_heading = "Retries", hide_short_help = true)]
    retry: RetryPace,
    /// Maximum number of attempts for an event, including the first.
    #[arg(long, value_name = "COUNT", default_value_t = 4, help_heading = "Retries")]
    #[arg(hide_short_help = true)]
    attempts: u32,
}

#[derive(Debug, Clone, Copy)]
struct Amounts(i64, i64);

impl LoadArgs {
    /// Returns the plan for these flags, without a number of requests or a duration.
    pub fn plan(&self) -> Plan {
        let request = Request {
            method: self.method.clone(),
            path: self.path.clone(),
            headers: self.headers.iter().cloned().collect(),
        };
        let bodies: Option<Arc<[Vec<u8>]>> = match (&self.body, &self.body_file) {
            (Some(body), _) => Some([read_body(body)].into()),
            (None, Some(file)) => Some(read_lines(file)),
            (None, None) if !request.has_body() => Some([Vec::new()].into()),
            (None, None) => None,
        };
        let (url, more_urls) = self.urls.split_first().expect("there is a default");
        Plan {
            url: url.clone(),
            more_urls: more_urls.to_vec(),
            request,
            requests: None,
            concurrency: self.concurrency,
            timeout: self.timeout,
            warmup: self.warmup,
            errors_in_a_row: self.errors_in_a_row,
            engine: self.engine,
            outcomes: self.outcomes(),
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

impl LoadArgs {
    fn outcomes(&self) -> Outcomes {
        let has_rules = !self.accept.is_empty() || !self.reject.is_empty();
        let mut outcomes = match self.outcomes {
            _ if self.echo => Outcomes::Echo,
            Preset::Contract if has_rules => {
                Outcomes::Rules { accept: Vec::new(), reject: Vec::new() }
            }
            Preset::Contract => Outcomes::Contract,
            Preset::Http => Outcomes::http(),
        };
        if let Outcomes::Rules { accept, reject } = &mut outcomes {
            for (preset, rules) in [(&mut *accept, &self.accept), (reject, &self.reject)] {
                if !rules.is_empty() {
                    preset.clone_from(rules);
                }
            }
            if accept.is_empty() {
                refuse("--reject alone accepts no answer: add --accept or --outcomes http");
            }
        }
        outcomes
    }
}

/// Returns a body, or the content of the file that it names.
fn read_body(body: &str) -> Vec<u8> {
    body.strip_prefix('@').map_or_else(|| body.as_bytes().to_vec(), |file| read(Path::new(file)))
}

/// Reads the lines of a file that are not empty.
fn read_lines(file: &Path) -> Arc<[Vec<u8>]> {
    let text = read(file);
    // Skip a UTF-8 byte order mark.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    lines.filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

fn read(file: &Path) -> Vec<u8> {
    std::fs::read(file)
        .unwrap_or_else(|error| refuse(format_args!("cannot read {}: {error}", file.display())))
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

/// Parses the name of an engine.
fn parse_engine(name: &str) -> Result<Engine, String> {
    match name {
        "reqwest" => Ok(Engine::Reqwest),
        "raw" => Ok(Engine::Raw),
        "hyper" => Err("it has been removed: use raw".to_owned()),
        _ => Err("must be reqwest or raw".to_owned()),
    }
}

/// Returns a parser that maps each name to its value.
pub fn named<T: Copy + Send + Sync + 'static>(
    names: &'static [(&'static str, T)],
) -> impl clap::builder::TypedValueParser<Value = T> {
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(names.iter().map(|(name, _)| *name)).map(|chosen| {
        let found = names.iter().find(|(name, _)| *name == chosen);
        found.map_or(names[0].1, |(_, value)| *value)
    })
}
