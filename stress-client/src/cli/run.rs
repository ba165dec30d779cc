//! `stress-client run`: from flags to a plan, from a report to table, JSON and exit status.

use super::json::Destination;
use super::load::Load;
use super::measure::measure;
use super::table::{per_second, thousands};
use super::watch::Watch;
use super::{FAILED, GAVE_UP, INTERRUPTED, compared, fail, refuse, signals, table, tell};
use load::duration;
use load::expect::Expectation;
use load::{Plan, Report};
use std::process::ExitCode;
use std::time::Duration;

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
    #[arg(long, value_parser = duration::parse)]
    duration: Option<Duration>,
    /// Send this many requests a second whatever the server does, and count latency from the
    /// moment each was due. Without it, send as fast as answers come.
    #[arg(long)]
    rate: Option<f64>,
    /// Let the load grow for this long: the rate from nothing, or one connection after another.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0s")]
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
    /// Run this often, one after another; the result is the run with the median rate, and every one.
    #[arg(long, value_name = "COUNT", default_value_t = 1, help_heading = "Result")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// How long to wait between two runs, so that the second finds no queue of the first.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0s")]
    #[arg(help_heading = "Result")]
    pause: Duration,
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
    let mut runs: Vec<Report> = Vec::new();
    for nth in 0..args.repeat {
        if nth > 0 {
            running.wait(args.pause);
        }
        // A run that was never begun is none.
        if running.is_interrupted() && nth > 0 {
            tell(format_args!("interrupted after {nth} of {} runs", args.repeat));
            break;
        }
        match measure(&plan, &running, args.reconcile, &args.watch) {
            // A signal came before it had sent anything: there was no such run.
            Ok(report) if report.interrupted && report.sent == 0 && nth > 0 => break,
            Ok(report) => {
                if args.repeat > 1 {
                    tell(one_line(nth + 1, args.repeat, &report));
                }
                runs.push(report);
            }
            // What was measured before is worth having.
            Err(trouble) if runs.is_empty() => return trouble.end(&plan),
            Err(trouble) => {
                tell(format_args!("run {} of {}: {trouble}", nth + 1, args.repeat));
                break;
            }
        }
        if runs.iter().any(|run| run.interrupted || run.gave_up) {
            break;
        }
    }
    let is_whole = runs.len() == args.repeat as usize;
    let status = verdict(&args.expect, &runs);
    let mut report =
        Report::of_runs(runs).expect("the first run is there, or the function has ended");
    report.interrupted |= !is_whole && running.is_interrupted();
    let words = repeats(&report.runs) + &table::of(&plan, &report);
    if let Err(error) = super::json::write_out(json, &report, &words) {
        return fail(FAILED, error);
    }
    match status {
        _ if !is_whole && running.is_interrupted() => ExitCode::from(INTERRUPTED),
        0 if !is_whole => ExitCode::from(GAVE_UP),
        status => ExitCode::from(status),
    }
}

/// Tells of one run among several, once it is over.
fn one_line(nth: u32, all: u32, run: &Report) -> String {
    format!(
        "run {nth} of {all}: {} requests in {:.2} s, {} a second; accepted {}, rejected {}, errors {}",
        thousands(run.sent),
        run.seconds,
        per_second(run.rate),
        thousands(run.accepted),
        thousands(run.rejected),
        thousands(run.errors.total)
    )
}

/// Several runs side by side, those that were ended early left out; nothing of a single one.
fn repeats(runs: &[Report]) -> String {
    let whole: Vec<Report> = runs.iter().filter(|run| !run.interrupted).cloned().collect();
    match whole.len() {
        0 | 1 => String::new(),
        many => format!(
            "{many} runs: medians, and in brackets the least and the greatest\n\n{}\nthe run with the \
             median rate:\n\n",
            compared::spreads(&whole)
        ),
    }
}

/// Judges every run by itself, and says what is wrong with it.
fn verdict(expectations: &[Expectation], runs: &[Report]) -> u8 {
    let of = |nth: usize| match runs.len() {
        1 => String::new(),
        all => format!("run {} of {all}: ", nth + 1),
    };
    let statuses: Vec<u8> =
        runs.iter().enumerate().map(|(nth, run)| judge(expectations, run, &of(nth))).collect();
    // The first that there is: an interrupted run has not shown what was expected.
    [INTERRUPTED, FAILED, GAVE_UP].into_iter().find(|it| statuses.contains(it)).unwrap_or(0)
}

/// The exit status that one run deserves.
fn judge(expectations: &[Expectation], run: &Report, which: &str) -> u8 {
    let failed = expectations.iter().filter_map(|expectation| expectation.check(run).err());
    let contradicted = run.reconciled.iter().flat_map(|it| it.differences.iter().cloned());
    let failed: Vec<_> = failed.chain(contradicted).collect();
    for failure in &failed {
        tell(format_args!("{which}{failure}"));
    }
    if run.gave_up {
        run.remarks.iter().take(1).for_each(|remark| tell(format_args!("{which}{remark}")));
    }
    let only_errors = run.sent > 0 && run.errors.total == run.sent;
    match () {
        () if run.interrupted => INTERRUPTED,
        () if !failed.is_empty() => FAILED,
        () if run.gave_up => GAVE_UP,
        // What is expected decides; where nothing is, no answer at all is no success.
        () if only_errors && expectations.is_empty() => {
            tell(format_args!("{which}nothing but errors: no request was accepted or rejected"));
            GAVE_UP
        }
        () => 0,
    }
}
