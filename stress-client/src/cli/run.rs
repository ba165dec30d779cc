//! `stress-client run`: from flags to a plan, from a report to table, JSON and exit status.

use super::json::Destination;
use super::progress::Progress;
use super::{FAILED, INTERRUPTED, UNREACHABLE, duration, fail, refuse, signals, table, tell};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use stress_client::expect::Expectation;
use stress_client::load::{self, Live, Plan, Report, RunError};

/// How many requests are sent when neither a number nor a duration is given.
const REQUESTS: u64 = 5000;

/// The flags of a run.
#[derive(clap::Args)]
pub struct Args {
    /// The server.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// How many requests to send; 5000 unless --duration is given.
    #[arg(long)]
    requests: Option<u64>,
    /// How many connections, each sending one request after another; with --rate, the most open.
    #[arg(long, default_value_t = 200)]
    concurrency: u64,
    /// How many users the events are spread over.
    #[arg(long, default_value_t = 10)]
    users: u64,
    /// Stop sending after this long (500ms, 10s, 2m); with --requests, whichever comes first.
    #[arg(long, value_parser = duration)]
    duration: Option<Duration>,
    /// Send this many requests a second whatever the server does, and count latency from the
    /// moment each was due. Without it, send as fast as answers come.
    #[arg(long)]
    rate: Option<f64>,
    /// The time a request has, from its connect to the last byte of its answer.
    #[arg(long, value_parser = duration, default_value = "30s")]
    timeout: Duration,
    /// Write the result as JSON, on one line; `-` is standard output, and the table then goes to
    /// standard error.
    #[arg(long, value_name = "FILE|-")]
    json: Option<Destination>,
    /// What the result must be, such as errors=0 or accepted=100..160 (both ends included): sent,
    /// accepted, rejected, errors, or one cause of errors.
    #[arg(long, value_name = "COUNT=RANGE", num_args = 1..)]
    expect: Vec<Expectation>,
    /// Take the exact echo of a request for its acceptance (stages 1 and 2).
    #[arg(long)]
    echo: bool,
}

impl Args {
    fn plan(&self) -> Plan {
        Plan {
            url: self.url.clone(),
            requests: self.requests.or_else(|| self.duration.is_none().then_some(REQUESTS)),
            concurrency: self.concurrency,
            users: self.users,
            duration: self.duration,
            rate: self.rate,
            timeout: self.timeout,
            echo: self.echo,
        }
    }
}

/// Runs, and tells.
pub fn run(args: Args) -> ExitCode {
    let plan = args.plan();
    if let Err(refusal) = plan.check() {
        refuse(refusal);
    }
    let json = match args.json.map(Destination::open).transpose() {
        Ok(json) => json,
        Err(error) => refuse(error),
    };
    let live = Arc::new(Live::default());
    if let Err(error) = signals::stop_on_signal(&live) {
        tell(format_args!("a signal will end this run without a report: {error}"));
    }
    let progress = Progress::start(&plan, &live);
    let result = load::run(&plan, &live);
    progress.finish();
    let report = match result {
        Ok(report) => report,
        Err(error) => return not_run(&plan, &error),
    };

    let table = table::of(&plan, &report);
    if let Err(error) = super::json::write_out(json, &report, &table) {
        return fail(FAILED, error);
    }
    verdict(&args.expect, &report)
}

/// Says why nothing was sent.
fn not_run(plan: &Plan, error: &RunError) -> ExitCode {
    match error {
        RunError::Plan(refusal) => refuse(refusal),
        RunError::Descriptors(refusal) => refuse(refusal),
        RunError::Unreachable(_) => {
            fail(UNREACHABLE, format_args!("{error}; is the stage running? cargo run -p stageN"))
        }
        RunError::Client(_) | RunError::Runtime(_) => {
            fail(FAILED, format_args!("{error} (for {})", plan.url))
        }
    }
}

/// An interrupted run has not shown what was expected, so it says that it was interrupted.
fn verdict(expectations: &[Expectation], report: &Report) -> ExitCode {
    let failed: Vec<_> =
        expectations.iter().filter_map(|expectation| expectation.check(report).err()).collect();
    for failure in &failed {
        tell(failure);
    }
    match (report.interrupted, failed.is_empty()) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::from(FAILED),
    }
}
