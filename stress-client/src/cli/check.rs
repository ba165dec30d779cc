//! `stress-client check`: puts a server to the contract checks of its stage.

use std::fmt::Display;
use std::net::{SocketAddr, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;
use stress_client::check::{self, Check, Outcome, Report, Target, Wire};

/// Exit status when a check failed, or its report could not be written.
const FAILED: u8 = 1;
/// Exit status when an argument is refused, as clap has it.
const REFUSED: u8 = 2;
/// Exit status when nobody listens.
const UNREACHABLE: u8 = 3;

/// Check that a server keeps the wire contract of a stage.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The stage whose contract is to be kept, 1 to 10
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=10), required_unless_present = "list")]
    stage: Option<u8>,
    /// Where the server listens
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Only checks whose name contains this
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// List the checks instead of running them
    #[arg(long)]
    list: bool,
    /// The server's --request-timeout [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    request_timeout: Option<Duration>,
    /// The server's --idle-timeout [default: 60s, waited for only if given here]
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    idle_timeout: Option<Duration>,
    /// The server's --max-connections [default: 10000, tried only if given here]
    #[arg(long, value_name = "COUNT")]
    max_connections: Option<usize>,
    /// The server's --queue [default: 100; from stage 8 on 1000]
    #[arg(long, value_name = "COUNT")]
    queue: Option<usize>,
    /// The server's --workers [default: 1 in stage 5, 4 in stage 6, 16 from stage 7 on]
    #[arg(long, value_name = "COUNT")]
    workers: Option<usize>,
    /// Write the report as JSON to a file, or to standard output (the text then goes to standard error)
    #[arg(long, value_name = "FILE|-")]
    json: Option<String>,
}

/// Runs the checks, prints what came of them, and tells the exit status.
pub fn run(args: Args) -> ExitCode {
    let only = args.only.as_deref().unwrap_or_default();
    let holds = |check: &Check| args.stage.is_none_or(|stage| check.stages.contains(&stage));
    let mut checks = check::table();
    checks.retain(|check| holds(check) && check.name.contains(only));
    if args.list {
        checks.iter().for_each(list);
        return ExitCode::SUCCESS;
    }
    if checks.is_empty() {
        return refuse(REFUSED, format!("no check of this stage has `{only}` in its name"));
    }
    let address = match address(&args.url) {
        Ok(address) => address,
        Err(fault) => return refuse(REFUSED, fault),
    };
    if let Err(trouble) = Wire::open(address, Duration::from_secs(5)) {
        return refuse(UNREACHABLE, format!("{}: {trouble}", args.url));
    }
    let target = Target {
        request_timeout: args.request_timeout,
        idle_timeout: args.idle_timeout,
        max_connections: args.max_connections,
        queue: args.queue,
        workers: args.workers,
        // clap asks for the stage unless the checks are only listed.
        ..Target::new(address, args.stage.unwrap_or_default())
    };
    let aside = args.json.as_deref() == Some("-");
    let report = check::run(&target, checks, |verdict| {
        if verdict.outcome != Outcome::Passed {
            say(aside, verdict);
        }
    });
    say(aside, report.summary());
    match args.json.map(|file| write(&file, &report)) {
        Some(Err(fault)) => refuse(FAILED, fault),
        _ if report.passed() => ExitCode::SUCCESS,
        _ => ExitCode::from(FAILED),
    }
}

fn list(check: &Check) {
    let (first, last) = (check.stages.start(), check.stages.end());
    println!("{} (stages {first} to {last})\n  {}", check.name, check.why);
}

/// Text for people: on standard output, or aside on standard error when that belongs to the JSON.
fn say(aside: bool, text: impl Display) {
    if aside { eprintln!("{text}") } else { println!("{text}") }
}

fn write(file: &str, report: &Report) -> Result<(), String> {
    let json = report.to_json();
    if file == "-" {
        println!("{json}");
        return Ok(());
    }
    std::fs::write(file, format!("{json}\n")).map_err(|error| format!("{file}: {error}"))
}

fn refuse(status: u8, fault: impl Display) -> ExitCode {
    eprintln!("{fault}");
    ExitCode::from(status)
}

/// The address of an `http://host:port` URL.
fn address(url: &str) -> Result<SocketAddr, String> {
    let authority =
        url.strip_prefix("http://").ok_or_else(|| format!("{url}: only http:// is spoken here"))?;
    let host = authority.split('/').next().unwrap_or_default();
    let found = if host.rsplit(']').next().is_some_and(|end| end.contains(':')) {
        host.to_socket_addrs()
    } else {
        format!("{host}:80").to_socket_addrs()
    };
    let mut addresses = found.map_err(|error| format!("{url}: {error}"))?;
    addresses.next().ok_or_else(|| format!("{url}: no address"))
}
