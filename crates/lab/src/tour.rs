//! `cargo tour`: runs experiments and shows prediction, measurement and explanation.

mod arguments;
mod quiz;
mod table;
mod terminal;

use crate::experiments::machine::Machine;
use crate::experiments::programs::Programs;
use crate::experiments::results::{Outcome, Results};
use crate::experiments::{Experiment, Failure};
use arguments::Arguments;
use clap::Parser;
use quiz::Quiz;
use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;
use terminal::Terminal;

/// Runs the command line. The exit status is 1 when a verdict fails or an experiment could not be
/// run.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let selected = arguments.selected();
    let mut terminal = Terminal::new(arguments.json_on_stdout());
    if arguments.list {
        return match terminal.print(table::list(&selected)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    let done = match &arguments.from {
        Some(file) => report_earlier(&arguments, file, &mut terminal),
        None => run_all(&arguments, &selected, &mut terminal),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            terminal.print_error(format_args!("tour: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs the experiments one after another. Returns false when one could not be run or a verdict on a
/// stage fails.
fn run_all(
    arguments: &Arguments,
    selected: &[Experiment],
    terminal: &mut Terminal,
) -> Result<bool, Failure> {
    arguments.prepare()?;
    let programs = Programs::build(arguments.server.clone())?;
    // Experiments with thousands of connections need a descriptor for each.
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    terminal.show_progress("measuring how late sleeps end on this machine");
    let machine = Machine::examine(&Programs::repository());
    terminal.print(table::machine(&machine))?;
    let mut quiz = Quiz::default();
    let mut results = Results::new(machine);
    let mut not_run = Vec::new();
    for experiment in selected {
        match run_one(arguments, experiment, &programs, &results.machine, &mut quiz, terminal) {
            Ok(outcome) => results.experiments.push(outcome),
            Err(error) => {
                // The output is closed: further results could not be shown.
                if terminal.is_closed() {
                    return Err(error);
                }
                not_run.push(experiment.name);
                terminal.print(format!("  it could not be run: {error}\n"))?;
            }
        }
    }
    if arguments.quiz {
        terminal.print(quiz.score())?;
    }
    deliver(arguments, &results, terminal)?;
    if !not_run.is_empty() {
        terminal.print(format!("not run: {}\n", not_run.join(", ")))?;
    }
    // A server in the stage's place is measured; whether it is right is for the grader to say.
    let decides = programs.server.is_none();
    Ok(not_run.is_empty() && (!decides || results.experiments.iter().all(Outcome::holds)))
}

/// Prints the summary and writes the files that the arguments ask for.
fn deliver(
    arguments: &Arguments,
    results: &Results,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    terminal.print(table::summary(&results.experiments))?;
    match arguments.write(results)? {
        Some(page) => terminal.print(format_args!("report: {}\n", page.display())),
        None => Ok(()),
    }
}

/// Writes the report of an earlier tour, and prints its summary.
fn report_earlier(
    arguments: &Arguments,
    file: &Path,
    terminal: &mut Terminal,
) -> Result<bool, Failure> {
    let results = arguments::read(file)?;
    deliver(arguments, &results, terminal)?;
    Ok(results.experiments.iter().all(Outcome::holds))
}

/// Runs one experiment: introduction, prediction, measurement, explanation.
fn run_one(
    arguments: &Arguments,
    experiment: &Experiment,
    programs: &Programs,
    machine: &Machine,
    quiz: &mut Quiz,
    terminal: &mut Terminal,
) -> Result<Outcome, Failure> {
    let step = |terminal: &mut Terminal, next: &dyn Display| {
        if arguments.step { terminal.wait(next) } else { Ok(()) }
    };
    terminal.print(table::heading(experiment))?;
    let figures = (experiment.figures)(machine);
    if arguments.quiz {
        quiz.ask(&figures, terminal)?;
    }
    step(terminal, &"the predictions")?;
    terminal.print(table::predictions(&figures))?;
    step(terminal, &"the run")?;
    let outcome = experiment
        .run(programs, machine, arguments.repeat, &mut |message| terminal.show_progress(message))?;
    terminal.print(format_args!("{outcome}\n"))?;
    if programs.server.is_some() {
        terminal.print(table::commands(&outcome))?;
    }
    step(terminal, &"the explanation")?;
    terminal.print(table::explanation(experiment))?;
    Ok(outcome)
}
