//! Processor time and CPU quotas: whether the machine held up what ran on it.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A machine that is busy for this much of the time has no more to give.
pub(crate) const BUSY_SHARE_MAX: f64 = 0.93;
/// A control group that is stopped by its quota in this share of the quota's periods has no more to give.
pub(crate) const THROTTLED_SHARE_MAX: f64 = 0.05;
/// The kernel counts the machine's time in hundredths of a second: a shorter time says nothing of it.
const SECONDS_MIN: f64 = 0.2;

/// Watches the processor time of this process, of the machine and of the control group.
#[derive(Debug)]
pub struct CpuWatch {
    begin: Instant,
    client: Option<cpu_time::ProcessTime>,
    machine: Option<MachineTime>,
    throttling: Vec<(PathBuf, Throttling)>,
}

impl CpuWatch {
    /// Watches from now on.
    #[must_use]
    pub fn start() -> Self {
        Self {
            begin: Instant::now(),
            client: cpu_time::ProcessTime::try_now().ok(),
            machine: MachineTime::now(),
            throttling: Throttling::now(),
        }
    }

    /// This process's processor time since then.
    pub(crate) fn client(&self) -> Option<Duration> {
        self.client?.try_elapsed().ok()
    }

    /// The part of the cores' time that anybody took since then, from 0 to 1. `None` where it cannot be
    /// told, and within 0.2 s.
    pub(crate) fn machine_share(&self) -> Option<f64> {
        let long_enough = self.begin.elapsed().as_secs_f64() >= SECONDS_MIN;
        MachineTime::now().filter(|_| long_enough)?.share_since(self.machine?)
    }

    /// The share of its quota's periods in which the control group was stopped since then, from 0 to 1.
    /// `None` without a quota.
    pub(crate) fn throttled_share(&self) -> Option<f64> {
        Throttling::greatest_share(&self.throttling, &Throttling::now())
    }

    /// Why whatever ran since then may have been held up by the machine: a sentence, or `None` when
    /// there was processor time to spare.
    #[must_use]
    pub fn held_up(&self) -> Option<String> {
        let above = |share: Option<f64>, most| share.filter(|share| *share > most);
        let percent = |share: f64| share * 100.0;
        let quota = above(self.throttled_share(), THROTTLED_SHARE_MAX).map(|share| {
            let percent = percent(share);
            format!("the CPU quota stopped the control group in {percent:.0} % of its periods")
        });
        quota.or_else(|| {
            let share = above(self.machine_share(), BUSY_SHARE_MAX)?;
            Some(format!("the cores were {:.0} % busy", percent(share)))
        })
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

/// The periods of the CPU quota that binds this process, and those in which its control group was
/// stopped, as `cpu.stat` of cgroup v1 and v2 has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Throttling {
    periods: u64,
    stopped: u64,
}

impl Throttling {
    /// Of the group of this process and of all above it, each of which may have a quota.
    fn now() -> Vec<(PathBuf, Self)> {
        let Ok(groups) = std::fs::read_to_string("/proc/self/cgroup") else {
            return Vec::new();
        };
        let read = |group: PathBuf| {
            let stat = std::fs::read_to_string(group.join("cpu.stat")).ok()?;
            Some((group, Self::read(&stat)?))
        };
        folders(&groups).into_iter().filter_map(read).collect()
    }

    /// The share of the group that was stopped most often in between.
    fn greatest_share(before: &[(PathBuf, Self)], now: &[(PathBuf, Self)]) -> Option<f64> {
        let share = |(group, now): &(PathBuf, Self)| {
            let (_, before) = before.iter().find(|(before, _)| before == group)?;
            now.share_since(*before)
        };
        now.iter().filter_map(share).max_by(f64::total_cmp)
    }

    fn read(stat: &str) -> Option<Self> {
        let field = |name: &str| {
            let mut fields = stat.lines().filter_map(|line| line.split_once(' '));
            fields.find(|(field, _)| *field == name)?.1.trim().parse().ok()
        };
        Some(Self { periods: field("nr_periods")?, stopped: field("nr_throttled")? })
    }

    fn share_since(self, before: Self) -> Option<f64> {
        let periods = self.periods.checked_sub(before.periods).filter(|periods| *periods > 0)?;
        Some(self.stopped.saturating_sub(before.stopped) as f64 / periods as f64)
    }
}

/// The folders of the control groups that `/proc/self/cgroup` names for `cpu`, and of all above them. In
/// a container they may be mounted from the container's own group on, which is among them then.
fn folders(groups: &str) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let root = match controllers {
            "" => PathBuf::from("/sys/fs/cgroup"),
            _ if controllers.split(',').any(|name| name == "cpu") => {
                Path::new("/sys/fs/cgroup").join(controllers)
            }
            _ => continue,
        };
        let below = Path::new(path.trim_start_matches('/'));
        folders.extend(below.ancestors().map(|group| root.join(group)));
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_quota_is_that_of_any_group_above() {
        let groups = "9:name=systemd:/a\n4:cpu,cpuacct:/a/b\n3:cpuset:/\n0::/c\nbroken\n";
        let found: Vec<_> = folders(groups).iter().map(|it| it.display().to_string()).collect();
        let cpu = "/sys/fs/cgroup/cpu,cpuacct/";
        let expected = [format!("{cpu}a/b"), format!("{cpu}a"), cpu.to_owned()];
        let unified = ["/sys/fs/cgroup/c", "/sys/fs/cgroup/"].map(str::to_owned);
        assert_eq!(found, [&expected[..], &unified[..]].concat());
    }

    #[test]
    fn a_quota_says_in_how_many_periods_it_stopped_the_group() {
        let read = |periods, stopped| {
            let stat = format!("nr_periods {periods}\nnr_throttled {stopped}\nthrottled_usec 9\n");
            Throttling::read(&stat).unwrap()
        };
        assert_eq!(read(30, 8).share_since(read(10, 3)), Some(0.25));
        assert_eq!(read(10, 3).share_since(read(10, 3)), None);
        assert_eq!(Throttling::read("usage_usec 5\n"), None);
        // The group above was stopped often, but before.
        let groups =
            |own, above| [("own", own), ("above", above)].map(|(name, at)| (name.into(), at));
        let before = groups(read(0, 0), read(1000, 900));
        let now = groups(read(10, 5), read(1010, 900));
        assert_eq!(Throttling::greatest_share(&before, &now), Some(0.5));
        assert_eq!(Throttling::greatest_share(&[], &now), None);
    }
}
