//! Measures CPU time and CPU quotas, to find out whether the machine limited a run.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The share of busy CPU time above which the machine is the limit.
pub(crate) const BUSY_SHARE_MAX: f64 = 0.93;
/// The share of throttled periods above which the CPU quota is the limit.
pub(crate) const THROTTLED_SHARE_MAX: f64 = 0.05;
/// The shortest time to measure: the kernel counts CPU time in hundredths of a second.
const SECONDS_MIN: f64 = 0.2;

/// Measures the CPU time of this process and of the machine, and the throttling of the control
/// group.
#[derive(Debug)]
pub struct CpuWatch {
    begin: Instant,
    client: Option<cpu_time::ProcessTime>,
    machine: Option<MachineTime>,
    throttling: Vec<(PathBuf, Throttling)>,
}

impl CpuWatch {
    /// Starts the measurement.
    #[must_use]
    pub fn start() -> Self {
        Self {
            begin: Instant::now(),
            client: cpu_time::ProcessTime::try_now().ok(),
            machine: MachineTime::now(),
            throttling: Throttling::now(),
        }
    }

    /// Returns the CPU time of this process since the start.
    pub(crate) fn client(&self) -> Option<Duration> {
        self.client?.try_elapsed().ok()
    }

    /// Returns the share of the cores' time that was used since the start, from 0 to 1; `None` if
    /// it is unknown, and within the first 0.2 s.
    pub(crate) fn machine_share(&self) -> Option<f64> {
        let is_long_enough = self.begin.elapsed().as_secs_f64() >= SECONDS_MIN;
        MachineTime::now().filter(|_| is_long_enough)?.share_since(self.machine?)
    }

    /// Returns the share of the CPU quota's periods since the start in which the control group was
    /// throttled, from 0 to 1; `None` without a quota.
    pub(crate) fn throttled_share(&self) -> Option<f64> {
        Throttling::greatest_share(&self.throttling, &Throttling::now())
    }

    /// Describes why the machine may have slowed down what ran since the start; `None` if it had
    /// CPU time to spare.
    #[must_use]
    pub fn held_up(&self) -> Option<String> {
        let above = |share: Option<f64>, most| share.filter(|share| *share > most);
        let percent = |share: f64| share * 100.0;
        let quota = above(self.throttled_share(), THROTTLED_SHARE_MAX).map(|share| {
            let percent = percent(share);
            format!("the CPU quota throttled the control group in {percent:.0} % of its periods")
        });
        quota.or_else(|| {
            let share = above(self.machine_share(), BUSY_SHARE_MAX)?;
            Some(format!("the cores were {:.0} % busy", percent(share)))
        })
    }
}

/// The CPU time since boot, in ticks, of the cores that this process may use.
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

    /// Sums the lines of `/proc/stat` for the cores in a list such as `0-3,8`. The fields of a line
    /// are, as in proc(5): user, nice, system, idle, iowait, irq, softirq, steal.
    fn read(stat: &str, allowed: &str) -> Option<Self> {
        let allowed = parse_cores(allowed)?;
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

/// Parses the ranges of a list such as `0-3,8`.
fn parse_cores(list: &str) -> Option<Vec<RangeInclusive<u64>>> {
    let range = |text: &str| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Some(first.parse().ok()?..=last.parse().ok()?)
    };
    list.split(',').map(range).collect()
}

/// The periods of a CPU quota, and those in which the control group was throttled: `nr_periods` and
/// `nr_throttled` in `cpu.stat` of cgroup v1 and v2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Throttling {
    periods: u64,
    stopped: u64,
}

impl Throttling {
    /// Reads the control group of this process and its ancestors, since each may have a quota.
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

    /// Returns the share of the group that was throttled most often in between.
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

/// Returns the folders of the `cpu` control groups in `/proc/self/cgroup`, and of their ancestors.
/// One of them also exists in a container that mounts only its own group.
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
    fn only_the_time_of_allowed_cores_counts() {
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
    fn a_share_covers_the_time_in_between() {
        let time = |busy, all| MachineTime { busy, all };
        assert_eq!(time(240, 1110).share_since(time(150, 1000)), Some(90.0 / 110.0));
        assert_eq!(time(150, 1000).share_since(time(150, 1000)), None);
        assert_eq!(time(150, 1000).share_since(time(240, 1110)), None);
    }

    #[test]
    fn the_ancestors_of_a_group_are_included() {
        let groups = "9:name=systemd:/a\n4:cpu,cpuacct:/a/b\n3:cpuset:/\n0::/c\nbroken\n";
        let found: Vec<_> =
            folders(groups).iter().map(|folder| folder.display().to_string()).collect();
        let cpu = "/sys/fs/cgroup/cpu,cpuacct/";
        let expected = [format!("{cpu}a/b"), format!("{cpu}a"), cpu.to_owned()];
        let unified = ["/sys/fs/cgroup/c", "/sys/fs/cgroup/"].map(str::to_owned);
        assert_eq!(found, [&expected[..], &unified[..]].concat());
    }

    #[test]
    fn the_share_of_throttled_periods_is_the_greatest_of_all_groups() {
        let read = |periods, stopped| {
            let stat = format!("nr_periods {periods}\nnr_throttled {stopped}\nthrottled_usec 9\n");
            Throttling::read(&stat).unwrap()
        };
        assert_eq!(read(30, 8).share_since(read(10, 3)), Some(0.25));
        assert_eq!(read(10, 3).share_since(read(10, 3)), None);
        assert_eq!(Throttling::read("usage_usec 5\n"), None);
        // The ancestor was throttled often, but earlier.
        let groups =
            |own, above| [("own", own), ("above", above)].map(|(name, at)| (name.into(), at));
        let before = groups(read(0, 0), read(1000, 900));
        let now = groups(read(10, 5), read(1010, 900));
        assert_eq!(Throttling::greatest_share(&before, &now), Some(0.5));
        assert_eq!(Throttling::greatest_share(&[], &now), None);
    }
}
