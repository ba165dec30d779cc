//! `stress-client run`: runs a plan made from the flags and prints the report.

use super::encoding::add_histograms;
use super::json::Destination;
use super::load::{LoadArgs, named};
use super::measure::{Measured, measure};
use super::record::RecordArgs;
use super::table::{per_second, thousands};
use super::watch::Watch;
use super::{FAILED, GAVE_UP, INTERRUPTED, comparison, fail, print_stderr, refuse, signals, table};
use load::duration;
use load::expect::Expectation;
use load::{Plan, Report, Shape, Spacing};
use std::process::ExitCode;
use std::time::Duration;

/// The number of requests when neither a number nor a duration is given.
const REQUESTS: u64 = 5000;

/// The flags of `run`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    load: LoadArgs,
    /// Number of requests to send [default: 5000, or no limit with --duration].
    #[arg(long, value_name = "COUNT")]
    requests: Option<u64>,
    /// Stop sending after this time (500ms, 10s, 2m); with --requests, whichever comes first.
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    duration: Option<Duration>,
    /// Send this many requests per second, whatever the server does (open loop).
    ///
    /// Response times are measured from the time each request is due. Without a rate, each
    /// connection sends its next request after an answer (closed loop).
    #[arg(long)]
    rate: Option<f64>,
    /// Send at a rate that changes over time (open loop), such as 100/s:10s,1000/s:30s.
    ///
    /// The pieces follow each other, and the run ends with the last: 100/s:10s is a rate,
    /// 0..500/s:10s one that changes evenly, burst:200 are requests at once.
    #[arg(long, conflicts_with_all = ["rate", "ramp"])]
    shape: Option<Shape>,
    /// Spacing of the requests of an open loop: even, or poisson for random gaps, as between
    /// independent clients.
    #[arg(long, value_name = "SPACING", default_value = "even")]
    #[arg(value_parser = named(&[("even", Spacing::Even), ("poisson", Spacing::Poisson)]))]
    #[arg(hide_short_help = true)]
    arrivals: Spacing,
    /// Increase the load over this time: the rate from zero, or the connections one by one.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0s")]
    #[arg(hide_short_help = true)]
    ramp: Duration,
    #[command(flatten)]
    watch: Watch,
    #[command(flatten)]
    record: RecordArgs,
    /// Percentiles in the table, with commas between them; 0 is the minimum.
    #[arg(long, value_name = "PERCENT", value_delimiter = ',', default_value = "50,90,99,99.9")]
    #[arg(value_parser = percentile, help_heading = "Result", hide_short_help = true)]
    percentiles: Vec<f64>,

    /// Write the report as one line of JSON to a file.
    ///
    /// `-` is standard output; the table then goes to standard error.
    #[arg(long, value_name = "FILE|-", help_heading = "Result")]
    json: Option<Destination>,
    /// Exit with status 1 unless this holds, such as errors=0 or rejected.p99<5ms.
    ///
    /// errors=0, accepted=100..160 (inclusive), rejected<1%, rejected.p99<5ms, response.p99.9<50ms,
    /// rate>1000.
    #[arg(long, value_name = "EXPECTATION", num_args = 1.., help_heading = "Result")]
    expect: Vec<Expectation>,
    /// Number of runs. The report shows the run with the median rate and includes all runs.
    #[arg(long, value_name = "COUNT", default_value_t = 1, help_heading = "Result")]
    #[arg(hide_short_help = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// Pause between two runs, in which the server can empty its queue.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0s")]
    #[arg(help_heading = "Result", hide_short_help = true)]
    pause: Duration,
    /// Compare the counts with the server's metrics; exit with status 1 if they contradict each
    /// other (stages 9 and 10).
    #[arg(long, help_heading = "Result", hide_short_help = true)]
    reconcile: bool,
}

impl Args {
    fn plan(&self) -> Plan {
        let is_endless = self.duration.is_none() && self.shape.is_none();
        Plan {
            requests: self.requests.or_else(|| is_endless.then_some(REQUESTS)),
            duration: self.duration,
            rate: self.rate,
            ramp: self.ramp,
            shape: self.shape.clone(),
            spacing: self.arrivals,
            ..self.load.plan()
        }
    }
}

fn percentile(text: &str) -> Result<f64, String> {
    let percent = text.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
    percent.ok_or_else(|| "must be between 0 and 100, such as 99.9".to_owned())
}

/// Performs the runs and prints the report.
pub fn run(args: Args) -> ExitCode {
    let plan = args.plan();
    if let Err(refusal) = plan.check() {
        refuse(refusal);
    }
    if args.reconcile && !plan.more_urls.is_empty() {
        refuse("--reconcile reads the metrics of one server: give one --url");
    }
    let json = match args.json.map(Destination::open).transpose() {
        Ok(json) => json,
        Err(error) => refuse(error),
    };
    let interrupt = signals::install_handlers();
    let mut runs: Vec<Report> = Vec::new();
    let mut is_recorded = true;
    for nth in 0..args.repeat {
        if nth > 0 {
            interrupt.wait(args.pause);
        }
        if interrupt.is_set() && nth > 0 {
            print_stderr(format_args!("interrupted after {nth} of {} runs", args.repeat));
            break;
        }
        match measure(&plan, &interrupt, args.reconcile, &args.watch, &args.record) {
            // Interrupted before the first request: leave the run out.
            Ok(Measured { report, .. }) if report.interrupted && report.sent == 0 && nth > 0 => {
                break;
            }
            Ok(Measured { report, recorded }) => {
                if let Err(error) = recorded {
                    print_stderr(format_args!("cannot write --series or --hdr: {error}"));
                    is_recorded = false;
                }
                if args.repeat > 1 {
                    print_stderr(summarize(nth + 1, args.repeat, &report));
                }
                runs.push(report);
            }
            Err(error) if runs.is_empty() => return error.exit_status(&plan),
            // Report the runs before the error.
            Err(error) => {
                print_stderr(format_args!("run {} of {}: {error}", nth + 1, args.repeat));
                break;
            }
        }
        if runs.iter().any(|run| run.interrupted || run.gave_up) {
            break;
        }
    }
    let is_complete = runs.len() == args.repeat as usize;
    let status = judge_runs(&args.expect, &runs);
    let mut report = Report::from_runs(runs).expect("without a first run, `run` has returned");
    report.interrupted |= !is_complete && interrupt.is_set();
    let text = render_repeats(&report.runs) + &table::render(&plan, &report, &args.percentiles);
    if json.is_some() {
        add_histograms(&mut report);
    }
    if let Err(error) = super::json::write_out(json, &report, &text) {
        return fail(FAILED, error);
    }
    match status {
        _ if !is_complete && interrupt.is_set() => ExitCode::from(INTERRUPTED),
        0 if !is_complete => ExitCode::from(GAVE_UP),
        0 if !is_recorded => ExitCode::from(FAILED),
        status => ExitCode::from(status),
    }
}

/// Formats one of several runs as a line.
fn summarize(nth: u32, all: u32, run: &Report) -> String {
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

/// Renders the spread of several runs, without interrupted ones; empty for fewer than two.
fn render_repeats(runs: &[Report]) -> String {
    let complete: Vec<Report> = runs.iter().filter(|run| !run.interrupted).cloned().collect();
    match complete.len() {
        0 | 1 => String::new(),
        count => format!(
            "{count} runs: median (min..max)\n\n{}\nthe run with the median rate:\n\n",
            comparison::render_spreads(&complete)
        ),
    }
}

/// Judges each run and returns the exit status of all.
fn judge_runs(expectations: &[Expectation], runs: &[Report]) -> u8 {
    let prefix = |nth: usize| match runs.len() {
        1 => String::new(),
        all => format!("run {} of {all}: ", nth + 1),
    };
    let statuses: Vec<u8> = runs
        .iter()
        .enumerate()
        .map(|(nth, run)| judge_run(expectations, run, &prefix(nth)))
        .collect();
    // In order of precedence: an interrupted run cannot meet an expectation.
    let mut order = [INTERRUPTED, FAILED, GAVE_UP].into_iter();
    order.find(|status| statuses.contains(status)).unwrap_or(0)
}

/// Prints the failures of one run and returns its exit status.
fn judge_run(expectations: &[Expectation], run: &Report, prefix: &str) -> u8 {
    let failed = expectations.iter().filter_map(|expectation| expectation.check(run).err());
    let differences = run.reconciled.iter().flat_map(|books| books.differences.iter().cloned());
    let failed: Vec<_> = failed.chain(differences).collect();
    for failure in &failed {
        print_stderr(format_args!("{prefix}{failure}"));
    }
    if run.gave_up {
        // The first remark says so.
        run.remarks.iter().take(1).for_each(|remark| print_stderr(format!("{prefix}{remark}")));
    }
    let only_errors = run.sent > 0 && run.errors.total == run.sent;
    match () {
        () if run.interrupted => INTERRUPTED,
        () if !failed.is_empty() => FAILED,
        () if run.gave_up => GAVE_UP,
        // Expectations may allow a run of errors only; without any it is a failure.
        () if only_errors && expectations.is_empty() => {
            print_stderr(format_args!("{prefix}every request ended in an error"));
            GAVE_UP
        }
        () => 0,
    }
}
