//! The texts of the tour.

use crate::experiments::Experiment;
use crate::experiments::figure::{Figure, Verdict};
use crate::experiments::machine::Machine;
use crate::experiments::results::Outcome;
use std::fmt::Write;

/// Lists experiments.
pub(super) fn list(experiments: &[Experiment]) -> String {
    let mut words = String::new();
    for experiment in experiments {
        let mark = if experiment.is_core() { '*' } else { ' ' };
        let Experiment { stage, name, title, .. } = experiment;
        let _ = writeln!(words, "{stage:>2} {mark} {name:<22} {title}");
    }
    if experiments.iter().any(Experiment::is_core) {
        words += "\n   * run by a plain tour; the others with --all or by name\n";
    }
    words
}

/// Describes the machine.
pub(super) fn machine(machine: &Machine) -> String {
    let Machine { cpu, cores, kernel, rustc, commit, lags, .. } = machine;
    format!(
        "{cpu}, {cores} cores, {kernel}, {rustc}, commit {commit}\n\
         sleeps end late here, at the median: tokio's by {:.2} ms, a thread's by {:.2} ms\n",
        lags.timer_ms, lags.thread_ms
    )
}

/// Introduces an experiment.
pub(super) fn heading(experiment: &Experiment) -> String {
    let Experiment { stage, name, title, watch: [first, second], .. } = experiment;
    format!("\nStage {stage}: {title} ({name})\n\n  {first}\n  {second}\n\n")
}

/// Lists the predictions.
pub(super) fn predictions(figures: &[Figure]) -> String {
    let width = figures.iter().map(|figure| figure.what.chars().count()).max().unwrap_or(0);
    let mut words = String::from("  predicted\n");
    for figure in figures {
        let predicted = figure.predicted_words();
        if !predicted.is_empty() {
            let _ = writeln!(words, "  {:<width$}  {predicted:>14}", figure.what);
        }
    }
    words + "\n"
}

/// Lists the command lines of an outcome, so that a program that replaced the stage can be
/// debugged.
pub(super) fn commands(outcome: &Outcome) -> String {
    let mut words = String::from("  commands\n");
    for command in &outcome.commands {
        let _ = writeln!(words, "    {command}");
    }
    words + "\n"
}

/// Explains the outcome, and names the file to read next.
pub(super) fn explanation(experiment: &Experiment) -> String {
    format!("  why: {}\n  read next: {}\n", experiment.why, experiment.read)
}

/// Counts the verdicts, and lists those that fail.
pub(super) fn summary(outcomes: &[Outcome]) -> String {
    let count = |verdict| {
        let rows = outcomes.iter().flat_map(|outcome| &outcome.rows);
        rows.filter(|row| row.verdict == verdict).count()
    };
    let mut words = format!("\n{} verdicts hold", count(Verdict::Holds));
    for (verdict, description) in Verdict::NOT_HOLDING {
        if count(verdict) > 0 {
            let _ = write!(words, ", {} {description}", count(verdict));
        }
    }
    for outcome in outcomes.iter().filter(|outcome| !outcome.holds()) {
        for row in outcome.rows.iter().filter(|row| row.verdict == Verdict::Fails) {
            let _ = write!(words, "\n  {}: {}", outcome.experiment, row.figure.what);
        }
    }
    words + "\n"
}
