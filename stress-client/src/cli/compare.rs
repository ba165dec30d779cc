//! `stress-client compare`: reads the reports of two measurements and tells what changed.

use super::compared;
use super::json::{self, Destination};
use super::{FAILED, fail};
use load::compare::Comparison;
use load::{Report, SCHEMA};
use serde_json::Value;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Exit status when a file is no report, as clap has it for any argument.
const REFUSED: u8 = 2;

const EXIT_STATUSES: &str = "\
Exit status:
    0  compared, whatever the difference
    1  the result could not be written
    2  bad arguments, or a file that is no report";

/// The flags of a comparison.
#[derive(clap::Args)]
#[command(after_help = EXIT_STATUSES)]
pub struct Args {
    /// Reports of `run --json`: one of --repeat, or several one after another, as `>>` leaves them.
    before: PathBuf,
    /// The same, of what is held against them.
    after: PathBuf,
    /// Write the result as JSON, on one line; `-` is standard output, and the table then goes to
    /// standard error.
    #[arg(long, value_name = "FILE|-")]
    json: Option<Destination>,
}

/// Why a file has no reports to be compared.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error("cannot read {0}: {1}")]
    File(String, io::Error),
    #[error("{0} is no JSON: {1}")]
    Json(String, serde_json::Error),
    #[error("{0} is no report of `stress-client run --json`: {1}")]
    Report(String, String),
    #[error(
        "{0} is a report of schema {1}, and this client reads schema {SCHEMA}: take the client that wrote it"
    )]
    Schema(String, u64),
}

/// Reads, compares, and tells.
pub fn run(args: Args) -> ExitCode {
    let (before, after) = match read(&args.before).and_then(|b| Ok((b, read(&args.after)?))) {
        Ok(reports) => reports,
        Err(error) => return fail(REFUSED, error),
    };
    let comparison = match Comparison::of(&before, &after) {
        Ok(comparison) => comparison,
        Err(error) => return fail(REFUSED, error),
    };
    let json = match args.json.map(Destination::open).transpose() {
        Ok(json) => json,
        Err(error) => return fail(REFUSED, error),
    };
    match json::write_out(json, &comparison, &compared::table(&comparison)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(FAILED, error),
    }
}

/// The runs of all the reports in a file, in order.
fn read(file: &Path) -> Result<Vec<Report>, ReadError> {
    let name = file.display().to_string();
    let text = std::fs::read(file).map_err(|error| ReadError::File(name.clone(), error))?;
    let values: Result<Vec<Value>, _> =
        serde_json::Deserializer::from_slice(&text).into_iter().collect();
    let mut runs = Vec::new();
    for value in values.map_err(|error| ReadError::Json(name.clone(), error))? {
        let mut report = report(&name, value)?;
        match std::mem::take(&mut report.runs) {
            repeats if repeats.is_empty() => runs.push(report),
            repeats => runs.extend(repeats),
        }
    }
    if runs.is_empty() {
        return Err(ReadError::Report(name, "it is empty".to_owned()));
    }
    Ok(runs)
}

fn report(name: &str, value: Value) -> Result<Report, ReadError> {
    let none = |why: String| ReadError::Report(name.to_owned(), why);
    // Each field may be missing, as far as its type goes, so that older reports can be read; what
    // was there from the beginning may not.
    for field in ["schema", "sent", "accepted", "rejected", "seconds", "rate", "latency_ms"] {
        if value.get(field).is_none() {
            return Err(none(format!("it has no {field:?}")));
        }
    }
    match value["schema"].as_u64() {
        Some(schema) if schema == u64::from(SCHEMA) => {}
        Some(schema) => return Err(ReadError::Schema(name.to_owned(), schema)),
        None => return Err(none("its \"schema\" is no number".to_owned())),
    }
    serde_json::from_value(value).map_err(|error| none(error.to_string()))
}
