//! `stress-client compare`: compares the reports of two measurements.

use super::comparison;
use super::encoding;
use super::histogram;
use super::json::{self, Destination};
use super::{FAILED, fail};
use hdrhistogram::Histogram;
use load::compare::Comparison;
use load::{Histograms, Report, SCHEMA};
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A file is not a report. The same status as clap's for an invalid argument.
const REFUSED: u8 = 2;

const EXIT_STATUSES: &str = "\
Exit status:
    0  success, whatever the difference
    1  the result could not be written
    2  invalid arguments, or a file that is not a report";

/// The flags of `compare`.
#[derive(clap::Args)]
#[command(after_help = EXIT_STATUSES)]
pub struct Args {
    /// File with the reports before the change: the JSON of one run with --repeat, or of several
    /// runs appended to it.
    before: PathBuf,
    /// File with the reports after the change, in the same form.
    after: PathBuf,
    /// Write the result as one line of JSON to a file; `-` is standard output, and the table goes
    /// to standard error.
    #[arg(long, value_name = "FILE|-")]
    json: Option<Destination>,
}

/// Errors reading the reports of a file.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error("cannot read {0}: {1}")]
    File(String, io::Error),
    #[error("{0} is not JSON: {1}")]
    Json(String, serde_json::Error),
    #[error("{0} is not a report of `stress-client run --json`: {1}")]
    Report(String, String),
    #[error(
        "{0} is a report of schema {1}, and this client reads schema {SCHEMA}: use the client that \
         wrote it"
    )]
    Schema(String, u64),
}

/// Reads the reports, compares them and prints the result.
pub fn run(args: Args) -> ExitCode {
    let (before, after) = match read(&args.before).and_then(|b| Ok((b, read(&args.after)?))) {
        Ok(reports) => reports,
        Err(error) => return fail(REFUSED, error),
    };
    let comparison = match Comparison::new(&before, &after) {
        Ok(comparison) => comparison,
        Err(error) => return fail(REFUSED, error),
    };
    let json = match args.json.map(Destination::open).transpose() {
        Ok(json) => json,
        Err(error) => return fail(REFUSED, error),
    };
    let text = comparison::render(&comparison) + &distributions(&before, &after);
    match json::write_out(json, &comparison, &text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(FAILED, error),
    }
}

/// Selects the histogram of an outcome.
type Outcome = fn(&Histograms) -> &Option<String>;

/// Renders the distributions of both sides, each merged from all its runs.
fn distributions(before: &[Report], after: &[Report]) -> String {
    let outcomes: [(&str, Outcome); 3] = [
        ("accepted", |all| &all.accepted),
        ("rejected", |all| &all.rejected),
        ("errors", |all| &all.error),
    ];
    for (name, runs) in [("before", before), ("after", after)] {
        if runs.iter().any(|run| run.histograms.is_none()) {
            return format!(
                "\nno distributions: the reports {name} the change have no histograms\n"
            );
        }
    }
    let kind = |run: &Report| if run.service_ms.is_some() { "response" } else { "service" };
    let kind = before.first().map_or("service", kind);
    let mut text = String::new();
    for (name, pick) in outcomes {
        if let (Some(before), Some(after)) = (merge(before, pick), merge(after, pick)) {
            let lines = histogram::side_by_side(&before, &after).join("\n");
            text += &format!("\n{name}, {kind} time up to: before, after\n{lines}\n");
        }
    }
    text
}

/// Merges the histograms of all runs; `None` without any.
fn merge(runs: &[Report], pick: Outcome) -> Option<Histogram<u64>> {
    let texts = runs.iter().filter_map(|run| pick(run.histograms.as_ref()?).as_deref());
    let mut histograms = texts.filter_map(encoding::decode);
    let mut sum = histograms.next()?;
    for histogram in histograms {
        sum.add(&histogram).ok()?;
    }
    Some(sum)
}

/// Reads the runs of all the reports in a file, in order.
fn read(file: &Path) -> Result<Vec<Report>, ReadError> {
    let name = file.display().to_string();
    let text = std::fs::read(file).map_err(|error| ReadError::File(name.clone(), error))?;
    let values: Result<Vec<Value>, _> =
        serde_json::Deserializer::from_slice(&text).into_iter().collect();
    let mut runs = Vec::new();
    for value in values.map_err(|error| ReadError::Json(name.clone(), error))? {
        let mut report = parse_report(&name, value)?;
        match std::mem::take(&mut report.runs) {
            repeats if repeats.is_empty() => runs.push(report),
            repeats => runs.extend(repeats),
        }
    }
    if runs.is_empty() {
        return Err(ReadError::Report(name, "the file is empty".to_owned()));
    }
    Ok(runs)
}

fn parse_report(name: &str, value: Value) -> Result<Report, ReadError> {
    let invalid = |why: String| ReadError::Report(name.to_owned(), why);
    // Serde fills in any missing field, so that older reports can be read. These fields have always
    // been there.
    for field in ["schema", "sent", "accepted", "rejected", "seconds", "rate", "latency_ms"] {
        if value.get(field).is_none() {
            return Err(invalid(format!("it has no {field:?}")));
        }
    }
    match value["schema"].as_u64() {
        Some(schema) if schema == u64::from(SCHEMA) => {}
        Some(schema) => return Err(ReadError::Schema(name.to_owned(), schema)),
        None => return Err(invalid("its \"schema\" is not a number".to_owned())),
    }
    serde_json::from_value(value).map_err(|error| invalid(error.to_string()))
}
