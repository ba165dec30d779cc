//! Abuse tests: experiments that treat stage 10 badly and judge whether it stays within its limits.
//!
//! They are listed apart from the course's experiments and run by `scripts/abuse`. Times are
//! judged, so run them in release, on an idle machine.

mod crowd;
mod events;
mod honest;
mod idle;
mod limits;
mod overload;
mod resets;
mod signals;
mod slow;
mod state;
mod stopping;

use crate::experiments::figure::{Figure, Unit};
use crate::experiments::trial::Trial;
use crate::experiments::{Experiment, Failure};
use harness::server::Exit;
use std::error::Error;
use std::time::Duration;

/// Returns every abuse test.
#[must_use]
pub fn all() -> Vec<Experiment> {
    [
        slow::all(),
        idle::all(),
        limits::all(),
        overload::all(),
        events::all(),
        resets::all(),
        stopping::all(),
        signals::all(),
        state::all(),
    ]
    .concat()
}

/// Creates a figure for a number of things.
fn count(id: impl Into<String>, what: impl Into<String>) -> Figure {
    Figure::new(id, what, Unit::Count)
}

/// Creates a figure for a yes or no that has to be yes.
fn yes(id: impl Into<String>, what: impl Into<String>) -> Figure {
    Figure::new(id, what, Unit::YesNo).exactly(1.0)
}

/// Creates a figure for a time in milliseconds.
fn time(id: impl Into<String>, what: impl Into<String>) -> Figure {
    Figure::new(id, what, Unit::Milliseconds)
}

/// Creates a figure for the growth of memory over a run, from its second to its last tenth.
fn growth() -> Figure {
    let what = "resident memory, last tenth to second tenth";
    Figure::new("growth", what, Unit::MemoryTimes).at_most(1.05)
}

/// Creates a figure for the resident memory of the server, which is not judged.
fn resident() -> Figure {
    Figure::new("resident", "resident memory", Unit::Megabytes)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Records a figure of the server's last line; NaN, which fails, when there is none.
fn record_last(trial: &mut Trial<'_>, id: &str, exit: &Exit, name: &str) {
    trial.record(id, exit.figure(name).map_or(f64::NAN, |figure| figure as f64));
}

/// Converts an error of the harness, which need not be `Send`.
fn failure(error: Box<dyn Error>) -> Failure {
    error.to_string().into()
}
