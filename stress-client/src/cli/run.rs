//! `stress-client run`: from flags to a plan, from a report to table, JSON and exit status.

use super::json::Destination;
use super::load::Load;
use super::watch::Watch;
use super::{
    FAILED, GAVE_UP, INTERRUPTED, UNREACHABLE, duration, fail, refuse, signals, table, tell,
};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use stress_client::expect::Expectation;
use stress_client::load::{Live, Plan, Report, RunError};
use stress_client::metrics::{self, MetricsError};
use stress_client::reconcile::Reconciled;

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
    #[command(flatten)]
    watch: Watch,

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

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Metrics(#[from] MetricsError),
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
    let report = match measure(&plan, &live, args.reconcile, &args.watch) {
        Ok(report) => report,
        Err(trouble) => return not_run(&plan, trouble),
    };

    let table = table::of(&plan, &report);
    if let Err(error) = super::json::write_out(json, &report, &table) {
        return fail(FAILED, error);
    }
    verdict(&args.expect, &report)
}

/// One run, with the server's word on it if that is asked for.
fn measure(
    plan: &Plan,
    live: &Arc<Live>,
    reconcile: bool,
    watch: &Watch,
) -> Result<Report, Trouble> {
    let read = || reconcile.then(|| metrics::read(&plan.url)).transpose();
    let before = read()?;
    let watching = watch.start(plan, live);
    let result = stress_client::load::run(plan, live);
    watching.finish();
    let mut report = result?;
    if let Some(before) = before {
        report.reconciled = match metrics::read(&plan.url) {
            Ok(after) => Some(Reconciled::of(&report, before, after)),
            Err(error) => {
                // The report of the run is worth having all the same.
                let differences = vec![format!("the server's counts after the run: {error}")];
                Some(Reconciled { before, differences, ..Reconciled::default() })
            }
        };
    }
    Ok(report)
}

/// Says why nothing was sent.
fn not_run(plan: &Plan, trouble: Trouble) -> ExitCode {
    match trouble {
        Trouble::Run(RunError::Plan(refusal)) => refuse(refusal),
        Trouble::Run(RunError::Descriptors(refusal)) => refuse(refusal),
        Trouble::Run(RunError::Unreachable(_)) | Trouble::Metrics(MetricsError::Unreachable(_)) => {
            fail(UNREACHABLE, format_args!("{trouble}; is the stage running? cargo run -p stageN"))
        }
        Trouble::Metrics(MetricsError::Url(refusal)) => refuse(refusal),
        Trouble::Run(RunError::Client(_) | RunError::Runtime(_)) | Trouble::Metrics(_) => {
            fail(FAILED, format_args!("{trouble} (for {})", plan.url))
        }
    }
}

/// An interrupted run has not shown what was expected, so it says that it was interrupted.
fn verdict(expectations: &[Expectation], report: &Report) -> ExitCode {
    let failed = expectations.iter().filter_map(|expectation| expectation.check(report).err());
    let contradicted = report.reconciled.iter().flat_map(|it| it.differences.iter().cloned());
    let failed: Vec<_> = failed.chain(contradicted).collect();
    for failure in &failed {
        tell(failure);
    }
    let only_errors = report.sent > 0 && report.errors.total == report.sent;
    ExitCode::from(match () {
        () if report.interrupted => INTERRUPTED,
        () if !failed.is_empty() => FAILED,
        () if report.gave_up => GAVE_UP,
        // What is expected decides; where nothing is, no answer at all is no success.
        () if only_errors && expectations.is_empty() => GAVE_UP,
        () => return ExitCode::SUCCESS,
    })
}
