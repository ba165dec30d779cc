//! The machine of an experiment, and the lag of its sleeps.

use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};
use std::{fs, thread};

/// The length and the number of the sleeps that are measured.
const SLEEP: Duration = Duration::from_millis(10);
const SLEEPS: usize = 60;

/// The machine, the system and the versions that a result depends on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub cpu: String,
    /// The number of cores that this process may use.
    pub cores: usize,
    /// The operating system and its release.
    pub kernel: String,
    /// The compiler's version.
    pub rustc: String,
    /// The commit, with `+` when files have changed since.
    pub commit: String,
    /// The load average of the minute before.
    pub load: Option<f64>,
    /// The time, as an HTTP date.
    pub date: String,
    /// The lag of its sleeps.
    pub lags: Lags,
}

/// The median lateness of a sleep of 10 ms. It depends on the machine's timers and, for tokio, on a
/// timer wheel with a slot for each millisecond.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Lags {
    /// The lag of tokio's sleep, which is a job's work, in milliseconds.
    pub timer_ms: f64,
    /// The lag of a thread's sleep, which is a job's hold from stage 7 on, in milliseconds.
    pub thread_ms: f64,
}

impl Machine {
    /// Queries the system and measures the lags. No server must be running.
    #[must_use]
    pub fn examine(repository: &Path) -> Self {
        let output_of = |program: &str, arguments: &[&str]| {
            let output = Command::new(program).args(arguments).current_dir(repository).output();
            let output = output.ok().filter(|output| output.status.success())?;
            Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let unknown = || "not available".to_owned();
        let commit = output_of("git", &["rev-parse", "--short=12", "HEAD"]).map(|commit| {
            let changed = output_of("git", &["status", "--porcelain", "--untracked-files=no"]);
            commit + if changed.is_some_and(|files| !files.is_empty()) { "+" } else { "" }
        });
        let load = fs::read_to_string("/proc/loadavg").ok();
        Self {
            cpu: cpu().unwrap_or_else(unknown),
            cores: thread::available_parallelism().map_or(1, usize::from),
            kernel: output_of("uname", &["-sr"]).unwrap_or_else(|| std::env::consts::OS.to_owned()),
            rustc: output_of("rustc", &["--version"]).unwrap_or_else(unknown),
            commit: commit.unwrap_or_else(unknown),
            load: load.and_then(|load| load.split(' ').next()?.parse().ok()),
            date: httpdate::fmt_http_date(SystemTime::now()),
            lags: Lags::measure(),
        }
    }
}

impl Lags {
    /// Measures both lags, which takes 1.5 s.
    fn measure() -> Self {
        let lag = |mut sleep: Box<dyn FnMut()>| {
            let mut late: Vec<Duration> = (0..SLEEPS)
                .map(|_| {
                    let begin = Instant::now();
                    sleep();
                    begin.elapsed().saturating_sub(SLEEP)
                })
                .collect();
            late.sort_unstable();
            late[SLEEPS / 2].as_secs_f64() * 1e3
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        Self {
            timer_ms: runtime.map_or(0.0, |runtime| {
                lag(Box::new(move || runtime.block_on(async { tokio::time::sleep(SLEEP).await })))
            }),
            thread_ms: lag(Box::new(|| thread::sleep(SLEEP))),
        }
    }

    /// Returns the lag of tokio's sleep.
    #[must_use]
    pub fn timer(self) -> Duration {
        Duration::from_secs_f64(self.timer_ms / 1e3)
    }

    /// Returns the lag of a thread's sleep.
    #[must_use]
    pub fn thread(self) -> Duration {
        Duration::from_secs_f64(self.thread_ms / 1e3)
    }
}

fn cpu() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let name = text.lines().find_map(|line| line.strip_prefix("model name"))?;
    Some(name.trim_start_matches([' ', '\t', ':']).to_owned())
}
