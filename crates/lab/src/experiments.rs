//! The experiments: each causes a failure or shows its fix, and compares documented, predicted and
//! measured figures. The tour, the tests, the report and the docs run the same ones.

mod costs;
pub(crate) mod documented;
pub mod figure;
pub mod machine;
pub(crate) mod overload;
pub mod programs;
mod rate;
pub mod results;
mod sound;
pub mod trial;

mod stage1;
mod stage10;
mod stage2;
mod stage3;
mod stage4;
mod stage5;
mod stage6;
mod stage7;
mod stage8;
mod stage9;
mod unit;
mod workers;

pub(crate) use stage6::computed_at_most;
pub(crate) use stage7::plateau_limits;

use figure::Figure;
use machine::Machine;
use programs::Programs;
use results::{Outcome, Repetition};
use std::time::Duration;
use trial::{Show, Trial};

/// The sleep that a whole experiment is watched for: so long that only a lack of processor time
/// counts. Experiments that depend on shorter sleeps watch those themselves.
const LONG: Duration = Duration::from_secs(10);

/// The reason why an experiment could not be run.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// One experiment.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// Its name, unique among all.
    pub name: &'static str,
    /// The stage that it is about.
    pub stage: u8,
    /// Its title: the situation, in a line.
    pub title: &'static str,
    /// An introduction for someone who watches, in two lines.
    pub watch: [&'static str; 2],
    /// Returns every figure with its expected value, from the configuration and the machine alone.
    pub figures: fn(&Machine) -> Vec<Figure>,
    /// Runs it once and records the measurements.
    pub measure: fn(&mut Trial<'_>) -> Result<(), Failure>,
    /// The explanation of the outcome, in a sentence.
    pub why: &'static str,
    /// The file to read next.
    pub read: &'static str,
}

impl Experiment {
    /// Returns true for the first experiment of each stage, which a plain tour runs.
    #[must_use]
    pub fn is_core(&self) -> bool {
        let first = all().into_iter().find(|experiment| experiment.stage == self.stage);
        first.is_some_and(|first| first.name == self.name)
    }

    /// Runs it `repeat` times, shows its progress, and judges the measurements.
    ///
    /// # Errors
    /// When it could not be run: a server does not start, or a line of its log is missing.
    pub fn run(
        &self,
        programs: &Programs,
        machine: &Machine,
        repeat: u32,
        show: &mut Show<'_>,
    ) -> Result<Outcome, Failure> {
        let figures = (self.figures)(machine);
        let mut repetitions: Vec<Repetition> = Vec::new();
        for _ in 0..repeat {
            let mut trial = Trial::new(programs, machine, self.stage, show);
            trial.watch(LONG, self.measure)?;
            repetitions.push(trial.repetition);
        }
        Ok(Outcome::new(self, figures, machine, programs.server.clone(), repetitions))
    }
}

/// Returns the experiments of the course, by stage.
#[must_use]
pub fn all() -> Vec<Experiment> {
    [
        stage1::all(),
        stage2::all(),
        stage3::all(),
        stage4::all(),
        stage5::all(),
        stage6::all(),
        stage7::all(),
        stage8::all(),
        stage9::all(),
        stage10::all(),
    ]
    .concat()
}
