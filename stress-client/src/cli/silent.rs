//! `stress-client silent`: opens silent connections and probes the server with a normal request.

use super::json::{self, Destination};
use super::{FAILED, UNREACHABLE, fail, refuse};
use load::duration;
use load::silent::{self, Plan, Report, SilentError};
use std::process::ExitCode;
use std::time::Duration;

/// The flags of `silent`.
#[derive(clap::Args)]
pub struct Args {
    /// URL of the server.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Number of silent connections.
    #[arg(long, default_value_t = 20)]
    connections: u64,
    /// Timeout of the normal request.
    #[arg(long, value_parser = duration::parse, default_value = "2s")]
    timeout: Duration,
    /// Keep the silent connections open for this time after the result, to inspect the server.
    #[arg(long, value_parser = duration::parse, default_value = "0s")]
    hold: Duration,
    /// Write the result as one line of JSON to a file; `-` is standard output, and the text goes to
    /// standard error.
    #[arg(long, value_name = "FILE|-")]
    json: Option<Destination>,
}

/// Opens the connections, probes the server and prints the result.
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
    // Written before the hold, which a signal may end.
    let mut written = Ok(());
    let result = silent::run(&plan, |report| {
        written = json::write_out(json, report, &render(report, plan.timeout));
    });
    let report = match result {
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

fn render(report: &Report, timeout: Duration) -> String {
    let suffix = format!("while {} silent connections are open", report.opened);
    let mut text = match report.status {
        Some(status) => {
            format!("answered with {status} in {:.1} ms {suffix}\n", report.seconds * 1000.0)
        }
        None => match &report.fault {
            Some(fault) => format!("no answer ({fault}) {suffix}\n"),
            None => format!("no answer within {} {suffix}\n", humantime::format_duration(timeout)),
        },
    };
    if report.opened < report.silent {
        text += &format!(
            "only {} of {} silent connections could be opened{}\n",
            report.opened,
            report.silent,
            report.fault.as_ref().map_or_else(String::new, |fault| format!(": {fault}"))
        );
    }
    text
}
