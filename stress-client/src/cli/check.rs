//! `stress-client check`: runs the contract checks of a stage against a server.

use super::json::{self, Destination, Opened, WriteError};
use super::{FAILED, UNREACHABLE, fail, print_stderr, refuse};
use contract::{Check, Outcome, Target};
use load::duration;
use load::server::{parse_url, reach};
use std::fmt::Display;
use std::process::ExitCode;
use std::time::Duration;

/// Check a server against the wire contract of a stage.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stage whose contract applies, 1 to 10
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=10), required_unless_present = "list")]
    stage: Option<u8>,
    /// URL of the server
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Run only checks whose name contains this text
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// List the checks instead of running them
    #[arg(long)]
    list: bool,
    /// The server's --request-timeout [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    request_timeout: Option<Duration>,
    /// The server's --idle-timeout [default: 75s; tested only if given here]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    idle_timeout: Option<Duration>,
    /// The server's --max-connections [default: 10000; tested only if given here]
    #[arg(long, value_name = "COUNT")]
    max_connections: Option<usize>,
    /// The server's --queue [default: 100, or 1000 from stage 8 on]
    #[arg(long, value_name = "COUNT")]
    queue: Option<usize>,
    /// The server's --workers [default: 1 in stage 5, 4 in stage 6, 16 from stage 7 on]
    #[arg(long, value_name = "COUNT")]
    workers: Option<usize>,
    /// Write the report as JSON to a file; `-` is standard output, and the text goes to standard
    /// error
    #[arg(long, value_name = "FILE|-")]
    json: Option<Destination>,
}

/// Runs the checks, prints the failures and a summary, and returns the exit status.
pub fn run(args: Args) -> ExitCode {
    let only = args.only.as_deref().unwrap_or_default();
    let applies = |check: &Check| {
        let promise = check.promise(args.stage.unwrap_or_default());
        args.stage.is_none_or(|stage| promise.stages.contains(&stage))
            && (promise.name.contains(only) || contract::is_basic(check))
    };
    let mut checks = contract::table();
    checks.retain(applies);
    if args.list {
        return match json::to_stdout(checks.iter().map(describe).collect::<String>()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(FAILED, error),
        };
    }
    if checks.is_empty() {
        refuse(format_args!("no check of this stage has `{only}` in its name; see --list"));
    }
    let url = match parse_url(&args.url) {
        Ok(url) => url,
        Err(refusal) => refuse(refusal),
    };
    if !url.username().is_empty() || url.password().is_some() {
        refuse("checks send no credentials: give the URL without user and password");
    }
    let json = match args.json.map(Destination::open).transpose() {
        Ok(json) => json,
        Err(error) => refuse(error),
    };
    let address = match reach(&url, Duration::MAX) {
        Ok(address) => address,
        Err(unreachable) => return fail(UNREACHABLE, unreachable),
    };
    let target = Target {
        request_timeout: args.request_timeout,
        idle_timeout: args.idle_timeout,
        max_connections: args.max_connections,
        queue: args.queue,
        workers: args.workers,
        // clap requires the stage unless --list is given.
        ..Target::new(address, args.stage.unwrap_or_default())
    };
    let to_stderr = matches!(json, Some(Opened::Stdout));
    let mut printed = Ok(());
    let report = contract::run(&target, checks, |verdict| {
        if printed.is_ok() && verdict.outcome != Outcome::Passed {
            printed = print(to_stderr, verdict);
        }
    });
    let summary = report.summary() + "\n";
    match printed.and_then(|()| json::write_out(json, &serde_json::json!({}), &summary)) {
        Err(error) => fail(FAILED, error),
        Ok(()) if report.passed() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::from(FAILED),
    }
}

fn describe(check: &Check) -> String {
    let check = check.promise(0);
    let (first, last) = (check.stages.start(), check.stages.end());
    format!("{} (stages {first} to {last})\n  {}\n", check.name, check.why)
}

/// Prints text on standard output, or on standard error when standard output has the JSON.
fn print(to_stderr: bool, text: impl Display) -> Result<(), WriteError> {
    if to_stderr {
        print_stderr(text);
        return Ok(());
    }
    json::to_stdout(format!("{text}\n"))
}
