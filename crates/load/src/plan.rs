//! The plan of a run: what to send, and how.

use super::arrivals::{Arrivals, Spacing};
use super::events::{Events, EventsError};
use super::request::Request;
use super::retry::{Retry, RetryPace};
use super::rules::{Outcomes, Rule};
use super::shape::Shape;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest time in a plan: adding it to an `Instant` does not overflow.
const TIME_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The highest rate of random arrivals, which are counted one by one.
const POISSON_RATE_MAX: f64 = 1e7;

/// The plan of a run. The defaults are the documented run: 5,000 requests over 200 connections.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The URL of the server: `http://`, a host, and an optional path.
    pub url: String,
    /// The URLs of further servers. Requests go to all of them in turn, each of them with
    /// `concurrency` connections of its own.
    pub more_urls: Vec<String>,
    /// Method, path and headers of the requests.
    pub request: Request,
    /// The number of requests; `None` for as many as fit into `duration`.
    pub requests: Option<u64>,
    /// The number of connections: a closed loop uses all of them, an open loop as many as it needs.
    pub concurrency: u64,
    /// The events to send.
    pub events: Events,
    /// The time after which to stop sending, from the end of the warm-up.
    pub duration: Option<Duration>,
    /// The number of requests per second, sent whatever the server does (open loop). `None` sends
    /// on each connection the next request after an answer (closed loop).
    pub rate: Option<f64>,
    /// The rate over time of an open loop, in place of `rate` and `ramp`. The run ends with it.
    pub shape: Option<Shape>,
    /// The spacing of the requests of an open loop.
    pub spacing: Spacing,
    /// The time over which the load grows: the rate of an open loop from zero, the connections of a
    /// closed loop one by one.
    pub ramp: Duration,
    /// The time to send requests before the measurement, in addition to `requests` and `duration`.
    pub warmup: Duration,
    /// The retries.
    pub retry: Retry,
    /// The number of consecutive errors after which the run ends; 0 for never.
    pub errors_in_a_row: u64,
    /// The HTTP client.
    pub engine: Engine,
    /// The timeout of a request, from connecting to the last byte of the answer.
    pub timeout: Duration,
    /// The meaning of an answer.
    pub outcomes: Outcomes,
}

/// The HTTP client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// One `reqwest::Client` for each connection.
    #[default]
    Reqwest,
    /// A socket, written and read directly.
    Raw,
    /// Bare hyper connections; only in earlier reports.
    Hyper,
}

/// The settings of a run, as its report repeats them. They have to be equal in a comparison.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Asked {
    /// The URL of the server.
    pub url: String,
    /// The number of requests; `null` without a limit.
    pub requests: Option<u64>,
    /// The maximum number of connections.
    pub concurrency: u64,
    /// The duration in seconds; `null` without a limit.
    pub duration: Option<f64>,
    /// The number of requests per second; `null` for a closed loop.
    pub rate: Option<f64>,
    /// The time over which the load grew, in seconds.
    pub ramp: f64,
    /// The time of the warm-up, in seconds.
    pub warmup: f64,
    /// The timeout of a request, in seconds.
    pub timeout: f64,
    /// The number of users.
    pub users: u64,
    /// The choice of users: `in-turn`, `uniform`, or `zipf:` and the exponent.
    pub choice: String,
    /// The minimum and the maximum amount.
    pub amounts: [i64; 2],
    /// The actions.
    pub actions: Vec<String>,
    /// The share of invalid requests, from 0 to 1.
    pub invalid: f64,
    /// The seed of the random numbers.
    pub seed: u64,
    /// The number of bodies read from a file; `null` if events were generated.
    pub bodies: Option<u64>,
    /// The retries: `none`, `at-once` or `backoff`.
    pub retry: String,
    /// The maximum number of attempts for an event.
    pub attempts: u32,
    /// The number of consecutive errors after which the run ends; 0 for never.
    pub errors_in_a_row: u64,
    /// The HTTP client.
    pub engine: Engine,
    /// True if the server was expected to echo.
    pub echo: bool,
    /// The rules for accepted answers; empty for those of the contract.
    pub accept: Vec<String>,
    /// The rules for rejected answers.
    pub reject: Vec<String>,
    /// The method.
    pub method: String,
    /// The path in place of the URL's.
    pub path: Option<String>,
    /// The names of additional headers.
    pub headers: Vec<String>,
    /// The URLs of further servers.
    pub more_urls: Vec<String>,
    /// The rate over time, if it was not constant.
    pub shape: Option<String>,
    /// The spacing of the requests of an open loop.
    pub arrivals: Spacing,
}

impl From<&Plan> for Asked {
    fn from(plan: &Plan) -> Self {
        let events = &plan.events;
        Self {
            url: crate::server::redact(&plan.url),
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
            echo: plan.outcomes == Outcomes::Echo,
            accept: plan.outcomes.accept().iter().map(Rule::to_string).collect(),
            reject: plan.outcomes.reject().iter().map(Rule::to_string).collect(),
            method: plan.request.method.to_string(),
            path: plan.request.path.clone(),
            headers: plan.request.headers.keys().map(ToString::to_string).collect(),
            more_urls: plan.more_urls.iter().map(|url| crate::server::redact(url)).collect(),
            shape: plan.shape.as_ref().map(Shape::to_string),
            arrivals: plan.spacing,
        }
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:8080".to_owned(),
            more_urls: Vec::new(),
            request: Request::default(),
            requests: Some(5000),
            concurrency: 200,
            events: Events::default(),
            duration: None,
            rate: None,
            shape: None,
            spacing: Spacing::Even,
            ramp: Duration::ZERO,
            warmup: Duration::ZERO,
            retry: Retry::default(),
            errors_in_a_row: 1000,
            engine: Engine::default(),
            timeout: Duration::from_secs(30),
            outcomes: Outcomes::Contract,
        }
    }
}

/// Errors in a plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The URL is invalid.
    #[error(transparent)]
    Url(#[from] crate::server::UrlError),
    /// A number is zero.
    #[error("{0} must be above zero")]
    Zero(&'static str),
    /// A time is too long.
    #[error("{0} must be at most a year")]
    Long(&'static str),
    /// The engine is in earlier reports only.
    #[error("the engine hyper has been removed: use raw")]
    Hyper,
    /// The events are invalid.
    #[error(transparent)]
    Events(#[from] EventsError),
    /// The rate is invalid.
    #[error("the rate must be finite and above zero, not {0}")]
    Rate(f64),
    /// Random arrivals at too high a rate.
    #[error("poisson arrivals need a rate of at most 10,000,000 requests a second")]
    PoissonRate,
    /// There is neither a number of requests nor a duration.
    #[error("a run needs an end: a number of requests, a duration, or both")]
    Endless,
}

impl Plan {
    /// Checks everything that can be checked without the server.
    ///
    /// # Errors
    /// When a value is invalid.
    pub fn check(&self) -> Result<(), PlanError> {
        for url in self.all_urls() {
            crate::server::parse_target(url, self.engine)?;
        }
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
        if self.engine == Engine::Hyper {
            return Err(PlanError::Hyper);
        }
        let has_shape = self.shape.as_ref().is_some_and(|shape| shape.duration().is_some());
        if self.requests.is_none() && self.duration.is_none() && !has_shape {
            return Err(PlanError::Endless);
        }
        self.arrivals().map(drop)
    }

    /// Returns true if requests are sent at their due times (an open loop).
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.rate.is_some() || self.shape.is_some()
    }

    /// Returns the URLs of all servers.
    pub(crate) fn all_urls(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.url).chain(self.more_urls.iter().map(String::as_str))
    }

    /// Returns the due times of an open loop; `None` for a closed one.
    pub(crate) fn arrivals(&self) -> Result<Option<Arrivals>, PlanError> {
        let shape = match (&self.shape, self.rate) {
            (Some(shape), _) => shape.clone(),
            (None, Some(rate)) => Shape::steady(rate, self.ramp).ok_or(PlanError::Rate(rate))?,
            (None, None) => return Ok(None),
        };
        if self.spacing == Spacing::Poisson && shape.max_rate() > POISSON_RATE_MAX {
            return Err(PlanError::PoissonRate);
        }
        Ok(Some(Arrivals::new(shape, self.spacing, self.events.seed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A change that makes a plan invalid, and a word of the error.
    type Case = (fn(&mut Plan), &'static str);

    #[test]
    fn an_invalid_plan_is_refused_with_its_reason() {
        assert!(Plan::default().check().is_ok());
        let cases: [Case; 13] = [
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
        for (change, word) in cases {
            let mut plan = Plan::default();
            change(&mut plan);
            let error = plan.check().unwrap_err().to_string();
            assert!(error.contains(word), "{error:?} should contain {word:?}");
        }
    }
}
