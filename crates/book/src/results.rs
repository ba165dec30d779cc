//! Tables and figures of the recorded results, `docs/results/NAME.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lab::experiments::results::{Outcome, Row};
use load::statistics;

use super::page::Page;

pub const FOLDER: &str = "docs/results";

/// Recorded outcomes, by the name of the experiment.
#[derive(Debug, Default)]
pub struct Results(BTreeMap<String, Outcome>);

impl Results {
    /// Reads all results, and returns a fault for each invalid file.
    pub fn read(repository: &Path) -> (Results, Vec<String>) {
        let (mut results, mut faults) = (Results::default(), Vec::new());
        let files = fs::read_dir(repository.join(FOLDER)).into_iter().flatten().flatten();
        let paths = files.map(|file| file.path());
        for path in paths.filter(|path| path.extension() == Some("json".as_ref())) {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).map_err(|error| error.to_string());
            let outcome = text.and_then(|text| {
                serde_json::from_str::<Outcome>(&text).map_err(|error| error.to_string())
            });
            match outcome {
                Ok(outcome) if outcome.experiment == name => {
                    results.0.insert(name, outcome);
                }
                Ok(outcome) => faults.push(format!(
                    "{FOLDER}/{name}.json: is the result of `{}`",
                    outcome.experiment
                )),
                Err(error) => faults.push(format!("{FOLDER}/{name}.json: invalid: {error}")),
            }
        }
        (results, faults)
    }

    pub fn outcomes(&self) -> Vec<Outcome> {
        self.0.values().cloned().collect()
    }

    fn find(&self, name: &str) -> Result<&Outcome, String> {
        self.0.get(name).ok_or_else(|| {
            format!("no {FOLDER}/{name}.json; record it with `cargo tour {name} --record`")
        })
    }

    /// Returns the table of `NAME`, or of some rows: `NAME rows: ID ID`.
    pub fn table(&self, argument: &str, page: &Page) -> Result<String, String> {
        let (name, ids) = argument.split_once(" rows:").unwrap_or((argument, ""));
        let outcome = self.find(name)?;
        // Ids that contain spaces are separated by commas.
        let between = if ids.contains(',') { ',' } else { ' ' };
        let ids = ids.split(between).map(str::trim).filter(|id| !id.is_empty());
        let chosen = ids.map(|id| row(outcome, id)).collect::<Result<Vec<&Row>, String>>()?;
        let rows = if chosen.is_empty() { outcome.rows.iter().collect() } else { chosen };
        Ok(format!("{}\n{}", cells(&rows), caption(outcome, page)))
    }

    /// Returns the median of the figure `NAME.ID`; or, for `NAME.ID.WHICH`, its `low`, `high`,
    /// `predicted` or `documented` value.
    pub fn number(&self, argument: &str) -> Result<String, String> {
        let (name, path) = argument
            .split_once('.')
            .ok_or_else(|| format!("`{argument}` is not a figure: expected NAME.ID"))?;
        let outcome = self.find(name)?;
        // An id may contain a dot, such as `in_time_bounded_0.5`.
        let (id, which) = match path.rsplit_once('.') {
            Some((id, which)) if row(outcome, path).is_err() => (id, which),
            _ => (path, "median"),
        };
        let Row { figure, measured, .. } = row(outcome, id)?;
        let words = |value: f64| figure.unit.words(value);
        let range = statistics::range(measured);
        let found = match which {
            "median" => statistics::median(measured).map(words),
            "low" => range.map(|(low, _)| words(low)),
            "high" => range.map(|(_, high)| words(high)),
            "predicted" => Some(figure.predicted_words()).filter(|words| !words.is_empty()),
            "documented" => figure.documented.clone(),
            _ => return Err(format!("`{which}`: expected low, high, predicted or documented")),
        };
        found.ok_or_else(|| format!("`{id}` of `{name}` has no {which} value"))
    }
}

fn row<'a>(outcome: &'a Outcome, id: &str) -> Result<&'a Row, String> {
    outcome.row(id).ok_or_else(|| {
        let ids: Vec<&str> = outcome.rows.iter().map(|row| &*row.figure.id).collect();
        format!("`{}` has no figure `{id}`; it has {}", outcome.experiment, ids.join(", "))
    })
}

/// Returns a table without its empty columns.
fn cells(rows: &[&Row]) -> String {
    let cells: Vec<[String; 5]> = rows.iter().map(|row| row.cells()).collect();
    let is_kept = |column: &usize| cells.iter().any(|row| !row[*column].is_empty());
    let kept: Vec<usize> = (0..Row::HEAD.len()).filter(is_kept).collect();
    let line = |cell: &dyn Fn(usize) -> String| {
        let cells: Vec<String> = kept.iter().map(|column| cell(*column)).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let align = |column| if column == 0 { "---" } else { "--:" }.to_owned();
    let mut table = line(&|column| Row::HEAD[column].to_owned()) + &line(&align);
    cells.iter().for_each(|row| table.push_str(&line(&|column| row[column].replace('|', "\\|"))));
    table
}

/// Describes the machine, and the command that repeats the measurement.
fn caption(outcome: &Outcome, page: &Page) -> String {
    let (machine, name) = (&outcome.machine, &outcome.experiment);
    let (runs, repeat) = match outcome.repetitions.len() {
        1 => ("One run".to_owned(), String::new()),
        runs => (format!("Medians of {runs} runs"), format!(" --repeat {runs}")),
    };
    // Benchmarks are recorded in the same format, with commands of their own.
    let is_experiment = lab::experiments::all().iter().any(|known| known.name == name);
    let again = if is_experiment {
        format!("cargo tour {name}{repeat}")
    } else {
        outcome.commands.join("; ")
    };
    let held_up =
        if outcome.interference().is_empty() { "" } else { " The machine was in the way." };
    let link = page.link(&format!("{FOLDER}/{name}.json"));
    format!(
        "{runs} on {}, {} cores, {}; commit {}.{held_up} Again: `{again}`; [all of it]({link}).",
        machine.cpu, machine.cores, machine.kernel, machine.commit,
    )
}

#[cfg(test)]
mod tests;
