//! `stress-client silent`: does an honest client still get an answer beside silent ones?

use super::json::{self, Destination};
use super::{FAILED, UNREACHABLE, fail, refuse};
use load::duration;
use load::silent::{self, Plan, Report, SilentError};
use std::process::ExitCode;
use std::time::Duration;

/// The flags of the silent connections.
#[derive(clap::Args)]
pub struct Args {
    /// The server.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// How many connections that say nothing.
    #[arg(long, default_value_t = 20)]
    connections: u64,
    /// How long the honest request waits for its answer.
    #[arg(long, value_parser = duration::parse, default_value = "2s")]
    timeout: Duration,
    /// Keep the silent connections open this long afterwards, to look at the server meanwhile.
    #[arg(long, value_parser = duration::parse, default_value = "0s")]
    hold: Duration,
    /// Write the result as JSON, on one line; `-` is standard output, and the words then go to
    /// standard error.
    #[arg(long, value_name = "FILE|-")]
    json: Option<Destination>,
}

/// Opens, probes, and tells.
pub fn run(args: Args) -> ExitCode {
    if args.timeout.is_zero() {
        refuse("timeout must be above zero");
    }
    let json = match args.json.map(Destination::open).transpose() {
        Ok(json) => json,
        Err(error) => refuse(error),
    };
    let plan = Plan {
        url: args.url,
        connections: args.connections,
        timeout: args.timeout,
        hold: args.hold,
    };
    // Told before the connections are held: a signal that ends that takes no result along.
    let mut written = Ok(());
    let told = silent::run(&plan, |report| {
        written = json::write_out(json, report, &words(report, plan.timeout));
    });
    let report = match told {
        Ok(report) => report,
        Err(error @ (SilentError::Url(_) | SilentError::Descriptors(_))) => refuse(error),
        Err(error @ SilentError::Unreachable(_)) => return fail(UNREACHABLE, error),
        Err(error) => return fail(FAILED, error),
    };
    match written {
        Err(error) => fail(FAILED, error),
        Ok(()) if report.answered => ExitCode::SUCCESS,
        Ok(()) => ExitCode::from(FAILED),
    }
}

fn words(report: &Report, timeout: Duration) -> String {
    let beside = format!("while {} silent connections are open", report.opened);
    let mut words = match report.status {
        Some(status) => {
            format!("answered with {status} in {:.1} ms {beside}\n", report.seconds * 1000.0)
        }
        None => match &report.fault {
            Some(fault) => format!("no answer ({fault}) {beside}\n"),
            None => format!("no answer within {} {beside}\n", humantime::format_duration(timeout)),
        },
    };
    if report.opened < report.silent {
        words += &format!(
            "only {} of {} silent connections could be opened{}\n",
            report.opened,
            report.silent,
            report.fault.as_ref().map_or_else(String::new, |fault| format!(": {fault}"))
        );
    }
    words
}
