//! The experiments: each makes one failure or one fix happen, and lays what was documented, what was
//! predicted and what is measured side by side. Tour, tests, report and docs all run these.

mod costs;
pub(crate) mod documented;
pub mod figure;
mod log;
pub mod machine;
pub(crate) mod overload;
mod rate;
pub mod results;
pub mod rig;
mod sound;

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
mod workers;

pub(crate) use stage6::computed_at_most;
pub(crate) use stage7::plateau_limits;

use figure::Figure;
use machine::Machine;
use results::{Outcome, Repetition};
use rig::{Programs, Rig, Show};
use std::time::Duration;

/// An experiment as a whole rests on processor time alone; where sleeps count, it watches them itself.
const LONG: Duration = Duration::from_secs(10);

/// Why an experiment could not be made.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// One experiment.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// Its name, unique among all.
    pub name: &'static str,
    /// The stage that it is about.
    pub stage: u8,
    /// What it shows, in a line.
    pub title: &'static str,
    /// What to watch, in two lines.
    pub watch: [&'static str; 2],
    /// Every figure and what is expected of it, from the configuration and the machine alone.
    pub figures: fn(&Machine) -> Vec<Figure>,
    /// Makes it happen once and files what it measured.
    pub measure: fn(&mut Rig<'_>) -> Result<(), Failure>,
    /// Why it comes out like this, in a sentence.
    pub why: &'static str,
    /// The file to read next.
    pub read: &'static str,
}

impl Experiment {
    /// Whether it is its stage's core one: the first of them, which a plain tour runs.
    #[must_use]
    pub fn is_core(&self) -> bool {
        let first = all().into_iter().find(|it| it.stage == self.stage);
        first.is_some_and(|first| first.name == self.name)
    }

    /// Runs it so many times over, shows what is going on, and judges.
    ///
    /// # Errors
    /// When it could not be made: a server that does not start, a line of its log that is missing.
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
            let mut rig = Rig::new(programs, machine, self.stage, show);
            rig.watched(LONG, self.measure)?;
            repetitions.push(rig.found);
        }
        Ok(Outcome::new(self, figures, machine, programs.server.clone(), repetitions))
    }
}

/// Every experiment, by stage.
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
