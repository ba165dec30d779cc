//! The command line of the tour.

use crate::experiments::results::{Results, SCHEMA};
use crate::experiments::rig::Programs;
use crate::experiments::{Experiment, Failure, all};
use crate::report;
use clap::{CommandFactory, Parser, error::ErrorKind};
use std::fmt::Display;
use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

/// Walk the ten stages: predict, make it happen, compare
///
/// Exit status: 0 when every verdict holds, 1 when one fails or an experiment could not be made.
#[derive(Debug, Parser)]
#[command(name = "cargo tour")]
pub(super) struct Arguments {
    /// Only these stages, or these experiments by name; all ten stages otherwise
    #[arg(value_name = "STAGE|NAME")]
    only: Vec<String>,
    /// List the experiments instead of running them
    #[arg(long)]
    pub list: bool,
    /// Every experiment, not only each stage's first
    #[arg(long)]
    all: bool,
    /// Ask for your own predictions before showing the model's, and score them
    #[arg(long)]
    pub quiz: bool,
    /// Wait for Enter between prediction, run and explanation
    #[arg(long)]
    pub step: bool,
    /// Run each experiment so often; verdicts are on the median
    #[arg(long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub repeat: u32,
    /// A program in place of the stage, started as `sh -c 'exec CMD "$@"'` with the stage's flags
    #[arg(long, value_name = "CMD")]
    pub server: Option<String>,
    /// Write all results as JSON, on one line; `-` is standard output
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<PathBuf>,
    /// Write a page for people, with tables and pictures, into this folder
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Make the report of results that --json wrote earlier, and run nothing
    #[arg(long, value_name = "FILE", requires = "report")]
    #[arg(conflicts_with_all = ["only", "all", "list", "quiz", "step", "repeat", "server", "json", "record"])]
    pub from: Option<PathBuf>,
    /// Write each experiment's result to docs/results
    #[arg(long, conflicts_with = "server")]
    record: bool,
}

impl Arguments {
    /// The experiments that were asked for, in the order of the tour. Ends with a sentence when one of
    /// them is none.
    pub fn chosen(&self) -> Vec<Experiment> {
        let everything = all();
        let number = |word: &String| (1..=10).find(|stage: &u8| stage.to_string() == *word);
        let is_name = |word: &&String| everything.iter().any(|it| it.name == **word);
        if let Some(word) = self.only.iter().find(|word| number(word).is_none() && !is_name(word)) {
            refuse(word);
        }
        let stages: Vec<u8> = self.only.iter().filter_map(number).collect();
        let is_chosen = |it: &Experiment| {
            let stage = self.only.is_empty() || stages.contains(&it.stage);
            let of_stage = stage && (self.all || self.list || it.is_core());
            of_stage || self.only.iter().any(|word| word == it.name)
        };
        everything.iter().filter(|it| is_chosen(it)).cloned().collect()
    }

    /// Whether standard output is for JSON alone.
    pub fn json_on_stdout(&self) -> bool {
        self.json.as_deref() == Some(Path::new("-"))
    }

    /// Makes the report's folder and the file of the JSON, so that what cannot be made is known before the run
    /// and not after. What the file held stays until there is something to put in its place.
    pub fn prepare(&self) -> Result<(), Failure> {
        if let Some(path) = self.json.as_ref().filter(|_| !self.json_on_stdout()) {
            let open = fs::OpenOptions::new().append(true).create(true).open(path);
            open.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
        self.report.iter().try_for_each(|folder| {
            fs::create_dir_all(folder)
                .map_err(|error| format!("cannot make {}: {error}", folder.display()).into())
        })
    }

    /// Writes the results wherever they were asked for. Returns the report's page.
    pub fn write(&self, results: &Results) -> Result<Option<PathBuf>, Failure> {
        if let Some(path) = &self.json {
            let line = serde_json::to_string(results)? + "\n";
            match self.json_on_stdout() {
                true => stdout().write_all(line.as_bytes())?,
                false => write(path, &line)?,
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

/// The results of an earlier tour.
pub(super) fn read(path: &Path) -> Result<Results, Failure> {
    let error = |error: &dyn Display| format!("cannot read {}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|it| error(&it))?;
    let results: Results = serde_json::from_str(&text).map_err(|it| error(&it))?;
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
    let why = format!("`{word}` is no stage from 1 to 10 and no experiment: --list shows them");
    Arguments::command().error(ErrorKind::ValueValidation, why).exit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_tour_is_only_reported() {
        let parse = |line: &str| Arguments::try_parse_from(line.split(' '));
        assert!(parse("tour --report a --from b").is_ok());
        for wrong in ["--from b", "--report a --from b --all", "--report a --from b plateau"] {
            assert!(parse(&format!("tour {wrong}")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn results_of_another_shape_are_refused() {
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
