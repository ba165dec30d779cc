//! What held a run back: the server, this client, the machine that both share, or nothing.

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use std::time::Duration;

/// A client that takes this much of the cores it may use has no more to give.
const CLIENT_SHARE_MAX: f64 = 0.85;
/// A machine that is busy for this much of the time has no more to give.
const MACHINE_SHARE_MAX: f64 = 0.93;
/// A client that is late by more than this of its own, for one request in a hundred, holds a run up.
const OWN_LAG_MAX_MS: f64 = 20.0;
/// The kernel counts the machine's time in hundredths of a second: a shorter run says nothing of it.
const MACHINE_SECONDS_MIN: f64 = 0.2;

/// What held a run back, and the figures that say so.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Limit {
    /// Who it was.
    pub by: LimitedBy,
    /// Processor time that this process took, in seconds; `null` where it cannot be told.
    pub client_cpu_seconds: Option<f64>,
    /// The same for a million requests.
    pub client_cpu_seconds_per_million: Option<f64>,
    /// The part of the cores' time that this process took, from 0 to 1.
    pub client_share: Option<f64>,
    /// The part of that time that anybody took, this process among them, from 0 to 1; `null`
    /// where it cannot be told, and for a run of less than 0.2 s.
    pub machine_share: Option<f64>,
    /// Open loop: how far behind its schedule the run fell at most, in milliseconds.
    pub behind_ms: Option<f64>,
    /// Open loop: the part of that for which the client alone is to blame, for one request in a
    /// hundred, in milliseconds.
    pub own_lag_p99_ms: Option<f64>,
}

/// Who held a run back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LimitedBy {
    /// The run kept the rate that it was asked for.
    Nobody,
    /// All connections waited for the server's answers, with cores to spare.
    Server,
    /// The client could send no faster: the server was not at its limit.
    Client,
    /// Client, server and whatever else runs here took all there is.
    Machine,
    /// Too little was sent to say.
    #[default]
    Unknown,
}

/// What the verdict is made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence {
    pub(super) sent: u64,
    /// How long the run took, in seconds.
    pub(super) seconds: f64,
    pub(super) cores: usize,
    pub(super) client_cpu: Option<Duration>,
    pub(super) machine_share: Option<f64>,
    /// Whether an open loop kept its rate; `None` for a closed one.
    pub(super) rate_kept: Option<bool>,
    pub(super) behind_ms: Option<f64>,
    pub(super) own_lag_p99_ms: Option<f64>,
}

impl Limit {
    pub(super) fn of(evidence: &Evidence) -> Self {
        let Evidence { sent, seconds, machine_share, behind_ms, own_lag_p99_ms, .. } = *evidence;
        let client_cpu_seconds = evidence.client_cpu.map(|cpu| cpu.as_secs_f64());
        let share = |cpu: f64| cpu / (seconds * evidence.cores as f64);
        let client_share = client_cpu_seconds.filter(|_| seconds > 0.0).map(share);
        let machine_share = machine_share.filter(|_| seconds >= MACHINE_SECONDS_MIN);
        let above = |figure: Option<f64>, bound| figure.is_some_and(|figure| figure > bound);
        let by = match evidence.rate_kept {
            _ if sent == 0 => LimitedBy::Unknown,
            Some(true) => LimitedBy::Nobody,
            _ if above(client_share, CLIENT_SHARE_MAX) => LimitedBy::Client,
            _ if above(machine_share, MACHINE_SHARE_MAX) => LimitedBy::Machine,
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
            behind_ms,
            own_lag_p99_ms,
        }
    }
}

/// Looks at the clocks of process and machine from here on.
pub(super) struct Watch {
    client: Option<cpu_time::ProcessTime>,
    machine: Option<MachineTime>,
}

impl Watch {
    pub(super) fn start() -> Self {
        Self { client: cpu_time::ProcessTime::try_now().ok(), machine: MachineTime::now() }
    }

    /// This process's processor time since then.
    pub(super) fn client(&self) -> Option<Duration> {
        self.client?.try_elapsed().ok()
    }

    /// The part of the cores' time that was taken since then.
    pub(super) fn machine(&self) -> Option<f64> {
        MachineTime::now()?.share_since(self.machine?)
    }
}

/// The processor time since the machine was started, in ticks, of the cores that this process may use:
/// what others do on other cores holds nobody up here.
#[derive(Debug, Clone, Copy)]
struct MachineTime {
    busy: u64,
    all: u64,
}

impl MachineTime {
    fn now() -> Option<Self> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
        Self::read(&std::fs::read_to_string("/proc/stat").ok()?, allowed.trim())
    }

    /// Adds up the lines of `/proc/stat` that are of the cores in a list such as `0-3,8`. A line has, as
    /// proc(5) has it: user, nice, system, idle, iowait, irq, softirq, steal.
    fn read(stat: &str, allowed: &str) -> Option<Self> {
        let allowed = cores(allowed)?;
        let mut sum = Self { busy: 0, all: 0 };
        for line in stat.lines() {
            let mut fields = line.split_ascii_whitespace();
            let core = fields.next().and_then(|name| name.strip_prefix("cpu")?.parse::<u64>().ok());
            if core.is_some_and(|core| allowed.iter().any(|range| range.contains(&core))) {
                let ticks: Vec<u64> =
                    fields.take(8).map(str::parse).collect::<Result<_, _>>().ok()?;
                let all: u64 = ticks.iter().sum();
                sum.all += all;
                sum.busy += all - (ticks.get(3)? + ticks.get(4)?);
            }
        }
        Some(sum)
    }

    fn share_since(self, before: Self) -> Option<f64> {
        let all = self.all.checked_sub(before.all).filter(|all| *all > 0)?;
        Some(self.busy.saturating_sub(before.busy) as f64 / all as f64)
    }
}

/// The ranges of a list such as `0-3,8`.
fn cores(list: &str) -> Option<Vec<RangeInclusive<u64>>> {
    let range = |text: &str| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Some(first.parse().ok()?..=last.parse().ok()?)
    };
    list.split(',').map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A closed loop of ten seconds on two cores, both half asleep.
    const CLOSED: Evidence = Evidence {
        sent: 1_000_000,
        seconds: 10.0,
        cores: 2,
        client_cpu: Some(Duration::from_secs(5)),
        machine_share: Some(0.5),
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
    fn the_verdict_names_who_had_no_more_to_give() {
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
            // Without the machine's clock, and in a run too short for it, the client's own decides.
            (Evidence { client_cpu: busy, machine_share: None, ..CLOSED }, LimitedBy::Client),
            (Evidence { seconds: 0.1, client_cpu: None, ..CLOSED }, LimitedBy::Unknown),
            (Evidence { client_cpu: None, ..CLOSED }, LimitedBy::Server),
            (OPEN, LimitedBy::Server),
            (
                Evidence { rate_kept: Some(true), machine_share: Some(1.0), ..OPEN },
                LimitedBy::Nobody,
            ),
            (Evidence { own_lag_p99_ms: Some(300.0), ..OPEN }, LimitedBy::Client),
            (Evidence { machine_share: Some(0.99), ..OPEN }, LimitedBy::Machine),
        ] {
            assert_eq!(Limit::of(&evidence).by, by, "{evidence:?}");
        }
    }

    #[test]
    fn the_figures_are_shares_and_seconds() {
        let limit = Limit::of(&CLOSED);
        assert_eq!(limit.client_cpu_seconds, Some(5.0));
        assert_eq!(limit.client_cpu_seconds_per_million, Some(5.0));
        assert_eq!(limit.client_share, Some(0.25));
        assert_eq!(limit.machine_share, Some(0.5));
        assert_eq!(Limit::of(&Evidence { seconds: 0.1, ..CLOSED }).machine_share, None);
    }

    #[test]
    fn the_machines_time_is_that_of_the_cores_that_are_allowed() {
        let stat = "cpu  9 9 9 9 9 9 9 9 9 9\n\
                    cpu0 100 0 50 800 50 0 0 0 9 9\ncpu1 7 7 7 7 7 7 7 7 7 7\n\
                    cpu10 1 1 1 1 1 1 1 1 0 0\nintr 5\n";
        let time = |allowed| MachineTime::read(stat, allowed).map(|time| (time.busy, time.all));
        assert_eq!(time("0"), Some((150, 1000)));
        assert_eq!(time("0-1"), Some((150 + 42, 1056)));
        assert_eq!(time("0,2-10"), Some((150 + 6, 1008)));
        for broken in ["", "x", "0-", "1;2"] {
            assert_eq!(time(broken), None, "{broken:?}");
        }
        assert!(MachineTime::read("cpu0 1 2 3\n", "0").is_none());
        assert!(MachineTime::read("cpu0 1 2 3 idle 5 6 7 8\n", "0").is_none());
    }

    #[test]
    fn a_share_is_of_the_time_in_between() {
        let time = |busy, all| MachineTime { busy, all };
        assert_eq!(time(240, 1110).share_since(time(150, 1000)), Some(90.0 / 110.0));
        assert_eq!(time(150, 1000).share_since(time(150, 1000)), None);
        assert_eq!(time(150, 1000).share_since(time(240, 1110)), None);
    }
}
