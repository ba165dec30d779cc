//! Finds what limited a run: the server, the client, the machine that both share, or nothing.

use super::machine::{BUSY_SHARE_MAX, THROTTLED_SHARE_MAX};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The share of the cores above which the client is the limit.
const CLIENT_SHARE_MAX: f64 = 0.85;
/// The p99 of the client's own delay before sending above which the client is the limit.
const OWN_LAG_MAX_MS: f64 = 20.0;

/// The limiting factor of a run, with its figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Limit {
    /// The limiting factor.
    pub by: LimitedBy,
    /// The CPU time of the client, in seconds; `null` if it is unknown.
    pub client_cpu_seconds: Option<f64>,
    /// The CPU time of the client per million requests, in seconds.
    pub client_cpu_seconds_per_million: Option<f64>,
    /// The share of the cores' time that the client used, from 0 to 1.
    pub client_share: Option<f64>,
    /// The share of the cores' time that all processes used, from 0 to 1; `null` if it is unknown,
    /// and for a run of less than 0.2 s.
    pub machine_share: Option<f64>,
    /// The share of the periods of the CPU quota in which the client's control group was throttled,
    /// from 0 to 1; `null` without a quota.
    pub throttled_share: Option<f64>,
    /// Open loop: the maximum delay of a request behind its due time, in milliseconds.
    pub behind_ms: Option<f64>,
    /// Open loop: the p99 of the part of that delay that the client caused, in milliseconds.
    pub own_lag_p99_ms: Option<f64>,
}

impl Limit {
    /// Returns true if a CPU quota limited the run.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        self.throttled_share.is_some_and(|share| share > THROTTLED_SHARE_MAX)
    }

    /// Describes why the client or the machine limited the run; `None` if neither did.
    #[must_use]
    pub fn held_up(&self) -> Option<String> {
        match self.by {
            LimitedBy::Client => Some("the client could send no faster".to_owned()),
            LimitedBy::Machine if self.is_throttled() => Some("a CPU quota stopped it".to_owned()),
            LimitedBy::Machine => Some("the cores had no time to spare".to_owned()),
            LimitedBy::Nobody | LimitedBy::Server | LimitedBy::Unknown => None,
        }
    }
}

/// The limiting factor of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LimitedBy {
    /// None: the run kept the requested rate.
    Nobody,
    /// The server: all connections waited for its answers, and cores were idle.
    Server,
    /// The client: it could not send faster.
    Client,
    /// The machine: client, server and other processes used all of its cores.
    Machine,
    /// Unknown: too few requests or no CPU times.
    #[default]
    Unknown,
}

/// The figures that decide.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evidence {
    pub(crate) sent: u64,
    /// True if the machine had a local port for each connection.
    pub(crate) ports_left: bool,
    /// The duration of the run.
    pub(crate) seconds: f64,
    pub(crate) cores: usize,
    pub(crate) client_cpu: Option<Duration>,
    pub(crate) machine_share: Option<f64>,
    pub(crate) throttled_share: Option<f64>,
    /// True if an open loop kept its rate; `None` for a closed loop.
    pub(crate) rate_kept: Option<bool>,
    pub(crate) behind_ms: Option<f64>,
    pub(crate) own_lag_p99_ms: Option<f64>,
}

impl Limit {
    pub(crate) fn new(evidence: &Evidence) -> Self {
        let Evidence { sent, seconds, machine_share, throttled_share, .. } = *evidence;
        let Evidence { behind_ms, own_lag_p99_ms, .. } = *evidence;
        let client_cpu_seconds = evidence.client_cpu.map(|cpu| cpu.as_secs_f64());
        let share = |cpu: f64| cpu / (seconds * evidence.cores as f64);
        let client_share = client_cpu_seconds.filter(|_| seconds > 0.0).map(share);
        let above = |figure: Option<f64>, bound| figure.is_some_and(|figure| figure > bound);
        let by = match evidence.rate_kept {
            _ if sent == 0 => LimitedBy::Unknown,
            Some(true) => LimitedBy::Nobody,
            _ if !evidence.ports_left => LimitedBy::Client,
            _ if above(throttled_share, THROTTLED_SHARE_MAX) => LimitedBy::Machine,
            _ if above(client_share, CLIENT_SHARE_MAX) => LimitedBy::Client,
            _ if above(machine_share, BUSY_SHARE_MAX) => LimitedBy::Machine,
            Some(false) if above(own_lag_p99_ms, OWN_LAG_MAX_MS) => LimitedBy::Client,
            _ if client_share.is_none() && machine_share.is_none() => LimitedBy::Unknown,
            _ => LimitedBy::Server,
        };
        let per_million = |cpu: f64| cpu * 1e6 / sent as f64;
        Self {
            by,
            client_cpu_seconds,
            client_cpu_seconds_per_million: client_cpu_seconds
                .filter(|_| sent > 0)
                .map(per_million),
            client_share,
            machine_share,
            throttled_share,
            behind_ms,
            own_lag_p99_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A closed loop of ten seconds on two cores, each half idle.
    const CLOSED: Evidence = Evidence {
        sent: 1_000_000,
        ports_left: true,
        seconds: 10.0,
        cores: 2,
        client_cpu: Some(Duration::from_secs(5)),
        machine_share: Some(0.5),
        throttled_share: None,
        rate_kept: None,
        behind_ms: None,
        own_lag_p99_ms: None,
    };
    const OPEN: Evidence = Evidence {
        rate_kept: Some(false),
        behind_ms: Some(900.0),
        own_lag_p99_ms: Some(1.0),
        ..CLOSED
    };

    #[test]
    fn the_limiting_factor_is_found() {
        let busy = Some(Duration::from_secs(19));
        let half = Some(Duration::from_secs(10));
        for (evidence, by) in [
            (CLOSED, LimitedBy::Server),
            (Evidence { sent: 0, ..CLOSED }, LimitedBy::Unknown),
            (Evidence { client_cpu: busy, machine_share: Some(1.0), ..CLOSED }, LimitedBy::Client),
            (
                Evidence { client_cpu: half, machine_share: Some(0.98), ..CLOSED },
                LimitedBy::Machine,
            ),
            (Evidence { throttled_share: Some(0.3), ..CLOSED }, LimitedBy::Machine),
            (Evidence { ports_left: false, ..CLOSED }, LimitedBy::Client),
            (Evidence { throttled_share: Some(0.01), ..CLOSED }, LimitedBy::Server),
            // Without the machine's CPU time, the client's decides.
            (Evidence { client_cpu: busy, machine_share: None, ..CLOSED }, LimitedBy::Client),
            (Evidence { client_cpu: None, machine_share: None, ..CLOSED }, LimitedBy::Unknown),
            (Evidence { client_cpu: None, ..CLOSED }, LimitedBy::Server),
            (OPEN, LimitedBy::Server),
            (
                Evidence { rate_kept: Some(true), machine_share: Some(1.0), ..OPEN },
                LimitedBy::Nobody,
            ),
            (Evidence { own_lag_p99_ms: Some(300.0), ..OPEN }, LimitedBy::Client),
            (Evidence { machine_share: Some(0.99), ..OPEN }, LimitedBy::Machine),
        ] {
            assert_eq!(Limit::new(&evidence).by, by, "{evidence:?}");
        }
    }

    #[test]
    fn the_figures_are_shares_and_seconds() {
        let limit = Limit::new(&CLOSED);
        assert_eq!(limit.client_cpu_seconds, Some(5.0));
        assert_eq!(limit.client_cpu_seconds_per_million, Some(5.0));
        assert_eq!(limit.client_share, Some(0.25));
        assert_eq!(limit.machine_share, Some(0.5));
    }
}
