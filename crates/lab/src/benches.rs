//! What an operation costs: runs the benches of `crates/lab/benches`, and reads what criterion says
//! of them.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _};
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::{env, fs};

/// A file in `crates/lab/benches`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bench {
    /// A counter, by way of locks and without; with something slow inside the lock and outside.
    Increment,
    /// Six kinds of map that threads share.
    Map,
    /// Four tasks that wait or compute, on one thread and on four.
    Tasks,
}

/// Arguments for [`run`] that take about a third of the time. The samples are then hardly longer than
/// the turns that threads get on a core, so that factors come out and percents do not.
pub const QUICK: [&str; 4] = ["--warm-up-time", "0.05", "--measurement-time", "0.15"];

/// What one operation costs, in one of the ways that its group compares.
///
/// The time is that on the wall ÷ the operations of all threads: what they get done together. (Of
/// [`Bench::Tasks`] it is the time until all four tasks are done.)
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// What is done, and under what load.
    pub group: String,
    /// In which way.
    pub what: String,
    /// By how many threads at a time.
    pub threads: u32,
    /// The median of the samples, in nanoseconds.
    pub ns_median: f64,
    /// The lower end of that median's 95 % confidence interval (a bootstrap over the samples).
    pub ns_low: f64,
    /// The upper end.
    pub ns_high: f64,
}

/// Why there are no costs.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A pipe, a folder or cargo itself could not be had.
    #[error("cannot run cargo bench: {0}")]
    Start(#[source] io::Error),
    /// The bench does not build, or ended with an error.
    #[error("cargo bench --bench {bench} failed ({status}): {said}")]
    Ended {
        /// Its name.
        bench: &'static str,
        /// How cargo ended.
        status: ExitStatus,
        /// The first error on its output, or else the last line.
        said: String,
    },
    /// The arguments chose no benchmark.
    #[error("no benchmark of {bench} is called {arguments:?}")]
    Nothing {
        /// The bench's name.
        bench: &'static str,
        /// What chose them.
        arguments: Vec<String>,
    },
    /// A file of criterion's is missing or cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of criterion's has another form than those of criterion 0.8.
    #[error("{} is not as criterion writes it: {source}", path.display())]
    Form {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl Bench {
    /// What cargo knows it by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Increment => "increment",
            Self::Map => "map",
            Self::Tasks => "tasks",
        }
    }
}

/// Builds a bench and runs it. The arguments are criterion's: a filter, which is a regular expression
/// on `group/what/threads`, and flags such as [`QUICK`]. Whatever is being built or measured is shown.
///
/// # Errors
/// When the bench does not build, fails or is not known by these arguments, or its figures are not
/// to be read.
pub fn run(
    bench: Bench,
    arguments: &[&str],
    show: &mut dyn FnMut(&str),
) -> Result<Vec<Cost>, Failure> {
    // A folder of its own: what earlier runs left in cargo's is not there to be taken for this one's.
    let figures = tempfile::tempdir().map_err(Failure::Start)?;
    let bench = bench.name();
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    // By its manifest, for where we are may be in another workspace, and we stay there, because
    // `CARGO_TARGET_DIR` may be relative.
    cargo.args(["bench", "--locked", "--color", "never", "--bench", bench]);
    cargo.args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    cargo.args(["--", "--color", "never"]).args(arguments);
    cargo.env("CRITERION_HOME", figures.path());
    let (status, said) = follow(cargo, show).map_err(Failure::Start)?;
    if !status.success() {
        return Err(Failure::Ended { bench, status, said });
    }
    let costs = read(figures.path())?;
    if costs.is_empty() {
        let arguments = arguments.iter().map(|&it| it.to_owned()).collect();
        return Err(Failure::Nothing { bench, arguments });
    }
    Ok(costs)
}

/// Runs a command to its end and shows the steps that it takes. Returns what it said: its first
/// error, or else its last line.
fn follow(
    mut command: Command,
    show: &mut dyn FnMut(&str),
) -> Result<(ExitStatus, String), io::Error> {
    let (output, input) = io::pipe()?;
    let mut child = command.stdout(input.try_clone()?).stderr(input).spawn()?;
    drop(command); // its end of the pipe with it, or there would always be somebody left to write
    let mut said = String::new();
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        if let Some(step) = step(&line) {
            show(step);
        }
        if !said.starts_with("error") && !line.trim().is_empty() {
            said = line;
        }
    }
    Ok((child.wait()?, said))
}

/// What is being built (as cargo says it) or measured (as criterion does), if a line begins that.
fn step(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let measured = || Some(line.strip_prefix("Benchmarking ")?.split_once(": Warming up")?.0);
    if line.starts_with("Compiling ") { Some(line) } else { measured() }
}

/// Reads the newest figures of every benchmark in a folder of criterion's, such as
/// `target/criterion`, by group, way and threads.
///
/// # Errors
/// When a file is missing, cannot be read or has another form.
pub fn read(folder: &Path) -> Result<Vec<Cost>, Failure> {
    let mut costs = Vec::new();
    gather(folder, &mut costs)?;
    costs.sort_by(|a, b| (&a.group, &a.what, a.threads).cmp(&(&b.group, &b.what, b.threads)));
    Ok(costs)
}

/// Groups and ways are folders, threads are too, and in each of those `new` is what was measured
/// last; its neighbours are what that was compared with.
fn gather(folder: &Path, costs: &mut Vec<Cost>) -> Result<(), Failure> {
    let failure = |source| Failure::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(failure)? {
        let path = entry.map_err(failure)?.path();
        if path.ends_with("new") {
            costs.push(cost(&path)?);
        } else if path.is_dir() {
            gather(&path, costs)?;
        }
    }
    Ok(())
}

fn cost(folder: &Path) -> Result<Cost, Failure> {
    #[derive(Deserialize)]
    struct Benchmark {
        group_id: String,
        function_id: String,
        value_str: String,
    }
    #[derive(Deserialize)]
    struct Estimates {
        median: Estimate,
    }
    #[derive(Deserialize)]
    struct Estimate {
        point_estimate: f64,
        confidence_interval: Interval,
    }
    #[derive(Deserialize)]
    struct Interval {
        lower_bound: f64,
        upper_bound: f64,
    }
    let path = folder.join("benchmark.json");
    let benchmark: Benchmark = json(&path)?;
    let threads = benchmark.value_str.parse().map_err(|error| {
        let form = format!("{:?} is no number of threads: {error}", benchmark.value_str);
        Failure::Form { path, source: serde_json::Error::custom(form) }
    })?;
    let Estimates { median } = json(&folder.join("estimates.json"))?;
    Ok(Cost {
        group: benchmark.group_id,
        what: benchmark.function_id,
        threads,
        ns_median: median.point_estimate,
        ns_low: median.confidence_interval.lower_bound,
        ns_high: median.confidence_interval.upper_bound,
    })
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let text = fs::read(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    serde_json::from_slice(&text).map_err(|source| Failure::Form { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests;
