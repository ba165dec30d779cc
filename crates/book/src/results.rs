//! The recorded results, `docs/results/NAME.json`: their tables, and their figures in running text.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use lab::experiments::results::{Outcome, Row};
use load::statistics;

use super::page::Page;

pub const FOLDER: &str = "docs/results";

/// What was recorded, by the experiment's name.
#[derive(Debug, Default)]
pub struct Results(BTreeMap<String, Outcome>);

impl Results {
    /// All that can be read, and a sentence for each file that cannot.
    pub fn read(repository: &Path) -> (Results, Vec<String>) {
        let (mut results, mut faults) = (Results::default(), Vec::new());
        let files = fs::read_dir(repository.join(FOLDER)).into_iter().flatten().flatten();
        for path in
            files.map(|file| file.path()).filter(|it| it.extension() == Some("json".as_ref()))
        {
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
                Err(error) => faults.push(format!("{FOLDER}/{name}.json: is no result: {error}")),
            }
        }
        (results, faults)
    }

    pub fn outcomes(&self) -> Vec<Outcome> {
        self.0.values().cloned().collect()
    }

    fn find(&self, name: &str) -> Result<&Outcome, String> {
        self.0.get(name).ok_or_else(|| {
            format!("there is no {FOLDER}/{name}.json: `cargo tour {name} --record` makes it")
        })
    }

    /// The table of `NAME`, or of some of its rows: `NAME rows: ID ID`.
    pub fn table(&self, argument: &str, page: &Page) -> Result<String, String> {
        let (name, ids) = argument.split_once(" rows:").unwrap_or((argument, ""));
        let outcome = self.find(name)?;
        // Spaces are enough between ids, unless they have some themselves.
        let between = if ids.contains(',') { ',' } else { ' ' };
        let ids = ids.split(between).map(str::trim).filter(|id| !id.is_empty());
        let chosen = ids.map(|id| row(outcome, id)).collect::<Result<Vec<&Row>, String>>()?;
        let rows = if chosen.is_empty() { outcome.rows.iter().collect() } else { chosen };
        Ok(format!("{}\n{}", cells(&rows), caption(outcome, page)))
    }

    /// `NAME.ID`, the median of what was measured; or `NAME.ID.WHICH`, where WHICH is `low`, `high`,
    /// `predicted` or `documented`.
    pub fn number(&self, argument: &str) -> Result<String, String> {
        let (name, path) = argument
            .split_once('.')
            .ok_or_else(|| format!("`{argument}` is no figure: say NAME.ID"))?;
        let outcome = self.find(name)?;
        // An id may have a point in it, as `in_time_bounded_0.5`.
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
            "predicted" => Some(figure.predicted_words()).filter(|it| !it.is_empty()),
            "documented" => figure.documented.clone(),
            _ => return Err(format!("`{which}`: say low, high, predicted or documented")),
        };
        found.ok_or_else(|| format!("nothing is {which} of `{id}` in `{name}`"))
    }
}

fn row<'a>(outcome: &'a Outcome, id: &str) -> Result<&'a Row, String> {
    outcome.row(id).ok_or_else(|| {
        let ids: Vec<&str> = outcome.rows.iter().map(|row| &*row.figure.id).collect();
        format!("`{}` has no figure `{id}`; it has {}", outcome.experiment, ids.join(", "))
    })
}

/// A table without the columns that have nothing to tell.
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

/// Where it was measured, and how to have it again.
fn caption(outcome: &Outcome, page: &Page) -> String {
    let (machine, name) = (&outcome.machine, &outcome.experiment);
    let (runs, repeat) = match outcome.repetitions.len() {
        1 => ("One run".to_owned(), String::new()),
        runs => (format!("Medians of {runs} runs"), format!(" --repeat {runs}")),
    };
    // What a bench found is recorded in the same shape.
    let again = match lab::experiments::all().iter().any(|it| it.name == name) {
        true => format!("cargo tour {name}{repeat}"),
        false => outcome.commands.join("; "),
    };
    let held_up = match outcome.interference().is_empty() {
        true => "",
        false => " The machine was in the way.",
    };
    let link = page.link(&format!("{FOLDER}/{name}.json"));
    format!(
        "{runs} on {}, {} cores, {}; commit {}.{held_up} Again: `{again}`; [all of it]({link}).",
        machine.cpu, machine.cores, machine.kernel, machine.commit,
    )
}

#[cfg(test)]
mod tests;
