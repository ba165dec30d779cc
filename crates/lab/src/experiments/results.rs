//! What came of an experiment, in the shape of its JSON: what tour, report and docs are made from.

mod nan;

use super::Experiment;
use super::figure::{Figure, Verdict};
use super::machine::Machine;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The version of this shape.
pub const SCHEMA: u32 = 1;

/// Everything that one tour found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The version of this shape: 1.
    pub schema: u32,
    /// Where it was run.
    pub machine: Machine,
    /// What was run, in order.
    pub experiments: Vec<Outcome>,
}

impl Results {
    /// Nothing yet.
    #[must_use]
    pub fn new(machine: Machine) -> Self {
        Self { schema: SCHEMA, machine, experiments: Vec::new() }
    }
}

/// An experiment and all that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The version of this shape: 1.
    pub schema: u32,
    /// The experiment's name.
    pub experiment: String,
    /// The stage that it is about.
    pub stage: u8,
    /// What it shows, in a line.
    pub title: String,
    /// What was put in the stage's place, if anything was.
    pub server: Option<String>,
    /// Where it was run.
    pub machine: Machine,
    /// What was started and sent, as one would type it.
    pub commands: Vec<String>,
    /// Every figure: what was documented, predicted and measured, and the verdict.
    pub rows: Vec<Row>,
    /// Why it is so, in a sentence.
    pub why: String,
    /// Every run by itself.
    pub repetitions: Vec<Repetition>,
}

/// One figure, measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What was expected.
    #[serde(flatten)]
    pub figure: Figure,
    /// What each repetition measured.
    #[serde(deserialize_with = "nan::list")]
    pub measured: Vec<f64>,
    /// What is to be thought of it.
    pub verdict: Verdict,
}

/// One run of an experiment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Repetition {
    /// What was measured, by the figure's id.
    #[serde(deserialize_with = "nan::map")]
    pub measured: BTreeMap<String, f64>,
    /// Courses of points to be drawn, by name.
    #[serde(deserialize_with = "nan::points")]
    pub series: BTreeMap<String, Vec<[f64; 2]>>,
    /// What workers did and when, by name.
    pub spans: BTreeMap<String, Vec<Span>>,
    /// Places in a grid and how many there were: x, y, number.
    #[serde(deserialize_with = "nan::points")]
    pub cells: BTreeMap<String, Vec<[f64; 3]>>,
    /// Why the machine was in the way, if it was.
    pub held_up: Vec<String>,
    /// The figures that this system does not tell.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unavailable: Vec<String>,
    #[serde(skip)]
    pub(crate) commands: Vec<String>,
}

/// What one worker did for some time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// The worker's number.
    pub worker: u32,
    /// `work`, `wait` or `hold`.
    pub what: String,
    /// When it began, in seconds.
    pub from: f64,
    /// When it ended, in seconds.
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
        let held_up = repetitions.iter().any(|it| !it.held_up.is_empty());
        let row = |figure: Figure| {
            let of = |it: &Repetition| it.measured.get(&figure.id).copied();
            let measured: Vec<f64> = repetitions.iter().filter_map(of).collect();
            let verdict = match repetitions.iter().any(|it| it.unavailable.contains(&figure.id)) {
                true => Verdict::Unavailable,
                false => figure.judge(&measured, held_up),
            };
            Row { figure, measured, verdict }
        };
        let commands = once(repetitions.iter().flat_map(|it| &it.commands));
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

    /// The verdicts that the machine did not allow, and why: a sentence; `None` when there are none.
    #[must_use]
    pub fn not_judged(&self) -> Option<String> {
        let blamed = self.rows.iter().filter(|row| row.verdict == Verdict::Machine).count();
        let why = self.held_up().into_iter().map(|why| &**why).collect::<Vec<_>>().join("; ");
        (blamed > 0)
            .then(|| format!("{blamed} of {} figures not judged, because {why}", self.rows.len()))
    }

    /// Whether no verdict is against the server.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.rows.iter().all(|row| row.verdict != Verdict::Fails)
    }

    /// A figure, measured.
    #[must_use]
    pub fn row(&self, id: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.figure.id == id)
    }

    /// Why the machine was in the way, each reason once.
    #[must_use]
    pub fn held_up(&self) -> Vec<&String> {
        once(self.repetitions.iter().flat_map(|it| &it.held_up))
    }
}

impl Row {
    /// What stands above [`Row::words`].
    pub const HEAD: [&str; 5] = ["", "documented", "predicted", "measured", "verdict"];

    /// What it is, and what was documented, predicted and measured of it, and the verdict, for people.
    #[must_use]
    pub fn words(&self) -> [String; 5] {
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

/// Each of them once, in the order in which they came first.
fn once<'a>(all: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut seen = Vec::new();
    for one in all {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

/// Documented, predicted, measured, verdict: a line for each figure.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = [Row::HEAD.map(str::to_owned)].into_iter();
        let rows: Vec<[String; 5]> = head.chain(self.rows.iter().map(Row::words)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
        let [w0, w1, w2, w3] = [0, 1, 2, 3].map(|column| width(column).unwrap_or_default());
        for [what, documented, predicted, measured, verdict] in &rows {
            let line = format!(
                "  {what:<w0$}  {documented:>w1$}  {predicted:>w2$}  {measured:>w3$}  {verdict}"
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        self.held_up().iter().try_for_each(|why| writeln!(f, "  the machine was in the way: {why}"))
    }
}
