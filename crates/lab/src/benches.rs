//! Runs the benchmarks of `crates/lab/benches` and reads the results of criterion.

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
    /// A counter, with and without locks, and with slow work inside and outside the lock.
    Increment,
    /// Six kinds of shared map.
    Map,
    /// Four tasks that wait or compute, on one thread and on four.
    Tasks,
}

/// Arguments for [`run`] that take about a third of the time. Samples are then hardly longer than a
/// scheduler's time slice: factors are reproducible, percents are not.
pub const QUICK: [&str; 4] = ["--warm-up-time", "0.05", "--measurement-time", "0.15"];

/// The cost of an operation in one of the variants that its group compares.
///
/// The cost is the elapsed time ÷ the operations of all threads. (For [`Bench::Tasks`] it is the
/// time until all four tasks are done.)
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// The operation and its load.
    pub group: String,
    /// The variant.
    pub what: String,
    /// The number of threads.
    pub threads: u32,
    /// The median of the samples, in nanoseconds.
    pub ns_median: f64,
    /// The lower end of that median's 95 % confidence interval (a bootstrap over the samples).
    pub ns_low: f64,
    /// The upper end.
    pub ns_high: f64,
}

/// The errors of [`run`] and [`read`].
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A pipe or a folder could not be created, or cargo not started.
    #[error("cannot run cargo bench: {0}")]
    Start(#[source] io::Error),
    /// The benchmark does not build, or failed.
    #[error("cargo bench --bench {bench} failed ({status}): {message}")]
    Ended {
        /// The benchmark's name.
        bench: &'static str,
        /// The exit status of cargo.
        status: ExitStatus,
        /// The first error in its output, or else the last line.
        message: String,
    },
    /// The arguments select no benchmark.
    #[error("no benchmark of {bench} is called {arguments:?}")]
    NoMatch {
        /// The benchmark's name.
        bench: &'static str,
        /// The arguments.
        arguments: Vec<String>,
    },
    /// A file of criterion is missing or cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A file does not have the format of criterion 0.8.
    #[error("{} is not in the format of criterion 0.8: {source}", path.display())]
    Format {
        /// The path.
        path: PathBuf,
        /// The reason.
        source: serde_json::Error,
    },
}

impl Bench {
    /// Returns the name of the cargo target.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Increment => "increment",
            Self::Map => "map",
            Self::Tasks => "tasks",
        }
    }
}

/// Builds and runs a benchmark and shows its progress. The arguments are criterion's: a filter,
/// which is a regular expression on `group/what/threads`, and flags such as [`QUICK`].
///
/// # Errors
/// When the benchmark does not build or fails, when the arguments select none, or when its results
/// cannot be read.
pub fn run(
    bench: Bench,
    arguments: &[&str],
    show: &mut dyn FnMut(&str),
) -> Result<Vec<Cost>, BenchError> {
    // A new folder, without the results of earlier runs.
    let results = tempfile::tempdir().map_err(BenchError::Start)?;
    let bench = bench.name();
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    // By its manifest, since the current folder may be in another workspace; it is kept, because
    // `CARGO_TARGET_DIR` may be relative.
    cargo.args(["bench", "--locked", "--color", "never", "--bench", bench]);
    cargo.args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    cargo.args(["--", "--color", "never"]).args(arguments);
    cargo.env("CRITERION_HOME", results.path());
    let (status, message) = follow(cargo, show).map_err(BenchError::Start)?;
    if !status.success() {
        return Err(BenchError::Ended { bench, status, message });
    }
    let costs = read(results.path())?;
    if costs.is_empty() {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        return Err(BenchError::NoMatch { bench, arguments });
    }
    Ok(costs)
}

/// Runs a command to its end and shows its steps. Returns its exit status, and its first error or
/// else its last line.
fn follow(
    mut command: Command,
    show: &mut dyn FnMut(&str),
) -> Result<(ExitStatus, String), io::Error> {
    let (output, input) = io::pipe()?;
    let mut child = command.stdout(input.try_clone()?).stderr(input).spawn()?;
    drop(command); // closes its end of the pipe, or the output would never end
    let mut message = String::new();
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        if let Some(step) = announced_step(&line) {
            show(step);
        }
        if !message.starts_with("error") && !line.trim().is_empty() {
            message = line;
        }
    }
    Ok((child.wait()?, message))
}

/// Returns the step that a line announces: a crate that cargo compiles, or a benchmark that
/// criterion measures.
fn announced_step(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let measured = || Some(line.strip_prefix("Benchmarking ")?.split_once(": Warming up")?.0);
    if line.starts_with("Compiling ") { Some(line) } else { measured() }
}

/// Reads the newest results of all benchmarks in a folder of criterion, such as `target/criterion`,
/// sorted by group, variant and threads.
///
/// # Errors
/// When a file is missing, cannot be read or has another format.
pub fn read(folder: &Path) -> Result<Vec<Cost>, BenchError> {
    let mut costs = Vec::new();
    collect(folder, &mut costs)?;
    costs.sort_by(|a, b| (&a.group, &a.what, a.threads).cmp(&(&b.group, &b.what, b.threads)));
    Ok(costs)
}

/// Collects the newest results of a folder: groups, variants and threads are nested folders, and
/// `new` in the innermost has the newest.
fn collect(folder: &Path, costs: &mut Vec<Cost>) -> Result<(), BenchError> {
    let failure = |source| BenchError::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(failure)? {
        let path = entry.map_err(failure)?.path();
        if path.ends_with("new") {
            costs.push(read_cost(&path)?);
        } else if path.is_dir() {
            collect(&path, costs)?;
        }
    }
    Ok(())
}

fn read_cost(folder: &Path) -> Result<Cost, BenchError> {
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
    let benchmark: Benchmark = read_json(&path)?;
    let threads = benchmark.value_str.parse().map_err(|error| {
        let reason = format!("{:?} is no number of threads: {error}", benchmark.value_str);
        BenchError::Format { path, source: serde_json::Error::custom(reason) }
    })?;
    let Estimates { median } = read_json(&folder.join("estimates.json"))?;
    Ok(Cost {
        group: benchmark.group_id,
        what: benchmark.function_id,
        threads,
        ns_median: median.point_estimate,
        ns_low: median.confidence_interval.lower_bound,
        ns_high: median.confidence_interval.upper_bound,
    })
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, BenchError> {
    let text =
        fs::read(path).map_err(|source| BenchError::Read { path: path.to_owned(), source })?;
    serde_json::from_slice(&text)
        .map_err(|source| BenchError::Format { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests;
