//! What a run is to send, and how.

use super::events::{Events, EventsError};
use super::pacer::Pacer;
use super::retry::{Retry, RetryPace};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// No time of a run is longer, so that each ends at an instant that the clock can tell.
const TIME_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A run to be made. The defaults are the documented run: 5,000 requests over 200 connections.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The server, `http://` and a host; a path is kept.
    pub url: String,
    /// How many requests to send; `None` for as many as fit into `duration`.
    pub requests: Option<u64>,
    /// How many connections: a closed loop keeps all of them busy, an open loop opens at most
    /// these.
    pub concurrency: u64,
    /// What the requests say.
    pub events: Events,
    /// When to stop sending, if `requests` are not sent before; from the end of the warm-up.
    pub duration: Option<Duration>,
    /// Requests a second, sent when they are due whatever the server does (an open loop). `None`
    /// sends as fast as answers come (a closed loop).
    pub rate: Option<f64>,
    /// How long the load grows: an open loop's rate from nothing, a closed loop's connections one
    /// after another.
    pub ramp: Duration,
    /// How long requests are sent before they count, over and above `requests` and `duration`.
    pub warmup: Duration,
    /// What is sent once more.
    pub retry: Retry,
    /// After so many errors with no answer in between the run ends; 0 for never.
    pub errors_in_a_row: u64,
    /// What the connections are made of.
    pub engine: Engine,
    /// The time that one request has, from its connect to the last byte of its answer.
    pub timeout: Duration,
    /// Whether the server is to echo (stages 1 and 2) rather than to accept events.
    pub echo: bool,
}

/// What the connections are made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// One `reqwest::Client` a connection.
    #[default]
    Reqwest,
    /// hyper's connections, with nothing around them.
    Hyper,
}

/// What was asked for, as a report repeats it: what has to be the same for two to be compared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Asked {
    /// The server.
    pub url: String,
    /// How many requests; `null` for as many as fit.
    pub requests: Option<u64>,
    /// How many connections at most.
    pub concurrency: u64,
    /// How long to send, in seconds; `null` without a limit.
    pub duration: Option<f64>,
    /// Requests a second; `null` for a closed loop.
    pub rate: Option<f64>,
    /// How long the load grew, in seconds.
    pub ramp: f64,
    /// How long it was sent before it counted, in seconds.
    pub warmup: f64,
    /// The time that a request had, in seconds.
    pub timeout: f64,
    /// How many users there were.
    pub users: u64,
    /// How they were chosen: `in-turn`, `uniform`, or `zipf:` and the exponent.
    pub choice: String,
    /// The least and the greatest amount.
    pub amounts: [i64; 2],
    /// The actions.
    pub actions: Vec<String>,
    /// The share of requests that were made to be refused, from 0 to 1.
    pub invalid: f64,
    /// Where the random numbers began.
    pub seed: u64,
    /// How many bodies there were to be sent as they are; `null` when they were made.
    pub bodies: Option<u64>,
    /// What was sent once more: `none`, `at-once` or `backoff`.
    pub retry: String,
    /// How often an event was sent at most.
    pub attempts: u32,
    /// After how many errors in a row the run was to end; 0 for never.
    pub errors_in_a_row: u64,
    /// What the connections were made of.
    pub engine: Engine,
    /// Whether the server was to echo rather than to accept events.
    pub echo: bool,
}

impl Asked {
    pub(crate) fn of(plan: &Plan) -> Self {
        let events = &plan.events;
        Self {
            url: crate::server::shown(&plan.url),
            requests: plan.requests,
            concurrency: plan.concurrency,
            duration: plan.duration.map(|duration| duration.as_secs_f64()),
            rate: plan.rate,
            ramp: plan.ramp.as_secs_f64(),
            warmup: plan.warmup.as_secs_f64(),
            timeout: plan.timeout.as_secs_f64(),
            users: events.users,
            choice: events.choice.to_string(),
            amounts: [*events.amounts.start(), *events.amounts.end()],
            actions: events.actions.clone(),
            invalid: events.invalid,
            seed: events.seed,
            bodies: events.bodies.as_ref().map(|bodies| bodies.len() as u64),
            retry: plan.retry.pace.to_string(),
            attempts: match plan.retry.pace {
                RetryPace::None => 1,
                _ => plan.retry.attempts,
            },
            errors_in_a_row: plan.errors_in_a_row,
            engine: plan.engine,
            echo: plan.echo,
        }
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:8080".to_owned(),
            requests: Some(5000),
            concurrency: 200,
            events: Events::default(),
            duration: None,
            rate: None,
            ramp: Duration::ZERO,
            warmup: Duration::ZERO,
            retry: Retry::default(),
            errors_in_a_row: 1000,
            engine: Engine::default(),
            timeout: Duration::from_secs(30),
            echo: false,
        }
    }
}

/// Why a plan cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The URL is none, or not of plain HTTP.
    #[error(transparent)]
    Url(#[from] crate::server::UrlError),
    /// A number that has to be above zero.
    #[error("{0} must be above zero")]
    Zero(&'static str),
    /// A time that no clock can tell.
    #[error("{0} is longer than any run: a year at most")]
    Long(&'static str),
    /// What is to be sent.
    #[error(transparent)]
    Events(#[from] EventsError),
    /// A rate that no clock can keep.
    #[error("a rate of {0} requests a second cannot be kept: it must be finite and above zero")]
    Rate(f64),
    /// Neither a number of requests nor a duration.
    #[error("a run needs an end: a number of requests, a duration, or both")]
    Endless,
}

impl Plan {
    /// Checks everything that can be checked without the server.
    ///
    /// # Errors
    /// Says which value is refused, and why.
    pub fn check(&self) -> Result<(), PlanError> {
        crate::server::parse_url(&self.url)?;
        for (name, is_zero) in [
            ("requests", self.requests == Some(0)),
            ("concurrency", self.concurrency == 0),
            ("duration", self.duration == Some(Duration::ZERO)),
            ("timeout", self.timeout.is_zero()),
            ("attempts", self.retry.attempts == 0),
        ] {
            if is_zero {
                return Err(PlanError::Zero(name));
            }
        }
        for (name, time) in [
            ("timeout", Some(self.timeout)),
            ("duration", self.duration),
            ("ramp", Some(self.ramp)),
            ("warmup", Some(self.warmup)),
        ] {
            if time.is_some_and(|time| time > TIME_MAX) {
                return Err(PlanError::Long(name));
            }
        }
        self.events.check()?;
        if self.requests.is_none() && self.duration.is_none() {
            return Err(PlanError::Endless);
        }
        self.pacer().map(drop)
    }

    /// The pace of an open loop; `None` for a closed one.
    pub(crate) fn pacer(&self) -> Result<Option<Pacer>, PlanError> {
        let pacer = |rate| Pacer::new(rate).ok_or(PlanError::Rate(rate));
        Ok(self.rate.map(pacer).transpose()?.map(|pacer| pacer.with_ramp(self.ramp)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change that spoils a plan, and what the refusal names.
    type Spoiled = (fn(&mut Plan), &'static str);

    #[test]
    fn a_plan_that_cannot_be_run_is_refused_with_its_reason() {
        assert!(Plan::default().check().is_ok());
        let spoiled: [Spoiled; 13] = [
            (|plan| plan.url = "https://localhost".into(), "https://"),
            (|plan| plan.requests = Some(0), "requests"),
            (|plan| plan.concurrency = 0, "concurrency"),
            (|plan| plan.events.users = 0, "users"),
            (|plan| plan.events.invalid = 2.0, "invalid"),
            (|plan| plan.retry.attempts = 0, "attempts"),
            (|plan| plan.warmup = Duration::MAX, "warmup"),
            (|plan| plan.duration = Some(Duration::ZERO), "duration"),
            (|plan| plan.timeout = Duration::ZERO, "timeout"),
            (|plan| plan.requests = None, "end"),
            (|plan| plan.rate = Some(0.0), "rate"),
            (|plan| plan.rate = Some(-1.0), "rate"),
            (|plan| plan.rate = Some(f64::NAN), "rate"),
        ];
        for (spoil, named) in spoiled {
            let mut plan = Plan::default();
            spoil(&mut plan);
            let refusal = plan.check().unwrap_err().to_string();
            assert!(refusal.contains(named), "{refusal:?} should name {named:?}");
        }
    }
}
