//! Runs the tour's experiments as tests: each verdict has to hold. One at a time, since they
//! measure.
//!
//! The long ones run in the tour (`cargo tour`, `scripts/verify`), and here with
//! `--include-ignored`.

use lab::experiments::machine::Machine;
use lab::experiments::programs::Programs;
use lab::experiments::{Experiment, all};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use std::process::ExitCode;

/// Short experiments that are not core ones.
const SHORT: [&str; 8] = [
    "blocking-sleep",
    "deadline",
    "drain-delay",
    "get-then-insert",
    "header-case",
    "load-store",
    "no-staircase",
    "order",
];

/// Core experiments that take many seconds.
const LONG: [&str; 5] = ["comparison", "contract", "plateau", "signal", "workers"];

fn main() -> ExitCode {
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    // Listing the names needs no build.
    if arguments.list {
        let named = |experiment: Experiment| Trial::test(experiment.name, || Ok(()));
        return libtest_mimic::run(&arguments, all().into_iter().map(named).collect()).exit_code();
    }
    let programs = match Programs::build(None) {
        Ok(programs) => programs,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    #[cfg(unix)]
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let machine = Machine::examine(&Programs::repository());
    let trial = |experiment: Experiment| {
        let (programs, machine) = (programs.clone(), machine.clone());
        let name = experiment.name;
        let long = LONG.contains(&name) || !experiment.is_core() && !SHORT.contains(&name);
        let run = move || {
            let outcome = experiment.run(&programs, &machine, 1, &mut |_| {})?;
            if !outcome.holds() {
                return Err(Failed::from(format!("\n{outcome}")));
            }
            Ok(outcome.not_judged().map_or(Completion::Completed, Completion::ignored_with))
        };
        Trial::ignorable_test(name, run).with_ignored_flag(long)
    };
    libtest_mimic::run(&arguments, all().into_iter().map(trial).collect()).exit_code()
}
