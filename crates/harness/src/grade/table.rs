//! The checks that need control over the server, with a file for each topic.

#[cfg(unix)]
mod atomic;
mod bounds;
#[cfg(unix)]
mod closing;
mod counts;
#[cfg(unix)]
mod drain;
#[cfg(unix)]
mod draining;
mod isolation;
mod metrics;
mod queue;
mod start;
#[cfg(unix)]
mod state;
mod work;

use super::Check;
#[cfg(unix)]
use super::Subject;
#[cfg(unix)]
use crate::server::{Exit, Server, Signal};
#[cfg(unix)]
use contract::Stop;

/// Returns the check on which all others depend.
pub(super) fn starts() -> Check {
    Check {
        promise: contract::Promise { topic: "start", ..start::starts().promise },
        ..start::starts()
    }
}

/// Returns the checks of a stage, without the first.
pub(super) fn checks(stage: u8) -> Vec<Check> {
    let topics = vec![
        ("start", start::checks()),
        ("work", work::checks()),
        ("counts", counts::checks()),
        ("queue", queue::checks()),
        ("counts", metrics::checks()),
        ("isolation", isolation::checks()),
        ("bounds", bounds::checks()),
        #[cfg(unix)]
        ("shutdown", drain::checks()),
        #[cfg(unix)]
        ("shutdown", closing::checks()),
        #[cfg(unix)]
        ("shutdown", draining::checks()),
        #[cfg(unix)]
        ("state", state::checks()),
        #[cfg(unix)]
        ("state", atomic::checks()),
    ];
    let of_topic = |(topic, checks): (&'static str, Vec<Check>)| {
        checks.into_iter().map(move |check| check.topic(topic))
    };
    let checks = topics.into_iter().flat_map(of_topic);
    checks.filter(|check| check.promise.stages.contains(&stage)).collect()
}

/// Sends a signal, and waits until the server has ended.
#[cfg(unix)]
fn end(subject: &Subject, server: Server, signal: Signal) -> Result<Exit, Stop> {
    let limit = subject.soon();
    server.signal(signal);
    server.wait_for(limit).map_err(|error| Stop::Failed(format!("after {}, {error}", name(signal))))
}

/// Adds the circumstances to a failure.
#[cfg(unix)]
fn when(circumstances: &str, stop: Stop) -> Stop {
    match stop {
        Stop::Failed(got) => Stop::Failed(format!("{circumstances}: {got}")),
        other => other,
    }
}

#[cfg(unix)]
fn name(signal: Signal) -> &'static str {
    match signal {
        Signal::Terminate => "SIGTERM",
        Signal::Interrupt => "SIGINT",
        Signal::Hangup => "SIGHUP",
        Signal::Kill => "SIGKILL",
        Signal::Stop => "SIGSTOP",
        Signal::Continue => "SIGCONT",
    }
}
