//! The machine that an experiment is run on, and how late its sleeps end.

use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};
use std::{fs, thread};

/// The length of a sleep that is tried, and how often.
const SLEEP: Duration = Duration::from_millis(10);
const SLEEPS: usize = 60;

/// What a result depends on beside the code.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub cpu: String,
    /// Cores that this process may use.
    pub cores: usize,
    /// The system and its release.
    pub kernel: String,
    /// The compiler.
    pub rustc: String,
    /// The commit, and `+` when files were changed since.
    pub commit: String,
    /// Processes that wanted a core, on average over the minute before.
    pub load: Option<f64>,
    /// When, as an HTTP date.
    pub date: String,
    /// How late its sleeps end.
    pub lags: Lags,
}

/// By how much a sleep of 10 ms ends late, at the median. It is a property of the machine: of its
/// timers, and, in tokio's case, of a wheel with a slot for each millisecond.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Lags {
    /// tokio's sleep, in milliseconds: the work of a job.
    pub timer_ms: f64,
    /// A thread's own sleep, in milliseconds: its hold from stage 7 on.
    pub thread_ms: f64,
}

impl Machine {
    /// Asks the system, and measures the lags with no server running.
    #[must_use]
    pub fn examine(repository: &Path) -> Self {
        let said = |program: &str, arguments: &[&str]| {
            let output = Command::new(program).args(arguments).current_dir(repository).output();
            let output = output.ok().filter(|output| output.status.success())?;
            Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let unknown = || "not available".to_owned();
        let commit = said("git", &["rev-parse", "--short=12", "HEAD"]).map(|commit| {
            let changed = said("git", &["status", "--porcelain", "--untracked-files=no"]);
            commit + if changed.is_some_and(|files| !files.is_empty()) { "+" } else { "" }
        });
        let load = fs::read_to_string("/proc/loadavg").ok();
        Self {
            cpu: cpu().unwrap_or_else(unknown),
            cores: thread::available_parallelism().map_or(1, usize::from),
            kernel: said("uname", &["-sr"]).unwrap_or_else(|| std::env::consts::OS.to_owned()),
            rustc: said("rustc", &["--version"]).unwrap_or_else(unknown),
            commit: commit.unwrap_or_else(unknown),
            load: load.and_then(|load| load.split(' ').next()?.parse().ok()),
            date: httpdate::fmt_http_date(SystemTime::now()),
            lags: Lags::measure(),
        }
    }
}

impl Lags {
    /// Measures both, in a second and a half.
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

    /// tokio's, for the model.
    #[must_use]
    pub fn timer(self) -> Duration {
        Duration::from_secs_f64(self.timer_ms / 1e3)
    }

    /// A thread's, for the model.
    #[must_use]
    pub fn thread(self) -> Duration {
        Duration::from_secs_f64(self.thread_ms / 1e3)
    }
}

fn cpu() -> Option<String> {
    let told = fs::read_to_string("/proc/cpuinfo").ok()?;
    let name = told.lines().find_map(|line| line.strip_prefix("model name"))?;
    Some(name.trim_start_matches([' ', '\t', ':']).to_owned())
}
