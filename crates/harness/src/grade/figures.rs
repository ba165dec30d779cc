//! The metrics of a server, and its last line.

use super::client::{request, wait_for};
use crate::server::{Exit, Server};
use contract::{Stop, ensure};
use serde_json::Value;

/// The metrics of stages 9 and 10.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub received: u64,
    pub processed: u64,
    pub dropped: u64,
    pub pending: u64,
    pub failed: u64,
    pub lock_wait_ns: u64,
    pub queue_wait_ns: u64,
}

impl Figures {
    /// Asks the server for its metrics.
    pub fn ask(server: &Server) -> Result<Self, Stop> {
        let got = request(server, "POST", "/", r#"{"type":"metrics"}"#)?;
        let json = got.json().filter(|_| got.status == 200);
        let json = json.ok_or_else(|| Stop::Failed(format!("the metrics are {got}")))?;
        let wait = |name| figure(&json, name);
        Ok(Self {
            lock_wait_ns: wait("total_lock_wait_ns")?,
            queue_wait_ns: wait("total_queue_wait_ns")?,
            ..Self::counts(&json)?
        })
    }

    /// Reads the last line of a server that has ended, whose figures have to add up.
    pub fn last_line(exit: &Exit) -> Result<Self, Stop> {
        Self::counts(&Self::last_json(exit)?)
    }

    /// Returns the number of processed and of pending events in the last line. A wrong sum is told
    /// by a check of its own.
    pub fn last_processed(exit: &Exit) -> Result<(u64, u64), Stop> {
        let json = Self::last_json(exit)?;
        Ok((figure(&json, "processed")?, figure(&json, "pending").unwrap_or(0)))
    }

    fn last_json(exit: &Exit) -> Result<Value, Stop> {
        let line = exit.stdout.last().map_or("", String::as_str);
        let json: Option<Value> = serde_json::from_str(line).ok();
        let json = json.filter(Value::is_object).ok_or_else(|| {
            Stop::Failed(match line {
                "" => format!("{}, without a last line with its metrics", told(exit)),
                line => format!("{}, and its last line `{line}` is no JSON object", told(exit)),
            })
        })?;
        Ok(json)
    }

    /// Waits until no event is pending.
    pub fn at_rest(server: &Server) -> Result<Self, Stop> {
        wait_for(server, || {
            let figures = Self::ask(server)?;
            let Self { received, processed, dropped, pending, .. } = figures;
            let waits = format!(
                "{pending} events stay pending, of {received} received, {processed} processed and \
                 {dropped} dropped"
            );
            Ok(if pending == 0 { Ok(figures) } else { Err(waits) })
        })
    }

    fn counts(json: &Value) -> Result<Self, Stop> {
        let figures = Self {
            received: figure(json, "received")?,
            processed: figure(json, "processed")?,
            dropped: figure(json, "dropped")?,
            pending: figure(json, "pending")?,
            failed: json.get("failed").and_then(Value::as_u64).unwrap_or(0),
            ..Self::default()
        };
        let Self { received, processed, dropped, pending, .. } = figures;
        let sum = processed + dropped + pending;
        ensure(
            received == sum,
            format!(
                "received {received}, but processed {processed} + dropped {dropped} + pending \
                 {pending} = {sum}"
            ),
        )?;
        Ok(figures)
    }
}

fn figure(json: &Value, name: &str) -> Result<u64, Stop> {
    let value = json.get(name).ok_or_else(|| Stop::Failed(format!("{json} has no {name}")))?;
    let wrapped = i64::MAX as u64;
    match value.as_u64() {
        Some(count) if count <= wrapped => Ok(count),
        Some(count) => {
            Err(Stop::Failed(format!("{name} has wrapped around below zero: it is {count}")))
        }
        None => Err(Stop::Failed(format!("{name} is {value}, and not a number from 0"))),
    }
}

/// Tells how a process ended, with the beginning and the end of its standard error.
pub(super) fn told(exit: &Exit) -> String {
    let lines: Vec<&str> = exit.stderr.lines().filter(|line| !line.trim().is_empty()).collect();
    let status = match (exit.status.code(), exit.code()) {
        (Some(code), _) => format!("it ended with exit status {code}"),
        (None, Some(code)) => format!("it was ended by signal {}", code - 128),
        (None, None) => "it ended".to_owned(),
    };
    match lines[..] {
        [] => status,
        [line] => format!("{status} and `{line}`"),
        [first, .., last] => format!("{status} and `{first} … {last}`"),
    }
}
