//! `cargo tour`: walks the stages, and makes each failure and each fix happen.

mod arguments;
mod quiz;
mod table;
mod terminal;

use crate::experiments::machine::Machine;
use crate::experiments::results::{Outcome, Results};
use crate::experiments::rig::Programs;
use crate::experiments::{Experiment, Failure};
use arguments::Arguments;
use clap::Parser;
use quiz::Quiz;
use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;
use terminal::Terminal;

/// Does what the command line says. Exit status 1 when a verdict fails or an experiment could not be
/// made.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let chosen = arguments.chosen();
    let mut terminal = Terminal::new(arguments.json_on_stdout());
    if arguments.list {
        return match terminal.say(table::list(&chosen)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let done = match &arguments.from {
        Some(file) => tell(&arguments, file, &mut terminal),
        None => walk(&arguments, &chosen, &mut terminal),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            terminal.tell(format_args!("tour: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs the experiments one after another; false when one of them could not be made or does not hold.
fn walk(
    arguments: &Arguments,
    chosen: &[Experiment],
    terminal: &mut Terminal,
) -> Result<bool, Failure> {
    arguments.prepare()?;
    let programs = Programs::built(arguments.server.clone())?;
    // A crowd of connections wants a descriptor for each of them.
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    terminal.now("how late do sleeps end on this machine?");
    let machine = Machine::examine(&Programs::repository());
    terminal.say(table::machine(&machine))?;
    let mut quiz = Quiz::default();
    let mut results = Results::new(machine);
    let mut not_made = Vec::new();
    for experiment in chosen {
        match one(arguments, experiment, &programs, &results.machine, &mut quiz, terminal) {
            Ok(outcome) => results.experiments.push(outcome),
            Err(error) => {
                // Whoever reads our output has gone: there is nobody to go on for.
                if terminal.is_closed() {
                    return Err(error);
                }
                not_made.push(experiment.name);
                terminal.say(format!("  it could not be made: {error}\n"))?;
            }
        }
    }
    if arguments.quiz {
        terminal.say(quiz.score())?;
    }
    deliver(arguments, &results, terminal)?;
    if !not_made.is_empty() {
        terminal.say(format!("not made: {}\n", not_made.join(", ")))?;
    }
    Ok(not_made.is_empty() && results.experiments.iter().all(Outcome::holds))
}

/// Says what it all came to, and writes it wherever that was asked for.
fn deliver(
    arguments: &Arguments,
    results: &Results,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    terminal.say(table::summary(&results.experiments))?;
    match arguments.write(results)? {
        Some(page) => terminal.say(format_args!("report: {}\n", page.display())),
        None => Ok(()),
    }
}

/// Makes the report of an earlier tour, and says again what it came to.
fn tell(arguments: &Arguments, file: &Path, terminal: &mut Terminal) -> Result<bool, Failure> {
    let results = arguments::read(file)?;
    deliver(arguments, &results, terminal)?;
    Ok(results.experiments.iter().all(Outcome::holds))
}

/// Watch, predict, measure, compare, explain.
fn one(
    arguments: &Arguments,
    experiment: &Experiment,
    programs: &Programs,
    machine: &Machine,
    quiz: &mut Quiz,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let step = |terminal: &mut Terminal, next: &dyn Display| match arguments.step {
        true => terminal.wait(next),
        false => Ok(()),
    };
    terminal.say(table::heading(experiment))?;
    let figures = (experiment.figures)(machine);
    if arguments.quiz {
        quiz.ask(&figures, terminal)?;
    }
    step(terminal, &"what is predicted")?;
    terminal.say(table::predictions(&figures))?;
    step(terminal, &"the run")?;
    let outcome =
        experiment.run(programs, machine, arguments.repeat, &mut |line| terminal.now(line))?;
    terminal.say(format_args!("{outcome}\n"))?;
    if programs.server.is_some() {
        terminal.say(table::commands(&outcome))?;
    }
    step(terminal, &"why")?;
    terminal.say(table::why(experiment))?;
    Ok(outcome)
}
