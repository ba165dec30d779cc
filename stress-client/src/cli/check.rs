//! `stress-client check`: asks a running server for what a client can see of its stage.

use super::grade::{Reporting, Run, SubjectOf, progress};
use super::{FAILED, UNREACHABLE, fail, json, refuse};
use contract::{Promise, Target, Verdict};
use load::duration;
use load::server::{parse_url, reach};
use std::collections::HashSet;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Check a running server against the wire contract of a stage: the part of `grade` that needs no
/// control over the server.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stage whose contract applies, 1 to 10
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=10), required_unless_present = "list")]
    stage: Option<u8>,
    /// URL of the server
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Run only checks whose name contains this text, and those that they need
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// List the checks with their classes instead of running them
    #[arg(long)]
    list: bool,
    /// Ask each check on its own, whatever it needs, and judge by the contract alone
    #[arg(long)]
    each: bool,
    #[command(flatten)]
    flags: Flags,
    /// Time after which the check is incomplete
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "60s")]
    time_limit: Duration,
    #[command(flatten)]
    reporting: Reporting,
}

/// The flags that the server was started with.
#[derive(Debug, Default, clap::Args)]
struct Flags {
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
}

impl Args {
    /// Returns the arguments of `grade --target`: a server with unknown flags.
    pub fn of_grade(
        stage: u8,
        url: String,
        only: Option<String>,
        time_limit: Duration,
        reporting: Reporting,
    ) -> Self {
        let flags = Flags::default();
        Self {
            stage: Some(stage),
            url,
            only,
            list: false,
            each: false,
            flags,
            time_limit,
            reporting,
        }
    }
}

/// Runs the checks, prints the failures and a summary, and returns the exit status.
pub fn run(args: Args) -> ExitCode {
    let name = args.only.clone().unwrap_or_default();
    let checks = contract::table().into_iter();
    let promises = checks.map(|check| check.promise(args.stage.unwrap_or(10)));
    let promises: Vec<Promise> = promises
        .filter(|check| args.stage.is_none_or(|stage| check.stages.contains(&stage)))
        .collect();
    if args.list {
        return list(&promises, &name);
    }
    let wanted = wanted(&promises, &name);
    let url = match parse_url(&args.url) {
        Ok(url) => url,
        Err(refusal) => refuse(refusal),
    };
    if !url.username().is_empty() || url.password().is_some() {
        refuse("checks send no credentials: give the URL without user and password");
    }
    let reporting = args.reporting.open();
    let address = match reach(&url, args.time_limit) {
        Ok(address) => address,
        Err(unreachable) => return fail(UNREACHABLE, unreachable),
    };
    let begin = Instant::now();
    // clap requires the stage unless --list is given.
    let stage = args.stage.unwrap_or_default();
    let target = Target {
        request_timeout: args.flags.request_timeout,
        idle_timeout: args.flags.idle_timeout,
        max_connections: args.flags.max_connections,
        queue: args.flags.queue,
        workers: args.flags.workers,
        until: begin + args.time_limit,
        ..Target::new(address, stage)
    };
    let mut checks = contract::table();
    checks.retain(|check| {
        let check = check.promise(stage).name;
        if args.each { check.contains(&name) } else { wanted.contains(check) }
    });
    let mut report = match args.each {
        true => contract::run_each(&target, checks, progress()),
        false => contract::run(&target, checks, progress()),
    };
    let (mut unasked, _) = harness::grade::promises(stage);
    unasked.retain(|check| check.name.contains(&name));
    let reason = "it needs control over the server: grade it with its command";
    report.verdicts.extend(unasked.into_iter().map(|check| Verdict::not_asked(check, reason)));
    reporting.finish(&Run {
        report,
        subject: SubjectOf::Url(args.url),
        only: args.only,
        time_limit: args.time_limit,
        took: begin.elapsed(),
    })
}

/// Returns the names of the checks to ask for a text in their name. Exits if there are none.
pub fn wanted(promises: &[Promise], only: &str) -> HashSet<&'static str> {
    let wanted = contract::wanted(promises, only);
    if wanted.is_empty() {
        refuse(format_args!("no check of this stage has `{only}` in its name; see --list"));
    }
    wanted
}

/// Prints the checks whose name contains a text.
pub fn list(promises: &[Promise], only: &str) -> ExitCode {
    let listed = promises.iter().filter(|check| check.name.contains(only));
    let text: String = listed.map(describe).collect();
    match json::to_stdout(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(FAILED, error),
    }
}

fn describe(check: &Promise) -> String {
    let (first, last) = (check.stages.start(), check.stages.end());
    let Promise { name, class, why, .. } = check;
    format!("{name} ({class}; stages {first} to {last})\n  {why}\n")
}
