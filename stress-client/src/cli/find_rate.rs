//! `stress-client find-rate`: the highest rate that keeps an objective.

use super::json::{self, Destination};
use super::load::{Load, percent};
use super::measure::{Trouble, measure};
use super::signals::{self, Running};
use super::table::exact;
use super::watch::Watch;
use super::{FAILED, GAVE_UP, INTERRUPTED, fail, refuse, tell};
use load::duration;
use load::expect::{Expectation, ExpectationError};
use load::find_rate::{Found, Probe, SCHEMA, Search};
use load::metrics::{self, MetricsError};
use load::{LimitedBy, Plan};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// A server that is not at rest by then is tried all the same, and the probe says that it was busy.
const REST_MAX: Duration = Duration::from_secs(120);
/// How long a server that cannot say when it is at rest is left alone.
const REST_MIN: Duration = Duration::from_secs(2);
const TICK: Duration = Duration::from_millis(50);

/// The flags of a search.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    load: Load,
    /// The objective, in the words of --expect: 'accepted.p99<50ms,rejected<1%'.
    #[arg(long, value_name = "EXPECTATIONS", value_parser = objective, required = true)]
    slo: Objective,
    /// The rate to begin with, in requests a second.
    #[arg(long, value_name = "RATE", default_value_t = 10.0)]
    from: f64,
    /// The highest rate to try.
    #[arg(long, value_name = "RATE", default_value_t = 1e6)]
    to: f64,
    /// How long each rate is tried. A queue hides an overload for as long as it takes to fill.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "3s")]
    probe: Duration,
    /// How close the highest rate that passes and the lowest that fails have to come.
    #[arg(long, value_name = "PERCENT", value_parser = percent, default_value = "5%")]
    precision: f64,
    /// How long to wait between two probes; with metrics, until nothing is pending as well.
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "500ms")]
    pause: Duration,
    /// Write the search as JSON, on one line; `-` is standard output, and the table then goes to
    /// standard error.
    #[arg(long, value_name = "FILE|-")]
    json: Option<Destination>,
}

#[derive(Debug, Clone)]
struct Objective(String, Vec<Expectation>);

fn objective(text: &str) -> Result<Objective, ExpectationError> {
    Ok(Objective(text.to_owned(), Expectation::list(text)?))
}

/// Searches, and tells.
pub fn run(args: Args) -> ExitCode {
    let plan = Plan { duration: Some(args.probe), rate: Some(args.from), ..args.load.plan() };
    for plan in [plan.check(), Plan { rate: Some(args.to), ..plan.clone() }.check()] {
        plan.unwrap_or_else(|refusal| refuse(refusal));
    }
    if args.precision <= 0.0 || args.precision > 1.0 {
        refuse("the precision must lie above 0% and not above 100%");
    }
    let json = match args.json.clone().map(Destination::open).transpose() {
        Ok(json) => json,
        Err(error) => refuse(error),
    };
    let running = signals::stop_on_signal();
    let has_metrics = match metrics::read(&plan.url) {
        Ok(_) => true,
        Err(MetricsError::None(_)) => false,
        Err(error) => return Trouble::from(error).end(&plan),
    };
    let (search, probes, trouble) = search(&args, &plan, &running, has_metrics);
    let ended = match trouble {
        Some(trouble) if probes.is_empty() => return trouble.end(&plan),
        // The rates tried before are worth having.
        Some(trouble) => Some(format!("could not go on ({trouble})")),
        None => (running.is_interrupted() && search.next().is_some())
            .then(|| "was interrupted".to_owned()),
    };
    let found = Found {
        schema: SCHEMA,
        slo: args.slo.0,
        rate: search.passed(),
        broken_at: search.failed(),
        interrupted: running.is_interrupted(),
        why: why(&search, &probes, args.probe, has_metrics, ended.as_deref()),
        probes,
    };
    if let Err(error) = json::write_out(json, &found, &words(&found)) {
        return fail(FAILED, error);
    }
    match found.rate {
        _ if running.is_interrupted() => ExitCode::from(INTERRUPTED),
        _ if ended.is_some() => ExitCode::from(GAVE_UP),
        Some(_) => ExitCode::SUCCESS,
        None => ExitCode::from(FAILED),
    }
}

/// Tries one rate after the other, until the search is over or a signal ends it.
///
/// A run that could not be made ends it too; the rates tried before it are returned all the same.
fn search(
    args: &Args,
    plan: &Plan,
    running: &Running,
    has_metrics: bool,
) -> (Search, Vec<Probe>, Option<Trouble>) {
    let mut search = Search::new(args.from, args.to, args.precision);
    let mut probes = Vec::new();
    let mut busy_since = None;
    while let Some(rate) = search.next() {
        let plan = Plan { rate: Some(rate), ..plan.clone() };
        let report = match measure(&plan, running, false, &Watch::default()) {
            Ok(report) => report,
            Err(trouble) => return (search, probes, Some(trouble)),
        };
        if running.is_interrupted() {
            break;
        }
        let metrics = has_metrics.then(|| metrics::read(&plan.url)).transpose();
        let busy_before = report.busy_before;
        let pending = metrics.as_ref().ok().copied().flatten().map(|metrics| metrics.pending);
        let mut probe = Probe::new(rate, &args.slo.1, pending, report);
        // A queue that cannot be seen may have grown.
        probe.broken.extend(metrics.err().map(|error| error.to_string()));
        tell(line(&probe));
        // A server that was still busy with the probe before this one has not been tried.
        if busy_before && busy_since.get_or_insert_with(Instant::now).elapsed() < REST_MAX {
            tell("       the server was still busy with what came before: once more, later");
            running.wait(args.pause.max(REST_MIN));
        } else {
            busy_since = None;
            search.judge(probe.passed());
            probes.push(probe);
            running.wait(args.pause);
        }
        if has_metrics {
            rest(&plan.url, running);
        }
    }
    (search, probes, None)
}

/// Waits until nothing is pending.
fn rest(url: &str, running: &Running) {
    let begin = Instant::now();
    while begin.elapsed() < REST_MAX
        && !running.is_interrupted()
        && metrics::read(url).is_ok_and(|metrics| metrics.pending > 0)
    {
        running.wait(TICK);
    }
}

fn line(probe: &Probe) -> String {
    let verdict = if probe.passed() { "kept".to_owned() } else { probe.broken.join("; ") };
    format!("{:>10}/s  {verdict}", exact(probe.rate))
}

fn why(
    search: &Search,
    probes: &[Probe],
    probe_time: Duration,
    has_metrics: bool,
    ended: Option<&str>,
) -> String {
    let last_failed = probes.iter().rev().find(|probe| !probe.passed());
    let mut why = match (ended, search.passed(), search.failed(), last_failed) {
        (Some(ended), ..) => format!("the search {ended}, so a higher rate may keep it, too"),
        (_, Some(_), None, _) => "the highest rate that was to be tried kept it".to_owned(),
        (_, _, Some(rate), Some(probe)) => {
            let at = probes.iter().rev().find(|it| it.rate == rate && !it.passed());
            let probe = at.unwrap_or(probe);
            let held = match probe.report.limit.by {
                LimitedBy::Client => ". It was this client that could do no more: the server may",
                LimitedBy::Machine => {
                    ". Client and server took all of the machine: on one of its own the server may keep more"
                }
                _ => "",
            };
            format!("at {} a second it was broken: {}{held}", exact(rate), probe.broken.join("; "))
        }
        _ => "the search was ended before it had found anything".to_owned(),
    };
    if !has_metrics {
        let time = humantime::format_duration(probe_time);
        why += &format!(
            ". The server has no metrics, so whether its queue grew cannot be seen: a {time} probe may \
             only fill the queue; use a longer --probe to see the overload"
        );
    }
    why
}

fn words(found: &Found) -> String {
    let mut words =
        String::from("      rate     accepted    rejected      errors    accepted p99 in ms\n");
    for probe in &found.probes {
        let report = &probe.report;
        let p99 =
            report.latency_ms.accepted.map_or_else(String::new, |it| format!("{:.2}", it.p99));
        let verdict = if probe.passed() { "kept" } else { "broken" };
        words += &format!(
            "{:>10}  {:>10}  {:>10}  {:>10}    {p99:>10}  {verdict}\n",
            exact(probe.rate),
            report.accepted,
            report.rejected,
            report.errors.total
        );
    }
    words += &match found.rate {
        Some(rate) => format!("\n{} is kept up to {} requests a second: ", found.slo, exact(rate)),
        None => format!("\n{} is not kept at any rate that was tried: ", found.slo),
    };
    words + &found.why + "\n"
}
