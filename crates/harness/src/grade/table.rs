//! The checks that need control over the server.

use super::{Check, Subject, check};
use contract::Stop;

/// Returns the check on which all others depend.
pub(super) fn starts() -> Check {
    let mut check = check("starts", "Without a server there is nothing to grade.", starts_up);
    check.promise.needs.clear();
    check
        .stages(1..=10)
        .must()
        .describe("start it", "the line `listening on http://127.0.0.1:PORT` on standard output")
}

fn starts_up(subject: &Subject) -> Result<(), Stop> {
    subject.start("")?;
    Ok(())
}

/// Returns the checks of a stage.
pub(super) fn checks(stage: u8) -> Vec<Check> {
    let checks: Vec<Check> = Vec::new();
    checks.into_iter().filter(|check| check.promise.stages.contains(&stage)).collect()
}
