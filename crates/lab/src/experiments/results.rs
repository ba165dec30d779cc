//! The results of experiments, in the form of their JSON: the input of the tour's tables, the
//! report and the docs.

mod nan;

use super::Experiment;
use super::figure::{Figure, Verdict};
use super::machine::Machine;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The version of this form.
pub const SCHEMA: u32 = 1;

/// The results of one tour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The version of this form: 1.
    pub schema: u32,
    /// The machine that it was run on.
    pub machine: Machine,
    /// The outcomes, in the order of the runs.
    pub experiments: Vec<Outcome>,
}

impl Results {
    /// Creates results without outcomes.
    #[must_use]
    pub fn new(machine: Machine) -> Self {
        Self { schema: SCHEMA, machine, experiments: Vec::new() }
    }
}

/// The outcome of one experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The version of this form: 1.
    pub schema: u32,
    /// The experiment's name.
    pub experiment: String,
    /// The stage that it is about.
    pub stage: u8,
    /// Its title.
    pub title: String,
    /// The command of the program that replaced the stage, if any.
    pub server: Option<String>,
    /// The machine that it was run on.
    pub machine: Machine,
    /// Command lines that start the same servers and send the same load.
    pub commands: Vec<String>,
    /// Every figure: documented, predicted and measured, with its verdict.
    pub rows: Vec<Row>,
    /// The explanation, in a sentence.
    pub why: String,
    /// The record of each run.
    pub repetitions: Vec<Repetition>,
}

/// A figure with its measurements and its verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The figure and its expected value.
    #[serde(flatten)]
    pub figure: Figure,
    /// The measurement of each repetition.
    #[serde(deserialize_with = "nan::list")]
    pub measured: Vec<f64>,
    /// The verdict on the measurements.
    pub verdict: Verdict,
}

/// The record of one run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Repetition {
    /// The measurements, by the figure's id.
    #[serde(deserialize_with = "nan::map")]
    pub measured: BTreeMap<String, f64>,
    /// Series of points for plots, by name.
    #[serde(deserialize_with = "nan::points")]
    pub series: BTreeMap<String, Vec<[f64; 2]>>,
    /// The activity of workers for plots, by name.
    pub spans: BTreeMap<String, Vec<Span>>,
    /// The cells of heat maps, by name: x, y, count.
    #[serde(deserialize_with = "nan::points")]
    pub cells: BTreeMap<String, Vec<[f64; 3]>>,
    /// Sentences on interference by the machine.
    #[serde(rename = "held_up")]
    pub interference: Vec<String>,
    /// The ids of figures that this system does not provide.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unavailable: Vec<String>,
    /// Details of failures that the figures do not show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    #[serde(skip)]
    pub(crate) commands: Vec<String>,
}

/// The activity of one worker for some time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// The worker's number.
    pub worker: u32,
    /// The activity: `work`, `wait` or `hold`.
    pub what: String,
    /// The begin, in seconds.
    pub from: f64,
    /// The end, in seconds.
    pub to: f64,
}

impl Outcome {
    pub(crate) fn new(
        experiment: &Experiment,
        figures: Vec<Figure>,
        machine: &Machine,
        server: Option<String>,
        repetitions: Vec<Repetition>,
    ) -> Self {
        let has_interference = repetitions.iter().any(|found| !found.interference.is_empty());
        let row = |figure: Figure| {
            let value = |found: &Repetition| found.measured.get(&figure.id).copied();
            let measured: Vec<f64> = repetitions.iter().filter_map(value).collect();
            let verdict = if repetitions.iter().any(|found| found.unavailable.contains(&figure.id))
            {
                Verdict::Unavailable
            } else {
                figure.judge(&measured, has_interference)
            };
            Row { figure, measured, verdict }
        };
        let commands = distinct(repetitions.iter().flat_map(|found| &found.commands));
        Self {
            schema: SCHEMA,
            experiment: experiment.name.to_owned(),
            stage: experiment.stage,
            title: experiment.title.to_owned(),
            server,
            machine: machine.clone(),
            commands: commands.into_iter().cloned().collect(),
            rows: figures.into_iter().map(row).collect(),
            why: experiment.why.to_owned(),
            repetitions,
        }
    }

    /// Returns a sentence about the figures that could not be judged because of the machine; `None`
    /// when there are none.
    #[must_use]
    pub fn not_judged(&self) -> Option<String> {
        let blamed = self.rows.iter().filter(|row| row.verdict == Verdict::Machine).count();
        let reasons = self.interference().into_iter().map(|why| &**why).collect::<Vec<_>>();
        let why = reasons.join("; ");
        (blamed > 0)
            .then(|| format!("{blamed} of {} figures not judged, because {why}", self.rows.len()))
    }

    /// Returns true if no verdict is [`Verdict::Fails`].
    #[must_use]
    pub fn holds(&self) -> bool {
        self.rows.iter().all(|row| row.verdict != Verdict::Fails)
    }

    /// Returns the row of a figure.
    #[must_use]
    pub fn row(&self, id: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.figure.id == id)
    }

    /// Returns the distinct sentences on interference by the machine.
    #[must_use]
    pub fn interference(&self) -> Vec<&String> {
        distinct(self.repetitions.iter().flat_map(|found| &found.interference))
    }
}

impl Row {
    /// The column headings of [`Row::cells`].
    pub const HEAD: [&str; 5] = ["", "documented", "predicted", "measured", "verdict"];

    /// Returns the cells of the row in a table.
    #[must_use]
    pub fn cells(&self) -> [String; 5] {
        let Self { figure, measured, verdict } = self;
        [
            figure.what.clone(),
            figure.documented.clone().unwrap_or_default(),
            figure.predicted_words(),
            figure.measured_words(measured),
            verdict.to_string(),
        ]
    }
}

/// Removes duplicates, keeping the first of each.
fn distinct<'a>(all: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut seen = Vec::new();
    for text in all {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

/// Writes a table with a line for each figure.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = [Row::HEAD.map(str::to_owned)].into_iter();
        let rows: Vec<[String; 5]> = head.chain(self.rows.iter().map(Row::cells)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
        let [w0, w1, w2, w3] = [0, 1, 2, 3].map(|column| width(column).unwrap_or_default());
        for [what, documented, predicted, measured, verdict] in &rows {
            let line = format!(
                "  {what:<w0$}  {documented:>w1$}  {predicted:>w2$}  {measured:>w3$}  {verdict}"
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        let notes = self.repetitions.iter().flat_map(|found| &found.notes);
        notes.into_iter().try_for_each(|note| writeln!(f, "  note: {note}"))?;
        self.interference()
            .iter()
            .try_for_each(|why| writeln!(f, "  the machine interfered: {why}"))
    }
}
