//! The command line of the tour.

use crate::experiments::programs::Programs;
use crate::experiments::results::{Results, SCHEMA};
use crate::experiments::{self, Experiment, Failure};
use crate::report;
use clap::{CommandFactory, Parser, error::ErrorKind};
use std::fmt::Display;
use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

/// Run the experiments of the ten stages: predict, measure, compare
///
/// Exit status: 0 when no verdict fails, 1 when one fails or an experiment could not be run, 2 when
/// the command line is wrong.
#[derive(Debug, Parser)]
#[command(name = "cargo tour")]
pub(super) struct Arguments {
    /// Stages by number or experiments by name; without any, all ten stages
    #[arg(value_name = "STAGE|NAME")]
    only: Vec<String>,
    /// List the experiments instead of running them
    #[arg(long)]
    pub list: bool,
    /// Run every experiment, not only the first of each stage
    #[arg(long)]
    all: bool,
    /// Run the abuse tests of stage 10 instead of the experiments (Linux only)
    #[arg(long, conflicts_with_all = ["all", "record", "from"])]
    abuse: bool,
    /// Ask for your predictions before showing the model's, and score them
    #[arg(long)]
    pub quiz: bool,
    /// Wait for Enter between prediction, run and explanation
    #[arg(long)]
    pub step: bool,
    /// Run each experiment N times, and judge the median
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub repeat: u32,
    /// Run a program instead of the stage, as `sh -c 'exec CMD "$@"'` with the stage's flags
    #[arg(long, value_name = "CMD")]
    pub server: Option<String>,
    /// Write all results as one line of JSON; `-` is standard output
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<PathBuf>,
    /// Write an HTML page with tables and plots into this folder
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Write the report of results from an earlier --json, and run nothing
    #[arg(long, value_name = "FILE", requires = "report")]
    #[arg(conflicts_with_all = ["only", "all", "list", "quiz", "step", "repeat"])]
    #[arg(conflicts_with_all = ["server", "json", "record"])]
    pub from: Option<PathBuf>,
    /// Write the outcome of each experiment to docs/results
    #[arg(long, conflicts_with = "server")]
    record: bool,
}

impl Arguments {
    /// Returns the selected experiments, in the order of the tour. Exits with status 2 when an
    /// argument is neither a stage nor an experiment.
    pub fn selected(&self) -> Vec<Experiment> {
        let available = self.available();
        let number = |word: &String| (1..=10).find(|stage: &u8| stage.to_string() == *word);
        let is_name = |word: &&String| available.iter().any(|experiment| experiment.name == **word);
        if let Some(word) = self.only.iter().find(|word| number(word).is_none() && !is_name(word)) {
            refuse(word);
        }
        let stages: Vec<u8> = self.only.iter().filter_map(number).collect();
        let whole_stage = self.all || self.list || self.abuse;
        let is_selected = |experiment: &Experiment| {
            let stage = self.only.is_empty() || stages.contains(&experiment.stage);
            stage && (whole_stage || experiment.is_core())
                || self.only.iter().any(|word| word == experiment.name)
        };
        available.iter().filter(|experiment| is_selected(experiment)).cloned().collect()
    }

    fn available(&self) -> Vec<Experiment> {
        if !self.abuse {
            return experiments::all();
        }
        #[cfg(target_os = "linux")]
        return crate::abuse::all();
        #[cfg(not(target_os = "linux"))]
        {
            eprintln!(
                "the abuse tests read memory, descriptors and threads from /proc: Linux only"
            );
            std::process::exit(1)
        }
    }

    /// Returns true if standard output is for JSON alone.
    pub fn json_on_stdout(&self) -> bool {
        self.json.as_deref() == Some(Path::new("-"))
    }

    /// Creates the folder of the report and the JSON file, so that an error is known before the
    /// run. An existing file keeps its content until the results are written.
    pub fn prepare(&self) -> Result<(), Failure> {
        if let Some(path) = self.json.as_ref().filter(|_| !self.json_on_stdout()) {
            let open = fs::OpenOptions::new().append(true).create(true).open(path);
            open.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
        self.report.iter().try_for_each(|folder| {
            fs::create_dir_all(folder)
                .map_err(|error| format!("cannot create {}: {error}", folder.display()).into())
        })
    }

    /// Writes the results to the files that were asked for. Returns the path of the report's page.
    pub fn write(&self, results: &Results) -> Result<Option<PathBuf>, Failure> {
        if let Some(path) = &self.json {
            let line = serde_json::to_string(results)? + "\n";
            if self.json_on_stdout() {
                stdout().write_all(line.as_bytes())?;
            } else {
                write(path, &line)?;
            }
        }
        if self.record {
            let folder = Programs::repository().join("docs/results");
            fs::create_dir_all(&folder)?;
            for outcome in &results.experiments {
                let path = folder.join(format!("{}.json", outcome.experiment));
                write(&path, &(serde_json::to_string(outcome)? + "\n"))?;
            }
        }
        self.report.as_ref().map(|folder| report::write(results, folder)).transpose()
    }
}

/// Reads the results of an earlier tour.
pub(super) fn read(path: &Path) -> Result<Results, Failure> {
    let error = |error: &dyn Display| format!("cannot read {}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|cause| error(&cause))?;
    let results: Results = serde_json::from_str(&text).map_err(|cause| error(&cause))?;
    match results.schema {
        SCHEMA => Ok(results),
        other => Err(error(&format_args!("its schema is {other} and not {SCHEMA}")).into()),
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text)
        .map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}

fn refuse(word: &str) -> ! {
    let why =
        format!("`{word}` is neither a stage from 1 to 10 nor an experiment: --list shows them");
    Arguments::command().error(ErrorKind::ValueValidation, why).exit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_only_writes_a_report() {
        let parse = |line: &str| Arguments::try_parse_from(line.split(' '));
        assert!(parse("tour --report a --from b").is_ok());
        for wrong in ["--from b", "--report a --from b --all", "--report a --from b plateau"] {
            assert!(parse(&format!("tour {wrong}")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn results_of_another_schema_are_rejected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.json");
        let write = |schema: u32| {
            let results = Results { schema, ..Results::new(Default::default()) };
            fs::write(&path, serde_json::to_string(&results).unwrap()).unwrap();
        };
        write(SCHEMA);
        assert!(read(&path).is_ok());
        write(SCHEMA + 1);
        assert!(read(&path).unwrap_err().to_string().contains("its schema is"));
        fs::write(&path, "{").unwrap();
        assert!(read(&path).is_err());
    }
}
