//! Runs a plan, shows its progress, and reconciles the report with the server's metrics on request.

use super::record::{RecordArgs, Recording};
use super::signals::Interrupt;
use super::watch::Watch;
use super::{FAILED, UNREACHABLE, fail, refuse};
use load::metrics::{self, MetricsError};
use load::reconcile::Reconciled;
use load::server::redact;
use load::{self, Plan, Report, RunError};
use std::io;
use std::process::ExitCode;

/// Errors that leave no report.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    #[error("{0}")]
    Record(String),
}

/// A report, and whether the records of the run could be written.
pub struct Measured {
    pub report: Report,
    pub recorded: io::Result<()>,
}

/// Runs a plan.
pub fn measure(
    plan: &Plan,
    interrupt: &Interrupt,
    reconcile: bool,
    watch: &Watch,
    record: &RecordArgs,
) -> Result<Measured, MeasureError> {
    let before = reconcile.then(|| metrics::read(&plan.url)).transpose()?;
    let live = interrupt.begin_run();
    let display = watch.start(plan, &live);
    let recording = record.start(&live, plan.is_open()).map_err(MeasureError::Record)?;
    let result = load::run(plan, &live);
    let recorded = recording.map_or(Ok(()), Recording::finish);
    display.finish();
    let mut report = result?;
    if let Some(before) = before {
        report.reconciled = Some(match metrics::read(&plan.url) {
            Ok(after) => Reconciled::new(&report, before, after),
            // Keep the report of the run.
            Err(error) => Reconciled {
                before,
                differences: vec![format!("cannot read the metrics after the run: {error}")],
                ..Reconciled::default()
            },
        });
    }
    Ok(Measured { report, recorded })
}

impl MeasureError {
    /// Prints the error and returns its exit status. An invalid argument ends the process.
    pub fn exit_status(self, plan: &Plan) -> ExitCode {
        match self {
            Self::Run(RunError::Plan(refusal)) => refuse(refusal),
            Self::Run(RunError::Descriptors(refusal)) => refuse(refusal),
            Self::Metrics(MetricsError::Url(refusal)) => refuse(refusal),
            Self::Run(RunError::Unreachable(_)) | Self::Metrics(MetricsError::Unreachable(_)) => {
                fail(UNREACHABLE, format_args!("{self}; is the stage running? cargo run -p stageN"))
            }
            Self::Run(RunError::Client(_) | RunError::Runtime(_)) => {
                fail(FAILED, format_args!("{self} (for {})", redact(&plan.url)))
            }
            Self::Record(refusal) => refuse(refusal),
            Self::Metrics(_) => fail(FAILED, self),
        }
    }
}
