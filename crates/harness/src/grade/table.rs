//! The checks that need control over the server, with a file for each topic.

mod bounds;
mod counts;
mod isolation;
mod metrics;
mod queue;
mod start;
mod work;

use super::{Check, Subject};
use crate::server::{Exit, Server, Signal};
use contract::Stop;

/// Returns the check on which all others depend.
pub(super) fn starts() -> Check {
    Check { promise: contract::Promise { topic: "start", ..start::starts().promise }, ..start::starts() }
}

/// Returns the checks of a stage, without the first.
pub(super) fn checks(stage: u8) -> Vec<Check> {
    let topics = [
        ("start", start::checks()),
        ("work", work::checks()),
        ("counts", counts::checks()),
        ("queue", queue::checks()),
        ("counts", metrics::checks()),
        ("isolation", isolation::checks()),
        ("bounds", bounds::checks()),
    ];
    let of_topic = |(topic, checks): (&'static str, Vec<Check>)| {
        checks.into_iter().map(move |check| check.topic(topic))
    };
    let checks = topics.into_iter().flat_map(of_topic);
    checks.filter(|check| check.promise.stages.contains(&stage)).collect()
}

/// Sends a signal, and waits until the server has ended.
fn end(subject: &Subject, server: Server, signal: Signal) -> Result<Exit, Stop> {
    let limit = subject.soon();
    server.signal(signal);
    server.wait_for(limit).map_err(|error| Stop::Failed(format!("after {}, {error}", name(signal))))
}

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
