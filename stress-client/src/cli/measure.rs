//! One run, looked on at while it lasts, with the server's word on it if that is asked for.

use super::signals::Running;
use super::watch::Watch;
use super::{FAILED, UNREACHABLE, fail, refuse};
use load::metrics::{self, MetricsError};
use load::reconcile::Reconciled;
use load::server::shown;
use load::{self, Plan, Report, RunError};
use std::process::ExitCode;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Metrics(#[from] MetricsError),
}

/// Runs a plan.
pub fn measure(
    plan: &Plan,
    running: &Running,
    reconcile: bool,
    watch: &Watch,
) -> Result<Report, Trouble> {
    let before = reconcile.then(|| metrics::read(&plan.url)).transpose()?;
    let live = running.begin();
    let watching = watch.start(plan, &live);
    let result = load::run(plan, &live);
    watching.finish();
    let mut report = result?;
    if let Some(before) = before {
        report.reconciled = Some(match metrics::read(&plan.url) {
            Ok(after) => Reconciled::of(&report, before, after),
            // The report of the run is worth having all the same.
            Err(error) => Reconciled {
                before,
                differences: vec![format!("the server's counts after the run: {error}")],
                ..Reconciled::default()
            },
        });
    }
    Ok(report)
}

impl Trouble {
    /// Says why nothing was sent.
    pub fn end(self, plan: &Plan) -> ExitCode {
        match self {
            Self::Run(RunError::Plan(refusal)) => refuse(refusal),
            Self::Run(RunError::Descriptors(refusal)) => refuse(refusal),
            Self::Metrics(MetricsError::Url(refusal)) => refuse(refusal),
            Self::Run(RunError::Unreachable(_)) | Self::Metrics(MetricsError::Unreachable(_)) => {
                fail(UNREACHABLE, format_args!("{self}; is the stage running? cargo run -p stageN"))
            }
            Self::Run(RunError::Client(_) | RunError::Runtime(_)) => {
                fail(FAILED, format_args!("{self} (for {})", shown(&plan.url)))
            }
            Self::Metrics(_) => fail(FAILED, self),
        }
    }
}
