//! `stress-client find-rate`: searches for the highest rate that meets an objective.

use super::json::{self, Destination};
use super::load::{LoadArgs, parse_percent};
use super::measure::{MeasureError, measure};
use super::record::RecordArgs;
use super::signals::{self, Interrupt};
use super::table::exact;
use super::watch::Watch;
use super::{FAILED, GAVE_UP, INTERRUPTED, fail, print_stderr, refuse};
use load::duration;
use load::expect::{Expectation, ExpectationError};
use load::find_rate::{Found, Probe, SCHEMA, Search};
use load::metrics::{self, MetricsError};
use load::{LimitedBy, Plan};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The longest wait for a server to become idle. After it the next probe runs regardless, and its
/// report says that the server was busy.
const IDLE_WAIT_MAX: Duration = Duration::from_secs(120);
/// The shortest pause before a probe that found the server busy is repeated.
const IDLE_WAIT_MIN: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_millis(50);

/// The flags of `find-rate`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    load: LoadArgs,
    /// The objective: one or more expectations as in `run --expect`, separated by commas, such as
    /// 'accepted.p99<50ms,rejected<1%'.
    #[arg(long, value_name = "EXPECTATIONS", value_parser = parse_objective, required = true)]
    slo: Objective,
    /// First rate to try, in requests per second.
    #[arg(long, value_name = "RATE", default_value_t = 10.0)]
    from: f64,
    /// Highest rate to try, in requests per second.
    #[arg(long, value_name = "RATE", default_value_t = 1e6)]
    to: f64,
    /// Duration of each probe. A queue hides an overload for as long as it takes to fill.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "3s")]
    probe: Duration,
    /// Stop when the lowest rate that failed is within this of the highest that passed.
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent, default_value = "5%")]
    precision: f64,
    /// Pause between two probes; if the server has metrics, also wait until no event is pending.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "500ms")]
    pause: Duration,
    /// Write the result as one line of JSON to a file; `-` is standard output, and the table goes
    /// to standard error.
    #[arg(long, value_name = "FILE|-")]
    json: Option<Destination>,
}

#[derive(Debug, Clone)]
struct Objective(String, Vec<Expectation>);

fn parse_objective(text: &str) -> Result<Objective, ExpectationError> {
    Ok(Objective(text.to_owned(), Expectation::list(text)?))
}

/// Runs the search and prints the result.
pub fn run(args: Args) -> ExitCode {
    let plan = Plan { duration: Some(args.probe), rate: Some(args.from), ..args.load.plan() };
    for plan in [plan.check(), Plan { rate: Some(args.to), ..plan.clone() }.check()] {
        plan.unwrap_or_else(|refusal| refuse(refusal));
    }
    if args.precision <= 0.0 || args.precision > 1.0 {
        refuse("the precision must be above 0% and at most 100%");
    }
    let json = match args.json.clone().map(Destination::open).transpose() {
        Ok(json) => json,
        Err(error) => refuse(error),
    };
    let interrupt = signals::install_handlers();
    let has_metrics = match metrics::read(&plan.url) {
        Ok(_) => true,
        Err(MetricsError::None(_)) => false,
        Err(error) => return MeasureError::from(error).exit_status(&plan),
    };
    let (search, probes, error) = search(&args, &plan, &interrupt, has_metrics);
    let ended = match error {
        Some(error) if probes.is_empty() => return error.exit_status(&plan),
        // Report the rates tried before the error.
        Some(error) => Some(format!("failed ({error})")),
        None => {
            (interrupt.is_set() && search.next().is_some()).then(|| "was interrupted".to_owned())
        }
    };
    let found = Found {
        schema: SCHEMA,
        slo: args.slo.0,
        rate: search.passed(),
        broken_at: search.failed(),
        interrupted: interrupt.is_set(),
        why: explain(&search, &probes, args.probe, has_metrics, ended.as_deref()),
        probes,
    };
    if let Err(error) = json::write_out(json, &found, &render(&found)) {
        return fail(FAILED, error);
    }
    match found.rate {
        _ if interrupt.is_set() => ExitCode::from(INTERRUPTED),
        _ if ended.is_some() => ExitCode::from(GAVE_UP),
        Some(_) => ExitCode::SUCCESS,
        None => ExitCode::from(FAILED),
    }
}

/// Tries one rate after another, until the search is over, a signal comes or a run fails.
///
/// The rates tried until then are returned in each case.
fn search(
    args: &Args,
    plan: &Plan,
    interrupt: &Interrupt,
    has_metrics: bool,
) -> (Search, Vec<Probe>, Option<MeasureError>) {
    let mut search = Search::new(args.from, args.to, args.precision);
    let mut probes = Vec::new();
    let mut busy_since = None;
    while let Some(rate) = search.next() {
        let plan = Plan { rate: Some(rate), ..plan.clone() };
        let report =
            match measure(&plan, interrupt, false, &Watch::default(), &RecordArgs::default())
                .map(|measured| measured.report)
            {
                Ok(report) => report,
                Err(error) => return (search, probes, Some(error)),
            };
        if interrupt.is_set() {
            break;
        }
        let metrics = has_metrics.then(|| metrics::read(&plan.url)).transpose();
        let busy_before = report.busy_before;
        let pending = metrics.as_ref().ok().copied().flatten().map(|metrics| metrics.pending);
        let mut probe = Probe::new(rate, &args.slo.1, pending, report);
        // Without metrics the queue may have grown.
        probe.broken.extend(metrics.err().map(|error| error.to_string()));
        print_stderr(describe(&probe));
        // A probe of a server that is still busy with the previous one says nothing about its rate.
        if busy_before && busy_since.get_or_insert_with(Instant::now).elapsed() < IDLE_WAIT_MAX {
            print_stderr(
                "       the server was still busy with earlier requests: repeating the probe",
            );
            interrupt.wait(args.pause.max(IDLE_WAIT_MIN));
        } else {
            busy_since = None;
            search.judge(probe.passed());
            probes.push(probe);
            interrupt.wait(args.pause);
        }
        if has_metrics {
            wait_until_idle(&plan.url, interrupt);
        }
    }
    (search, probes, None)
}

/// Waits until the server has no pending event.
fn wait_until_idle(url: &str, interrupt: &Interrupt) {
    let begin = Instant::now();
    while begin.elapsed() < IDLE_WAIT_MAX
        && !interrupt.is_set()
        && metrics::read(url).is_ok_and(|metrics| metrics.pending > 0)
    {
        interrupt.wait(TICK);
    }
}

fn describe(probe: &Probe) -> String {
    let verdict = if probe.passed() { "kept".to_owned() } else { probe.broken.join("; ") };
    format!("{:>10}/s  {verdict}", exact(probe.rate))
}

/// Explains why the result is not a higher rate.
fn explain(
    search: &Search,
    probes: &[Probe],
    probe_time: Duration,
    has_metrics: bool,
    ended: Option<&str>,
) -> String {
    let last_failed = probes.iter().rev().find(|probe| !probe.passed());
    let mut why = match (ended, search.passed(), search.failed(), last_failed) {
        (Some(ended), ..) => format!("the search {ended}; a higher rate may also pass"),
        (_, Some(_), None, _) => "the highest rate to try (--to) passed".to_owned(),
        (_, _, Some(rate), Some(last)) => {
            let at_rate = probes.iter().rev().find(|probe| probe.rate == rate && !probe.passed());
            let probe = at_rate.unwrap_or(last);
            let limit = match probe.report.limit.by {
                LimitedBy::Client => {
                    ". The client was the limit; the server may keep a higher rate"
                }
                LimitedBy::Machine => {
                    ". Client and server used all of the machine; on its own machine the server may \
                     keep a higher rate"
                }
                _ => "",
            };
            format!("at {} a second it was broken: {}{limit}", exact(rate), probe.broken.join("; "))
        }
        _ => "the search ended before the first result".to_owned(),
    };
    if !has_metrics {
        let time = humantime::format_duration(probe_time);
        why += &format!(
            ". The server has no metrics to show whether its queue grew: a {time} probe may only fill \
             the queue; use a longer --probe to see the overload"
        );
    }
    why
}

fn render(found: &Found) -> String {
    let mut text =
        String::from("      rate     accepted    rejected      errors    accepted p99 in ms\n");
    for probe in &found.probes {
        let report = &probe.report;
        let p99 = report
            .latency_ms
            .accepted
            .map_or_else(String::new, |times| format!("{:.2}", times.p99));
        let verdict = if probe.passed() { "kept" } else { "broken" };
        text += &format!(
            "{:>10}  {:>10}  {:>10}  {:>10}    {p99:>10}  {verdict}\n",
            exact(probe.rate),
            report.accepted,
            report.rejected,
            report.errors.total
        );
    }
    text += &match found.rate {
        Some(rate) => format!("\n{} is kept up to {} requests a second: ", found.slo, exact(rate)),
        None => format!("\n{} is not kept at any rate tried: ", found.slo),
    };
    text + &found.why + "\n"
}
