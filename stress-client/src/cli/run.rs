//! `stress-client run`: from flags to a plan, from a report to table, JSON and exit status.

use super::json::Destination;
use super::load::Load;
use super::measure::measure;
use super::{FAILED, GAVE_UP, INTERRUPTED, duration, fail, refuse, signals, table, tell};
use std::process::ExitCode;
use std::time::Duration;
use stress_client::expect::Expectation;
use stress_client::load::{Plan, Report};

/// How many requests are sent when neither a number nor a duration is given.
const REQUESTS: u64 = 5000;

/// The flags of a run.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    load: Load,
    /// How many requests to send; 5000 unless --duration is given.
    #[arg(long)]
    requests: Option<u64>,
    /// Stop sending after this long (500ms, 10s, 2m); with --requests, whichever comes first.
    #[arg(long, value_parser = duration)]
    duration: Option<Duration>,
    /// Send this many requests a second whatever the server does, and count latency from the
    /// moment each was due. Without it, send as fast as answers come.
    #[arg(long)]
    rate: Option<f64>,
    /// Let the load grow for this long: the rate from nothing, or one connection after another.
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "0s")]
    ramp: Duration,

    /// Write the result as JSON, on one line; `-` is standard output, and the table then goes to
    /// standard error.
    #[arg(long, value_name = "FILE|-", help_heading = "Result")]
    json: Option<Destination>,
    /// What the result must be: errors=0, accepted=100..160 (both ends included), rejected<1%,
    /// rejected.p99<5ms, response.p99.9<50ms, rate>1000.
    #[arg(long, value_name = "EXPECTATION", num_args = 1.., help_heading = "Result")]
    expect: Vec<Expectation>,
    /// Hold the client's books against the server's own metrics, which must agree (stages 9 and 10).
    #[arg(long, help_heading = "Result")]
    reconcile: bool,
}

impl Args {
    fn plan(&self) -> Plan {
        Plan {
            requests: self.requests.or_else(|| self.duration.is_none().then_some(REQUESTS)),
            duration: self.duration,
            rate: self.rate,
            ramp: self.ramp,
            ..self.load.plan()
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
    let running = signals::stop_on_signal();
    let report = match measure(&plan, &running, args.reconcile) {
        Ok(report) => report,
        Err(trouble) => return trouble.end(&plan),
    };

    let table = table::of(&plan, &report);
    if let Err(error) = super::json::write_out(json, &report, &table) {
        return fail(FAILED, error);
    }
    verdict(&args.expect, &report)
}

/// An interrupted run has not shown what was expected, so it says that it was interrupted.
fn verdict(expectations: &[Expectation], report: &Report) -> ExitCode {
    let failed = expectations.iter().filter_map(|expectation| expectation.check(report).err());
    let contradicted = report.reconciled.iter().flat_map(|it| it.differences.iter().cloned());
    let failed: Vec<_> = failed.chain(contradicted).collect();
    for failure in &failed {
        tell(failure);
    }
    if report.gave_up {
        report.remarks.iter().take(1).for_each(tell);
    }
    let only_errors = report.sent > 0 && report.errors.total == report.sent;
    ExitCode::from(match () {
        () if report.interrupted => INTERRUPTED,
        () if !failed.is_empty() => FAILED,
        () if report.gave_up => GAVE_UP,
        // What is expected decides; where nothing is, no answer at all is no success.
        () if only_errors && expectations.is_empty() => {
            tell("nothing but errors: no request was accepted or rejected");
            GAVE_UP
        }
        () => return ExitCode::SUCCESS,
    })
}
