//! What a run is to send, and how.

use super::pacer::Pacer;
use std::time::Duration;

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
    /// How many users the events are spread over, one after another.
    pub users: u64,
    /// When to stop sending, if `requests` are not sent before.
    pub duration: Option<Duration>,
    /// Requests a second, sent when they are due whatever the server does (an open loop). `None`
    /// sends as fast as answers come (a closed loop).
    pub rate: Option<f64>,
    /// The time that one request has, from its connect to the last byte of its answer.
    pub timeout: Duration,
    /// Whether the server is to echo (stages 1 and 2) rather than to accept events.
    pub echo: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            url: "http://127.0.0.1:8080".to_owned(),
            requests: Some(5000),
            concurrency: 200,
            users: 10,
            duration: None,
            rate: None,
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
            ("users", self.users == 0),
            ("duration", self.duration == Some(Duration::ZERO)),
            ("timeout", self.timeout.is_zero()),
        ] {
            if is_zero {
                return Err(PlanError::Zero(name));
            }
        }
        if self.requests.is_none() && self.duration.is_none() {
            return Err(PlanError::Endless);
        }
        self.pacer().map(drop)
    }

    /// The pace of an open loop; `None` for a closed one.
    pub(super) fn pacer(&self) -> Result<Option<Pacer>, PlanError> {
        self.rate.map(|rate| Pacer::new(rate).ok_or(PlanError::Rate(rate))).transpose()
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
        let spoiled: [Spoiled; 10] = [
            (|plan| plan.url = "https://localhost".into(), "https://"),
            (|plan| plan.requests = Some(0), "requests"),
            (|plan| plan.concurrency = 0, "concurrency"),
            (|plan| plan.users = 0, "users"),
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
